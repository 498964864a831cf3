//! Which chain wrote these bytes? Layers are peeled off by their magic numbers, text among them.

use super::{Chain, Pipeline};
use crate::error::ErrorKind;
use crate::{DecodeLimits, Sample, StageKind, stages};

/// How many layers are peeled off at most.
const MAX_LAYERS: usize = 8;
/// How much of the innermost layer is decoded to look at it. What the layers around it need for that is a stream's
/// matter: a zstd block may hold 128 KiB.
const LOOK: usize = 4 << 10;

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
/// Decodes no more than a few KiB of the innermost layer, as a stream within the default limits.
pub fn detect(bytes: &[u8], is_whole: bool) -> Detected {
    let sample = Sample { bytes, is_whole };
    let found = peel(&sample, &sample, "");
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
struct Layers {
    stages: Vec<String>,
    is_array: bool,
    /// Layers with a magic number of their own.
    certain: usize,
    inside: Vec<u8>,
}

impl Layers {
    /// An array is the best evidence, then magic numbers; guesses that lead nowhere are worth nothing.
    fn rank(&self) -> (bool, usize) {
        (self.is_array, self.certain)
    }
}

/// What `layer` is: the first bytes of what the pipeline `around` gives when it decodes `data`.
fn peel(data: &Sample<'_>, layer: &Sample<'_>, around: &str) -> Layers {
    let nothing = Layers { inside: layer.bytes[..layer.bytes.len().min(8)].to_vec(), ..Layers::default() };
    let depth = around.split('|').filter(|stage| !stage.is_empty()).count();
    if depth == MAX_LAYERS {
        return nothing;
    }
    let mut best: Option<Layers> = None;
    for descriptor in stages() {
        let Some(sniffed) = descriptor.recognise(layer) else { continue };
        let candidate = match descriptor.kind() {
            StageKind::Format => match format_text(sniffed.stage, layer) {
                Some(stages) => Layers { stages, is_array: true, certain: 1, inside: Vec::new() },
                None => continue,
            },
            StageKind::Filter => continue,
            StageKind::Codec => {
                let around = match around {
                    "" => sniffed.stage.to_owned(),
                    around => format!("{}|{around}", sniffed.stage),
                };
                let Some((decoded, is_whole)) = look_inside(&around, data) else { continue };
                let mut inner = peel(data, &Sample { bytes: &decoded, is_whole }, &around);
                inner.stages.insert(0, sniffed.stage.to_owned());
                inner.certain += usize::from(sniffed.is_certain);
                inner
            }
        };
        if best.as_ref().is_none_or(|best| candidate.rank() > best.rank()) {
            best = Some(candidate);
        }
    }
    // Inside of something, text that holds nothing known is more likely just text.
    best.filter(|best| depth == 0 || best.rank() > nothing.rank()).unwrap_or(nothing)
}

/// The format's text, and that of the filters its header names, from the outside in.
fn format_text(stage: &str, sample: &Sample<'_>) -> Option<Vec<String>> {
    let chain = Chain::parse(stage).ok()?;
    let limits = DecodeLimits::new();
    let (filters, first) = match chain.inspect(sample.bytes, &limits) {
        // Of a container, its inner chain is worth knowing; what a format infers is not part of its name.
        Ok(inspection) if chain.is_container() => (inspection.filters, inspection.chain),
        Ok(inspection) => (inspection.filters, stage.to_owned()),
        // A header longer than what was looked at is a header still; a broken one will be reported by decoding.
        Err(_) => (String::new(), stage.to_owned()),
    };
    let mut stages: Vec<String> = filters.split('|').rev().map(str::to_owned).collect();
    stages.retain(|filter| !filter.is_empty());
    stages.push(first);
    Some(stages)
}

/// The first bytes inside of these layers, and whether they are all; `None` if the innermost is no such layer after
/// all.
fn look_inside(layers: &str, sample: &Sample<'_>) -> Option<(Vec<u8>, bool)> {
    let pipeline = Pipeline::parse(layers).ok()?;
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
