//! The index behind the chunks, and the footer that ends a container.

use ndcodec_core::{CodecError, ErrorKind};

use crate::checksum::crc32c;
use crate::header::{Head, u32_at, u64_at};

/// The footer: where the index begins, how long the whole is, and the end mark.
pub(crate) const FOOTER: usize = 24;

/// Writes the index and the footer of chunks whose records begin at `offsets` and end at `end` to `room`, which has
/// their [`len`].
pub(crate) fn write(head: &Head, offsets: &[u64], end: u64, room: &mut [u8]) {
    let (index, footer) = room.split_at_mut(room.len() - FOOTER);
    let (places, crc) = index.split_at_mut(index.len() - 4);
    for (place, offset) in places.chunks_exact_mut(8).zip(offsets) {
        place.copy_from_slice(&offset.to_le_bytes());
    }
    crc.copy_from_slice(&checksum(head, places).to_le_bytes());
    let total = end + (places.len() + 4 + FOOTER) as u64;
    footer[..8].copy_from_slice(&end.to_le_bytes());
    footer[8..16].copy_from_slice(&total.to_le_bytes());
    footer[16..].copy_from_slice(&head.brand.end);
}

/// The length of the index and the footer of `count` chunks.
pub(crate) fn len(count: usize) -> usize {
    count.saturating_mul(8).saturating_add(4 + FOOTER)
}

/// Where the records are: as an index says that was checked, borrowed if the whole is in memory.
#[derive(Debug)]
pub(crate) struct Index<B> {
    /// The index and the footer.
    bytes: B,
    count: usize,
    /// Where the index begins, and the last record ends.
    begin: u64,
    /// The length of the head, from whose beginning the index counts.
    head_len: u64,
}

impl<B: AsRef<[u8]>> Index<B> {
    /// Where the record of chunk `i` begins and ends behind the head.
    pub(crate) fn record(&self, i: usize) -> (u64, u64) {
        let offset = |i: usize| u64_at(self.bytes.as_ref(), 8 * i);
        let end = if i + 1 < self.count { offset(i + 1) } else { self.begin };
        (offset(i) - self.head_len, end - self.head_len)
    }

    /// Reads the index and the footer, which are the last bytes of a container of `total` bytes, its head included.
    pub(crate) fn read(head: &Head, owned: B, total: u64) -> Result<Self, CodecError> {
        let bytes = owned.as_ref();
        let begin = total.saturating_sub(bytes.len() as u64);
        let (index, footer) = bytes.split_at(bytes.len().saturating_sub(FOOTER));
        if footer.len() < FOOTER || footer[16..] != head.brand.end {
            let name = head.brand.name;
            let message =
                format!("it does not end with the end mark of `{name}`: it was cut, or bytes follow it");
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
                "it puts the index at byte {}; expected {begin}",
                u64_at(footer, 0)
            )));
        }
        let (offsets, stored) = index.split_at(index.len() - 4);
        let (stored, crc) = (u32_at(stored, 0), checksum(head, offsets));
        if stored != crc as usize {
            return Err(CodecError::checksum("index's crc32c", stored, crc).at(begin));
        }
        let mut ends = offsets.chunks_exact(8).map(|offset| u64_at(offset, 0)).chain([begin]);
        let starts_right = ends.next() == Some(head.len as u64);
        let count = offsets.len() / 8;
        let mut last = head.len as u64;
        let is_sorted = ends.all(|end| std::mem::replace(&mut last, end) <= end);
        if !starts_right || !is_sorted || count != head.count() {
            return Err(CodecError::corrupt("the index is not one of this array's chunks").at(begin));
        }
        Ok(Self { bytes: owned, count, begin, head_len: head.len as u64 })
    }
}

fn checksum(head: &Head, offsets: &[u8]) -> u32 {
    crc32c(&[&head.crc.to_le_bytes(), offsets])
}
