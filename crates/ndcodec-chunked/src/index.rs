//! The index behind the chunks, and the footer that ends a container.

use ndcodec_core::{CodecError, ErrorKind};

use crate::checksum::crc32c;
use crate::header::{Head, u32_at, u64_at};

/// Ends every container.
const END: [u8; 8] = *b"NDCHEND\n";

/// The footer: where the index begins, how long the whole is, and the end mark.
pub(crate) const FOOTER: usize = 24;

/// The index and the footer of chunks whose records begin at `offsets` and end at `end`.
pub(crate) fn write(head: &Head, offsets: &[u64], end: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(len(offsets.len()));
    for offset in offsets {
        bytes.extend_from_slice(&offset.to_le_bytes());
    }
    let crc = checksum(head, &bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    let total = end + (bytes.len() + FOOTER) as u64;
    bytes.extend_from_slice(&end.to_le_bytes());
    bytes.extend_from_slice(&total.to_le_bytes());
    bytes.extend_from_slice(&END);
    bytes
}

/// The length of the index and the footer of `count` chunks.
pub(crate) fn len(count: usize) -> usize {
    count.saturating_mul(8).saturating_add(4 + FOOTER)
}

/// The ends of the records: chunk `i` lies between `ends[i]` and `ends[i + 1]`.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) ends: Vec<u64>,
}

impl Index {
    /// Reads the index and the footer, which are the last bytes of a container of `total` bytes.
    pub(crate) fn read(head: &Head, bytes: &[u8], total: u64) -> Result<Self, CodecError> {
        let begin = total.saturating_sub(bytes.len() as u64);
        let (index, footer) = bytes.split_at(bytes.len().saturating_sub(FOOTER));
        if footer.len() < FOOTER || footer[16..] != END {
            let message = "it does not end with the end mark of `chunked`: it was cut, or bytes follow it";
            return Err(CodecError::new(ErrorKind::Truncated, message));
        }
        let damaged = |what: &str| CodecError::corrupt(format!("the footer is damaged: {what}"));
        if u64_at(footer, 8) != total {
            return Err(damaged(&format!(
                "it gives {} bytes in all, and there are {total}",
                u64_at(footer, 8)
            )));
        }
        if u64_at(footer, 0) != begin || index.len() < 4 {
            return Err(damaged(&format!(
                "it puts the index at byte {}, which is not {begin}",
                u64_at(footer, 0)
            )));
        }
        let (offsets, stored) = index.split_at(index.len() - 4);
        let (stored, crc) = (u32_at(stored, 0), checksum(head, offsets));
        if stored != crc as usize {
            return Err(CodecError::checksum("index's crc32c", stored, crc).at(begin));
        }
        let mut ends: Vec<u64> = offsets.chunks_exact(8).map(|offset| u64_at(offset, 0)).collect();
        ends.push(begin);
        let starts_right = ends[0] == head.len as u64;
        if !starts_right || !ends.is_sorted() || ends.len() != head.count() + 1 {
            return Err(CodecError::corrupt("the index is not one of this array's chunks").at(begin));
        }
        Ok(Self { ends })
    }
}

fn checksum(head: &Head, offsets: &[u8]) -> u32 {
    crc32c(&[&head.crc.to_le_bytes(), offsets])
}
