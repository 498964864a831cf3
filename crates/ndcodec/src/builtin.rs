//! The built-in stages, one feature each.
//!
//! Naming a crate here is what links it, so that its `submit!` runs before `main`. Where constructors do not
//! run, [`init`] registers the same descriptors.

use ndcodec_core::{KnownWords, RegisterError, StageDescriptor, inventory, register};

/// The stages this build was made with.
pub static BUILT_IN: &[&StageDescriptor] = &[
    #[cfg(feature = "adler32")]
    &ndcodec_checksum::ADLER32,
    #[cfg(feature = "base64")]
    &ndcodec_base64::BASE64,
    #[cfg(feature = "bitround")]
    &ndcodec_filters::BITROUND,
    #[cfg(feature = "bitshuffle")]
    &ndcodec_filters::BITSHUFFLE,
    #[cfg(feature = "chunked")]
    &ndcodec_chunked::CHUNKED,
    #[cfg(feature = "crc32")]
    &ndcodec_checksum::CRC32,
    #[cfg(feature = "crc32c")]
    &ndcodec_checksum::CRC32C,
    #[cfg(feature = "deflate")]
    &ndcodec_zlib::DEFLATE,
    #[cfg(feature = "delta")]
    &ndcodec_filters::DELTA,
    #[cfg(feature = "fletcher32")]
    &ndcodec_checksum::FLETCHER32,
    #[cfg(feature = "gzip")]
    &ndcodec_zlib::GZIP,
    #[cfg(feature = "hex")]
    &ndcodec_hex::HEX,
    #[cfg(feature = "lz4")]
    &ndcodec_lz4::LZ4,
    #[cfg(feature = "npy")]
    &ndcodec_npy::NPY,
    #[cfg(feature = "predict")]
    &ndcodec_filters::PREDICT,
    #[cfg(feature = "prefix")]
    &ndcodec_prefix::PREFIX,
    #[cfg(feature = "raw")]
    &ndcodec_raw::RAW,
    #[cfg(feature = "shuffle")]
    &ndcodec_filters::SHUFFLE,
    #[cfg(feature = "xor")]
    &ndcodec_filters::XOR,
    #[cfg(feature = "xxh3")]
    &ndcodec_checksum::XXH3,
    #[cfg(feature = "zlib")]
    &ndcodec_zlib::ZLIB,
    #[cfg(feature = "zstd")]
    &ndcodec_zstd::ZSTD,
];

inventory::submit! {
    KnownWords {
        package: env!("CARGO_PKG_NAME"),
        words: &[
            "adler32",
            "base64",
            "bitround",
            "bitshuffle",
            "chunked",
            "crc32",
            "crc32c",
            "deflate",
            "delta",
            "fletcher32",
            "gzip",
            "hex",
            "lz4",
            "npy",
            "predict",
            "prefix",
            "raw",
            "shuffle",
            "xor",
            "xxh3",
            "zlib",
            "zstd",
        ],
    }
}

/// Registers the built-in stages by hand. Needed only where constructors do not run before `main`, as in wasm and
/// in C programs that link a static library; harmless elsewhere, however often it is called.
///
/// # Errors
/// Where another package has registered a stage of the same name.
pub fn init() -> Result<(), RegisterError> {
    BUILT_IN.iter().try_for_each(|stage| register(stage))
}
