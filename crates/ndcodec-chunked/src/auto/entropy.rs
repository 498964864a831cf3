//! [`Promises`]: what scouts are likely to make of a sample, by the entropy of the bytes that their filters leave. That takes
//! a third of the time of encoding them, or less.

use ndcodec_core::CodecError;

use super::candidates::Candidate;
use super::choose::{Chooser, Look, Sample};

/// What scouts promise that entropy tells enough of.
#[derive(Debug, Default)]
pub(super) struct Promises {
    /// Of each candidate, in bytes.
    of: Vec<Option<usize>>,
    /// The least of them, if there is one.
    pub(super) least: Option<usize>,
    /// What is no more than that is worth encoding.
    most: usize,
}

/// Of a sample of which a byte in so many is left, entropy says no more than roughly what is best: the rest comes again, or is
/// what frames have.
const ROUGHLY: usize = 8;

/// What promises one byte in so many more than the best is worth encoding; and so many where entropy speaks roughly.
const ABOVE: usize = 16;
const ROUGHLY_ABOVE: usize = 2;

/// So many more bytes are too few to tell anything by.
const BYTES_ABOVE: usize = 32;

/// What leads others is of use to them at so many times the best.
const TIMES_TO_LEAD: usize = 2;

impl Promises {
    fn new(of: Vec<Option<usize>>, len: usize) -> Self {
        let least = of.iter().flatten().copied().min();
        let most = least.map_or(0, |least| {
            let above = if least > len / ROUGHLY { least / ABOVE } else { least / ROUGHLY_ABOVE };
            least + above + BYTES_ABOVE
        });
        Self { of, least, most }
    }

    /// Whether a scout that promises something is worth encoding the sample, of which others made `encoded`: no codec makes
    /// less than three quarters of what entropy says of bytes that do not come again.
    pub(super) fn is_worth_encoding(&self, at: usize, encoded: usize) -> bool {
        self.of
            .get(at)
            .copied()
            .flatten()
            .is_some_and(|promise| promise <= self.most && promise / 4 * 3 <= encoded)
    }

    /// Whether what a scout leads is worth a look, by what the scout promises.
    pub(super) fn is_worth_following(&self, at: usize) -> bool {
        let promise = self.of.get(at).copied().flatten();
        promise.zip(self.least).is_some_and(|(promise, least)| promise <= TIMES_TO_LEAD * least)
    }
}

impl Chooser<'_> {
    /// What scouts promise of a sample; nothing if the goal does not look at it.
    pub(super) fn promises(&self, sample: &Sample<'_>, room: &mut [u8]) -> Result<Promises, CodecError> {
        if !self.looks_at_entropy {
            return Ok(Promises::default());
        }
        let len = sample.bytes.len();
        let wants_few = self.wants_few(sample);
        let look = Look { by_entropy: true, must_find: true, ..Look::default() };
        let promise = |(at, candidate): (usize, &Candidate)| {
            if !candidate.by_entropy || (wants_few && !candidate.finds_without_repeats(sample.layout)) {
                return Ok(None);
            }
            Ok(self.weigh_as(at, sample, len, look, room)?.map(|choice| choice.cost))
        };
        let of = self.candidates.iter().enumerate().map(promise).collect::<Result<Vec<_>, CodecError>>()?;
        Ok(Promises::new(of, len))
    }
}

/// Bytes are counted in so many tables by turns: in one, each of equal neighbours would wait for the one before.
const TABLES: usize = 4;

/// Binary digits behind the point of what [`log2`] returns.
const POINT: u32 = 12;

/// About how many bytes a Huffman or arithmetic coder makes of `bytes`, its table included: their entropy of order 0.
pub(super) fn len_by_entropy(bytes: &[u8]) -> usize {
    let mut counts = [[0_u32; 256]; TABLES];
    let (blocks, rest) = bytes.as_chunks::<TABLES>();
    for block in blocks {
        for (counts, byte) in counts.iter_mut().zip(block) {
            counts[usize::from(*byte)] += 1;
        }
    }
    for byte in rest {
        counts[0][usize::from(*byte)] += 1;
    }
    let (mut saved, mut values) = (0_u64, 0);
    for value in 0..256 {
        let count: u32 = counts.iter().map(|counts| counts[value]).sum();
        saved += u64::from(count) * u64::from(log2(count));
        values += usize::from(count > 0);
    }
    let all = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let bits = (u64::from(all) * u64::from(log2(all))).saturating_sub(saved) >> POINT;
    // A table says of each value how often it occurs, in about four bits.
    usize::try_from(bits / 8).unwrap_or(usize::MAX).saturating_add(values / 2)
}

