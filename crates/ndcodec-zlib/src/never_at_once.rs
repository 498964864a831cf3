//! What stands in for libdeflate in a build without it: zlib-rs does all of the work.

use ndcodec_core::{CodecError, Input, Output};

use crate::Deflate;

/// No contexts.
#[derive(Debug)]
pub(crate) struct Contexts;

impl Contexts {
    pub(crate) fn new() -> Self {
        Self
    }
}

/// What comes of an attempt to decode at once.
pub(crate) enum Attempt {
    #[expect(dead_code, reason = "only libdeflate decodes at once")]
    Done(Result<(), CodecError>),
    Refused,
    #[expect(dead_code, reason = "only libdeflate asks for room")]
    NoRoom,
}

/// The bound of zlib-rs is the only one.
pub(crate) fn bound(len: usize) -> usize {
    zlib_rs::compress_bound(len)
}

impl Deflate {
    pub(crate) fn encode_at_once(&self, _: &Input<'_>, _: &mut Output<'_>) -> Option<Result<(), CodecError>> {
        let Contexts = self.at_once;
        None
    }

    pub(crate) fn decode_at_once(&self, _: &[u8], _: &mut Output<'_>) -> Attempt {
        Attempt::Refused
    }
}
