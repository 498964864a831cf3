//! From zstd's error codes to [`CodecError`].

use std::fmt;

use ndcodec_core::{CodecError, ErrorKind};
use zstd_safe::zstd_sys::ZSTD_ErrorCode as Code;
use zstd_safe::{ErrorCode, get_error_name, is_error_kind};

/// What zstd itself says.
#[derive(Debug)]
struct Backend(ErrorCode);

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(get_error_name(self.0))
    }
}

impl std::error::Error for Backend {}

/// The error for a code that decoding gave.
pub(crate) fn decoding(code: ErrorCode) -> CodecError {
    let is = |kind| is_error_kind(code, kind);
    let error = if is(Code::ZSTD_error_prefix_unknown) {
        CodecError::corrupt("the input does not begin with a zstd frame")
    } else if is(Code::ZSTD_error_srcSize_wrong) {
        CodecError::truncated("a zstd frame")
    } else if is(Code::ZSTD_error_checksum_wrong) {
        CodecError::new(ErrorKind::Checksum, "a frame's XXH64 does not match its content")
    } else if is(Code::ZSTD_error_dstSize_tooSmall) {
        CodecError::corrupt("a frame holds more than its header says")
    } else if is(Code::ZSTD_error_dictionary_wrong) {
        CodecError::unsupported("a frame needs a dictionary")
    } else if is(Code::ZSTD_error_version_unsupported) || is(Code::ZSTD_error_frameParameter_unsupported) {
        CodecError::unsupported("a frame has an unknown format")
    } else if is(Code::ZSTD_error_memory_allocation) {
        no_memory()
    } else {
        CodecError::corrupt("a zstd frame is corrupt")
    };
    error.with_source(Backend(code))
}

/// The error for a code that encoding gave: no input should bring it about.
pub(crate) fn encoding(code: ErrorCode) -> CodecError {
    if is_error_kind(code, Code::ZSTD_error_memory_allocation) {
        return no_memory().with_source(Backend(code));
    }
    CodecError::new(ErrorKind::Internal, "the backend fails to encode").with_source(Backend(code))
}

/// The error for a context that cannot be made.
pub(crate) fn no_memory() -> CodecError {
    CodecError::new(ErrorKind::NoMemory, "zstd gets no memory for its context")
}
