//! Which chain wrote these bytes? Layers are peeled off by their magic numbers, text among them.

use super::{Chain, Pipeline};
use crate::diagnosis::{Foreign, is_surely_foreign, unrecognised};
use crate::error::ErrorKind;
use crate::lang;
use crate::{DecodeLimits, Registry, Sample, StageKind};

/// How many layers are peeled off at most.
const MAX_LAYERS: usize = 8;
/// How much of the innermost layer is decoded to look at it. What the layers around it need for that is a stream's
/// matter: a zstd block may hold 128 KiB.
const LOOK: usize = 4 << 10;
/// How much a layer around the innermost may give for that: more than the largest block of lz4, which gives nothing before
/// it is whole. Layers that take more to show anything are named, and not what is inside of them.
const MOST: usize = 6 << 20;

/// What encoded data seem to be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detected {
    /// An array, and the chain that decodes it.
    Chain(Chain),
    /// Bytes of no format that is known.
    #[non_exhaustive]
    Pipeline {
        /// The layers that were recognised.
        pipeline: Pipeline,
        /// The first bytes inside, at most eight; empty if the sample was too short to see any.
        inside: Vec<u8>,
        /// What is inside, if it is of other software that many have.
        known: Option<Foreign>,
    },
    /// Nothing is certain.
    #[non_exhaustive]
    Unknown {
        /// What it may be, by its alphabet alone, such as `base64`.
        guess: Option<Pipeline>,
        /// The first bytes, at most eight.
        begins: Vec<u8>,
        /// What they are, if they are of other software that many have, or a path in place of data.
        known: Option<Foreign>,
    },
}

/// Names the chain that may have written `data`, all bytes of an encoded form.
///
/// Decodes no more than a few KiB of the innermost layer, and 6 MiB of each around it, as a stream. Of a part of the data,
/// use [`detect_prefix`].
pub fn detect(data: &[u8]) -> Detected {
    detect_in(&Registry::all(), &Sample::whole(data))
}

/// [`detect`] from the first bytes of the data.
pub fn detect_prefix(prefix: &[u8]) -> Detected {
    detect_in(&Registry::all(), &Sample::prefix(prefix))
}

/// [`detect`] or [`detect_prefix`] among the stages of `registry`.
pub fn detect_in(registry: &Registry, sample: &Sample<'_>) -> Detected {
    let mut found = Peel { registry, data: sample }.peel(sample, "");
    found.stages.reverse();
    let text = found.stages.join("|");
    if found.is_array
        && let Ok(chain) = Chain::parse_in(registry, &text)
    {
        return Detected::Chain(chain);
    }
    match (Pipeline::parse_in(registry, &text), found.certain) {
        (Ok(pipeline), 1..) => {
            let known = unrecognised(&found.inside);
            Detected::Pipeline { pipeline, inside: begin(&found.inside), known }
        }
        (pipeline, _) => {
            let known = unrecognised(sample.bytes);
            let guess = pipeline.ok().filter(|_| known.is_none());
            Detected::Unknown { guess, begins: begin(sample.bytes), known }
        }
    }
}

/// The first bytes, as many as are shown.
fn begin(bytes: &[u8]) -> Vec<u8> {
    const SEEN: usize = 8;
    bytes[..bytes.len().min(SEEN)].to_vec()
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

/// The search for the layers of `data`.
struct Peel<'p> {
    registry: &'p Registry,
    data: &'p Sample<'p>,
}

impl Peel<'_> {
    /// What `layer` is: the first bytes of what the pipeline `around` gives when it decodes the data.
    fn peel(&self, layer: &Sample<'_>, around: &str) -> Layers {
        let depth = around.split('|').filter(|stage| !stage.is_empty()).count();
        // Text whose digits give the file of other software are such digits.
        let certain = usize::from(depth > 0 && is_surely_foreign(layer.bytes));
        // Of the outermost layer, which may be large, nobody asks for more.
        let inside = layer.bytes[..layer.bytes.len().min(LOOK)].to_vec();
        let nothing = Layers { inside, certain, ..Layers::default() };
        if depth == MAX_LAYERS {
            return nothing;
        }
        let mut best: Option<Layers> = None;
        for descriptor in self.registry.stages() {
            let Some(sniffed) = descriptor.sniff(layer) else { continue };
            let candidate = match descriptor.kind() {
                StageKind::Format => match self.format_text(sniffed.stage, layer) {
                    Some(stages) => Layers { stages, is_array: true, certain: 1, inside: Vec::new() },
                    None => continue,
                },
                StageKind::Filter => continue,
                StageKind::Codec => {
                    let around = match around {
                        "" => sniffed.stage.to_owned(),
                        around => format!("{}|{around}", sniffed.stage),
                    };
                    let mut inner = match self.look_inside(&around) {
                        Some((decoded, is_whole)) => {
                            self.peel(&Sample { bytes: &decoded, is_whole }, &around)
                        }
                        // A magic number tells, also if a limit or damage keeps its data from being seen.
                        None if sniffed.is_certain => Layers::default(),
                        None => continue,
                    };
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
        best.filter(|best| depth == 0 || best.rank() > (false, 0)).unwrap_or(nothing)
    }

    /// The format's text, and that of the filters its header names, from the outside in.
    fn format_text(&self, stage: &str, sample: &Sample<'_>) -> Option<Vec<String>> {
        let chain = Chain::parse_in(self.registry, stage).ok()?;
        let (filters, first) = match chain.inspect(sample.bytes) {
            // Of a container, its inner chain is worth knowing; what a format infers is not part of its name.
            Ok(inspection) if chain.is_container() => (inspection.filters, inspection.chain),
            Ok(inspection) => (inspection.filters, stage.to_owned()),
            // A header longer than what was looked at is a header still; a broken one will be reported by decoding.
            Err(_) => (String::new(), stage.to_owned()),
        };
        let mut stages: Vec<String> = filters.split('|').rev().map(str::to_owned).collect();
        stages.retain(|filter| !filter.is_empty());
        stages.push(first);
        // A header may name filters that no chain can have, or that data may not ask for: what is detected runs.
        let text: Vec<&str> = stages.iter().rev().map(String::as_str).collect();
        let is_chain = Chain::parse_in(self.registry, &text.join("|")).is_ok()
            && (filters.is_empty() || lang::parse_filters_from_data(&filters, self.registry).is_ok());
        Some(if is_chain { stages } else { vec![stage.to_owned()] })
    }

    /// The first bytes inside of these layers, and whether they are all; `None` if the innermost is not such a layer after
    /// all.
    fn look_inside(&self, layers: &str) -> Option<(Vec<u8>, bool)> {
        let pipeline = Pipeline::parse_in(self.registry, layers).ok()?;
        let options = DecodeLimits::for_a_look(MOST).into();
        let mut reader = pipeline.decoder_with(self.data.bytes, &options).ok()?;
        let mut decoded = vec![0; LOOK];
        let mut filled = 0;
        while filled < decoded.len() {
            match reader.pull(&mut decoded[filled..]) {
                Ok(0) => {
                    decoded.truncate(filled);
                    return Some((decoded, self.data.is_whole));
                }
                Ok(n) => filled += n,
                // The sample may end anywhere; what came before tells enough.
                Err(error) if !self.data.is_whole && error.kind() == ErrorKind::Truncated => break,
                Err(_) if filled > 0 => break,
                // It is such a layer, and one that shows nothing for what may be spent on it.
                Err(error) if matches!(error.kind(), ErrorKind::Limit | ErrorKind::Refused) => break,
                Err(_) => return None,
            }
        }
        decoded.truncate(filled);
        Some((decoded, false))
    }
}
