//! Many whole blocks at a time, by what the processor has.

#![cfg_attr(
    any(target_arch = "aarch64", target_arch = "x86_64"),
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
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
mod words;

/// Blocks, the commonest byte, and room; how many blocks are done, and how many bytes are written.
type Encode = fn(&[[u8; BLOCK]], u8, &mut [u8]) -> (usize, usize);

/// Encoded blocks, the commonest byte, and where the blocks go; how many bytes are read, and how many blocks are done.
type Decode = fn(&[u8], u8, &mut [[u8; BLOCK]]) -> (usize, usize);

/// The kernels of one set of instructions; all of them give the same bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kernels {
    /// Encodes blocks to the beginning of the room: all, unless it is short.
    pub(crate) encode: Encode,
    /// Decodes blocks, until the end of the source is near, or one is not valid.
    pub(crate) decode: Decode,
}

impl Kernels {
    /// The fastest that this processor has.
    pub(crate) fn best() -> Self {
        Self::available().next().unwrap_or(Self::PORTABLE)
    }

    /// All that this processor has, the fastest first.
    pub(crate) fn available() -> impl Iterator<Item = Self> {
        [Self::avx512(), Self::avx2(), Self::neon(), Some(Self::PORTABLE)].into_iter().flatten()
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

    #[cfg(target_arch = "aarch64")]
    fn neon() -> Option<Self> {
        Some(Self {
            // SAFETY: every aarch64 that we compile for has NEON.
            encode: |blocks, common, room| unsafe { neon::encode(blocks, common, room) },
            // SAFETY: as above.
            decode: |source, common, blocks| unsafe { neon::decode(source, common, blocks) },
        })
    }

    #[cfg(not(target_arch = "aarch64"))]
    const fn neon() -> Option<Self> {
        None
    }

    #[cfg(not(target_arch = "x86_64"))]
    const fn avx512() -> Option<Self> {
        None
    }

    #[cfg(not(target_arch = "x86_64"))]
    const fn avx2() -> Option<Self> {
        None
    }
}
