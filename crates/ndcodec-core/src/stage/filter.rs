//! [`ArrayFilter`]: a stage that rewrites an array's payload so that codecs find more in it.

use std::fmt;
use std::sync::Arc;

use super::codec::{Codec, Input, LenClaim};
use super::pool::Pool;
use super::recent::Recent;
use crate::{ArrayError, Buffer, CodecError, DType, Layout, Order, Output, ParamError};

/// A stage array → array or array → bytes, such as `shuffle` or `delta`.
///
/// It is bound to a layout before it works. The format's header describes the array as it was before all filters.
pub trait ArrayFilter: fmt::Debug + Send + Sync + 'static {
    /// This filter for arrays of one layout; `None` if their payload stays as it lies, such as single bytes in
    /// `shuffle`.
    ///
    /// Everything that can be refused without looking at the elements is refused here.
    ///
    /// # Errors
    /// The reason why such arrays cannot be filtered.
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError>;

    /// What becomes of bytes at the end that fill no element, if the type is given and the filter works on any bytes, as in
    /// `xor(4)`. They are copied; or, if this is true and an element stands before them, zeros make a whole element of
    /// them, of whose filtered form as many bytes are kept.
    fn pads_last_element(&self) -> bool {
        false
    }

    /// The codec that this filter is on bytes that are elements of this dtype, `pco(8,<f4)`, if it has one of its own: a
    /// filter that changes the length of an array. Without one, a filter works on any bytes, and keeps their number.
    fn typed_codec(&self, dtype: &DType) -> Option<Result<Arc<dyn Codec>, ParamError>> {
        let _ = dtype;
        None
    }
}

/// An [`ArrayFilter`] at work on arrays of one layout.
pub trait BoundFilter: fmt::Debug + Send + Sync {
    /// What it makes of an array of this layout.
    fn output(&self) -> Filtered;

    /// How many parts of equal length the filtered form consists of whose bytes are of different kinds, such as the
    /// byte planes of `shuffle`. A container may encode them one by one, and store those that hold noise. They count only
    /// if they divide the filtered form's length.
    fn planes(&self) -> usize {
        1
    }

    /// Appends the filtered form of `payload`, which has exactly the bytes of the layout.
    ///
    /// # Errors
    /// If this payload cannot be filtered, or `out` is full.
    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError>;

    /// Writes what was filtered to `payload`, which has exactly the bytes of the layout. All of it must be written.
    ///
    /// `parts` are the filtered form, in one piece or in its [planes](Self::planes), each of the same length. They
    /// may come from anyone: whatever a filter reads in them, it checks. For an [array](Filtered::Array), their
    /// length is right. Of [several arrays](Filtered::Arrays) each is a part. A [front](Filtered::Fronted) and its array
    /// are two parts, of the lengths that [`read_front`](Self::read_front) told.
    ///
    /// # Errors
    /// If these bytes are not a filtered payload.
    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError>;

    /// What the [front](Filtered::Fronted) at the beginning of a filtered form says, of which there may be more bytes or
    /// fewer than the front has. It may come from anyone. Read again before each decoding, so it should be quick: what is
    /// not needed for the length is for [`backward`](Self::backward) to check.
    ///
    /// # Errors
    /// If these bytes do not begin with a front of this filter.
    fn read_front(&self, filtered: &[u8]) -> Result<Front, CodecError> {
        let len = filtered.len();
        Err(CodecError::internal(format!("the filter has no front to read in {len} bytes")))
    }
}

/// What stands in front of an array whose layout depends on the elements.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Front {
    /// Its length in bytes.
    pub len: usize,
    /// The layout of the array that follows.
    pub layout: Layout,
    /// Whether the filter found little of what it looks for, so that the array holds most elements nearly as they were.
    pub found_little: bool,
}

impl Front {
    /// A front of `len` bytes before an array of this layout.
    pub const fn new(len: usize, layout: Layout) -> Self {
        Self { len, layout, found_little: false }
    }

    /// The same, of a filter that found little of what it looks for.
    #[must_use]
    pub const fn of_little(len: usize, layout: Layout) -> Self {
        Self { len, layout, found_little: true }
    }
}

/// What a filter makes of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Filtered {
    /// An array of this layout, which the next filter is bound to.
    Array(Layout),
    /// Arrays of these layouts, one after the other. The next filter works on each by itself.
    Arrays(Vec<Layout>),
    /// First the bytes that the filter needs to come back, then an array whose layout depends on the elements: see
    /// [`BoundFilter::read_front`]. The next filter works on the array alone, and what stands in front stays as it is.
    Fronted {
        /// The most bytes there may be in front.
        at_most: usize,
        /// A layout that the array may have, and no other has more bytes. What the next filters take of this one, they take
        /// of the others, and make no more of those.
        widest: Layout,
    },
    /// Bytes whose number depends on the elements, and is at most this. No filter may follow.
    Bytes {
        /// The most bytes there may be.
        at_most: usize,
    },
}

impl Filtered {
    /// The length in bytes, if it is known before filtering.
    pub fn known_len(&self) -> Option<usize> {
        match self {
            Self::Array(layout) => Some(layout.nbytes()),
            Self::Arrays(layouts) => Some(layouts.iter().map(Layout::nbytes).sum()),
            Self::Fronted { .. } | Self::Bytes { .. } => None,
        }
    }

