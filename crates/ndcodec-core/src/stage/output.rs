//! [`Output`]: the append-only, capped end of the caller's buffer. Every ceiling of a decoder lives here.

use std::fmt;
use std::num::NonZeroUsize;

use super::dense;
use crate::error::{Limit, Place};
use crate::{Buffer, CodecError, DecodeLimits, ErrorKind, fresh};

/// The end that a stage writes to. Bytes that were there before are never touched. Written bytes stay once
/// [`finish`](Self::finish) is called; an output that is dropped without it leaves the destination's length as it
/// was, so a failure half-way keeps nothing.
///
/// Two ways to write: [`push`](Self::push) bytes, or ask for [`spare`](Self::spare) room, write into it, and
/// [`commit`](Self::commit) what was written. Both fail once the ceiling is reached, so no stage can forget it.
pub struct Output<'a> {
    dest: Dest<'a>,
    /// Bytes of `dest` before this output begins.
    start: usize,
    /// Bytes written and committed through this output.
    len: usize,
    cap: usize,
    cap_is: Cap,
    limits: DecodeLimits,
    watch: Option<&'a mut Watch<'a>>,
    finished: bool,
    /// The bytes for which there was no memory, if that happened: the room that was given is smaller then.
    missing: Option<NonZeroUsize>,
    /// Whether no more memory is taken for a dense result before somebody has measured it.
    is_measured: bool,
    is_to_be_measured: bool,
    /// How many bytes the caller gave, if that is known.
    pub(crate) given: Option<usize>,
}

/// Looks at the bytes so far until it has seen enough.
pub(crate) type Watch<'a> = dyn FnMut(&[u8]) -> Result<Seen, CodecError> + Send + 'a;

/// What the observer of an output has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Not enough: it wants to see more bytes.
    Little,
    /// Enough.
    Enough,
    /// How many bytes there must be in the end: the format at this place says so, and is to be named if there are more.
    Total(usize, Place),
}

