//! The built-in stages: a descriptor for each word, behind the feature of its name.
//!
//! A descriptor says what a word does, which parameters it takes, and what it promises. With [`Registry::only`], the
//! descriptors choose the stages that a chain may have:
//!
//! ```
//! # #[cfg(all(feature = "npy", feature = "zstd", feature = "base64"))]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use ndcodec::words::{BASE64, NPY, ZSTD};
//! use ndcodec::{Chain, Registry};
//!
//! let registry = Registry::only(&[&NPY, &ZSTD, &BASE64]);
//! assert!(Chain::parse_in(&registry, "npy|zstd|base64").is_ok());
//! assert!(Chain::parse_in(&registry, "npy|gzip").is_err());
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "npy", feature = "zstd", feature = "base64")))]
//! # fn main() {}
//! ```
//!
//! [`Registry::only`]: crate::Registry::only
#![doc = include_str!("../words.md")]

// Naming a crate here is what links it, so that its `submit!` runs before `main`. If constructors do not run, `init`
// registers the same descriptors.
use ndcodec_core::{KnownWords, StageDescriptor, inventory};

/// Each word, which is its feature too (or another feature, with another backend), with its descriptor and the crate that has it.
macro_rules! words {
    ($($word:literal $(| $other:literal)? $descriptor:ident $package:ident;)+) => {
        $(
            #[cfg(any(feature = $word, $(feature = $other)?))]
            #[doc(inline)]
            pub use $package::$descriptor;
        )+

        /// The stages that this build was made with.
        pub static BUILT_IN: &[&StageDescriptor] = &[$(#[cfg(any(feature = $word, $(feature = $other)?))] &$package::$descriptor,)+];

        inventory::submit! { KnownWords::new(env!("CARGO_PKG_NAME"), &[$($word,)+]) }
    };
}

words! {
    "adler32" ADLER32 ndcodec_checksum;
    "auto" AUTO ndcodec_chunked;
    "base64" BASE64 ndcodec_base64;
    "bitround" BITROUND ndcodec_filters;
    "bitshuffle" BITSHUFFLE ndcodec_filters;
    "chunked" CHUNKED ndcodec_chunked;
    "columns" COLUMNS ndcodec_filters;
    "crc32" CRC32 ndcodec_checksum;
    "crc32c" CRC32C ndcodec_checksum;
    "dataurl" DATAURL ndcodec_base64;
    "decimal" DECIMAL ndcodec_filters;
    "deflate" DEFLATE ndcodec_zlib;
    "delta" DELTA ndcodec_filters;
    "dict" DICT ndcodec_filters;
    "fletcher32" FLETCHER32 ndcodec_checksum;
    "gzip" GZIP ndcodec_zlib;
    "hex" HEX ndcodec_hex;
    "lz4" LZ4 ndcodec_lz4;
    "npy" NPY ndcodec_npy;
    "pco" PCO ndcodec_pco;
    "predict" PREDICT ndcodec_filters;
    "prefix" PREFIX ndcodec_prefix;
    "raw" RAW ndcodec_raw;
    "shuffle" SHUFFLE ndcodec_filters;
    "sparse" SPARSE ndcodec_sparse;
    "xor" XOR ndcodec_filters;
    "xxh3" XXH3 ndcodec_checksum;
    "zlib" ZLIB ndcodec_zlib;
    "zstd" | "zstd-pure" ZSTD ndcodec_zstd;
}
