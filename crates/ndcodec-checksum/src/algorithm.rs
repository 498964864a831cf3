//! The functions themselves, as one type.

#[cfg(feature = "xxh3")]
use std::hash::Hasher as _;

#[cfg(feature = "xxh3")]
use twox_hash::XxHash3_64;
#[cfg(feature = "xxh3")]
use twox_hash::xxhash3_64::{RawHasher, SecretBuffer};

#[cfg(feature = "fletcher32")]
use crate::fletcher32::Fletcher32;

/// A checksum function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    #[cfg(feature = "crc32c")]
    Crc32c,
    #[cfg(feature = "crc32")]
    Crc32,
    #[cfg(feature = "adler32")]
    Adler32,
    #[cfg(feature = "fletcher32")]
    Fletcher32,
    #[cfg(feature = "xxh3")]
    Xxh3,
}

/// XXH3 with its secret by reference and its buffer in place: `XxHash3_64` would allocate for each checksum.
#[cfg(feature = "xxh3")]
type Xxh3 = RawHasher<&'static [u8; 192]>;

/// A checksum on the way.
#[allow(clippy::large_enum_variant, reason = "it lives on the stack, or once in a stream")]
pub(crate) enum State {
    #[cfg(feature = "crc32c")]
    Crc32c(u32),
    #[cfg(feature = "crc32")]
    Crc32(crc32fast::Hasher),
    #[cfg(feature = "adler32")]
    Adler32(simd_adler32::Adler32),
    #[cfg(feature = "fletcher32")]
    Fletcher32(Fletcher32),
    #[cfg(feature = "xxh3")]
    Xxh3(Xxh3),
}

/// A checksum as it is stored: little-endian, of 4 or 8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sum {
    bytes: [u8; 8],
    width: usize,
}

impl Algorithm {
    /// The word in a chain.
    pub(crate) fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "crc32c")]
            Self::Crc32c => "crc32c",
            #[cfg(feature = "crc32")]
            Self::Crc32 => "crc32",
            #[cfg(feature = "adler32")]
            Self::Adler32 => "adler32",
            #[cfg(feature = "fletcher32")]
            Self::Fletcher32 => "fletcher32",
            #[cfg(feature = "xxh3")]
            Self::Xxh3 => "xxh3",
        }
    }

    /// Bytes of the checksum.
    pub(crate) fn width(self) -> usize {
        if self.name() == "xxh3" { 8 } else { 4 }
    }

    /// The checksum of bytes that are all there; for short ones, faster than a [`State`].
    pub(crate) fn sum(self, bytes: &[u8]) -> Sum {
        #[cfg(feature = "xxh3")]
        if self == Self::Xxh3 {
            return Sum::of_bytes(&XxHash3_64::oneshot(bytes).to_le_bytes());
        }
        let mut state = self.start();
        state.update(bytes);
        state.finish()
    }

    pub(crate) fn start(self) -> State {
        match self {
            #[cfg(feature = "crc32c")]
            Self::Crc32c => State::Crc32c(0),
            #[cfg(feature = "crc32")]
            Self::Crc32 => State::Crc32(crc32fast::Hasher::new()),
            #[cfg(feature = "adler32")]
            Self::Adler32 => State::Adler32(simd_adler32::Adler32::new()),
            #[cfg(feature = "fletcher32")]
            Self::Fletcher32 => State::Fletcher32(Fletcher32::default()),
            #[cfg(feature = "xxh3")]
            Self::Xxh3 => State::Xxh3(Xxh3::new(SecretBuffer::default())),
        }
    }
}

impl State {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            #[cfg(feature = "crc32c")]
            Self::Crc32c(sum) => *sum = crc32c::crc32c_append(*sum, bytes),
            #[cfg(feature = "crc32")]
            Self::Crc32(hasher) => hasher.update(bytes),
            #[cfg(feature = "adler32")]
            Self::Adler32(adler) => adler.write(bytes),
            #[cfg(feature = "fletcher32")]
            Self::Fletcher32(fletcher) => fletcher.update(bytes),
            #[cfg(feature = "xxh3")]
            Self::Xxh3(hasher) => hasher.write(bytes),
        }
    }

    pub(crate) fn finish(self) -> Sum {
        match self {
            #[cfg(feature = "crc32c")]
            Self::Crc32c(sum) => Sum::of_bytes(&sum.to_le_bytes()),
            #[cfg(feature = "crc32")]
            Self::Crc32(hasher) => Sum::of_bytes(&hasher.finalize().to_le_bytes()),
            #[cfg(feature = "adler32")]
            Self::Adler32(adler) => Sum::of_bytes(&adler.finish().to_le_bytes()),
            #[cfg(feature = "fletcher32")]
            Self::Fletcher32(fletcher) => Sum::of_bytes(&fletcher.finish().to_le_bytes()),
            #[cfg(feature = "xxh3")]
            Self::Xxh3(hasher) => Sum::of_bytes(&hasher.finish().to_le_bytes()),
        }
    }
}

impl Sum {
    /// The checksum of these bytes, 8 of them at most.
    pub(crate) fn of_bytes(stored: &[u8]) -> Self {
        let width = stored.len().min(8);
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(&stored[..width]);
        Self { bytes, width }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.width]
    }

    pub(crate) fn value(self) -> u64 {
        u64::from_le_bytes(self.bytes)
    }
}
