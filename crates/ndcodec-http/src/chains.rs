//! [`Chains`]: the chains that a service or a client accepts and sends.

use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use ndcodec::error::ChainErrorKind;
use ndcodec::stage::{Params, StageDescriptor, StageSpec, Value};
use ndcodec::{Array, Chain, ChainError, DecodeOptions, Registry};

use crate::json::Field;
use crate::media::{self, JSON, with_chain};
use crate::problem::header;
use crate::syntax::{MediaRange, media_ranges};
use crate::{Choice, Form, MEDIA_TYPE, Problem};

/// The chains that a service or a client takes and gives, in order of preference, and its limits.
///
/// A chain that a peer names is taken if one of these has the same stages in the same order, also inside of containers. A
/// parameter that is given in the list must have this value, and others are the sender's to choose: `npy|zstd` takes
/// `npy|zstd(level=19)`, and `raw|zlib` any dtype. The stages of the entry are all that the data may name; a container that
/// is listed without an inner chain, such as `auto` or bare `chunked`, takes what data may name anyway.
///
/// Cheap to clone. It keeps its chains, and so their compression contexts and scratch memory: make one and keep it.
#[derive(Debug, Clone)]
pub struct Chains {
    listed: Arc<[Listed]>,
    /// The stages of all.
    registry: Registry,
    accept: HeaderValue,
    options: DecodeOptions,
    max_body: Option<u64>,
}

#[derive(Debug)]
struct Listed {
    chain: Chain,
    text: String,
}

/// What a message says of its body.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Content {
    /// An array that this chain encoded.
    Encoded(Chain),
    /// A JSON object of `chain` and `data`.
    Json,
}

impl Chains {
    /// These chains, the one that is preferred first. Arrays have at most 64 MiB, and bodies what such an array may need,
    /// unless other limits are given.
    ///
    /// # Errors
    /// What is wrong in the text of a chain.
    pub fn new<T: AsRef<str>>(chains: impl IntoIterator<Item = T>) -> Result<Self, ChainError> {
        let mut all = Vec::new();
        let listed = chains.into_iter().map(|text| {
            let stages = stages_of(&Chain::parse(text.as_ref())?);
            all.extend(&stages);
            let chain = Chain::parse_in(&Registry::only(&stages), text.as_ref())?;
            Ok(Listed { text: chain.to_string(), chain })
        });
        let listed = listed.collect::<Result<Arc<[Listed]>, ChainError>>()?;
        let mut members: Vec<String> = listed.iter().map(|listed| with_chain(&listed.text)).collect();
        let texts = listed.iter().filter(|listed| listed.chain.is_text());
        members.extend(texts.map(|listed| media::json_with_chain(&listed.text)));
        // Only visible characters are in it.
        let accept =
            HeaderValue::try_from(members.join(", ")).unwrap_or(HeaderValue::from_static(MEDIA_TYPE));
        let options = DecodeOptions::new().with_max_bytes(64 << 20);
        Ok(Self { listed, registry: Registry::only(&all), accept, options, max_body: None })
    }

    /// These chains with another ceiling for a decoded array, in bytes.
    #[must_use]
    pub fn with_max_bytes(mut self, bytes: usize) -> Self {
        self.options = self.options.with_max_bytes(bytes);
        self
    }

    /// These chains with other options of decoding.
    #[must_use]
    pub fn with_options(mut self, options: DecodeOptions) -> Self {
        self.options = options;
        self
    }

    /// These chains with another ceiling for a body, in bytes.
    #[must_use]
    pub fn with_max_body(mut self, bytes: u64) -> Self {
        self.max_body = Some(bytes);
        self
    }

    /// The options of decoding, the limits among them.
    pub fn options(&self) -> &DecodeOptions {
        &self.options
    }

    /// The most bytes of a body: as given, else what the largest array may need as hexadecimal text, and 64 KiB.
    pub fn max_body(&self) -> u64 {
        self.max_body.unwrap_or_else(|| {
            (self.options.limits.max_bytes as u64).saturating_mul(2).saturating_add(64 << 10)
        })
    }