/// The binary logarithm of a count, with [`POINT`] digits behind the point, within a hundredth; of nothing 0.
///
/// The upper bits of a float are its exponent and a fraction, which a loop finds for many counts at once. All else is in
/// integers, so that every machine chooses the same.
#[expect(clippy::cast_precision_loss, reason = "the fraction has fewer digits than a float")]
fn log2(count: u32) -> u32 {
    let bits = (count.max(1) as f32).to_bits();
    let (exponent, above) =
        (bits >> (f32::MANTISSA_DIGITS - 1), bits >> (f32::MANTISSA_DIGITS - 1 - POINT) & FRACTION);
    // A parabola is nearly as high above the fraction as the logarithm.
    let parabola = (above * (FRACTION + 1 - above)) >> POINT;
    ((exponent - EXPONENT_OF_1) << POINT) + above + parabola * 11 / 32
}

/// The bits of a fraction with [`POINT`] digits.
const FRACTION: u32 = (1 << POINT) - 1;

/// What stands for an exponent of 0.
const EXPONENT_OF_1: u32 = 127;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The entropy of order 0 in bytes, as its definition has it.
    fn by_definition(bytes: &[u8]) -> f64 {
        let count = |value: u8| bytes.iter().filter(|byte| **byte == value).count() as f64;
        let all = bytes.len() as f64;
        let bits = |count: f64| if count > 0.0 { -count * (count / all).log2() } else { 0.0 };
        (0..=255).map(|value| bits(count(value))).sum::<f64>() / 8.0
    }

    #[test]
    fn logarithms_are_right_within_a_hundredth() {
        for count in
            (1..=4096).chain((12..32).flat_map(|power| [1 << power, (1 << power) + 1, 3 << (power - 1)]))
        {
            let exact = f64::from(count).log2();
            let found = f64::from(log2(count)) / f64::from(1_u32 << POINT);
            assert!((found - exact).abs() <= 0.01, "{count}: {found}, not {exact}");
        }
        assert_eq!((log2(0), log2(1)), (0, 0));
        assert!(log2(u32::MAX) >= log2(u32::MAX - 1));
    }

    proptest! {
        #[test]
        fn it_is_the_entropy_and_half_a_byte_for_each_value(
            values in prop::collection::vec(any::<u8>(), 1..100),
            powers in prop::collection::vec(0_u32..10, 100),
        ) {
            let runs = values.iter().zip(&powers).map(|(value, power)| vec![*value; 1 << power]);
            let bytes: Vec<u8> = runs.flatten().collect();
            let distinct = (0..=255).filter(|value| bytes.contains(value)).count();
            let exact = by_definition(&bytes) + (distinct / 2) as f64;
            let found = len_by_entropy(&bytes) as f64;
            // Both logarithms of a byte may be a hundredth of a bit off.
            let slack = bytes.len() as f64 * 0.02 / 8.0 + 1.0;
            prop_assert!((found - exact).abs() <= slack, "{} of {} bytes, not {}", found, bytes.len(), exact);
        }
    }

    #[test]
    fn what_promises_little_more_than_the_best_is_encoded() {
        let promises =
            Promises::new(vec![Some(8000), None, Some(8500), Some(8540), Some(16_000), Some(16_001)], 12_288);
        assert_eq!(promises.least, Some(8000));
        let kept: Vec<bool> = (0..7).map(|at| promises.is_worth_encoding(at, 12_288)).collect();
        assert_eq!(kept, [true, false, true, false, false, false, false]);
        assert!(!promises.is_worth_encoding(0, 5999), "others made less of it than it can");
        let lead: Vec<bool> = (0..7).map(|at| promises.is_worth_following(at)).collect();
        assert_eq!(lead, [true, false, true, true, true, false, false]);
        let little = Promises::new(vec![Some(1000), Some(1532), Some(1533)], 12_288);
        assert_eq!([0, 1, 2].map(|at| little.is_worth_encoding(at, 12_288)), [true, true, false]);
        let none = Promises::new(vec![None], 12_288);
        assert!(!none.is_worth_encoding(0, 12_288) && !none.is_worth_following(0));
    }
}
