//! [`Chain`] and [`Pipeline`]: checked stages, ready to encode and decode.
//!
//! In memory, encoding hands the array's own bytes to the first codec, and decoding has the last one write into
//! the result; what lies between goes through scratch buffers that are used again. Streams run the same codecs.

mod array;
mod array_stream;
mod codecs;
mod decode;
mod detect;
mod elements;
mod filters;
mod inner;
mod inspect;
mod options;
mod pipeline;
mod rows;
mod stream;

use std::fmt;

pub use array::Chain;
pub use detect::{Detected, detect};
pub use inner::InnerChain;
pub use inspect::Inspection;
pub use options::{DecodeOptions, EncodeOptions};
pub use pipeline::Pipeline;
pub use rows::rows_of;
pub use stream::{ArrayReader, ArrayWriter, ByteReader, ByteWriter};

use crate::lang::StageSpec;

fn print_stages<'s>(stages: impl Iterator<Item = &'s StageSpec>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (i, stage) in stages.enumerate() {
        if i > 0 {
            f.write_str("|")?;
        }
        fmt::Display::fmt(stage, f)?;
    }
    Ok(())
}

/// Gives memory back where a bound was far above the result.
fn give_back_slack(bytes: &mut Vec<u8>) {
    if bytes.capacity() / 2 > bytes.len() {
        bytes.shrink_to_fit();
    }
}
