//! Which of the three wrappers data have that were taken for another: people mix up their names.

use std::borrow::Cow;

use flate2::{Decompress, FlushDecompress, Status};
use ndcodec_core::{CodecError, ErrorKind, Sample};

use crate::header::check_zlib;

type Help = Option<Cow<'static, str>>;

pub(crate) fn for_zlib(sample: &Sample<'_>, error: &CodecError) -> Help {
    if begins_zlib(sample.bytes) || error.kind() == ErrorKind::Checksum {
        return None;
    }
    gzip(sample).or_else(|| sized(sample)).or_else(|| deflate(sample))
}

pub(crate) fn for_gzip(sample: &Sample<'_>, error: &CodecError) -> Help {
    if begins_gzip(sample.bytes) || error.kind() == ErrorKind::Checksum {
        return None;
    }
    zlib(sample).or_else(|| deflate(sample))
}

pub(crate) fn for_deflate(sample: &Sample<'_>, _: &CodecError) -> Help {
    gzip(sample).or_else(|| zlib(sample)).or_else(|| sized(sample))
}

fn gzip(sample: &Sample<'_>) -> Help {
    begins_gzip(sample.bytes).then(|| "it is a gzip member: decode them by `gzip`".into())
}

fn zlib(sample: &Sample<'_>) -> Help {
    let is_zlib = begins_zlib(sample.bytes) && inflates(sample, 2);
    is_zlib.then(|| "the data begin with a zlib header: decode them by `zlib`".into())
}

fn deflate(sample: &Sample<'_>) -> Help {
    inflates(sample, 0)
        .then(|| "the data are bare deflate, without a header: decode them by `deflate`".into())
}

/// A zlib stream behind a length of four bytes.
fn sized(sample: &Sample<'_>) -> Help {
    let (len, rest) = sample.bytes.split_first_chunk()?;
    if !begins_zlib(rest) || !inflates(sample, 6) {
        return None;
    }
    // What such a stream may hold.
    let is_likely = |len: u32| len > 0 && len < 1 << 30;
    let writer = match (is_likely(u32::from_be_bytes(*len)), is_likely(u32::from_le_bytes(*len))) {
        (true, false) => "a big-endian length stands in front, as Qt's `qCompress` writes it",
        (false, true) => "a little-endian length stands in front, as MySQL's `COMPRESS()` writes it",
        _ => "a length stands in front, as Qt's `qCompress` and MySQL's `COMPRESS()` write it",
    };
    Some(format!("a zlib stream begins at byte 4: {writer}; cut these 4 bytes off").into())
}

fn begins_zlib(bytes: &[u8]) -> bool {
    bytes.first_chunk().is_some_and(|head| check_zlib(*head).is_ok())
}

fn begins_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Whether the first bytes from `at` on are DEFLATE, as far as that can be told: to their end, or for a few blocks.
fn inflates(sample: &Sample<'_>, at: usize) -> bool {
    const LOOK: usize = 512;
    let Some(bytes) = sample.bytes.get(at..) else { return false };
    let bytes = &bytes[..bytes.len().min(LOOK)];
    let (mut inflate, mut room) = (Decompress::new(false), vec![0; 64 << 10]);
    loop {
        let before = inflate.total_in();
        let Some(rest) = usize::try_from(before).ok().and_then(|taken| bytes.get(taken..)) else {
            return false;
        };
        match inflate.decompress(rest, &mut room, FlushDecompress::None) {
            // A few bytes of anything may be a whole stream.
            Ok(Status::StreamEnd) => return inflate.total_in() >= 4,
            Ok(_) if inflate.total_in() == bytes.len() as u64 => return bytes.len() >= 16,
            Ok(_) if inflate.total_in() > before => {}
            Ok(_) => return inflate.total_out() >= room.len() as u64,
            Err(_) => return false,
        }
    }
}
