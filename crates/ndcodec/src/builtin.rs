//! The built-in stages, one feature each.
//!
//! Naming a crate here is what links it, so that its `submit!` runs before `main`. Where constructors do not
//! run, [`init`] registers the same descriptors.

use ndcodec_core::{KnownWords, RegisterError, StageDescriptor, inventory, register};

/// The stages this build was made with.
pub static BUILT_IN: &[&StageDescriptor] = &[
    #[cfg(feature = "base64")]
    &ndcodec_base64::BASE64,
    #[cfg(feature = "deflate")]
    &ndcodec_zlib::DEFLATE,
    #[cfg(feature = "gzip")]
    &ndcodec_zlib::GZIP,
    #[cfg(feature = "hex")]
    &ndcodec_hex::HEX,
    #[cfg(feature = "lz4")]
    &ndcodec_lz4::LZ4,
    #[cfg(feature = "npy")]
    &ndcodec_npy::NPY,
    #[cfg(feature = "raw")]
    &ndcodec_raw::RAW,
    #[cfg(feature = "zlib")]
    &ndcodec_zlib::ZLIB,
    #[cfg(feature = "zstd")]
    &ndcodec_zstd::ZSTD,
];

inventory::submit! {
    KnownWords {
        package: env!("CARGO_PKG_NAME"),
        words: &["base64", "deflate", "gzip", "hex", "lz4", "npy", "raw", "zlib", "zstd"],
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
