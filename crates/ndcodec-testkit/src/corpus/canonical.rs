//! What the manifest's sha256 covers of an array, whatever its order in memory, byte order and padding.

use ndcodec_core::{ArrayView, ByteOrder, DType, Field, Kind, Order};
use sha2::{Digest, Sha256};

/// The elements of an array in C order, little-endian, structs packed: padding dropped, nested fields in order, strings
/// as little-endian UCS-4.
///
/// The manifest's script goes through arrays of at most 5000 structs by numpy's scalars, and so a string field of theirs
/// loses the zeros at its end, all but the first character's.
pub fn canonical_bytes(array: &ArrayView<'_>) -> Vec<u8> {
    let layout = array.layout();
    let (payload, itemsize) = (array.payload(), layout.dtype().itemsize());
    let mut out = Vec::with_capacity(payload.len());
    if payload.is_empty() {
        return out;
    }
    let cuts_strings = layout.len() <= 5000;
    if layout.order() == Order::C || layout.is_both_orders() {
        pack(layout.dtype(), payload, cuts_strings, &mut out);
        return out;
    }
    let shape = layout.shape();
    let strides: Vec<usize> = shape
        .iter()
        .scan(itemsize, |step, dim| {
            let stride = *step;
            *step *= dim;
            Some(stride)
        })
        .collect();
    let mut index = vec![0; shape.len()];
    loop {
        let at: usize = index.iter().zip(&strides).map(|(i, stride)| i * stride).sum();
        pack(layout.dtype(), &payload[at..at + itemsize], cuts_strings, &mut out);
        let Some(axis) = (0..shape.len()).rev().find(|&axis| index[axis] + 1 < shape[axis]) else {
            return out;
        };
        index[axis] += 1;
        index[axis + 1..].fill(0);
    }
}

/// The SHA-256 of `bytes` in lower-case hex, as the manifest has it.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Appends elements of `dtype`, little-endian and without padding.
fn pack(dtype: &DType, elements: &[u8], cuts_strings: bool, out: &mut Vec<u8>) {
    if dtype.itemsize() == 0 {
        return;
    }
    if let Some(fields) = dtype.fields() {
        for element in elements.chunks_exact(dtype.itemsize()) {
            for field in fields.iter() {
                let start = out.len();
                pack(field.dtype(), &element[field.offset()..][..field.size()], cuts_strings, out);
                if cuts_strings {
                    let len = string_len(field, &out[start..]);
                    out.truncate(start + len);
                }
            }
        }
        return;
    }
    let start = out.len();
    out.extend_from_slice(elements);
    if dtype.byte_order() == ByteOrder::Big
        && let Some(width) = dtype.swap_width()
    {
        out[start..].chunks_exact_mut(width).for_each(<[u8]>::reverse);
    }
}

/// The length of a field without the zeros at its end, if it is a string; at least one character.
fn string_len(field: &Field, bytes: &[u8]) -> usize {
    let width = match field.dtype().kind() {
        Kind::Bytes if field.shape().is_empty() => 1,
        Kind::Str if field.shape().is_empty() => 4,
        _ => return bytes.len(),
    };
    let zeros = bytes.rchunks(width).take_while(|character| character.iter().all(|&byte| byte == 0)).count();
    (bytes.len() - zeros * width).max(width.min(bytes.len()))
}

#[cfg(test)]
mod tests {
    use ndcodec_core::Layout;

    use super::*;

    fn canonical(dtype: &str, shape: &[usize], order: Order, payload: &[u8]) -> Vec<u8> {
        let layout = Layout::new(DType::parse(dtype).unwrap(), shape, order).unwrap();
        canonical_bytes(&ArrayView::new(layout, payload).unwrap())
    }

    #[test]
    fn fortran_order_is_turned() {
        assert_eq!(canonical("|u1", &[2, 3], Order::Fortran, &[1, 4, 2, 5, 3, 6]), [1, 2, 3, 4, 5, 6]);
        assert_eq!(
            canonical(">u2", &[2, 2], Order::Fortran, &[0, 1, 0, 3, 0, 2, 0, 4]),
            [1, 0, 2, 0, 3, 0, 4, 0]
        );
        assert_eq!(canonical("|u1", &[2, 0], Order::Fortran, &[]), []);
        assert_eq!(canonical(">u2", &[], Order::Fortran, &[1, 2]), [2, 1]);
    }

    #[test]
    fn structs_are_packed_and_every_scalar_little_endian() {
        let dtype = "[('a', '>i2'), ('', '|V1'), ('b', [('c', '>c8'), ('d', '|S2')], (2,)), ('', '|V1')]";
        let payload: Vec<u8> = (0..24).collect();
        let expected = [1, 0, 6, 5, 4, 3, 10, 9, 8, 7, 11, 12, 16, 15, 14, 13, 20, 19, 18, 17, 21, 22];
        assert_eq!(canonical(dtype, &[1], Order::C, &payload), expected);
    }

    #[test]
    fn strings_in_structs_lose_the_zeros_at_their_end() {
        let dtype = "[('a', '|S3'), ('b', '>U2'), ('c', '|S2', (1,))]";
        let payload = [b'x', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, b'y', 0];
        assert_eq!(canonical(dtype, &[1], Order::C, &payload), [b'x', 0, 0, 0, 0, b'y', 0]);
        assert_eq!(canonical("|S3", &[1], Order::C, b"x\0\0"), b"x\0\0");
    }

    #[test]
    fn sha256_is_in_lower_case_hex() {
        assert_eq!(sha256_hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
