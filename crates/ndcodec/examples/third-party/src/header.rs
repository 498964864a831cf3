//! The header of `headed` and `packed`: four bytes of magic, the length of a text in four bytes, and the text: filters or
//! inner chain, dtype, shape and order, with tabs between them.

use ndcodec_core::{
    CodecError, DType, Header, HeaderContext, HeaderError, Layout, Limit, Order, ShapePattern,
};

pub(crate) fn write(magic: &[u8; 4], stages: &str, layout: &Layout) -> Vec<u8> {
    // An array of one row or column has one header, whichever order it is said to be in.
    let layout = layout.clone().canonical();
    let text = format!("{stages}\t{}\t{}\t{}", layout.dtype(), layout.shape_text(), layout.order());
    // No chain and no dtype come near 4 GiB.
    let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
    [&magic[..], &len.to_le_bytes(), text.as_bytes()].concat()
}

/// The stages, the layout of the array, and the length of the header.
pub(crate) fn read<'p>(
    magic: &[u8; 4],
    prefix: &'p [u8],
    context: &HeaderContext<'_>,
) -> Result<(&'p str, Layout, usize), HeaderError> {
    if magic.iter().zip(prefix).any(|(expected, byte)| expected != byte) {
        return Err(CodecError::corrupt("the magic number is another").at(0).into());
    }
    let Some([_, _, _, _, len @ ..]) = prefix.first_chunk::<8>() else {
        return Err(HeaderError::Incomplete { needed: 8 });
    };
    let (len, max) = (u32::from_le_bytes(*len) as usize, context.limits().max_header);
    if len > max {
        let message = format!("the header claims {len} bytes, more than the limit of {max}");
        return Err(CodecError::over(Limit::Header, message).at(4).into());
    }
    let needed = 8_usize.saturating_add(len);
    let Some(text) = prefix.get(8..needed) else { return Err(HeaderError::Incomplete { needed }) };
    let invalid = || CodecError::corrupt("the header is not stages, dtype, shape and order").at(8);
    let text = str::from_utf8(text).map_err(|error| invalid().with_source(error))?;
    let [stages, dtype, shape, order] = text.split('\t').collect::<Vec<_>>()[..] else {
        return Err(invalid().into());
    };
    let dtype = DType::parse(dtype).map_err(|error| invalid().with_source(error))?;
    let shape = ShapePattern::parse(shape).map_err(|error| invalid().with_source(error))?;
    let order = match order {
        "C" => Order::C,
        "F" => Order::Fortran,
        _ => return Err(invalid().into()),
    };
    // A dimension that is left open, as in `?x3`, would take its length from data that may have been cut.
    let layout = Header::new(dtype, shape, order)?.known_layout().cloned().ok_or_else(invalid)?;
    Ok((stages, layout, needed))
}
