//! [`Destination`]: memory of the caller's whose content a result replaces.

use super::output::Output;
use crate::Buffer;

/// A `Vec<u8>` or [`Buffer`], which is cleared first, or a slice, which is written from its beginning.
///
/// Calls whose names end in `_into` take one, and *replace* its content; those that *append* say so in their names and take
/// an [`Output`]. Nobody else implements this.
pub trait Destination<'o>: sealed::Sealed {
    /// The end to write to, with nothing before it.
    #[doc(hidden)]
    fn emptied(self) -> Output<'o>;
}

impl<'o> Destination<'o> for &'o mut Vec<u8> {
    #[inline]
    fn emptied(self) -> Output<'o> {
        self.clear();
        Output::to_vec(self)
    }
}

impl<'o> Destination<'o> for &'o mut Buffer {
    #[inline]
    fn emptied(self) -> Output<'o> {
        self.clear();
        Output::to_buffer(self)
    }
}

impl<'o> Destination<'o> for &'o mut [u8] {
    #[inline]
    fn emptied(self) -> Output<'o> {
        Output::to_slice(self)
    }
}

impl<'o, const N: usize> Destination<'o> for &'o mut [u8; N] {
    #[inline]
    fn emptied(self) -> Output<'o> {
        Output::to_slice(self)
    }
}

mod sealed {
    /// Keeps [`Destination`](super::Destination) to the types here.
    pub trait Sealed {}

    impl Sealed for &mut Vec<u8> {}
    impl Sealed for &mut crate::Buffer {}
    impl Sealed for &mut [u8] {}
    impl<const N: usize> Sealed for &mut [u8; N] {}
}
