//! What a call may be told beside the chain.

use std::num::NonZeroUsize;

use crate::DecodeLimits;

/// Options of encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EncodeOptions {
    /// How many threads a stage that works in parallel may use; all cores if `None`. The encoded bytes never
    /// depend on it.
    pub threads: Option<NonZeroUsize>,
    /// The most bytes of header that the format may write. Default: what decoders take by default,
    /// [`DecodeLimits::max_header`]. A longer header is read with as large a limit only.
    pub max_header: usize,
}

impl EncodeOptions {
    /// The defaults, where they lie.
    pub(crate) const DEFAULT: &Self = &Self::new();

    /// The defaults.
    pub const fn new() -> Self {
        Self { threads: None, max_header: DecodeLimits::new().max_header }
    }

    /// These options with at most so many threads.
    #[must_use]
    pub const fn with_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// These options with another ceiling for the header that the format writes, in bytes.
    #[must_use]
    pub const fn with_max_header(mut self, bytes: usize) -> Self {
        self.max_header = bytes;
        self
    }
}

impl Default for EncodeOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// Options of decoding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeOptions {
    /// The caller's ceilings.
    pub limits: DecodeLimits,
    /// How many threads a stage that works in parallel may use; all cores if `None`.
    pub threads: Option<NonZeroUsize>,
}

impl DecodeOptions {
    /// The defaults, where they lie: a copy that was just written to the stack is slow to be read again in wider loads, which
    /// 1 KiB of base64 would feel.
    pub(crate) const DEFAULT: &Self = &Self::new();

    /// The defaults.
    pub const fn new() -> Self {
        Self { limits: DecodeLimits::new(), threads: None }
    }

    /// These options with other limits.
    #[must_use]
    pub const fn with_limits(mut self, limits: DecodeLimits) -> Self {
        self.limits = limits;
        self
    }

    /// These options with another ceiling for the decoded result, in bytes: see [`DecodeLimits::max_bytes`].
    #[must_use]
    pub const fn with_max_bytes(mut self, bytes: usize) -> Self {
        self.limits = self.limits.with_max_bytes(bytes);
        self
    }

    /// These options with at most so many threads.
    #[must_use]
    pub const fn with_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }
}

impl From<DecodeLimits> for DecodeOptions {
    fn from(limits: DecodeLimits) -> Self {
        Self::new().with_limits(limits)
    }
}
