//! What the filters here have in common: the filtered form is an array of the same layout.

use std::fmt;

use ndcodec_core::{BoundFilter, CodecError, Filtered, Layout, Output};

/// What a filter does with the elements of one dtype. What it is given is whole elements.
pub(crate) trait Transform: fmt::Debug + Send + Sync + 'static {
    /// See [`BoundFilter::planes`].
    fn planes(&self) -> usize {
        1
    }

    /// Writes the filtered form of `payload` to `out`, which has the same length.
    fn encode(&self, payload: &[u8], out: &mut [u8]) -> Result<(), CodecError>;

    /// Writes what `filtered` was made of to `out`, which has the same length.
    fn decode(&self, filtered: &[u8], out: &mut [u8]) -> Result<(), CodecError>;

    /// As [`decode`](Self::decode), of the planes one by one.
    fn decode_planes(&self, planes: &[&[u8]], out: &mut [u8]) -> Result<(), CodecError> {
        self.decode(&planes.concat(), out)
    }
}

/// A transform of arrays of one layout.
#[derive(Debug)]
pub(crate) struct Bound<T> {
    layout: Layout,
    transform: T,
}

impl<T: Transform> Bound<T> {
    pub(crate) fn boxed(layout: &Layout, transform: T) -> Box<dyn BoundFilter> {
        Box::new(Self { layout: layout.clone(), transform })
    }
}

impl<T: Transform> BoundFilter for Bound<T> {
    fn output(&self) -> Filtered {
        Filtered::Array(self.layout.clone())
    }

    fn planes(&self) -> usize {
        self.transform.planes()
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        self.transform.encode(payload, out.spare(payload.len())?)?;
        out.commit(payload.len())
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        match parts {
            [whole] => self.transform.decode(whole, payload),
            planes => self.transform.decode_planes(planes, payload),
        }
    }
}
