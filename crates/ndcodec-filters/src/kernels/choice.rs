//! The kernels that this processor has.

#![cfg_attr(
    any(target_arch = "aarch64", target_arch = "x86_64"),
    expect(
        unsafe_code,
        reason = "a function for some processors is called only if the processor is found to be one"
    )
)]

use std::sync::atomic::{AtomicU8, Ordering};

use super::{Block, Place};

/// What kernels are compiled for. Each has its own, which give the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstructionSet {
    /// One byte at a time.
    Portable,
    /// What every aarch64 has.
    Neon,
    /// What every x86-64 has.
    Sse2,
    /// 32 bytes at a time.
    Avx2,
    /// The same with GFNI.
    Avx2Gfni,
    /// 64 bytes at a time, with VBMI and GFNI.
    Avx512,
}

impl InstructionSet {
    const ALL: [Self; 6] = [Self::Portable, Self::Neon, Self::Sse2, Self::Avx2, Self::Avx2Gfni, Self::Avx512];

    /// Those of this processor. The last is used, for what it has kernels for.
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        Self::ALL.into_iter().filter(|set| set.is_available())
    }

    /// For tests and benches: makes the whole process use no more than this, if the processor has it.
    pub fn use_at_most(self) {
        if self.is_available() {
            CHOSEN.store(self as u8, Ordering::Relaxed);
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn is_available(self) -> bool {
        match self {
            Self::Portable | Self::Sse2 => true,
            Self::Neon => false,
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            Self::Avx2Gfni => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("gfni"),
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vbmi")
                    && is_x86_feature_detected!("gfni")
            }
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn is_available(self) -> bool {
        self == Self::Portable || cfg!(target_arch = "aarch64") && self == Self::Neon
    }
}

/// The set in use, by its place among all; beyond them before the first look.
static CHOSEN: AtomicU8 = AtomicU8::new(u8::MAX);

/// The set in use, which is one that the processor has.
fn chosen() -> InstructionSet {
    match InstructionSet::ALL.get(usize::from(CHOSEN.load(Ordering::Relaxed))) {
        Some(set) => *set,
        None => {
            let set = InstructionSet::available().next_back().unwrap_or(InstructionSet::Portable);
            set.use_at_most();
            set
        }
    }
}

/// Each goes on from a byte of each row, and returns how far it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kernels<const S: usize> {
    pub(super) split: fn(&[u8], &mut [u8], Place, usize) -> usize,
    pub(super) join: fn(&[u8], Place, &mut [u8], usize) -> usize,
    pub(super) join_apart: fn(&[&[u8]; S], &mut [u8], usize) -> usize,
}

/// The widest kernels that there are, then narrow ones for what these leave.
pub(super) fn kernels<const S: usize, const BITS: bool>() -> impl Iterator<Item = Kernels<S>> {
    let widest = chosen();
    [of::<S, BITS>(widest), of::<S, BITS>(widest.min(InstructionSet::Sse2))].into_iter().flatten()
}

/// The kernels of a set that the processor has.
pub(super) fn of<const S: usize, const BITS: bool>(set: InstructionSet) -> Option<Kernels<S>> {
    #[cfg_attr(
        not(any(target_arch = "aarch64", target_arch = "x86_64")),
        expect(unused_macros, reason = "there are no kernels for other processors")
    )]
    macro_rules! of {
        ($module:ident) => {
            Some(Kernels {
                // SAFETY: the processor has the set.
                split: |items, rows, place, done| unsafe {
                    super::$module::split::<S, BITS>(items, rows, place, done)
                },
                // SAFETY: as above.
                join: |rows, place, items, done| unsafe {
                    super::$module::join::<S, BITS>(rows, place, items, done)
                },
                // SAFETY: as above.
                join_apart: |rows, items, done| unsafe {
                    super::$module::join_apart::<S, false>(rows, items, done)
                },
            })
        };
    }
    match set {
        #[cfg(target_arch = "aarch64")]
        InstructionSet::Neon => of!(neon),
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Sse2 => of!(sse2),
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2 => of!(avx2),
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2Gfni => of!(avx2_gfni),
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512 => of!(avx512),
        _ => None,
    }
}

/// A loop that gains from vectors wider than those of the target, without naming any.
pub(crate) trait Wide {
    type Output;

    /// Has to be always inlined, with all that it calls, to be compiled for what its caller has.
    fn run(self) -> Self::Output;
}

/// Whether AVX2 is there, and to be used.
#[cfg(target_arch = "x86_64")]
pub(crate) fn has_avx2() -> bool {
    chosen() >= InstructionSet::Avx2
}

/// Runs a loop, compiled for AVX2 if the processor has it.
pub(crate) fn as_wide<W: Wide>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        #[target_feature(enable = "avx2")]
        fn run<W: Wide>(work: W) -> W::Output {
            work.run()
        }
        // SAFETY: a set that is chosen is one that the processor has, and those beyond AVX2 have it too.
        return unsafe { run(work) };
    }
    work.run()
}

/// From the blocks on the left to those on the right.
pub(super) type BlockKernel = fn(&[Block], &mut [Block]);

/// The kernel that takes the bits of whole blocks of elements of `S` bytes to rows, and the one that undoes it.
pub(super) fn blocks<const S: usize>() -> Option<(BlockKernel, BlockKernel)> {
    #[cfg_attr(
        not(any(target_arch = "aarch64", target_arch = "x86_64")),
        expect(unused_macros, reason = "there are no kernels for other processors")
    )]
    macro_rules! of {
        ($module:ident) => {
            Some((
                // SAFETY: a set that is chosen is one that the processor has.
                |items, rows| unsafe { super::$module::split_blocks::<S>(items, rows) },
                // SAFETY: as above.
                |rows, items| unsafe { super::$module::join_blocks::<S>(rows, items) },
            ))
        };
    }
    match chosen() {
        _ if S > 8 => None,
        #[cfg(target_arch = "aarch64")]
        InstructionSet::Neon => of!(neon),
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Sse2 => of!(sse2),
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2 => of!(avx2),
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2Gfni => of!(avx2_gfni),
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512 => of!(avx512_bits),
        _ => None,
    }
}

/// From the items on the left, of which the one in the middle is the first, to those on the right; returns how many of those
/// that lie together are done.
pub(super) type CombKernel = fn(&[u8], usize, &mut [u8]) -> usize;

/// The kernel that takes every `step`th item of `N` bytes, and the one that puts them back.
#[cfg(target_arch = "x86_64")]
pub(super) fn combs<const N: usize>(step: usize) -> Option<(CombKernel, CombKernel)> {
    macro_rules! of {
        ($step:literal) => {
            Some((
                // SAFETY: a set that is chosen is one that the processor has, and those beyond AVX2 have it too.
                |items, first, out| unsafe { super::avx2_comb::gather::<N, $step>(items, first, out) },
                // SAFETY: as above.
                |numbers, first, items| unsafe {
                    super::avx2_comb::scatter::<N, $step>(numbers, first, items)
                },
            ))
        };
    }
    match step {
        _ if chosen() < InstructionSet::Avx2 => None,
        2 => of!(2),
        3 => of!(3),
        4 => of!(4),
        _ => None,
    }
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn combs<const N: usize>(_: usize) -> Option<(CombKernel, CombKernel)> {
    None
}