enum Dest<'a> {
    Vec(&'a mut Vec<u8>),
    Buffer(&'a mut Buffer),
    Slice(&'a mut [u8]),
}

/// Whose ceiling `cap` is, which decides the error for passing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cap {
    /// No ceiling but memory.
    Memory,
    /// The caller's limit.
    Limit,
    /// The end of the caller's slice.
    Slice,
    /// The length that the header of the format at this place gives.
    Header(Place),
}

/// The first step of a decoder that does not know its result's length: enough for a header, small enough for a
/// small message.
const FIRST_STEP: usize = 4 << 10;
/// From here on an output takes room for all that is left to its ceiling, if that is no more than this.
const LONG: usize = 16 << 20;
#[cfg(target_pointer_width = "64")]
const MOST_AT_ONCE: usize = 8 << 30;
#[cfg(not(target_pointer_width = "64"))]
const MOST_AT_ONCE: usize = 256 << 20;

/// The largest step, after which doubling is left to the buffer.
const LARGEST_STEP: usize = 1 << 20;

impl<'a> Output<'a> {
    /// Appends to `vec`.
    pub fn to_vec(vec: &'a mut Vec<u8>) -> Self {
        let start = vec.len();
        Self::new(Dest::Vec(vec), start, usize::MAX, Cap::Memory)
    }

    /// Appends to `buffer`.
    #[inline]
    pub fn to_buffer(buffer: &'a mut Buffer) -> Self {
        let start = buffer.len();
        Self::new(Dest::Buffer(buffer), start, usize::MAX, Cap::Memory)
    }

    /// Writes from the beginning of `slice`, never past its end.
    pub fn to_slice(slice: &'a mut [u8]) -> Self {
        let cap = slice.len();
        Self::new(Dest::Slice(slice), 0, cap, Cap::Slice)
    }

    /// The length of the caller's slice, if it writes to one.
    pub(crate) fn slice_len(&self) -> Option<usize> {
        if let Dest::Slice(slice) = &self.dest { Some(slice.len()) } else { None }
    }

    /// This output with the caller's limit on what is written through it, in bytes.
    #[must_use]
    #[inline]
    pub fn limited(mut self, limit: usize) -> Self {
        if limit < self.cap {
            (self.cap, self.cap_is) = (limit, Cap::Limit);
        }
        self
    }

    /// This output with the caller's limits, of which `max_bytes` holds for what is written through it.
    #[must_use]
    #[inline]
    pub fn with_limits(mut self, limits: &DecodeLimits) -> Self {
        self.limits = *limits;
        self.limited(limits.max_bytes)
    }

    /// The caller's limits, for stages that run others or take memory of their own. Their `max_bytes` is what may be
    /// written through this output in all.
    pub fn limits(&self) -> DecodeLimits {
        self.limits.with_max_bytes(self.cap.min(self.limits.max_bytes))
    }

    /// This output with an observer that, once it has seen enough bytes, says how many there will be.
    #[inline]
    pub(crate) fn watched(mut self, watch: &'a mut Watch<'a>) -> Self {
        self.watch = Some(watch);
        self
    }

    fn new(dest: Dest<'a>, start: usize, cap: usize, cap_is: Cap) -> Self {
        let limits = DecodeLimits::new().with_max_bytes(usize::MAX);
        Self {
            dest,
            start,
            len: 0,
            cap,
            cap_is,
            limits,
            watch: None,
            finished: false,
            missing: None,
            is_measured: false,
            is_to_be_measured: false,
            given: None,
        }
    }

    /// Keeps what was committed, and returns how many bytes that is.
    #[inline]
    pub fn finish(mut self) -> usize {
        self.finished = true;
        self.len
    }

    /// The bytes committed so far.
    pub fn written(&self) -> &[u8] {
        let all: &[u8] = match &self.dest {
            Dest::Vec(vec) => vec,
            Dest::Buffer(buffer) => {
                // The buffer's own length stays behind until the output is dropped.
                return &buffer.storage()[self.start..self.start + self.len];
            }
            Dest::Slice(slice) => slice,
        };
        &all[self.start..self.start + self.len]
    }

    /// How many bytes were committed so far.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was committed yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many more bytes may be written.
    pub fn remaining(&self) -> usize {
        self.cap - self.len
    }

    /// How many more bytes the result will have, once a header has told.
    pub fn expected(&self) -> Option<usize> {
        matches!(self.cap_is, Cap::Header(_)).then(|| self.remaining())
    }

    /// Makes room in the destination for the `n` bytes that [`push`](Self::push) will bring, or for as many as the
    /// ceiling leaves, so that it grows once.
    pub(crate) fn reserve(&mut self, n: usize) -> Result<(), CodecError> {
        let n = n.min(self.remaining());
        match &mut self.dest {
            Dest::Vec(vec) => {
                vec.truncate(self.start + self.len);
                fresh::reserve(vec, n)
            }
            Dest::Buffer(buffer) => {
                buffer.truncate_to(self.start + self.len);
                buffer.try_reserve(n)
            }
            Dest::Slice(_) => Ok(()),
        }
    }

    /// Appends `bytes`.
    ///
    /// # Errors
    /// If the ceiling would be passed.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        if bytes.len() > self.remaining() {
            return Err(self.ceiling_error());
        }
        if self.len == 0 && self.watch.is_some() && bytes.len() > FIRST_STEP {
            // A header in the first bytes says how much room to make, so that it is made once.
            let (first, rest) = bytes.split_at(FIRST_STEP);
            self.push(first)?;
            return self.push(rest);
        }
        let end = self.start + self.len;
        match &mut self.dest {
            Dest::Vec(vec) if vec.len() - end < bytes.len() => {
                // Room that `spare` made and nobody filled is overwritten, never kept.
                vec.truncate(end);
                fresh::reserve(vec, bytes.len())?;
                vec.extend_from_slice(bytes);
            }
            Dest::Vec(vec) => vec[end..end + bytes.len()].copy_from_slice(bytes),
            _ => self.try_room(bytes.len())?[..bytes.len()].copy_from_slice(bytes),
        }
        self.commit(bytes.len())
    }

    /// Room for exactly `n` more bytes. Its content is unspecified; [`commit`](Self::commit) keeps its beginning.
    ///
    /// # Errors
    /// If the ceiling would be passed, or there is no memory.
    #[inline]
    pub fn spare(&mut self, n: usize) -> Result<&mut [u8], CodecError> {
        if n > self.remaining() {
            return Err(self.ceiling_error());
        }
        Ok(&mut self.try_room(n)?[..n])
    }

    /// Room for `n` more bytes, or for as many as the ceiling leaves: for encoders whose bound is larger than
    /// their result. If there is no memory for it there is less room, and [`ceiling_error`](Self::ceiling_error) says why.
    #[inline]
    pub fn spare_at_most(&mut self, n: usize) -> &mut [u8] {
        let n = n.min(self.remaining());
        self.room(n)
    }

    /// Takes memory for the `n` bytes that [`spare`](Self::spare) will be asked for piece by piece, or for as many as the
    /// ceiling leaves: one allocation, of pages that cost nothing until they are written.
    ///
    /// # Errors
    /// If there is no memory.
    pub fn reserve_room(&mut self, n: usize) -> Result<(), CodecError> {
        let n = n.min(self.remaining());
        let from = self.start + self.len;
        match &mut self.dest {
            Dest::Vec(vec) if from == 0 && vec.capacity() < n => **vec = fresh::zeroed(n)?,
            Dest::Vec(vec) => fresh::reserve(vec, (from + n).saturating_sub(vec.len()))?,
            Dest::Buffer(buffer) => {
                buffer.truncate_to(from);
                buffer.try_reserve(n)?;
            }
            Dest::Slice(_) => {}
        }
        Ok(())
    }

    /// Some more room, for a decoder that does not know how much it will need: all that is expected, where a
    /// header has told, else a step that grows with the output. Empty once the ceiling is reached, or memory is not there.
    pub fn spare_step(&mut self) -> &mut [u8] {
        let step = self.len.clamp(FIRST_STEP, LARGEST_STEP);
        let n = self.expected().unwrap_or(step).min(self.remaining());
        let n = n.max(self.available().min(LARGEST_STEP));
        self.room(n)
    }

    /// How many more bytes have room without an allocation, within the ceiling: for a decoder that can only work at
    /// once, and would first have to find out how much room it needs.
    pub fn available(&self) -> usize {
        (self.there() - self.start - self.len).min(self.remaining())
    }

    /// Takes back all that was committed, to write it anew in one piece. What a header told is not forgotten: all
    /// of the result is [`expected`](Self::expected) then.
    pub fn rewind(&mut self) {
        self.len = 0;
    }

    /// How many bytes the caller gave, if that is known. What a codec decodes may be many times as long, since other codecs
    /// made it: then its length pays for no work that is long in proportion to it.
    #[inline]
    pub fn given(&self) -> Option<usize> {
        self.given
    }

    /// Stops, as at a ceiling, where a result of unknown length becomes [`dense`](super::dense).
    #[inline]
    pub(crate) fn stop_to_be_measured(&mut self) {
        self.is_measured = true;
    }

    /// Whether it stopped there. What was written is taken back then, and it will not stop again.
    pub(crate) fn is_to_be_measured(&mut self) -> bool {
        if !std::mem::take(&mut self.is_to_be_measured) {
            return false;
        }
        self.is_measured = false;
        self.rewind();
        true
    }

    /// The bytes of the destination that are there without an allocation.
    #[inline]
    fn there(&self) -> usize {
        match &self.dest {
            Dest::Vec(vec) => vec.len(),
            Dest::Buffer(buffer) => buffer.capacity(),
            Dest::Slice(slice) => slice.len(),
        }
    }

    /// Keeps the first `n` bytes of the room asked for last.
    ///
    /// # Errors
    /// If the bytes so far hold a header that the format refuses.
    ///
    /// # Panics
    /// If `n` is more than the room that was given: a bug of the stage.
    #[inline]
    pub fn commit(&mut self, n: usize) -> Result<(), CodecError> {
        assert!(
            n <= self.there() - self.start - self.len && n <= self.remaining(),
            "committed more than the room given"
        );
        self.len += n;
        if self.watch.is_some() { self.look() } else { Ok(()) }
    }

    /// Shows the bytes so far to the observer, until it knows how many there will be.
    fn look(&mut self) -> Result<(), CodecError> {
        let Some(watch) = self.watch.take() else { return Ok(()) };
        match watch(self.written())? {
            Seen::Little => self.watch = Some(watch),
            Seen::Enough => {}
            Seen::Total(total, place) if total < self.len => {
                return Err(CodecError::trailing(self.len - total, "the array").placed(place));
            }
            Seen::Total(total, place) if total > self.cap => return Err(self.ceiling_error().placed(place)),
            Seen::Total(total, place) => (self.cap, self.cap_is) = (total, Cap::Header(place)),
        }
        Ok(())
    }

    /// The error for a byte beyond the ceiling, for stages that learn of it only by trying.
    pub fn ceiling_error(&self) -> CodecError {
        let cap = self.cap;
        if let Some(missing) = self.missing {
            return CodecError::no_memory(missing.get());
        }
        match self.cap_is {
            Cap::Limit => {
                CodecError::over(Limit::Bytes, format!("the result is larger than the limit of {cap} bytes"))
            }
            Cap::Slice => CodecError::new(
                ErrorKind::OutputFull,
                format!("the result is larger than the {cap} bytes of room"),
            ),
            // The codec that writes here did nothing wrong: what it holds is not one array.
            Cap::Header(place) => CodecError::new(
                ErrorKind::Trailing,
                format!("the data go on after the {cap} bytes that the header gives"),
            )
            .placed(place),
            Cap::Memory => CodecError::over(Limit::Bytes, "the result is larger than memory can address"),
        }
    }

    /// `n` bytes of room after what is committed, which are within the ceiling; none if there is no memory for them, which
    /// is remembered.
    #[inline]
    fn room(&mut self, n: usize) -> &mut [u8] {
        if self.make_room(n).is_err() {
            return self.no_room(n);
        }
        &mut self.there_mut()[..n]
    }

    #[cold]
    fn no_room(&mut self, n: usize) -> &mut [u8] {
        if !self.is_to_be_measured {
            self.missing = NonZeroUsize::new((self.start + self.len).saturating_add(n));
        }
        &mut []
    }

    /// How much more room is made for the next `n` bytes of a result that has become long: all that may come, or as much as
    /// comes without being measured. Pages cost nothing until they are written, and memory that grows by doubling is held
    /// twice while it moves.
    #[cold]
    fn rest(&mut self, n: usize) -> Result<Option<usize>, CodecError> {
        let mut rest = self.remaining();
        if self.expected().is_none() && self.slice_len().is_none() {
            let from = self.given.filter(|_| self.is_measured).map_or(usize::MAX, dense::unmeasured);
            let unmeasured = from.saturating_sub(self.len);
            if unmeasured < n {
                self.is_to_be_measured = true;
                return Err(self.ceiling_error());
            }
            rest = rest.min(unmeasured);
        }
        Ok(Some(rest).filter(|rest| *rest <= MOST_AT_ONCE))
    }

    /// At least `n` bytes of room after what is committed, which are within the ceiling.
    #[inline]
    fn try_room(&mut self, n: usize) -> Result<&mut [u8], CodecError> {
        self.make_room(n)?;
        Ok(self.there_mut())
    }

    /// The room after what is committed.
    #[inline]
    fn there_mut(&mut self) -> &mut [u8] {
        let from = self.start + self.len;
        match &mut self.dest {
            Dest::Vec(vec) => &mut vec[from..],
            Dest::Buffer(buffer) => buffer.spare(),
            Dest::Slice(slice) => &mut slice[from..],
        }
    }

    #[inline]
    fn make_room(&mut self, n: usize) -> Result<(), CodecError> {
        let from = self.start + self.len;
        let rest = if self.len >= LONG && self.there() - from < n { self.rest(n)? } else { None };
        match &mut self.dest {
            Dest::Vec(vec) => {
                if vec.len() < from + n {
                    if from == 0 && vec.capacity() < n {
                        // Fresh zeroed pages cost nothing until they are written.
                        **vec = fresh::zeroed(n)?;
                    } else if let Some(rest) = rest
                        && let Ok(mut grown) = fresh::zeroed(from + rest)
                    {
                        grown[..from].copy_from_slice(&vec[..from]);
                        **vec = grown;
                    } else {
                        fresh::reserve(vec, from + n - vec.len())?;
                        vec.resize(from + n, 0);
                    }
                }
                Ok(())
            }
            Dest::Buffer(buffer) => {
                buffer.truncate_to(from);
                match rest {
                    Some(rest) => buffer.try_reserve(rest).or_else(|_| buffer.try_reserve(n)),
                    None => buffer.try_reserve(n),
                }
            }
            Dest::Slice(_) => Ok(()),
        }
    }
}

