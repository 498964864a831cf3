//! The caller's limits for decoding. They are finite by default; [`DecodeLimits::none`] lifts them.

/// What decoding may cost at most. Nothing is allocated from a header before it is checked against these.
///
/// `max_bytes` caps the decoded array or bytes, including the format's header. A stage in the middle of a chain
/// may produce what the stages before it may need to encode that much (base64 text is larger than its bytes),
/// and never more; and all that is held at once, the result included, stays within three times `max_bytes` and 8 MiB,
/// however many stages there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeLimits {
    /// The most bytes that the decoded result may have. Default: 1 GiB.
    pub max_bytes: usize,
    /// The most characters that a format's header may have (bytes, for a header that is not text). Default: 262,144, which hold
    /// the names of a table of ten thousand columns.
    pub max_header: usize,
    /// The largest history window that a frame may ask a streaming decoder to allocate, in bytes.
    /// Default: 128 MiB, as the zstd program.
    pub max_window: usize,
    /// The most bytes that all stages may hold at once; `None` if it follows from `max_bytes`. A stage in the middle has another
    /// `max_bytes` than the caller, and the same sum.
    sum: Option<usize>,
}

impl DecodeLimits {
    /// The defaults: 1 GiB of result, 262,144 characters of header, a window of 128 MiB.
    pub const fn new() -> Self {
        Self { max_bytes: 1 << 30, max_header: 256 << 10, max_window: 128 << 20, sum: None }
    }

    /// No ceiling at all: for data from a trusted writer only.
    pub const fn none() -> Self {
        Self { max_bytes: usize::MAX, max_header: usize::MAX, max_window: usize::MAX, sum: None }
    }

    /// These limits with another ceiling for the decoded result, in bytes.
    #[must_use]
    pub const fn with_max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// For a look at the first bytes inside of layers that anybody may have made: no layer gives more than `bytes`, and a
    /// window is what zstd advises decoders to have at least.
    pub(crate) const fn for_a_look(bytes: usize) -> Self {
        let limits = Self::new().with_max_bytes(bytes).with_max_window(8 << 20);
        Self { sum: Some(bytes), ..limits }
    }

    /// What may be held at once: three times `max_bytes`, as the result, what it is made of, and what that is made of,
    /// and something for headers and text.
    pub(crate) const fn total(&self) -> usize {
        match self.sum {
            Some(sum) => sum,
            None => self.max_bytes.saturating_mul(3).saturating_add(SLACK),
        }
    }

    /// The default limits for a result of `len` bytes in the caller's memory, with room for a header, and an eighth for line
    /// ends of a text on the way.
    pub(crate) const fn of_memory(len: usize) -> Self {
        let limits = Self::new();
        let header = limits.max_header.saturating_mul(4);
        limits.with_max_bytes(len.saturating_add(len / 8).saturating_add(header))
    }

    /// These limits for a stage in the middle, which may produce so many bytes.
    pub(crate) const fn in_the_middle(mut self, bytes: usize) -> Self {
        self.sum = Some(self.total());
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

/// What is free beside the multiples of a limit.
const SLACK: usize = 8 << 20;

impl Default for DecodeLimits {
    fn default() -> Self {
        Self::new()
    }
}
