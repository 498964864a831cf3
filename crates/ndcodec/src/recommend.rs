//! [`recommend`]: which chain suits an array, and why.

use std::fmt;

use ndcodec_core::{ArrayView, Chain, Choice, Error};

/// What an array is to be encoded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Goal {
    /// Quick both ways.
    Fast,
    /// Small, and quick to decode.
    #[default]
    Balanced,
    /// Small, however long encoding takes.
    Small,
}

impl Goal {
    /// The word of `auto` for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Balanced => "balanced",
            Self::Small => "small",
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The chain that suits an array: see [`recommend`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Recommendation {
    /// The chain.
    pub chain: Chain,
    /// How many bytes it makes of the array.
    pub encoded_len: usize,
    /// Why this one, in a sentence.
    pub reason: String,
    /// What `auto` chose for the parts of the array.
    pub choices: Vec<Choice>,
}

/// A plain chain is taken where `auto` makes no more than one byte in so many less.
const WORTH: usize = 50;

/// The chain that suits an array and a goal: `npy` with the filters and codecs that `auto` chose, if these are the same for
/// all of it and make about as little, since more programs read that; else `auto`. Encodes the array once or twice.
///
/// ```
/// # #[cfg(all(feature = "auto", feature = "npy", feature = "zstd"))]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use ndcodec::{ArrayView, Goal};
///
/// let x: Vec<i32> = (0..10_000).map(|i| i * i % 1000).collect();
/// let found = ndcodec::recommend(&ArrayView::from_slice(&x, &[100, 100])?, Goal::Small)?;
/// assert!(found.encoded_len < 40_000 / 4, "{}: {}", found.chain, found.reason);
/// # Ok(())
/// # }
/// # #[cfg(not(all(feature = "auto", feature = "npy", feature = "zstd")))]
/// # fn main() {}
/// ```
///
/// # Errors
/// If the array cannot be encoded.
pub fn recommend(array: &ArrayView<'_>, goal: Goal) -> Result<Recommendation, Error> {
    let auto = Chain::parse(&format!("auto({goal})"))?;
    let encoded = auto.encode(array)?;
    let choices = auto.open(&encoded[..])?.choices()?;
    let of_auto = encoded.len();
    let nbytes = array.layout().nbytes();
    if let [only] = &choices[..] {
        let plain = match only.chain.as_str() {
            "(stored)" | "(constant)" => "npy".to_owned(),
            inner => format!("npy|{inner}"),
        };
        if let Ok(chain) = Chain::parse(&plain)
            && let Ok(encoded) = chain.encode(array)
            && encoded.len() <= of_auto + of_auto / WORTH + 128
        {
            let encoded_len = encoded.len();
            let reason = format!(
                "one chain suits all of the array: {encoded_len} bytes of {nbytes}, and {of_auto} by `{auto}`"
            );
            return Ok(Recommendation { chain, encoded_len, reason, choices });
        }
    }
    let mut by_bytes: Vec<&Choice> = choices.iter().collect();
    by_bytes.sort_by_key(|choice| std::cmp::Reverse(choice.nbytes));
    let parts: Vec<String> = by_bytes
        .iter()
        .take(3)
        .map(|choice| format!("`{}` for {} bytes of {}", choice.chain, choice.nbytes, choice.part))
        .collect();
    let reason = match choices.len() {
        0 => format!("there is nothing to encode: {of_auto} bytes"),
        1 => format!("{of_auto} bytes of {nbytes}, in chunks, by {}", parts.join("")),
        n => format!("{of_auto} bytes of {nbytes}, by {n} choices: {}", parts.join(", ")),
    };
    Ok(Recommendation { chain: auto, encoded_len: of_auto, reason, choices })
}
