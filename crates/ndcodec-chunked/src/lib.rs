//! `chunked`: our own container, which encodes an array in chunks: in parallel, seekable, and checked.
//! Byte for byte it is described in `docs/formats/chunked.md` of the repository; checksums are CRC-32C
//! ([RFC 3720](https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4)).
#![forbid(unsafe_code)]

use std::sync::Arc;

use ndcodec_core::{ArrayFormat, ParamError, ParamKind, ParamSpec, Params, StageDescriptor};

mod auto;
mod checksum;
mod chunker;
mod chunks;
mod estimate;
mod format;
mod header;
mod index;
mod parts;
mod records;
mod repeats;
mod stream;
mod uniform;
mod workers;

pub use auto::{AUTO, Auto};
pub use format::Chunked;

/// `chunked(inner, size)`: runs the inner filters and codecs on each chunk of `size` bytes.
pub static CHUNKED: StageDescriptor = StageDescriptor::format("chunked", env!("CARGO_PKG_NAME"), &build)
    .with_summary("chunks encoded by an inner chain, in parallel, with an index and a checksum each")
    .with_specification("docs/formats/chunked.md")
    .with_params(&[
        ParamSpec::inferred(
            "inner",
            ParamKind::Tail,
            "filters and codecs for each chunk; decoding takes them from the header",
        ),
        ParamSpec::size(
            "size",
            1 << 10,
            1 << 30,
            256 << 10,
            "bytes of the array in a chunk, rounded to whole elements",
        ),
    ])
    .with_sniff(|sample| header::CHUNKED.sniff(sample.bytes))
    .container()
    .streaming();

#[cfg(feature = "chunked")]
ndcodec_core::submit!(CHUNKED);

fn build(params: &Params) -> Result<Arc<dyn ArrayFormat>, ParamError> {
    let size = params.size("size").and_then(|size| usize::try_from(size).ok());
    let size = size.ok_or_else(|| ParamError::new("size", "is larger than memory can address"))?;
    Ok(Arc::new(Chunked::new(params.inner_chain("inner")?, size)))
}
