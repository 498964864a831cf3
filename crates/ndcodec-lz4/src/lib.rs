//! `lz4`: the fastest of the general compressors
//! ([frame format](https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md),
//! [block format](https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md)).
//!
//! By default it writes the frame that the `lz4` program and every library read; `framing=sized` is what numcodecs, Zarr
//! version 2 and python-lz4's `lz4.block` write, `framing=block` the bare block. The frame is ours, on the block functions
//! of `lz4_flex`: its own frame reader accepts a frame without an end mark as whole, and refuses skippable frames.
//!
//! Blocks are independent, so that each is decoded straight to where it belongs, and 256 KiB large. On eleven
//! measured arrays that compresses to within 0.5 % of 4 MiB, the program's default, and 1.6 % better than 64 KiB;
//! a block stays in the second-level cache, and a stream needs less than 1 MiB. The content checksum is off by
//! default, as in the C library: its xxh32 runs at 7 GB/s, which is about the speed of decoding itself.
//!
//! The encoded bytes may change: which matches are found depends on the version of `lz4_flex` and on the machine's word
//! size, and longer ones on the version of this crate (`compress`). One version writes the same bytes, streamed or not.

mod advice;
mod block;
mod compress;
mod decode;
mod encode;
mod frame;
mod input;
mod kernel;

use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, BoxSource};
use ndcodec_core::{
    Buffer, Codec, CodecError, DecodeLimits, Hints, Input, LenClaim, Output, ParamError, ParamKind,
    ParamSpec, Params, Pool, PooledOwned, Sample, Sniffed, StageDescriptor,
};

use crate::block::Lz4Block;
use crate::compress::MinMatch;
use crate::encode::Compressor;
use crate::frame::BlockSize;

/// LZ4: the frame, the bare block, or the block behind its size.
pub static LZ4: StageDescriptor = StageDescriptor::codec("lz4", env!("CARGO_PKG_NAME"), &build)
    .with_summary("fast compression, as the lz4 program's frames or as blocks")
    .with_specification("https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md")
    .named_by_data()
    .with_params(&[
        ParamSpec::choice(
            "framing",
            &["frame", "block", "sized"],
            "frame",
            "the lz4 frame, a bare block, or a little-endian u32 of the size and a block, as numcodecs has it",
        ),
        ParamSpec::choice(
            "block",
            &["64KiB", "256KiB", "1MiB", "4MiB"],
            DEFAULT_BLOCK,
            "how much of the input a block of a frame holds; any is read",
        ),
        ParamSpec::flag("checksum", false, "end a frame with the xxh32 of its content; checked wherever it stands"),
        ParamSpec::inferred(
            "min_match",
            ParamKind::Int { min: 4, max: 8 },
            "look for matches of so many bytes or more: by 7 and 8 both ways are faster, and the result is larger; 6 for byte \
             planes and 4 for all else if it is not given",
        ),
    ])
    .with_sniff(sniff)
    .with_advice(advice::of)
    .streaming_if(|params| params.word("framing") == "frame");
ndcodec_core::submit!(LZ4);

const DEFAULT_BLOCK: &str = "256KiB";

/// How far back a match reaches.
const WINDOW: usize = 64 << 10;

fn build(params: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    let framing = params.word("framing");
    let min_match = params.int_if_any("min_match").and_then(MinMatch::new);
    if framing == "frame" {
        let block = BlockSize::of(params.word("block"));
        return Ok(Arc::new(Lz4::new(block, params.flag("checksum"), min_match)));
    }
    // By value: the resolved chain, which has to parse, gives every parameter.
    let misplaced = match (params.word("block"), params.flag("checksum")) {
        (DEFAULT_BLOCK, false) => return Ok(Arc::new(Lz4Block::new(framing == "sized", min_match))),
        (DEFAULT_BLOCK, true) => "checksum",
        _ => "block",
    };
    Err(ParamError::new(misplaced, format!("`{misplaced}` is for frames, not for `framing={framing}`")))
}

/// The codec for frames, with its parameters.
#[derive(Debug)]
struct Lz4 {
    block: BlockSize,
    has_checksum: bool,
    /// `None` if what is encoded decides.
    min_match: Option<MinMatch>,
    compressors: Pool<Compressor>,
    /// For blocks that cannot be read or decoded in their place.
    buffers: Pool<Buffer>,
}

impl Lz4 {
    fn new(block: BlockSize, has_checksum: bool, min_match: Option<MinMatch>) -> Self {
        Self {
            block,
            has_checksum,
            min_match,
            compressors: Pool::measured(Compressor::size),
            buffers: Pool::of_buffers(),
        }
    }

    fn buffer(&self) -> PooledOwned<Buffer> {
        self.buffers.buffer_owned()
    }
}

impl Codec for Lz4 {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        encode::encode(self, input, out)
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        decode::decode(self, encoded, out)
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        frame::max_encoded_len(input_len, self.block)
    }

    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        // Most frames, ours too, have no content size; then a walk over all of them could tell nothing.
        const HAS_CONTENT_SIZE: u8 = 1 << 3;
        match encoded {
            [0x04, 0x22, 0x4d, 0x18, flags, ..] if flags & HAS_CONTENT_SIZE == 0 => LenClaim::Unknown,
            _ => frame::content_size(encoded).map_or(LenClaim::Unknown, LenClaim::Exact),
        }
    }

    fn hints(&self) -> Hints {
        Hints::new().with_window(WINDOW).with_plane_mode(self.min_match.is_none())
    }

    fn encoder<'s>(self: Arc<Self>, _: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        Ok(Box::new(encode::Encoder::new(self, next)))
    }

    fn decoder<'s>(
        self: Arc<Self>,
        source: BoxSource<'s>,
        _: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        Ok(Box::new(decode::Decoder::new(&self, source)))
    }
}

/// The magic number of a frame, behind any skippable frames.
fn sniff(sample: &Sample<'_>) -> Option<Sniffed> {
    let mut rest = sample.bytes;
    loop {
        let (magic, behind) = rest.split_first_chunk()?;
        let magic = u32::from_le_bytes(*magic);
        if magic == frame::MAGIC {
            return Some(Sniffed::certain("lz4"));
        }
        if !frame::SKIPPABLE.contains(&magic) {
            return None;
        }
        let (len, behind) = behind.split_first_chunk()?;
        rest = behind.get(usize::try_from(u32::from_le_bytes(*len)).ok()?..)?;
    }
}

#[cfg(test)]
mod tests;
