//! The caller's ceilings for decoding. Finite by default; [`DecodeLimits::none`] must be asked for by name.

/// What decoding may cost at most. Nothing is allocated from a header before it is checked against these.
///
/// `max_bytes` caps the decoded array or bytes, including the format's header. A stage in the middle of a chain
/// may produce what the stages before it may need to encode that much (base64 text is larger than its bytes),
/// and never more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeLimits {
    /// The most bytes that the decoded result may have. Default: 1 GiB.
    pub max_bytes: usize,
    /// The most characters that a format's header may have (bytes, for a header that is no text). Default: 10,000, as
    /// numpy.
    pub max_header: usize,
    /// The largest history window that a frame may ask a streaming decoder to allocate, in bytes.
    /// Default: 128 MiB, as the zstd program.
    pub max_window: usize,
}

impl DecodeLimits {
    /// The defaults: 1 GiB of result, 10,000 characters of header, a window of 128 MiB.
    pub const fn new() -> Self {
        Self { max_bytes: 1 << 30, max_header: 10_000, max_window: 128 << 20 }
    }

    /// No ceiling at all: for data from a trusted writer only.
    pub const fn none() -> Self {
        Self { max_bytes: usize::MAX, max_header: usize::MAX, max_window: usize::MAX }
    }

    /// These limits with another ceiling for the decoded result, in bytes.
    #[must_use]
    pub const fn with_max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// These limits with another ceiling for a format's header, in characters.
    #[must_use]
    pub const fn with_max_header(mut self, characters: usize) -> Self {
        self.max_header = characters;
        self
    }

    /// These limits with another ceiling for a frame's window, in bytes.
    #[must_use]
    pub const fn with_max_window(mut self, bytes: usize) -> Self {
        self.max_window = bytes;
        self
    }
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self::new()
    }
}
