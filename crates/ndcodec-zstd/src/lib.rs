//! The codec `zstd`: Zstandard frames, [RFC 8878](https://www.rfc-editor.org/rfc/rfc8878).
//!
//! It has two backends, behind the features `c` and `pure`. Both decode every frame, within the same limits and with the
//! same errors. `c` is the library of the format's authors. `pure` is [`ruzstd`](https://docs.rs/ruzstd), which needs no C
//! compiler, and is many times slower in both directions. It encodes at one level, whatever `level` asks for, and finds
//! matches within 128 KiB, so that its frames are larger than those of level 1. With both features, which a program may get
//! by the wishes of two of its crates, the backend is `c`.
#![forbid(unsafe_code)]

#[cfg(feature = "c")]
mod c;
mod frames;
#[cfg(all(feature = "pure", any(test, not(feature = "c"))))]
mod pure;

#[cfg(not(any(feature = "c", feature = "pure")))]
compile_error!("ndcodec-zstd needs a backend: the feature `c` or the feature `pure`");

use std::sync::Arc;

use ndcodec_core::{Codec, ParamError, ParamKind, ParamSpec, Params, StageDescriptor};

/// Zstandard: frames as the `zstd` program and library write them.
///
/// `checksum` is off by default, as in the library, in numcodecs and in Zarr: it costs 4 to 8 % of the time
/// to decode and 3 % of that to encode, and a chain that must notice every flipped bit says so with a word of
/// its own (`crc32c`), which guards the stages around this one too. If a frame has a checksum, it is
/// always verified.
pub static ZSTD: StageDescriptor = StageDescriptor::codec("zstd", env!("CARGO_PKG_NAME"), &build)
    .with_summary("Zstandard: fast, and small at high levels")
    .with_specification("https://www.rfc-editor.org/rfc/rfc8878")
    .named_by_data()
    .with_params(&[
        ParamSpec::int("level", MIN_LEVEL, MAX_LEVEL, 3, "negative levels are faster, 22 is smallest"),
        ParamSpec::flag("checksum", false, "whether each frame ends with an XXH64 of its content"),
        ParamSpec::inferred(
            "window",
            ParamKind::Int { min: 10, max: MAX_WRITTEN_WINDOW },
            "log2 of the bytes that matches reach back; from the level if it is not given",
        ),
    ])
    .with_sniff(frames::sniff)
    .streaming()
    .truncation_detected();
ndcodec_core::submit!(ZSTD);

/// The log2 of the largest window that readers take by default, ours (`DecodeLimits::max_window`) as the `zstd` program:
/// what is written is read by the same words. Frames of others may have more, and decoding knows no such parameter.
const MAX_WRITTEN_WINDOW: i64 = 27;

// What the library gives for `ZSTD_minCLevel`, `ZSTD_maxCLevel` and `ZSTD_WINDOWLOG_MAX`; a test holds them
// equal.
const MIN_LEVEL: i64 = -131_072;
const MAX_LEVEL: i64 = 22;
const MAX_WINDOW: u32 = if cfg!(target_pointer_width = "64") { 31 } else { 30 };

fn build(params: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    #[cfg(feature = "c")]
    let codec = c::build(params)?;
    #[cfg(not(feature = "c"))]
    let codec = pure::build(params);
    Ok(codec)
}

#[cfg(test)]
mod tests;
