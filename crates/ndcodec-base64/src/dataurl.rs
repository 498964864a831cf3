//! `dataurl`: base64 behind the head of a data: URL, such as `data:application/octet-stream;base64,`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndcodec_core::diagnosis;
use ndcodec_core::stream::{BoxSink, BoxSource, Source, read_full};
use ndcodec_core::{
    Codec, CodecError, DecodeLimits, Input, LenClaim, Output, ParamError, Params, Sample, Sniffed,
    StageDescriptor,
};

use crate::{Alphabet, Base64, Padding};

/// Base64 as a data: URL.
pub static DATAURL: StageDescriptor = StageDescriptor::codec("dataurl", env!("CARGO_PKG_NAME"), &build)
    .with_summary("base64 as a data: URL, such as `data:application/octet-stream;base64,…`")
    .with_specification("https://www.rfc-editor.org/rfc/rfc2397")
    .named_by_data()
    .with_sniff(sniff)
    .text()
    .streaming()
    .stable_bytes();
#[cfg(feature = "dataurl")]
ndcodec_core::submit!(DATAURL);

/// What is written. Any media type and parameters are read.
const HEAD: &[u8] = b"data:application/octet-stream;base64,";
/// The longest head that is read, up to its comma.
const LONGEST: usize = 1024;

fn build(_: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    // Browsers write the padding, and do not miss it.
    let base64 = |padding| Arc::new(Base64::new(Alphabet::Standard, padding, false));
    Ok(Arc::new(DataUrl { writer: base64(Padding::Required), reader: base64(Padding::Optional) }))
}

fn sniff(sample: &Sample<'_>) -> Option<Sniffed> {
    // Nothing that gives help for other data is asked here: that asks every stage whether they are its own.
    let is_known =
        begins(sample.bytes) && sample.bytes.len() >= SCHEME.len() && head_len(sample.bytes).is_ok();
    is_known.then_some(Sniffed::certain("dataurl"))
}

/// The codec.
#[derive(Debug)]
struct DataUrl {
    writer: Arc<Base64>,
    reader: Arc<Base64>,
}

impl Codec for DataUrl {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        out.push(HEAD)?;
        self.writer.encode(input, out)
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let head = head_len(encoded)?;
        self.reader.decode(&encoded[head..], out).map_err(|error| behind(error, head))
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        self.writer.max_encoded_len(input_len)?.checked_add(HEAD.len())
    }

    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        match head_len(encoded) {
            Ok(head) => self.reader.claimed_len(&encoded[head..]),
            Err(_) => LenClaim::Unknown,
        }
    }

    fn encoder<'s>(
        self: Arc<Self>,
        len: Option<u64>,
        mut next: BoxSink<'s>,
    ) -> Result<BoxSink<'s>, CodecError> {
        next.write(HEAD)?;
        self.writer.clone().encoder(len, next)
    }

    fn decoder<'s>(
        self: Arc<Self>,
        source: BoxSource<'s>,
        limits: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        let head = Arc::new(AtomicUsize::new(0));
        let body = Body { source, read: None, given: 0, head: Arc::clone(&head) };
        let text = self.reader.clone().decoder(Box::new(body), limits)?;
        Ok(Box::new(Shifted { text, head }))
    }
}

const SCHEME: &[u8] = b"data:";

/// Whether the text begins as a data: URL, as far as it goes.
fn begins(text: &[u8]) -> bool {
    let begin = &text[..text.len().min(SCHEME.len())];
    begin.eq_ignore_ascii_case(&SCHEME[..begin.len()])
}

/// How long the head is, with its comma.
fn head_len(text: &[u8]) -> Result<usize, CodecError> {
    const ENCODING: &[u8] = b";base64";
    if !begins(text) {
        let help = match diagnosis::help(text) {
            Some(help) => help,
            None => "if the text has no head, decode it by `base64`".into(),
        };
        return Err(CodecError::corrupt("the text does not begin with `data:`").at(0).with_help(help));
    }
    let Some(comma) = text.iter().take(LONGEST).position(|byte| *byte == b',') else {
        return Err(match text.len() {
            LONGEST.. => CodecError::corrupt(format!("no comma ends the head in the first {LONGEST} bytes")),
            _ => CodecError::truncated("the head of the data: URL").at(text.len() as u64),
        });
    };
    let is_base64 = comma
        .checked_sub(ENCODING.len())
        .is_some_and(|start| start >= SCHEME.len() && text[start..comma].eq_ignore_ascii_case(ENCODING));
    if !is_base64 {
        let message =
            "the head of the data: URL does not say `;base64`, so what follows is text with escapes";
        return Err(CodecError::unsupported(message).at(comma as u64));
    }
    Ok(comma + 1)
}

/// An error at a place behind the head.
fn behind(error: CodecError, head: usize) -> CodecError {
    match error.offset() {
        Some(offset) => error.at(offset + head as u64),
        None => error,
    }
}

/// The text behind the head.
struct Body<'s> {
    source: BoxSource<'s>,
    /// What was read with the head, once that is known.
    read: Option<Vec<u8>>,
    given: usize,
    /// How long the head is, for places in errors.
    head: Arc<AtomicUsize>,
}

impl Body<'_> {
    /// Reads the head, and keeps what comes with it.
    fn read_head(&mut self) -> Result<Vec<u8>, CodecError> {
        let mut read = vec![0; LONGEST];
        let filled = read_full(&mut *self.source, &mut read)?;
        read.truncate(filled);
        self.given = head_len(&read)?;
        self.head.store(self.given, Ordering::Relaxed);
        Ok(read)
    }
}

impl Source for Body<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let read = match self.read.take() {
            Some(read) => read,
            None => self.read_head()?,
        };
        let rest = &read[self.given..];
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        self.given += n;
        self.read = Some(read);
        if n == 0 { self.source.read(buf) } else { Ok(n) }
    }
}

/// Errors of the text, whose places are counted from its head.
struct Shifted<'s> {
    text: BoxSource<'s>,
    head: Arc<AtomicUsize>,
}

impl Source for Shifted<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        self.text.read(buf).map_err(|error| behind(error, self.head.load(Ordering::Relaxed)))
    }
}