impl<'a> From<&'a mut Vec<u8>> for Output<'a> {
    fn from(vec: &'a mut Vec<u8>) -> Self {
        Self::to_vec(vec)
    }
}

impl<'a> From<&'a mut Buffer> for Output<'a> {
    fn from(buffer: &'a mut Buffer) -> Self {
        Self::to_buffer(buffer)
    }
}

impl<'a> From<&'a mut [u8]> for Output<'a> {
    fn from(slice: &'a mut [u8]) -> Self {
        Self::to_slice(slice)
    }
}

impl Drop for Output<'_> {
    fn drop(&mut self) {
        let end = self.start + if self.finished { self.len } else { 0 };
        match &mut self.dest {
            Dest::Vec(vec) => vec.truncate(end),
            Dest::Buffer(buffer) => buffer.truncate_to(end),
            Dest::Slice(_) => {}
        }
    }
}

impl fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("len", &self.len)
            .field("cap", &self.cap)
            .field("cap_is", &self.cap_is)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { index: 0, name: "toy" };

    #[test]
    fn what_is_not_committed_is_gone() {
        let mut vec = b"before".to_vec();
        let mut out = Output::to_vec(&mut vec);
        out.push(b"ab").unwrap();
        out.spare(100).unwrap()[0] = b'c';
        out.commit(1).unwrap();
        out.spare(50).unwrap();
        out.push(b"d").unwrap();
        assert_eq!(out.written(), b"abcd");
        assert_eq!(out.finish(), 4);
        assert_eq!(vec, b"beforeabcd");
    }

    #[test]
    fn an_output_that_is_not_finished_leaves_the_length_as_it_was() {
        let mut vec = b"before".to_vec();
        Output::to_vec(&mut vec).push(b"after").unwrap();
        assert_eq!(vec, b"before");
    }

    #[test]
    fn the_limit_is_exact() {
        let mut buffer = Buffer::new();
        let mut out = Output::to_buffer(&mut buffer).limited(3);
        out.push(b"ab").unwrap();
        assert_eq!(out.push(b"cd").unwrap_err().kind(), ErrorKind::Limit);
        assert_eq!(out.spare(2).unwrap_err().kind(), ErrorKind::Limit);
        out.push(b"c").unwrap();
        assert!(out.spare_step().is_empty());
        out.finish();
        assert_eq!(&*buffer, b"abc");
    }

    #[test]
    fn a_slice_is_never_left() {
        let mut slice = [9u8; 4];
        let mut out = Output::to_slice(&mut slice);
        out.push(b"abc").unwrap();
        assert_eq!(out.push(b"de").unwrap_err().kind(), ErrorKind::OutputFull);
        assert_eq!(out.spare_at_most(10).len(), 1);
        out.finish();
        assert_eq!(&slice, b"abc\x09");
    }

    #[test]
    fn a_watch_sets_the_end_once_it_knows() {
        let mut buffer = Buffer::new();
        let mut watch =
            |bytes: &[u8]| Ok(if bytes.len() >= 4 { Seen::Total(6, PLACE) } else { Seen::Little });
        let mut out = Output::to_buffer(&mut buffer).limited(100).watched(&mut watch);
        out.push(b"abc").unwrap();
        assert_eq!(out.expected(), None);
        out.push(b"d").unwrap();
        assert_eq!(out.expected(), Some(2));
        assert_eq!(out.spare_step().len(), 2);
        assert_eq!(out.push(b"efg").unwrap_err().kind(), ErrorKind::Trailing);
    }

    #[test]
    fn what_is_rewound_is_written_anew_to_the_known_end() {
        let mut buffer = Buffer::from(&b"before"[..]);
        let mut watch =
            |bytes: &[u8]| Ok(if bytes.len() >= 4 { Seen::Total(6, PLACE) } else { Seen::Little });
        let mut out = Output::to_buffer(&mut buffer).limited(100).watched(&mut watch);
        assert_eq!(out.available(), 64 - 6);
        out.push(b"abcd").unwrap();
        assert_eq!((out.expected(), out.available()), (Some(2), 2));
        out.rewind();
        assert_eq!((out.expected(), out.len()), (Some(6), 0));
        out.push(b"ABCDEF").unwrap();
        assert_eq!(out.push(b"g").unwrap_err().kind(), ErrorKind::Trailing);
        out.finish();
        assert_eq!(&*buffer, b"beforeABCDEF");
    }
}
