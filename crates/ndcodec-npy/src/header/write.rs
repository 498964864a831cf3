//! Writes headers as `numpy.save` does (`_write_array_header` in numpy's `lib/_format_impl.py`).

use std::fmt::Write;

use ndcodec_core::literal::Literal;
use ndcodec_core::{ArrayError, DType, Layout, Order};

use super::{FILTERED_MAGIC, MAGIC, Version, is_addressable};

/// Elements begin at a multiple of this, which suits every vector unit and `mmap`.
const ALIGNMENT: usize = 64;
/// numpy leaves room for the slowest dimension to grow to this many digits in place.
const GROWTH_AXIS_MAX_DIGITS: usize = 21;

/// The header of an array of this layout, whose elements are written as `dtype`.
///
/// The version is the oldest that can hold it: 1.0, else 2.0 for more than 65,535 bytes, else 3.0 for characters
/// outside of Latin-1.
pub(crate) fn write(dtype: &DType, layout: &Layout, filters: Option<&str>) -> Result<Vec<u8>, ArrayError> {
    let magic = if filters.is_some() { FILTERED_MAGIC } else { MAGIC };
    let text = text(dtype, layout, filters)?;
    let (oldest, text) = match to_latin1(text) {
        Ok(text) => (Version::V1, text),
        Err(text) => (Version::V3, text.into_bytes()),
    };
    if oldest == Version::V1
        && let Ok(len) = u16::try_from(padded_len(Version::V1, &text))
    {
        return Ok(assemble(magic, Version::V1, &len.to_le_bytes(), &text));
    }
    let version = if oldest == Version::V1 { Version::V2 } else { oldest };
    let len = padded_len(version, &text);
    match u32::try_from(len) {
        Ok(len) => Ok(assemble(magic, version, &len.to_le_bytes(), &text)),
        Err(_) => {
            Err(unsupported(format!("its header would have {len} bytes; expected {} at most", u32::MAX)))
        }
    }
}

/// The dict as numpy prints it, with a comma before the closing brace, and blanks for the shape to grow into.
fn text(dtype: &DType, layout: &Layout, filters: Option<&str>) -> Result<String, ArrayError> {
    let shape = shape(dtype, layout)?;
    let is_fortran = layout.order() == Order::Fortran && !layout.is_both_orders();
    let descr = dtype.descr();
    let mut text = match filters {
        None => {
            let fortran_order = Literal::Bool(is_fortran);
            format!("{{'descr': {descr}, 'fortran_order': {fortran_order}, 'shape': {shape}, }}")
        }
        Some(filters) => {
            let (filters, order) = (Literal::Str(filters.to_owned()), if is_fortran { "F" } else { "C" });
            format!("{{'dtype': {descr}, 'filters': {filters}, 'order': '{order}', 'dims': {shape}, }}")
        }
    };
    let growing = if is_fortran { layout.shape().last() } else { layout.shape().first() };
    if let Some(dim) = growing {
        let digits = dim.checked_ilog10().map_or(1, |log| log as usize + 1);
        let room = GROWTH_AXIS_MAX_DIGITS.saturating_sub(digits);
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{:room$}", "");
    }
    Ok(text)
}

/// The shape as a tuple. A shape that no reader accepts is not written either.
fn shape(dtype: &DType, layout: &Layout) -> Result<Literal, ArrayError> {
    let dims: Option<Vec<Literal>> =
        layout.shape().iter().map(|&dim| i64::try_from(dim).ok().map(Literal::Int)).collect();
    match dims {
        Some(dims) if is_addressable(dtype, layout.shape()) => Ok(Literal::Tuple(dims)),
        _ => {
            let shape = layout.shape_text();
            Err(unsupported(format!(
                "numpy refuses the shape {shape}, which without its zeros is larger than memory"
            )))
        }
    }
}

/// Latin-1 bytes, or the text back if it has another character.
fn to_latin1(text: String) -> Result<Vec<u8>, String> {
    if text.is_ascii() {
        return Ok(text.into_bytes());
    }
    let bytes: Result<Vec<u8>, _> = text.chars().map(u8::try_from).collect();
    bytes.map_err(|_| text)
}

/// The length of the text with spaces and a newline behind it. Like numpy, adds a whole [`ALIGNMENT`] of spaces to a
/// text that would end on one.
fn padded_len(version: Version, text: &[u8]) -> usize {
    let len = text.len() + 1;
    len + ALIGNMENT - (version.prefix_len() + len) % ALIGNMENT
}

