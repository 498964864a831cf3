//! The rivals: direct calls of other packages, each with everything that it can use again.

use base64::Engine as _;
use miniz_oxide::deflate::core as deflate;
use miniz_oxide::inflate::core as inflate;

/// Encodes into the beginning of the buffer, which it makes long enough, and returns the length.
type Encode = Box<dyn FnMut(&[u8], &mut Vec<u8>) -> usize>;
/// Decodes into the beginning of the buffer, which has room for the length that is given and a little more, and
/// returns that length.
type Decode = Box<dyn FnMut(&[u8], &mut [u8], usize) -> usize>;

/// A package, and the stage of ours that writes and reads the same format.
pub(crate) struct Rival {
    pub(crate) stage: &'static str,
    pub(crate) name: &'static str,
    pub(crate) encode: Encode,
    pub(crate) decode: Decode,
}

impl Rival {
    fn new(
        stage: &'static str,
        name: &'static str,
        encode: impl FnMut(&[u8], &mut Vec<u8>) -> usize + 'static,
        decode: impl FnMut(&[u8], &mut [u8], usize) -> usize + 'static,
    ) -> Self {
        Self { stage, name, encode: Box::new(encode), decode: Box::new(decode) }
    }
}

pub(crate) fn rivals() -> Vec<fn() -> Rival> {
    vec![
        base64_package,
        base64_simd_package,
        base64_turbo_package,
        lz4_flex_blocks,
        c_lz4_blocks,
        c_lz4_frames,
        libdeflater_package,
        zlib_rs_package,
        miniz_oxide_package,
        #[cfg(ndcodec_zlib_ng)]
        zlib_ng::package,
        zstd_package,
    ]
}

/// Makes `out` at least `len` long without writing to what was there before.
fn room(out: &mut Vec<u8>, len: usize) -> &mut [u8] {
    if out.len() < len {
        out.resize(len, 0);
    }
    &mut out[..len]
}

fn base64_package() -> Rival {
    let engine = || base64::engine::Simd::standard(base64::engine::general_purpose::PAD);
    let (encoder, decoder) = (engine(), engine());
    Rival::new(
        "base64",
        "base64",
        move |bytes, out| encoder.encode_slice(bytes, room(out, bytes.len().div_ceil(3) * 4)).unwrap(),
        move |text, out, _| decoder.decode_slice(text, out).unwrap(),
    )
}

fn base64_simd_package() -> Rival {
    use base64_simd::{Out, STANDARD};
    Rival::new(
        "base64",
        "base64-simd",
        |bytes, out| STANDARD.encode(bytes, Out::from_slice(room(out, bytes.len().div_ceil(3) * 4))).len(),
        |text, out, _| STANDARD.decode(text, Out::from_slice(out)).unwrap().len(),
    )
}

fn base64_turbo_package() -> Rival {
    use base64_turbo::STANDARD;
    Rival::new(
        "base64",
        "base64-turbo",
        |bytes, out| STANDARD.encode_slice(bytes, room(out, bytes.len().div_ceil(3) * 4)).unwrap(),
        |text, out, _| STANDARD.decode_slice(text, out).unwrap(),
    )
}

fn lz4_flex_blocks() -> Rival {
    let mut table = lz4_flex::block::CompressTable::large();
    Rival::new(
        "lz4(framing=block)",
        "lz4_flex",
        move |bytes, out| {
            let bound = lz4_flex::block::get_maximum_output_size(bytes.len());
            lz4_flex::block::compress_into_with_table(bytes, room(out, bound), &mut table).unwrap()
        },
        |block, out, len| lz4_flex::block::decompress_into(block, &mut out[..len]).unwrap(),
    )
}

/// The C library, which keeps its tables for each thread.
fn c_lz4_blocks() -> Rival {
    use lzzzz::lz4;
    Rival::new(
        "lz4(framing=block)",
        "lzzzz",
        |bytes, out| {
            let room = room(out, lz4::max_compressed_size(bytes.len()));
            lz4::compress(bytes, room, lz4::ACC_LEVEL_DEFAULT).unwrap()
        },
        |block, out, len| lz4::decompress(block, &mut out[..len]).unwrap(),
    )
}

/// Frames of independent blocks of 256 KiB, as ours are.
fn c_lz4_frames() -> Rival {
    use lzzzz::lz4f::{self, BlockMode, BlockSize};
    let preferences = lz4f::PreferencesBuilder::new()
        .block_mode(BlockMode::Independent)
        .block_size(BlockSize::Max256KB)
        .build();
    Rival::new(
        "lz4",
        "lzzzz",
        move |bytes, out| {
            let room = room(out, lz4f::max_compressed_size(bytes.len(), &preferences));
            lz4f::compress(bytes, room, &preferences).unwrap()
        },
        |frame, out, len| {
            // The reader into a slice, as `decompress_to_vec` would grow a vector each time.
            let mut reader = lz4f::ReadDecompressor::new(frame).unwrap();
            std::io::Read::read_exact(&mut reader, &mut out[..len]).unwrap();
            len
        },
    )
}

fn libdeflater_package() -> Rival {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::new(6).unwrap());
    let mut decompressor = libdeflater::Decompressor::new();
    Rival::new(
        "zlib",
        "libdeflater",
        move |bytes, out| {
            let bound = compressor.zlib_compress_bound(bytes.len());
            compressor.zlib_compress(bytes, room(out, bound)).unwrap()
        },
        move |encoded, out, len| decompressor.zlib_decompress(encoded, &mut out[..len]).unwrap(),
    )
}

