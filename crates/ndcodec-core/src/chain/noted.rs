//! Streams of decoding that keep the first bytes of what a stage reads, so that its errors can say what they are.

use std::sync::{Arc, Mutex, PoisonError};

use crate::diagnosis;
use crate::error::Place;
use crate::stage::stream::{BoxSource, SliceSource, Source};
use crate::{CodecError, Sample, StageDescriptor};

/// The first bytes of a stream, kept to explain an error.
#[derive(Debug, Clone)]
pub(super) struct Beginning(Arc<Mutex<Vec<u8>>>);

/// How many bytes are kept: what headers are told by, and a block or two of what has none.
const KEPT: usize = 4 << 10;

impl Beginning {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }
}

/// A source whose first bytes are kept. A stage may ask for few of them; as many as come at once are kept all the same.
pub(super) struct Noted<'s> {
    source: BoxSource<'s>,
    beginning: Beginning,
    /// How many bytes are still to be kept.
    left: usize,
    /// What was read and not given yet.
    ahead: Vec<u8>,
    given: usize,
}

impl<'s> Noted<'s> {
    pub(super) fn new(source: BoxSource<'s>, beginning: Beginning) -> Self {
        Self { source, beginning, left: KEPT, ahead: Vec::new(), given: 0 }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let kept = bytes.len().min(self.left);
        self.left -= kept;
        self.beginning.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&bytes[..kept]);
    }
}

impl Source for Noted<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        if self.given < self.ahead.len() {
            let n = SliceSource::new(&self.ahead[self.given..]).read(buf)?;
            self.given += n;
            return Ok(n);
        }
        if self.left == 0 {
            return self.source.read(buf);
        }
        if buf.len() >= KEPT {
            let n = self.source.read(buf)?;
            self.keep(&buf[..n]);
            return Ok(n);
        }
        let mut few = [0; KEPT];
        let n = self.source.read(&mut few)?;
        self.keep(&few[..n]);
        let now = n.min(buf.len());
        buf[..now].copy_from_slice(&few[..now]);
        self.ahead.clear();
        self.ahead.extend_from_slice(&few[now..n]);
        self.given = 0;
        Ok(now)
    }
}

/// Marks errors with the stage they come from, and says what the data are. Errors of a later stage pass through earlier
/// ones, and keep theirs.
pub(super) struct Explained<'s> {
    pub(super) place: Place,
    pub(super) stage: &'static StageDescriptor,
    pub(super) beginning: Beginning,
    pub(super) inner: BoxSource<'s>,
}

impl Source for Explained<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        self.inner.read(buf).map_err(|error| self.explain(error))
    }
}

impl Explained<'_> {
    #[cold]
    fn explain(&self, error: CodecError) -> CodecError {
        if error.is_placed() {
            return error;
        }
        let bytes = self.beginning.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sample = Sample { bytes: &bytes, is_whole: bytes.len() < KEPT };
        diagnosis::advised(error, self.stage, &sample).placed(self.place)
    }
}
