//! Which chain wrote these bytes? Layers are peeled off by their magic numbers, text among them.

use super::{Chain, Pipeline};
use crate::DecodeLimits;
use crate::descriptor::{Sample, StageKind};
use crate::error::ErrorKind;
use crate::registry;

/// How many layers are peeled off at most.
const MAX_LAYERS: usize = 8;
/// How much of each layer is decoded to look at the next.
const LOOK: usize = 16 << 10;

/// What encoded data seem to be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detected {
    /// An array; the text of a [`Chain`] that decodes it.
    Chain(String),
    /// Bytes that are no array we know; the text of a [`Pipeline`] that peels off what could be told.
    Pipeline {
        /// The pipeline.
        text: String,
        /// The first bytes inside, in hexadecimal; empty where the sample was too short to see any.
        inside: String,
    },
    /// Nothing could be told for sure.
    Unknown {
        /// What it may be: text of a pipeline whose only evidence is an alphabet, such as `base64`.
        guess: Option<String>,
        /// The first bytes, in hexadecimal.
        begins: String,
    },
}

/// Names the chain that may have written `bytes`, which are the first of the data, or all if `is_whole`.
///
/// Decodes no more than a few KiB of each layer, within the default limits.
pub fn detect(bytes: &[u8], is_whole: bool) -> Detected {
    let found = peel(&Sample { bytes, is_whole }, 0);
    let mut stages = found.stages;
    stages.reverse();
    let text = stages.join("|");
    match (found.is_array, found.certain) {
        (true, _) => Detected::Chain(text),
        (false, 0) => Detected::Unknown { guess: (!text.is_empty()).then_some(text), begins: hex(bytes) },
        (false, _) => Detected::Pipeline { text, inside: hex(&found.inside) },
    }
}

/// Layers from the outside in.
#[derive(Default)]
struct Peeled {
    stages: Vec<String>,
    is_array: bool,
    /// Layers with a magic number of their own.
    certain: usize,
    inside: Vec<u8>,
}

impl Peeled {
    /// An array is the best evidence, then magic numbers; guesses that lead nowhere are worth nothing.
    fn rank(&self) -> (bool, usize) {
        (self.is_array, self.certain)
    }
}

fn peel(sample: &Sample<'_>, depth: usize) -> Peeled {
    let mut best = Peeled { inside: sample.bytes[..sample.bytes.len().min(8)].to_vec(), ..Peeled::default() };
    if depth == MAX_LAYERS {
        return best;
    }
    for descriptor in registry::stages() {
        let Some(sniffed) = descriptor.recognise(sample) else { continue };
        let candidate = match descriptor.kind() {
            StageKind::Format => match format_text(sniffed.stage, sample) {
                Some(stages) => Peeled { stages, is_array: true, certain: 1, inside: Vec::new() },
                None => continue,
            },
            StageKind::Filter => continue,
            StageKind::Codec => {
                let Some((decoded, is_whole)) = look_inside(sniffed.stage, sample) else { continue };
                let mut inner = peel(&Sample { bytes: &decoded, is_whole }, depth + 1);
                inner.stages.insert(0, sniffed.stage.to_owned());
                inner.certain += usize::from(sniffed.is_certain);
                inner
            }
        };
        if candidate.rank() > best.rank() || best.stages.is_empty() {
            best = candidate;
        }
    }
    // Under a certain layer, text that holds nothing known is more likely just text.
    if depth > 0 && best.certain == 0 && !best.is_array {
        best = Peeled { inside: sample.bytes[..sample.bytes.len().min(8)].to_vec(), ..Peeled::default() };
    }
    best
}

/// The format's text, and that of the filters its header names, from the outside in.
fn format_text(stage: &str, sample: &Sample<'_>) -> Option<Vec<String>> {
    let chain = Chain::parse(stage).ok()?;
    let limits = DecodeLimits::new();
    let mut stages = match chain.inspect(sample.bytes, &limits) {
        Ok(inspection) => inspection.filters.split('|').rev().map(str::to_owned).collect(),
        // A header longer than what was looked at is a header still; a broken one will be reported by decoding.
        Err(_) => Vec::new(),
    };
    stages.retain(|filter: &String| !filter.is_empty());
    stages.push(stage.to_owned());
    Some(stages)
}

/// The first decoded bytes of one layer, and whether they are all; `None` if it is no such layer after all.
fn look_inside(stage: &str, sample: &Sample<'_>) -> Option<(Vec<u8>, bool)> {
    let pipeline = Pipeline::parse(stage).ok()?;
    let limits = DecodeLimits::new();
    let mut reader = pipeline.decoder(sample.bytes, limits).ok()?;
    let mut decoded = vec![0; LOOK];
    let mut filled = 0;
    while filled < decoded.len() {
        match reader.pull(&mut decoded[filled..]) {
            Ok(0) => {
                decoded.truncate(filled);
                return Some((decoded, sample.is_whole));
            }
            Ok(n) => filled += n,
            // The sample may end anywhere; what came before tells enough.
            Err(error) if !sample.is_whole && error.kind() == Some(ErrorKind::Truncated) => break,
            Err(_) if filled > 0 => break,
            Err(_) => return None,
        }
    }
    decoded.truncate(filled);
    Some((decoded, false))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