    /// The chains, in order of preference.
    pub fn iter(&self) -> impl Iterator<Item = &Chain> {
        self.listed.iter().map(|listed| &listed.chain)
    }

    /// The value of `Accept` with which a client says that it takes these chains, and those that end in text in JSON too.
    pub fn accept(&self) -> HeaderValue {
        self.accept.clone()
    }

    /// The chain that a peer named, if one in the list allows it.
    ///
    /// # Errors
    /// 400 for a text that is not a chain, 415 for a chain that is not in the list.
    pub fn allow(&self, text: &str) -> Result<Chain, Problem> {
        if let Some(listed) = self.listed.iter().find(|listed| listed.text == text) {
            return Ok(listed.chain.clone());
        }
        let refused = || {
            let detail = format!("the chain `{text}` is not accepted here");
            self.with_texts(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "chain_not_allowed", detail))
        };
        let sent = Chain::parse_in(&self.registry, text).map_err(|error| match error.kind() {
            ChainErrorKind::UnknownStage | ChainErrorKind::NotBuilt | ChainErrorKind::NotAllowed => refused(),
            _ => Problem::new(StatusCode::BAD_REQUEST, "chain", error.to_string()),
        })?;
        let listed = self.listed.iter().find(|listed| covers(&listed.chain, &sent)).ok_or_else(refused)?;
        if listed.chain == sent {
            return Ok(listed.chain.clone());
        }
        // The data may name stages of this entry, and not those of others.
        Chain::parse_in(listed.chain.registry(), text)
            .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "chain", error.to_string()))
    }

    /// What a message with these headers holds.
    ///
    /// # Errors
    /// 400 for a `Content-Type` that is invalid, 413 for a `Content-Length` over the limit, 415 for another media type, for a
    /// chain that is not in the list, and for a `Content-Encoding`: the chain compresses, and its limits would not hold.
    pub fn content(&self, headers: &HeaderMap) -> Result<Content, Problem> {
        for coding in headers.get_all(CONTENT_ENCODING) {
            if !coding.as_bytes().eq_ignore_ascii_case(b"identity") {
                let coding = String::from_utf8_lossy(coding.as_bytes());
                let detail = format!("the content coding `{coding}` is not accepted; compress by the chain");
                return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_coding", detail));
            }
        }
        let len = header(headers, &http::header::CONTENT_LENGTH).and_then(|value| value.parse::<u64>().ok());
        if len.is_some_and(|len| len > self.max_body()) {
            return Err(Problem::body_limit(self.max_body()));
        }
        self.content_of(text_of(headers, &CONTENT_TYPE)?)
    }

    /// [`content`](Self::content) of the value of `Content-Type` alone.
    ///
    /// # Errors
    /// As [`content`](Self::content).
    pub fn content_of(&self, content_type: Option<&str>) -> Result<Content, Problem> {
        let refused = |detail: String| {
            self.with_texts(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", detail))
        };
        let Some(text) = content_type else {
            return Err(refused("there is no `Content-Type`".to_owned()));
        };
        let media = MediaRange::parse(text).map_err(|error| {
            Problem::new(StatusCode::BAD_REQUEST, "header", format!("the `Content-Type` is invalid: {error}"))
        })?;
        match (media.essence.as_str(), media.param("chain")) {
            (MEDIA_TYPE, Some(chain)) => Ok(Content::Encoded(self.allow(&chain)?)),
            (MEDIA_TYPE, None) => {
                let detail = format!("`{MEDIA_TYPE}` needs the parameter `chain`");
                Err(Problem::new(StatusCode::BAD_REQUEST, "header", detail))
            }
            (JSON, _) if self.listed.iter().any(|listed| listed.chain.is_text()) => Ok(Content::Json),
            (essence, _) => Err(refused(format!("the media type `{essence}` is not accepted here"))),
        }
    }

    /// The array in a message with these headers and this body.
    ///
    /// # Errors
    /// As [`content`](Self::content); 400, 413, 415 or 422 for a body that is not what the chain writes.
    pub fn decode(&self, headers: &HeaderMap, body: &[u8]) -> Result<Array, Problem> {
        if body.len() as u64 > self.max_body() {
            return Err(Problem::body_limit(self.max_body()));
        }
        self.decode_content(&self.content(headers)?, body)
    }

    /// [`decode`](Self::decode) of a message whose headers were read.
    pub(crate) fn decode_content(&self, content: &Content, body: &[u8]) -> Result<Array, Problem> {
        match content {
            Content::Encoded(chain) => self.decode_by(chain, body),
            Content::Json => {
                let field = Field::parse(body)?;
                let chain = self.allow(&field.chain)?;
                self.decode_by(&chain, field.data.as_bytes())
            }
        }
    }

    fn decode_by(&self, chain: &Chain, data: &[u8]) -> Result<Array, Problem> {
        chain.decode_with(data, &self.options).map_err(|error| self.with_limit(error.into()))
    }

    /// A problem with the ceiling, if that is what was passed.
    pub(crate) fn with_limit(&self, mut problem: Problem) -> Problem {
        if problem.kind == "limit" {
            problem.limit = Some(self.options.limits.max_bytes as u64);
        }
        problem
    }

    /// The chain and the form that suit the `Accept` of a request with these headers best: the first in the list of those that
    /// the client prefers. Without `Accept` it is the first of all, as a body of the media type.
    ///
    /// # Errors
    /// 406 if the client takes none, 400 if it lists more than 1,000 media types.
    pub fn choose(&self, headers: &HeaderMap) -> Result<Choice, Problem> {
        let values: Vec<&str> =
            headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        self.choose_of((!values.is_empty()).then(|| values.join(", ")).as_deref())
    }

    /// [`choose`](Self::choose) by the value of `Accept` alone.
    ///
    /// # Errors
    /// As [`choose`](Self::choose).
    pub fn choose_of(&self, accept: Option<&str>) -> Result<Choice, Problem> {
        let mut accepted: Vec<Accepted> = Vec::new();
        for (at, range) in media_ranges(accept.unwrap_or("*/*")).enumerate() {
            if at == MOST_RANGES {
                let detail = format!("the `Accept` lists more than {MOST_RANGES} media types");
                return Err(Problem::new(StatusCode::BAD_REQUEST, "header", detail));
            }
            accepted.extend(self.accepted(&range));
        }
        let mut best: Option<(u16, &Listed, Form)> = None;
        let binary = self.listed.iter().map(|listed| (listed, Form::Binary));
        let texts = self.listed.iter().filter(|listed| listed.chain.is_text());
        for (listed, form) in binary.chain(texts.map(|listed| (listed, Form::Json))) {
            // The most specific range that fits decides (RFC 9110, section 12.5.1).
            let fitting = accepted.iter().filter(|accepted| accepted.fits(&listed.chain, form));
            let weight =
                fitting.max_by_key(|accepted| accepted.precedence).map_or(0, |accepted| accepted.weight);
            if weight > best.map_or(0, |(weight, ..)| weight) {
                best = Some((weight, listed, form));
            }
        }
        match best {
            Some((_, listed, form)) => Ok(Choice::new(listed.chain.clone(), form)),
            None => {
                let detail = "nothing that the `Accept` of the request allows can be sent";
                Err(self.with_texts(Problem::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", detail)))
            }
        }
    }

    fn accepted(&self, range: &MediaRange) -> Option<Accepted> {
        let weight = range.weight()?;
        let (precedence, of) = match (range.essence.as_str(), range.param("chain")) {
            (MEDIA_TYPE, Some(chain)) => (3, Of::Chain(self.parsed(&chain)?, Form::Binary)),
            (JSON, Some(chain)) => (3, Of::Chain(self.parsed(&chain)?, Form::Json)),
            (MEDIA_TYPE, None) => (2, Of::Form(Form::Binary)),
            (JSON, None) => (2, Of::Form(Form::Json)),
            ("application/*", _) => (1, Of::Any),
            ("*/*", _) => (0, Of::Any),
            _ => return None,
        };
        Some(Accepted { weight, precedence, of })
    }

    /// A chain in `Accept`. One that cannot be parsed with these stages fits none of these chains.
    fn parsed(&self, chain: &str) -> Option<Chain> {
        Chain::parse_in(&self.registry, chain).ok()
    }

    fn with_texts(&self, problem: Problem) -> Problem {
        problem.with_chains(self.listed.iter().map(|listed| listed.text.clone()))
    }
}

/// Each that names a chain is one that is built, and compared with those that are listed.
const MOST_RANGES: usize = 1000;

/// A member of `Accept` that concerns us.
struct Accepted {
    weight: u16,
    /// How specific it is.
    precedence: u8,
    of: Of,
}

enum Of {
    Chain(Chain, Form),
    Form(Form),
    Any,
}

impl Accepted {
    fn fits(&self, chain: &Chain, form: Form) -> bool {
        match &self.of {
            Of::Chain(range, accepted) => *accepted == form && covers(range, chain),
            Of::Form(accepted) => *accepted == form,
            Of::Any => true,
        }
    }
}

/// Whether `sent` has the stages of `listed`, with the values that are given there.
fn covers(listed: &Chain, sent: &Chain) -> bool {
    all_cover(&mut listed.stages(), &mut sent.stages())
}

fn all_cover<'s>(
    listed: &mut dyn Iterator<Item = &'s StageSpec>,
    sent: &mut dyn Iterator<Item = &'s StageSpec>,
) -> bool {
    loop {
        match (listed.next(), sent.next()) {
            (None, None) => return true,
            (Some(listed), Some(sent)) if stage_covers(listed, sent) => {}
            _ => return false,
        }
    }
}

fn stage_covers(listed: &StageSpec, sent: &StageSpec) -> bool {
    let descriptor = listed.descriptor();
    std::ptr::eq(descriptor, sent.descriptor())
        && descriptor.params().iter().all(|param| param_covers(listed.params(), sent.params(), param.name))
}

fn param_covers(listed: &Params, sent: &Params, name: &str) -> bool {
    if !listed.is_given(name) {
        return true;
    }
    match (listed.value(name), sent.value(name)) {
        (Some(Value::Tail(listed)), Some(Value::Tail(sent))) => {
            all_cover(&mut listed.stages(), &mut sent.stages())
        }
        (listed, sent) => listed == sent,
    }
}

/// The stages that a chain is made of, and those that the data of a container may name if it was listed without them.
fn stages_of(chain: &Chain) -> Vec<&'static StageDescriptor> {
    let mut stages = Vec::new();
    let mut waiting: Vec<StageSpec> = chain.stages().cloned().collect();
    while let Some(spec) = waiting.pop() {
        let descriptor = spec.descriptor();
        stages.push(descriptor);
        let params = descriptor.params().iter();
        let tails = params.filter_map(|param| match spec.params().value(param.name) {
            Some(Value::Tail(tail)) => Some(tail),
            _ => None,
        });
        let before = waiting.len();
        waiting.extend(tails.flat_map(|tail| tail.stages().cloned().collect::<Vec<_>>()));
        if descriptor.is_container() && waiting.len() == before {
            stages.extend(Registry::all().stages().into_iter().filter(|stage| stage.is_named_by_data()));
        }
    }
    stages
}

/// The text of a header that stands once.
fn text_of<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let invalid =
        |what: &str| Problem::new(StatusCode::BAD_REQUEST, "header", format!("the header `{name}` {what}"));
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(invalid("is given twice"));
    }
    value.to_str().map(Some).map_err(|_| invalid("has characters other than visible ASCII"))
}