fn zlib_rs_package() -> Rival {
    let mut compress = flate2::Compress::new(flate2::Compression::new(6), true);
    let mut decompress = flate2::Decompress::new(true);
    Rival::new(
        "zlib",
        "flate2 on zlib-rs",
        move |bytes, out| {
            compress.reset();
            let room = room(out, bytes.len() + bytes.len() / 8 + 64);
            compress.compress(bytes, room, flate2::FlushCompress::Finish).unwrap();
            usize::try_from(compress.total_out()).unwrap()
        },
        move |encoded, out, len| {
            decompress.reset(true);
            decompress.decompress(encoded, &mut out[..len], flate2::FlushDecompress::Finish).unwrap();
            usize::try_from(decompress.total_out()).unwrap()
        },
    )
}

/// Called directly, as flate2 can have but one backend in a program.
fn miniz_oxide_package() -> Rival {
    use miniz_oxide::inflate::TINFLStatus;
    let flags = deflate::create_comp_flags_from_zip_params(6, 15, 0);
    let mut compressor = deflate::CompressorOxide::new(flags);
    let mut decompressor = inflate::DecompressorOxide::new();
    Rival::new(
        "zlib",
        "miniz_oxide",
        move |bytes, out| {
            compressor.reset();
            let room = room(out, bytes.len() + bytes.len() / 8 + 64);
            let (status, read, written) =
                deflate::compress(&mut compressor, bytes, room, deflate::TDEFLFlush::Finish);
            assert!(status == deflate::TDEFLStatus::Done && read == bytes.len());
            written
        },
        move |encoded, out, len| {
            decompressor.init();
            let flags = inflate::inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER
                | inflate::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF
                | inflate::inflate_flags::TINFL_FLAG_COMPUTE_ADLER32;
            let (status, _, written) =
                inflate::decompress(&mut decompressor, encoded, &mut out[..len], 0, flags);
            assert!(status == TINFLStatus::Done);
            written
        },
    )
}

fn zstd_package() -> Rival {
    let mut compress = zstd_safe::CCtx::create();
    compress.set_parameter(zstd_safe::CParameter::CompressionLevel(3)).unwrap();
    let mut decompress = zstd_safe::DCtx::create();
    Rival::new(
        "zstd",
        "zstd-safe",
        move |bytes, out| {
            compress.compress2(room(out, zstd_safe::compress_bound(bytes.len())), bytes).unwrap()
        },
        move |encoded, out, len| decompress.decompress(&mut out[..len], encoded).unwrap(),
    )
}

#[cfg(ndcodec_zlib_ng)]
mod zlib_ng {
    #![expect(unsafe_code, reason = "the bindings are C functions")]

    use std::mem::MaybeUninit;

    use libz_ng_sys as sys;

    use super::{Rival, room};

    /// One stream each way, never freed: the program ends after the run.
    pub(super) fn package() -> Rival {
        // SAFETY: a stream of zeroes is what the functions that begin one want; both live for ever.
        let (compress, decompress) = unsafe {
            let compress = Box::leak(Box::new(MaybeUninit::<sys::z_stream>::zeroed())).as_mut_ptr();
            let decompress = Box::leak(Box::new(MaybeUninit::<sys::z_stream>::zeroed())).as_mut_ptr();
            let len = i32::try_from(size_of::<sys::z_stream>()).unwrap();
            assert_eq!(sys::deflateInit_(compress, 6, sys::zlibVersion(), len), sys::Z_OK);
            assert_eq!(sys::inflateInit_(decompress, sys::zlibVersion(), len), sys::Z_OK);
            (compress, decompress)
        };
        Rival::new(
            "zlib",
            "zlib-ng",
            move |bytes, out| {
                let room = room(out, bytes.len() + bytes.len() / 8 + 64);
                // SAFETY: the stream was begun; the pointers and lengths are those of slices.
                unsafe {
                    assert_eq!(sys::deflateReset(compress), sys::Z_OK);
                    set(compress, bytes, room);
                    assert_eq!(sys::deflate(compress, sys::Z_FINISH), sys::Z_STREAM_END);
                    usize::try_from((*compress).total_out).unwrap()
                }
            },
            move |encoded, out, len| {
                // SAFETY: as above.
                unsafe {
                    assert_eq!(sys::inflateReset(decompress), sys::Z_OK);
                    set(decompress, encoded, &mut out[..len]);
                    assert_eq!(sys::inflate(decompress, sys::Z_FINISH), sys::Z_STREAM_END);
                    usize::try_from((*decompress).total_out).unwrap()
                }
            },
        )
    }

    /// # Safety
    /// The stream must have been begun.
    unsafe fn set(stream: *mut sys::z_stream, input: &[u8], output: &mut [u8]) {
        // SAFETY: as the caller promises.
        unsafe {
            (*stream).next_in = input.as_ptr().cast_mut();
            (*stream).avail_in = u32::try_from(input.len()).unwrap();
            (*stream).next_out = output.as_mut_ptr();
            (*stream).avail_out = u32::try_from(output.len()).unwrap();
        }
    }
}
