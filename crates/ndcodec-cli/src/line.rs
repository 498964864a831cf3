//! [`Line`]: the line of text that a user gave, or that was detected: a chain or a pipeline.

use std::fmt;

use ndcodec::error::ChainErrorKind;
use ndcodec::stage::StageSpec;
use ndcodec::stage::diagnosis::Foreign;
use ndcodec::{Chain, ChainError, Detected, Error, Layout, Pipeline, Registry};

use crate::failure::Failure;
use crate::input::Input;

/// The first look at data. Magic numbers stand in the first bytes, but the array inside shows only once a codec has
/// a whole block.
pub(crate) const FIRST_LOOK: usize = 64 << 10;
/// How much larger each further look is.
pub(crate) const LOOK_FACTOR: usize = 4;
/// The furthest that detection looks: beyond the largest block of lz4, as text.
const LAST_LOOK: usize = 16 << 20;

/// A chain if it begins with a format, else a pipeline.
#[derive(Debug)]
pub(crate) enum Line {
    Chain(Chain),
    Pipeline(Pipeline),
}

impl Line {
    pub(crate) fn parse(text: &str) -> Result<Self, ChainError> {
        Self::parse_in(&Registry::all(), text)
    }

    /// A line of the stages of `registry`.
    pub(crate) fn parse_in(registry: &Registry, text: &str) -> Result<Self, ChainError> {
        match Chain::parse_in(registry, text) {
            Ok(chain) => Ok(Self::Chain(chain)),
            // If it is neither, what is wrong with it as a chain says more.
            Err(error) if error.kind() == ChainErrorKind::Order => {
                Pipeline::parse_in(registry, text).map(Self::Pipeline).map_err(|_| error)
            }
            Err(error) => Err(error),
        }
    }

    /// The line that was given with `option`, else the one that wrote `input`.
    pub(crate) fn given_or_detected(
        text: Option<&str>,
        option: &str,
        registry: &Registry,
        input: &mut Input,
    ) -> Result<Self, Failure> {
        if let Some(text) = text {
            return Ok(Self::parse_in(registry, text)?);
        }
        match detect(input)? {
            // What may run is what the caller allows.
            Detected::Chain(chain) => Ok(Self::parse_in(registry, &chain.to_string())?),
            Detected::Pipeline { pipeline, .. } => Ok(Self::parse_in(registry, &pipeline.to_string())?),
            Detected::Unknown { guess, begins, known, .. } => {
                let guess = guess.map(|guess| guess.to_string());
                Err(unknown(input.name(), guess.as_deref(), &hex(&begins), known, Some(option)))
            }
            _ => Err(Failure::bad(input.name(), "cannot tell which chain wrote this")),
        }
    }

    pub(crate) fn stages(&self) -> Vec<&StageSpec> {
        match self {
            Self::Chain(chain) => chain.stages().collect(),
            Self::Pipeline(pipeline) => pipeline.stages().collect(),
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        match self {
            Self::Chain(chain) => chain.is_text(),
            Self::Pipeline(pipeline) => pipeline.is_text(),
        }
    }

    /// Why decoding `name` by this line failed.
    pub(crate) fn decode_failure(&self, name: &str, error: &Error) -> Failure {
        Failure::data(name, error)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain(chain) => fmt::Display::fmt(chain, f),
            Self::Pipeline(pipeline) => fmt::Display::fmt(pipeline, f),
        }
    }
}

/// What a reader needs who has only the encoded form of an array of this layout.
pub(crate) fn resolved(chain: &Chain, layout: &Layout) -> String {
    match chain.resolve(layout) {
        Ok(resolved) => resolved.to_string(),
        // A chain may decode what it would not encode, such as an older version of a format.
        Err(_) => chain.to_string(),
    }
}

/// What wrote `input`, from its first bytes, and more of them while they tell nothing of what is inside.
pub(crate) fn detect(input: &mut Input) -> Result<Detected, Failure> {
    let mut look = FIRST_LOOK;
    loop {
        // One byte more shows whether there is any.
        input.peek(look + 1)?;
        let is_whole = input.is_seen_whole();
        let sample = input.peek(look)?;
        let detected = if is_whole { ndcodec::detect(sample) } else { ndcodec::detect_prefix(sample) };
        let is_blind = match &detected {
            Detected::Chain(_) => false,
            Detected::Pipeline { inside, .. } => inside.is_empty(),
            _ => is_whole,
        };
        if !is_blind || (!is_whole && look >= LAST_LOOK) {
            return Ok(detected);
        }
        if is_whole {
            // Data that were cut off look like the beginning of larger data; decoding will say what is missing.
            let beginning = ndcodec::detect_prefix(whole_groups(sample));
            return Ok(if matches!(beginning, Detected::Unknown { .. }) { detected } else { beginning });
        }
        look *= LOOK_FACTOR;
    }
}

/// Bytes as pairs of hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// Bytes of text without the group of digits that they end in the middle of: it would hide the groups before it. A
/// group has two digits or four.
pub(crate) fn whole_groups(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len() / 4 * 4]
}

/// The help where an archive is given in place of one array.
pub(crate) const ARCHIVE: &str = "`ndcodec decode IN -o FOLDER` takes the arrays out of an archive";

/// Why data cannot be decoded without being told how. `option` is the one to tell it with.
pub(crate) fn unknown(
    name: &str,
    guess: Option<&str>,
    begins: &str,
    known: Option<Foreign>,
    option: Option<&str>,
) -> Failure {
    if let Some(known) = known {
        let problem = format!("cannot tell which chain wrote this: it is {}", known.name);
        let is_npz = known.name.contains(".npz");
        return Failure::bad(name, problem).with_help(if is_npz { ARCHIVE } else { known.advice });
    }
    if begins.is_empty() {
        let failure = Failure::bad(name, "cannot tell which chain wrote this: it is empty");
        return failure.with_help("look at what should have written it: nothing was");
    }
    let problem = match (guess, begins) {
        (Some(guess), _) => format!("cannot tell which chain wrote this: it may be `{guess}`, or plain text"),
        (None, begins) => format!("cannot tell which chain wrote this: it begins with the bytes `{begins}`"),
    };
    let failure = Failure::bad(name, problem);
    match option {
        Some(option) => failure
            .with_help(format!("name the chain, as in `{option} '{}'`", guess.unwrap_or("raw(<f8)|zlib"))),
        None => failure,
    }
}
