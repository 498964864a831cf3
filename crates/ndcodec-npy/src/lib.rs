//! `npy`: numpy's file format, the elements behind a header that holds dtype, shape and order.
//!
//! Specification: [NEP 1](https://numpy.org/neps/nep-0001-npy-format.html) and
//! [`numpy.lib.format`](https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html); if they do not say, we do
//! what numpy 2 does. Versions 1.0, 2.0 and 3.0 are read. The output has the same bytes as that of `numpy.save`, unless
//! filters rewrote the elements. Then the header is our own, so that no reader of `.npy` accepts it. dtypes are read in
//! every spelling that `numpy.load` reads.
//!
//! Arrays of Python objects are refused: their payload is a pickle, and loading a pickle runs code.

#[cfg(feature = "mmap")]
mod file;
mod header;

#[cfg(feature = "mmap")]
pub use file::{NpyFile, NpyFileError};

use std::sync::Arc;

use ndcodec_core::{
    ArrayError, ArrayFormat, DType, Frame, Header, HeaderContext, HeaderError, Kind, Layout, ParamError,
    ParamKind, ParamSpec, Params, Recent, Sample, Sniffed, StageDescriptor, Value,
};

/// The format `npy`.
pub static NPY: StageDescriptor = StageDescriptor::format("npy", env!("CARGO_PKG_NAME"), &build)
    .with_summary("numpy's .npy: the elements behind a header with dtype, shape and order")
    .with_specification("https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html")
    .with_params(&[ParamSpec::from_array(
        "dtype",
        ParamKind::DType,
        "the type of elements that numpy stores as void, such as `bfloat16`; without it they stay void",
    )])
    .with_sniff(sniff)
    .streaming()
    .stable_bytes();
ndcodec_core::submit!(NPY);

fn build(params: &Params) -> Result<Arc<dyn ArrayFormat>, ParamError> {
    Ok(Arc::new(Npy { dtype: params.dtype("dtype"), written: Recent::new(), read: Recent::new() }))
}

fn sniff(sample: &Sample<'_>) -> Option<Sniffed> {
    header::is_begin(sample.bytes).then_some(Sniffed::certain("npy"))
}

/// numpy's `.npy`.
#[derive(Debug)]
struct Npy {
    /// What void elements are.
    dtype: Option<DType>,
    /// The header that was written last, by what it describes.
    written: Recent<(Layout, Option<String>), Arc<[u8]>>,
    /// What the header that was read last says, by its bytes. Parsing a header takes 0.4 µs and printing one 0.25 µs, which
    /// is what base64 needs for 4 KiB; comparing 128 bytes is next to nothing (`cargo bench -p ndcodec-benches --bench
    /// overhead`, rows `npy|base64`).
    read: Recent<Box<[u8]>, Header>,
}

/// A header longer than this is not kept.
const LONGEST: usize = 1 << 10;

impl ArrayFormat for Npy {
    fn frame(&self, layout: &Layout, filters: Option<&str>) -> Result<Frame, ArrayError> {
        let filters = filters.filter(|filters| !filters.is_empty());
        let write = || {
            let dtype = match &self.dtype {
                None => layout.dtype(),
                Some(named) if can_be_named(layout.dtype(), named) => named,
                Some(named) => {
                    return Err(ArrayError::wrong_dtype(named, layout.dtype()));
                }
            };
            let head: Arc<[u8]> = header::write(dtype, layout, filters)?.into();
            let key = || (layout.clone(), filters.map(str::to_owned));
            Ok(((head.len() <= LONGEST).then(key), head))
        };
        let head = self.written.get(|(of, with)| of == layout && with.as_deref() == filters, write)?;
        Ok(Frame::with_head(head))
    }

    fn read_header(&self, prefix: &[u8], context: &HeaderContext<'_>) -> Result<Header, HeaderError> {
        let limits = context.limits();
        let read = || {
            let header = header::read(prefix, self.dtype.as_ref(), limits)?;
            let bytes = prefix.get(..header.head_len());
            // One that does not end in `\n` depends on the byte behind it.
            let bytes = bytes.filter(|bytes| bytes.len() <= LONGEST && bytes.ends_with(b"\n"));
            Ok((bytes.map(Box::from), header))
        };
        self.read.get(|bytes| prefix.starts_with(bytes) && bytes.len() <= limits.max_header, read)
    }

    /// The dtype stands in the header, but for scalars that numpy does not know and stores as void.
    fn resolve(&self, layout: &Layout, params: &mut Params) {
        if !params.is_given("dtype") && !is_read_back(layout.dtype()) {
            params.set("dtype", Value::DType(layout.dtype().clone()));
        }
    }
}

/// Field by field: those of a struct are read back as each would be alone.
fn is_read_back(dtype: &DType) -> bool {
    match dtype.fields() {
        Some(fields) => fields.iter().all(|field| is_read_back(field.dtype())),
        None => DType::from_descr(&dtype.to_descr()).is_ok_and(|read| read == *dtype),
    }
}

/// Whether elements of dtype `stored` may be taken for `named`: they are that, or the void that `named` becomes in a
/// header, or any void of its size.
fn can_be_named(stored: &DType, named: &DType) -> bool {
    let is_void = || matches!(stored.kind(), Kind::Void) && stored.itemsize() == named.itemsize();
    let is_its_void = || DType::from_descr(&named.to_descr()).is_ok_and(|read| read == *stored);
    stored == named || is_void() || is_its_void()
}
