//! A format that is right, and one broken in each of the ways that a law is there to catch.

use ndcodec_core::{
    ArrayError, ArrayFormat, CodecError, DType, Frame, Header, HeaderContext, HeaderError, Layout, Order,
    ShapePattern,
};

/// Ways to be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    NeedsNoMore,
    GivesUpEarly,
    ForgetsOrder,
    ForgetsTail,
    ForgetsFilters,
}

/// `dtype;shape;order;filters` and a line feed, the payload, and a line feed.
#[derive(Debug)]
pub(crate) struct Lined(pub(crate) Fault);

impl ArrayFormat for Lined {
    fn frame(&self, layout: &Layout, filters: Option<&str>) -> Result<Frame, ArrayError> {
        let layout = layout.clone().canonical();
        let filters = filters.filter(|_| self.0 != Fault::ForgetsFilters);
        let (dtype, shape, order) = (layout.dtype(), layout.shape_text(), layout.order());
        let head = format!("{dtype};{shape};{order};{}\n", filters.unwrap_or_default()).into_bytes();
        Ok(Frame::with_head(head).with_tail(*b"\n"))
    }

    fn read_header(&self, prefix: &[u8], context: &HeaderContext<'_>) -> Result<Header, HeaderError> {
        let Some(end) = prefix.iter().take(context.limits().max_header).position(|&byte| byte == b'\n')
        else {
            if prefix.len() >= context.limits().max_header {
                return Err(CodecError::corrupt("the line does not end").into());
            }
            return match self.0 {
                Fault::NeedsNoMore => Err(HeaderError::Incomplete { needed: prefix.len() }),
                Fault::GivesUpEarly => Err(CodecError::truncated("the line").into()),
                _ => Err(HeaderError::Incomplete { needed: prefix.len() + 1 }),
            };
        };
        let line = std::str::from_utf8(&prefix[..end]).ok().map(|line| line.split(';').collect::<Vec<_>>());
        let invalid = || CodecError::corrupt("the line is not a header");
        let Some([dtype, shape, order, filters]) = line.as_deref() else { return Err(invalid().into()) };
        let order = match *order {
            "C" => Order::C,
            "F" if self.0 != Fault::ForgetsOrder => Order::Fortran,
            "F" => Order::C,
            _ => return Err(invalid().into()),
        };
        let dtype = DType::parse(dtype).map_err(|error| invalid().with_source(error))?;
        let shape = ShapePattern::parse(shape).map_err(CodecError::corrupt)?;
        let tail = usize::from(self.0 != Fault::ForgetsTail);
        Ok(Header::new(dtype, shape, order)?.with_head(end + 1).with_tail(tail).with_filters(*filters))
    }
}
