//! `rle`: runs of equal bytes, each as a count (1 to 255) and the byte.

use std::sync::Arc;

use ndcodec_core::{Codec, CodecError, Input, Output, ParamError, Params, StageDescriptor};

/// Runs of equal bytes.
pub static RLE: StageDescriptor = StageDescriptor::codec("rle", env!("CARGO_PKG_NAME"), &build)
    .with_summary("runs of equal bytes as a count and the byte")
    .stable_bytes()
    .named_by_data();
ndcodec_core::submit!(RLE);

fn build(_: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    Ok(Arc::new(Rle))
}

#[derive(Debug)]
struct Rle;

impl Codec for Rle {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        let bytes = input.to_bytes();
        let mut runs = bytes.chunk_by(|a, b| a == b).flat_map(|run| run.chunks(255));
        runs.try_for_each(|run| out.push(&[u8::try_from(run.len()).unwrap_or(u8::MAX), run[0]]))
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        for (i, pair) in encoded.chunks(2).enumerate() {
            match pair {
                [0, _] => return Err(CodecError::corrupt("a run of no bytes").at(2 * i as u64)),
                [count, byte] => out.push(&[*byte; 255][..usize::from(*count)])?,
                _ => return Err(CodecError::truncated("a run")),
            }
        }
        Ok(())
    }
}
