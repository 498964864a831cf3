//! The codec `prefix`: data behind their length, as in many formats of messages and files; for one, the blocks of
//! [VTK's XML files](https://docs.vtk.org/en/latest/vtk_file_formats/vtkxml_file_format.html).
#![forbid(unsafe_code)]

mod stream;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, BoxSource};
use ndcodec_core::{
    Codec, CodecError, DecodeLimits, ErrorKind, Input, LenClaim, Output, ParamError, ParamSpec, Params,
    StageDescriptor,
};

/// The number of bytes that follow, as an integer, then the bytes. A length that is not that of what follows is an error.
///
/// It decodes streams in bounded memory, and encodes them so if their length is told; else it must see the data
/// before it can write their length.
pub static PREFIX: StageDescriptor = StageDescriptor::codec("prefix", env!("CARGO_PKG_NAME"), &build)
    .with_summary("puts the length of the data, in bytes, before them")
    .with_specification("https://docs.vtk.org/en/latest/vtk_file_formats/vtkxml_file_format.html")
    .named_by_data()
    .with_params(&[
        ParamSpec::choice("type", &["u32", "u64"], "u32", "the width of the length"),
        ParamSpec::choice("order", &["le", "be"], "le", "the byte order of the length"),
    ])
    .stable_bytes()
    .truncation_detected();
ndcodec_core::submit!(PREFIX);

fn build(params: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    let width = if params.word("type") == "u64" { 8 } else { 4 };
    Ok(Arc::new(Prefix { width, is_big_endian: params.word("order") == "be" }))
}

/// The codec, with its parameters.
#[derive(Debug, Clone, Copy)]
struct Prefix {
    /// Bytes of the length.
    width: usize,
    is_big_endian: bool,
}

/// The most bytes that a length has.
const MAX_WIDTH: usize = 8;

impl Prefix {
    /// The length as it is stored, in the first bytes of the array.
    fn write(self, len: u64) -> Result<[u8; MAX_WIDTH], CodecError> {
        if self.width == 4 && len > u64::from(u32::MAX) {
            let message =
                format!("{len} bytes do not fit a length of 32 bits; expected at most {}", u32::MAX);
            return Err(CodecError::new(ErrorKind::Input, message));
        }
        let mut bytes = len.to_le_bytes();
        if self.is_big_endian {
            bytes[..self.width].reverse();
        }
        Ok(bytes)
    }

    /// The length that stands in the first bytes of the array.
    fn read(self, mut bytes: [u8; MAX_WIDTH]) -> u64 {
        bytes[self.width..].fill(0);
        if self.is_big_endian {
            bytes[..self.width].reverse();
        }
        u64::from_le_bytes(bytes)
    }

    /// The length that `encoded` begins with, and what follows it.
    fn split(self, encoded: &[u8]) -> Result<(u64, &[u8]), CodecError> {
        let (stored, data) =
            encoded.split_at_checked(self.width).ok_or_else(|| self.no_length(encoded.len()))?;
        let mut bytes = [0; MAX_WIDTH];
        bytes[..self.width].copy_from_slice(stored);
        Ok((self.read(bytes), data))
    }

    fn no_length(self, len: usize) -> CodecError {
        CodecError::truncated(format_args!("the length: {len} bytes, fewer than its own {}", self.width))
    }
}

/// The data end before they have the length that was stored.
fn truncated(claim: u64, len: u64) -> CodecError {
    CodecError::truncated(format_args!("the data: {len} bytes of {claim}"))
}

/// `more` bytes follow the data of the length that was stored.
fn trailing(claim: u64, more: usize) -> CodecError {
    CodecError::trailing(more, format_args!("the {claim} bytes of data"))
}

impl Codec for Prefix {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        out.push(&self.write(input.len() as u64)?[..self.width])?;
        input.parts().iter().try_for_each(|part| out.push(part))
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let (claim, data) = self.split(encoded)?;
        match usize::try_from(claim).ok().and_then(|claim| data.len().checked_sub(claim)) {
            Some(0) => out.push(data),
            Some(more) => Err(trailing(claim, more)),
            None => Err(truncated(claim, data.len() as u64)),
        }
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        input_len.checked_add(self.width)
    }

    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        self.split(encoded).map_or(LenClaim::Unknown, |(claim, _)| LenClaim::Exact(claim))
    }

    fn encoder<'s>(self: Arc<Self>, len: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        Ok(match len {
            Some(len) => Box::new(stream::Told::new(*self, len, next)?),
            None => Box::new(stream::Collecting::new(*self, next)),
        })
    }

    fn decoder<'s>(
        self: Arc<Self>,
        source: BoxSource<'s>,
        _: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        Ok(Box::new(stream::Decoder::new(*self, source)))
    }
}
