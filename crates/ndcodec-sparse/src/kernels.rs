//! Many whole blocks at a time, by what the processor has.

#![cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "a function for some processors is called only if the processor is found to be one"
    )
)]

use crate::block::BLOCK;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(crate) mod portable;
mod words;

/// The kernels of one set of instructions; all of them give the same bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kernels {
    /// Encodes blocks to the beginning of the room, and returns how many, and how many bytes they became: all, unless the room
    /// is short.
    pub(crate) encode: fn(blocks: &[[u8; BLOCK]], common: u8, room: &mut [u8]) -> (usize, usize),
    /// Decodes blocks, and returns how many bytes it read, and how many blocks are done: until the end of the source is near, or
    /// a block is not valid.
    pub(crate) decode: fn(source: &[u8], common: u8, blocks: &mut [[u8; BLOCK]]) -> (usize, usize),
}

impl Kernels {
    /// The fastest that this processor has.
    pub(crate) fn best() -> Self {
        Self::available().next().unwrap_or(Self::PORTABLE)
    }

    /// All that this processor has, the fastest first.
    pub(crate) fn available() -> impl Iterator<Item = Self> {
        [Self::avx512(), Self::avx2(), Some(Self::PORTABLE)].into_iter().flatten()
    }

    const PORTABLE: Self = Self { encode: portable::encode, decode: portable::decode };

    #[cfg(target_arch = "x86_64")]
    fn avx512() -> Option<Self> {
        let is_there = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("popcnt");
        is_there.then_some(Self {
            // SAFETY: the processor has what it is compiled for.
            encode: |blocks, common, room| unsafe { avx512::encode(blocks, common, room) },
            // SAFETY: as above.
            decode: |source, common, blocks| unsafe { avx512::decode(source, common, blocks) },
        })
    }

    #[cfg(target_arch = "x86_64")]
    fn avx2() -> Option<Self> {
        let is_there = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt");
        is_there.then_some(Self {
            // SAFETY: the processor has what it is compiled for.
            encode: |blocks, common, room| unsafe { avx2::encode(blocks, common, room) },
            // SAFETY: as above.
            decode: |source, common, blocks| unsafe { avx2::decode(source, common, blocks) },
        })
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn avx512() -> Option<Self> {
        None
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn avx2() -> Option<Self> {
        None
    }
}