    /// The most bytes it may have.
    pub fn max_len(&self) -> usize {
        match self {
            Self::Array(layout) => layout.nbytes(),
            Self::Arrays(layouts) => layouts.iter().map(Layout::nbytes).sum(),
            Self::Fronted { at_most, widest } => at_most.saturating_add(widest.nbytes()),
            Self::Bytes { at_most } => *at_most,
        }
    }
}

/// A filter with its type given, as a codec on any bytes: `shuffle(8)`, `delta(<i4)`.
#[derive(Debug)]
pub(crate) struct TypedFilter {
    filter: Arc<dyn ArrayFilter>,
    dtype: DType,
    recent: Recent<usize, Option<Shared>>,
    scratch: Pool<Buffer>,
}

type Shared = Arc<dyn BoundFilter>;

impl TypedFilter {
    pub(crate) fn new(filter: Arc<dyn ArrayFilter>, dtype: DType) -> Result<Self, ParamError> {
        let typed = Self { filter, dtype, recent: Recent::new(), scratch: Pool::of_buffers() };
        match typed.bind(8) {
            Ok(bound) if bound.as_ref().is_none_or(|bound| keeps_length(&**bound, 8 * typed.itemsize())) => {
                Ok(typed)
            }
            Ok(_) => Err(ParamError {
                param: None,
                message: "it changes the length of an array, and works on arrays only".to_owned(),
            }),
            Err(error) => Err(ParamError { param: None, message: error.to_string() }),
        }
    }

    fn itemsize(&self) -> usize {
        self.dtype.itemsize()
    }

    fn bind(&self, count: usize) -> Result<Option<Shared>, ArrayError> {
        let make = || {
            let layout = Layout::new(self.dtype.clone(), [count], Order::C)?;
            Ok((Some(count), self.filter.bind(&layout)?.map(Shared::from)))
        };
        self.recent.get(|last| *last == count, make)
    }

    /// The filter for as many elements as `len` bytes hold, and the bytes that these have. `None` if nothing changes.
    fn bound(&self, len: usize) -> Result<Option<(Shared, usize)>, CodecError> {
        let Some(count) = len.checked_div(self.itemsize()).filter(|count| *count > 0) else {
            return Ok(None);
        };
        let whole = count * self.itemsize();
        let bound = self.bind(count).map_err(|error| {
            CodecError::unsupported(format!("elements of dtype `{}` cannot be filtered", self.dtype))
                .with_source(error)
        })?;
        match bound {
            Some(bound) if keeps_length(&*bound, whole) => Ok(Some((bound, whole))),
            Some(_) => {
                Err(CodecError::unsupported(format!("the filter changes the length of {whole} bytes")))
            }
            None => Ok(None),
        }
    }
}

fn keeps_length(bound: &dyn BoundFilter, len: usize) -> bool {
    bound.output().known_len() == Some(len)
}

impl TypedFilter {
    /// Runs `work` on whole elements: on `bytes` themselves, or with their last element filled up.
    fn on_whole_elements(
        &self,
        bytes: &[u8],
        out: &mut Output<'_>,
        work: impl Fn(&dyn BoundFilter, &[u8], &mut Output<'_>) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        // Fewer bytes than an element has no element before them, and need no memory for a whole one.
        let is_padded = self.filter.pads_last_element()
            && bytes.len() > self.itemsize()
            && bytes.len().checked_rem(self.itemsize()).is_some_and(|rest| rest > 0);
        if !is_padded {
            let Some((bound, whole)) = self.bound(bytes.len())? else { return out.push(bytes) };
            let (elements, rest) = bytes.split_at(whole);
            let before = out.len();
            work(&*bound, elements, out)?;
            // A promise that the filter made and that what follows relies on.
            if out.len() - before != whole {
                let made = out.len() - before;
                return Err(CodecError::internal(format!("the filter made {made} bytes of {whole}")));
            }
            return out.push(rest);
        }
        let mut padded = bytes.to_vec();
        padded.resize(bytes.len().next_multiple_of(self.itemsize()), 0);
        let Some((bound, whole)) = self.bound(padded.len())? else { return out.push(bytes) };
        let mut filtered = Vec::with_capacity(whole);
        let mut between = Output::to_vec(&mut filtered).limited(whole);
        work(&*bound, &padded, &mut between)?;
        between.finish();
        match filtered.get(..bytes.len()) {
            Some(kept) => out.push(kept),
            None => Err(CodecError::internal(format!("the filter made {} bytes of {whole}", filtered.len()))),
        }
    }
}

impl Codec for TypedFilter {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        let mut scratch = self.scratch.buffer();
        let bytes = input.joined(&mut scratch)?;
        self.on_whole_elements(bytes, out, |bound, elements, out| bound.forward(elements, out))
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        self.on_whole_elements(encoded, out, |bound, filtered, out| {
            bound.backward(&[filtered], out.spare(filtered.len())?)?;
            out.commit(filtered.len())
        })
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        Some(input_len)
    }

    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        LenClaim::Exact(encoded.len() as u64)
    }
}
