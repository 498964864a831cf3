//! [`check`]: what the head of a chunk claims, before pco makes room for it.
//!
//! pco reserves memory for a chunk's table of values and for its window of earlier numbers by numbers in the chunk's first
//! bytes: up to 256 MiB for ten bytes of data. Where they stand is in the "Chunk" part of pco's
//! [format](https://github.com/pcodec/pcodec/blob/main/docs/format.md).

use ndcodec_core::CodecError;
use pco::DEFAULT_MAX_PAGE_N;
use pco::metadata::FormatVersion;

/// The largest window of earlier numbers that a file may ask for whatever its length: pco makes room for all of it, and
/// writes none that is larger than its numbers.
const WINDOW: usize = 1 << 16;

/// The first major version in which a chunk may have a window.
const HAS_WINDOWS: u8 = 3;

/// Refuses a chunk that would need more memory, or more time, than its numbers and its bytes account for. `chunk` begins
/// with the chunk, and its numbers have `itemsize` bytes. What ends too early is left to pco, which says so.
pub(crate) fn check(chunk: &[u8], itemsize: usize, version: &FormatVersion) -> Result<(), CodecError> {
    // A zero in place of the numbers' type ends the file.
    if chunk.first() == Some(&0) {
        return Ok(());
    }
    let mut bits = Bits { bytes: chunk, at: 8 };
    let n = bits.take(24) + 1;
    // Equal numbers cost nothing, so a few bytes could claim 16 million of them again and again. pco itself begins a new
    // chunk after 2¹⁸.
    if n > DEFAULT_MAX_PAGE_N && n / 1024 > chunk.len() {
        return Err(CodecError::corrupt(format!("a chunk claims {n} numbers in {} bytes", chunk.len())));
    }
    match bits.take(4) {
        1 | 2 => bits.at += 8 * itemsize,
        3 => bits.at += 8,
        4 => {
            let values = bits.take(25);
            bits.at = bits.at.next_multiple_of(8) + 8 * itemsize * values;
            if values > n {
                let message = format!("a chunk of {n} numbers claims a table of {values} values");
                return Err(CodecError::corrupt(message));
            }
            if bits.at / 8 > chunk.len() {
                return Err(CodecError::truncated("a table of values"));
            }
        }
        _ => {}
    }
    if version.major >= HAS_WINDOWS && bits.take(4) == 2 {
        let window = 2 << bits.take(5);
        if window > n.next_power_of_two().max(WINDOW) {
            let message = format!("{n} numbers ask for a window of {window} numbers");
            return Err(CodecError::corrupt(message));
        }
    }
    Ok(())
}

/// Bits from the lowest of each byte to the highest; zeros behind the end.
struct Bits<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next bits as a number, at most 25.
    fn take(&mut self, count: usize) -> usize {
        let bit = |at: usize| self.bytes.get(at / 8).map_or(0, |byte| usize::from(byte >> (at % 8) & 1));
        let value = (0..count).map(|i| bit(self.at + i) << i).sum();
        self.at += count;
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chunk of `n` numbers of 8 bytes whose head has these fields behind the number.
    fn chunk(n: usize, fields: &[(usize, usize)]) -> Vec<u8> {
        let (mut bits, mut bytes) = (vec![true; 8], Vec::new());
        for (count, value) in [&[(24, n - 1)], fields].concat() {
            bits.extend((0..count).map(|i| value >> i & 1 == 1));
        }
        for eight in bits.chunks(8) {
            bytes.push(eight.iter().enumerate().map(|(i, bit)| u8::from(*bit) << i).sum());
        }
        bytes
    }

    fn checked(n: usize, fields: &[(usize, usize)]) -> Result<(), String> {
        check(&chunk(n, fields), 8, &FormatVersion::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn tables_are_no_longer_than_the_numbers_and_their_bytes() {
        let table = |n, values| checked(n, &[(4, 4), (25, values), (3, 0)]);
        assert_eq!(table(100, 101).unwrap_err(), "a chunk of 100 numbers claims a table of 101 values");
        assert_eq!(table(100, 100).unwrap_err(), "the input ends inside a table of values");
        assert_eq!(table(100, 0), Ok(()));
    }

    #[test]
    fn windows_are_found_behind_every_mode() {
        let modes: [&[(usize, usize)]; 5] = [
            &[(4, 0)],
            &[(4, 1), (25, 7), (25, 7), (14, 7)],
            &[(4, 2), (25, 7), (25, 7), (14, 7)],
            &[(4, 3), (8, 7)],
            &[(4, 4), (25, 1), (3, 0), (25, 7), (25, 7), (14, 7)],
        ];
        for mode in modes {
            let window = |n, log: usize| checked(n, &[mode, &[(4, 2), (5, log - 1), (4, 0)]].concat());
            assert_eq!(window(100, 17).unwrap_err(), "100 numbers ask for a window of 131072 numbers");
            assert_eq!(window(100, 16), Ok(()));
            assert_eq!(window(70_000, 17), Ok(()));
            assert_eq!(checked(100, &[mode, &[(4, 1), (5, 31)]].concat()), Ok(()));
        }
    }

    #[test]
    fn a_chunk_that_ends_early_is_left_to_pco() {
        for len in 0..4 {
            assert!(check(&[4, 0, 0, 0][..len], 8, &FormatVersion::default()).is_ok());
        }
    }
}
