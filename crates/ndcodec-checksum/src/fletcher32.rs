//! Fletcher-32 as HDF5 has it: of big-endian words of 16 bits, without an initial value.

/// A checksum on the way.
///
/// Both sums are kept modulo 65,535, zero as 65,535 unless there was nothing but zeros: that is what HDF5's carries, which
/// are folded back now and then, come to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fletcher32 {
    /// The sum of the words.
    first: u64,
    /// The sum of the sums after each word.
    second: u64,
    /// The first byte of a word whose second is not there yet.
    half: Option<u8>,
}

/// Words that are summed side by side, each by its own sums, which makes vectors of them.
const LANES: usize = 16;
/// Words in a lane before its sums could pass 32 bits.
const ROWS: usize = 256;

impl Fletcher32 {
    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        if let (Some(high), [low, rest @ ..]) = (self.half, bytes) {
            self.add(u16::from_be_bytes([high, *low]));
            self.half = None;
            bytes = rest;
        }
        let (words, half) = bytes.as_chunks::<2>();
        let (rows, last) = words.as_chunks::<LANES>();
        rows.chunks(ROWS).for_each(|rows| self.add_rows(rows));
        last.iter().for_each(|word| self.add(u16::from_be_bytes(*word)));
        if let [half] = half {
            self.half = Some(*half);
        }
    }

    pub(crate) fn finish(mut self) -> u32 {
        if let Some(high) = self.half {
            self.add(u16::from_be_bytes([high, 0]));
        }
        (fold(self.second) << 16) | fold(self.first)
    }

    fn add(&mut self, word: u16) {
        self.first = u64::from(fold(self.first + u64::from(word)));
        self.second = u64::from(fold(self.second + self.first));
    }

    /// Adds at most [`ROWS`] rows.
    fn add_rows(&mut self, rows: &[[[u8; 2]; LANES]]) {
        let (mut firsts, mut seconds) = ([0_u32; LANES], [0_u32; LANES]);
        for row in rows {
            for ((first, second), word) in firsts.iter_mut().zip(&mut seconds).zip(row) {
                *first += u32::from(u16::from_be_bytes(*word));
                *second += *first;
            }
        }
        let words = (rows.len() * LANES) as u64;
        self.second += words * self.first;
        for (lane, (first, second)) in (0..).zip(firsts.into_iter().zip(seconds)) {
            // A word counts as often as there are words from it on. Its lane has counted the rows from it on.
            self.second += LANES as u64 * u64::from(second) - lane * u64::from(first);
            self.first += u64::from(first);
        }
        (self.first, self.second) = (u64::from(fold(self.first)), u64::from(fold(self.second)));
    }
}

/// Modulo 65,535, with 65,535 for its multiples other than zero.
fn fold(sum: u64) -> u32 {
    match u32::try_from(sum % 65_535) {
        Ok(0) if sum > 0 => 65_535,
        Ok(rest) => rest,
        Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// HDF5's `H5_checksum_fletcher32`, line for line.
    fn oracle(bytes: &[u8]) -> u32 {
        let (mut sum1, mut sum2) = (0_u32, 0_u32);
        for block in bytes.chunks(720) {
            for word in block.chunks_exact(2) {
                sum1 += u32::from(word[0]) << 8 | u32::from(word[1]);
                sum2 += sum1;
            }
            sum1 = (sum1 & 0xffff) + (sum1 >> 16);
            sum2 = (sum2 & 0xffff) + (sum2 >> 16);
        }
        if let [last] = bytes.chunks_exact(2).remainder() {
            sum1 += u32::from(*last) << 8;
            sum2 += sum1;
            sum1 = (sum1 & 0xffff) + (sum1 >> 16);
            sum2 = (sum2 & 0xffff) + (sum2 >> 16);
        }
        sum1 = (sum1 & 0xffff) + (sum1 >> 16);
        sum2 = (sum2 & 0xffff) + (sum2 >> 16);
        sum2 << 16 | sum1
    }

    #[test]
    fn is_that_of_hdf5_in_pieces_of_any_length() {
        let noise: Vec<u8> =
            (0..40_000_u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        for bytes in [&noise[..], &[0xff; 40_000], &[0; 40_000]] {
            for len in (0..70).chain([719, 720, 721, 8191, 8192, 8193, 16_385, 39_999, 40_000]) {
                for piece in [1, 3, 31, 32, 8192, 40_000] {
                    let mut sum = Fletcher32::default();
                    bytes[..len].chunks(piece).for_each(|piece| sum.update(piece));
                    assert_eq!(sum.finish(), oracle(&bytes[..len]), "{len} bytes in pieces of {piece}");
                }
            }
        }
    }
}
