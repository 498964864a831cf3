//! Elements of any size as strips: columns of 2, 4, 8 or 16 bytes, which is what the kernels transpose.

/// Bytes of a strip that are worked on at a time, so that what one step leaves is in the cache for the next.
pub(crate) const SCRATCH: usize = 8 << 10;

/// Room for a strip, aligned so that no vector lies across two cache lines.
#[repr(align(64))]
pub(crate) struct Scratch(pub(crate) [u8; SCRATCH]);

impl Scratch {
    pub(crate) const fn new() -> Self {
        Self([0; SCRATCH])
    }
}

/// Calls a function that is generic over the width of strips with the one that suits elements of `$itemsize` bytes, which
/// is 2 or more.
macro_rules! by_strips {
    ($itemsize:expr, $function:ident($($arg:expr),*)) => {
        match $itemsize {
            0..4 => $function::<2>($($arg),*),
            4..8 => $function::<4>($($arg),*),
            8..16 => $function::<8>($($arg),*),
            _ => $function::<16>($($arg),*),
        }
    };
}
pub(crate) use by_strips;

/// Where the strips of an element begin. The last ends with the element, so it may overlap the one before; both then
/// write the same bytes to the same places.
pub(crate) fn starts<const S: usize>(itemsize: usize) -> impl Iterator<Item = usize> {
    (0..itemsize).step_by(S).map(move |start| start.min(itemsize.saturating_sub(S)))
}

/// Copies the strip that begins at byte `start` of the elements.
pub(crate) fn gather<const S: usize>(items: &[u8], itemsize: usize, start: usize, strip: &mut [u8]) {
    for (to, item) in strip.as_chunks_mut::<S>().0.iter_mut().zip(items.chunks_exact(itemsize)) {
        to.copy_from_slice(&item[start..start + S]);
    }
}

/// Copies the strip back.
pub(crate) fn scatter<const S: usize>(strip: &[u8], itemsize: usize, start: usize, items: &mut [u8]) {
    for (from, item) in strip.as_chunks::<S>().0.iter().zip(items.chunks_exact_mut(itemsize)) {
        item[start..start + S].copy_from_slice(from);
    }
}