/// `len` is that of [`padded_len`], as it is stored.
fn assemble(magic: &[u8], version: Version, len: &[u8], text: &[u8]) -> Vec<u8> {
    let head_len = version.prefix_len() + padded_len(version, text);
    let mut head = Vec::with_capacity(head_len);
    head.extend_from_slice(magic);
    head.extend_from_slice(&version.bytes());
    head.extend_from_slice(len);
    head.extend_from_slice(text);
    head.resize(head_len - 1, b' ');
    head.push(b'\n');
    head
}

fn unsupported(reason: String) -> ArrayError {
    ArrayError::unsupported("npy", reason)
}

#[cfg(test)]
mod tests {
    use ndcodec_core::Field;

    use super::*;

    fn layout(dtype: &str, shape: &[usize], order: Order) -> Layout {
        Layout::new(DType::parse(dtype).unwrap(), shape, order).unwrap()
    }

    fn header(layout: &Layout) -> Vec<u8> {
        write(layout.dtype(), layout, None).unwrap()
    }

    fn dict(layout: &Layout, filters: Option<&str>) -> String {
        text(layout.dtype(), layout, filters).unwrap().trim_end().to_owned()
    }

    #[test]
    fn a_header_is_what_numpy_writes() {
        let c = header(&layout(">f8", &[2, 3], Order::C));
        assert_eq!(c.len(), 128);
        assert!(c.starts_with(
            b"\x93NUMPY\x01\x00\x76\x00{'descr': '>f8', 'fortran_order': False, 'shape': (2, 3), } "
        ));
        assert!(c.ends_with(b" \n"));
    }

    #[test]
    fn fortran_order_is_said_only_where_it_matters() {
        assert!(dict(&layout("|u1", &[2, 3], Order::Fortran), None).contains("'fortran_order': True"));
        for shape in [&[6][..], &[1, 6], &[], &[0, 3, 2]] {
            let dict = dict(&layout("|u1", shape, Order::Fortran), None);
            assert!(dict.contains("'fortran_order': False"), "{dict}");
        }
    }

    #[test]
    fn shapes_are_python_tuples() {
        for (shape, tuple) in [(&[][..], "()"), (&[3], "(3,)"), (&[3, 0, 4], "(3, 0, 4)")] {
            let dict = dict(&layout("<i4", shape, Order::C), None);
            assert!(dict.ends_with(&format!("'shape': {tuple}, }}")), "{dict}");
        }
    }

    #[test]
    fn filters_have_a_header_of_their_own() {
        assert_eq!(
            dict(&layout("<i4", &[2], Order::C), Some("shuffle|delta")),
            "{'dtype': '<i4', 'filters': 'shuffle|delta', 'order': 'C', 'dims': (2,), }"
        );
        let fortran = layout("<i4", &[2, 3], Order::Fortran);
        let head = write(fortran.dtype(), &fortran, Some("shuffle")).unwrap();
        assert!(
            head.starts_with(
                b"\x93NDNPY\x01\x00\x76\x00{'dtype': '<i4', 'filters': 'shuffle', 'order': 'F', "
            )
        );
        assert_eq!(head.len(), 128);
        for key in ["descr", "fortran_order", "shape"] {
            // Readers that look at no magic number look for these.
            assert!(!head.windows(key.len() + 2).any(|part| part == format!("'{key}'").as_bytes()), "{key}");
        }
    }

    #[test]
    fn the_version_is_the_oldest_that_can_hold_it() {
        let of_fields = |name: &str, count: usize| {
            let u1 = DType::parse("|u1").unwrap();
            let fields = (0..count).map(|i| Field::new(format!("{name}{i}"), u1.clone(), i)).collect();
            let dtype = DType::structure(fields, count).unwrap();
            header(&Layout::new(dtype, [1], Order::C).unwrap())
        };
        for (name, count, version) in
            [("a", 1, 1), ("é", 1, 1), ("é", 9000, 2), ("整", 1, 3), ("整", 9000, 3)]
        {
            let head = of_fields(name, count);
            assert_eq!(head[6..8], [version, 0], "{name} × {count}");
            assert_eq!(head.len() % ALIGNMENT, 0);
        }
    }

    #[test]
    fn shapes_that_numpy_refuses_are_not_written() {
        let layout = layout("<f8", &[0, usize::MAX], Order::C);
        let error = write(layout.dtype(), &layout, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "`npy` cannot encode this array: numpy refuses the shape 0x{}, which without its zeros is larger \
                 than memory",
                usize::MAX
            )
        );
    }
}
