//! `raw`: the elements of an array as they lie in memory, and nothing else.
//!
//! It is what [`numpy.ndarray.tobytes`](https://numpy.org/doc/stable/reference/generated/numpy.ndarray.tobytes.html) gives
//! with `order='A'`, what an mzML file holds, and what is inside a Zarr chunk. dtype, shape and order are not in the data,
//! but in the chain: the encoder's *resolved chain* has them.
#![forbid(unsafe_code)]

use std::sync::{Arc, OnceLock};

use ndcodec_core::{
    ArrayError, ArrayFormat, CodecError, DType, ErrorKind, Frame, Header, HeaderContext, HeaderError, Kind,
    Layout, Order, ParamError, ParamKind, ParamSpec, Params, ShapePattern, StageDescriptor, Value,
};

/// The format `raw`.
pub static RAW: StageDescriptor = StageDescriptor::format("raw", env!("CARGO_PKG_NAME"), &build)
    .with_summary("the elements as they lie in memory, without a header")
    .with_specification("https://numpy.org/doc/stable/reference/generated/numpy.ndarray.tobytes.html")
    .with_params(&[
        ParamSpec::from_array("dtype", ParamKind::DType, "the type of the elements; decoding needs it"),
        ParamSpec::from_array("shape", ParamKind::Shape, "the shape; without it, one dimension is decoded"),
        ParamSpec::from_array(
            "order",
            ParamKind::Choice(&[C, F]),
            "`F` if the first index varies fastest, else `C`",
        ),
    ])
    .streaming()
    .stable_bytes();
ndcodec_core::submit!(RAW);

fn build(params: &Params) -> Result<Arc<dyn ArrayFormat>, ParamError> {
    let raw = Raw {
        dtype: params.dtype("dtype"),
        shape: params.shape("shape"),
        order: order(params),
        header: OnceLock::new(),
    };
    if let (Some(dtype), Some(shape)) = (&raw.dtype, &raw.shape) {
        let known: Vec<usize> = shape.dims().iter().flatten().copied().collect();
        Layout::new(dtype.clone(), known, Order::C)
            .map_err(|error| ParamError::new("shape", error.to_string()))?;
    }
    Ok(Arc::new(raw))
}

const C: &str = Order::C.as_str();
const F: &str = Order::Fortran.as_str();

fn order(params: &Params) -> Option<Order> {
    match params.value("order") {
        Some(Value::Word(word)) => Some(if word == F { Order::Fortran } else { Order::C }),
        _ => None,
    }
}

/// The elements and nothing else.
#[derive(Debug)]
struct Raw {
    dtype: Option<DType>,
    shape: Option<ShapePattern>,
    order: Option<Order>,
    /// What these say, once it was asked for.
    header: OnceLock<Header>,
}

impl Raw {
    /// The order of what is decoded, and of what is encoded where memory depends on it; `None` if that is the
    /// array's own.
    ///
    /// With a shape, the chain's text is enough to decode, and so `C` where it says nothing: an array in Fortran
    /// order must not pass under it. Without one only the resolved chain is, and that says the array's.
    fn order(&self) -> Option<Order> {
        self.order.or_else(|| self.shape.as_ref().map(|_| Order::C))
    }
}

impl ArrayFormat for Raw {
    fn frame(&self, layout: &Layout, _: Option<&str>) -> Result<Frame, ArrayError> {
        if let Some(dtype) = &self.dtype
            && !can_be_named(layout.dtype(), dtype)
        {
            return Err(ArrayError::wrong_dtype(dtype, layout.dtype()));
        }
        if let Some(shape) = &self.shape
            && !shape.matches(layout.shape())
        {
            return Err(unsupported(format!("its shape is {}, not {shape}", layout.shape_text())));
        }
        if let Some(order) = self.order()
            && order != layout.order()
            && !layout.is_both_orders()
        {
            let is = layout.order();
            return Err(unsupported(format!("its elements lie in {is} order, and the chain says {order}")));
        }
        Ok(Frame::default())
    }

    fn read_header(&self, _: &[u8], _: &HeaderContext<'_>) -> Result<Header, HeaderError> {
        if let Some(header) = self.header.get() {
            return Ok(header.clone());
        }
        let Some(dtype) = self.dtype.clone() else {
            let message = "decoding `raw` needs a dtype, as in `raw(<f4)`: the bytes do not say it";
            return Err(CodecError::new(ErrorKind::Unsupported, message).into());
        };
        let shape = self.shape.clone().unwrap_or_else(ShapePattern::one_dimension);
        let header = Header::new(dtype, shape, self.order().unwrap_or_default())?;
        Ok(self.header.get_or_init(|| header).clone())
    }

    fn resolve(&self, layout: &Layout, params: &mut Params) {
        if !params.is_given("dtype") {
            params.set("dtype", Value::DType(layout.dtype().clone()));
        }
        params.set("shape", Value::Shape(layout.shape().into()));
        if self.order.is_none() && layout.order() == Order::Fortran && !layout.is_both_orders() {
            params.set("order", Value::Word(F));
        }
    }
}

/// Whether elements of dtype `stored` may be taken for `named`: they are that, or void of its size, as numpy has
/// scalars that it does not know.
fn can_be_named(stored: &DType, named: &DType) -> bool {
    let is_void = matches!(stored.kind(), Kind::Void) && stored.itemsize() == named.itemsize();
    stored == named || is_void
}

fn unsupported(reason: String) -> ArrayError {
    ArrayError::unsupported("raw", reason)
}

#[cfg(test)]
mod tests;
