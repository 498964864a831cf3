//! [`Chain`] and [`Pipeline`]: checked stages, ready to encode and decode.
//!
//! In memory, encoding hands the array's own bytes to the first codec, and decoding has the last one write into
//! the result; what lies between goes through scratch buffers that are used again. Streams run the same codecs.

mod array;
mod bound;
mod data;
mod decode;
mod detect;
mod elements;
mod headers;
mod inner;
mod inspect;
mod noted;
mod open;
mod options;
mod pipeline;
mod run;
mod sequence;
#[cfg(feature = "serde")]
mod serde;
mod stream;
mod text;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use array::Chain;
pub use data::EncodedData;
pub use detect::{Detected, detect, detect_in, detect_prefix};
pub use headers::Inspections;
pub use inner::{InnerChain, InnerChainError, InnerChains, InnerFilters};
pub use inspect::Inspection;
pub use open::Opened;
pub use options::{DecodeOptions, EncodeOptions};
pub use pipeline::Pipeline;
pub use sequence::Arrays;
#[cfg(feature = "serde")]
pub use serde::Encoded;
pub use stream::{ArrayWriter, ByteReader, ByteWriter};

/// Gives memory back if a bound was far above the result.
fn give_back_slack(bytes: &mut Vec<u8>) {
    if bytes.capacity() / 2 > bytes.len() {
        bytes.shrink_to_fit();
    }
}
