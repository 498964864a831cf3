//! The laws that every stage obeys, on `zstd`.

use ndcodec_conformance::laws::{check_codec, check_stage};

#[test]
fn zstd() {
    check_stage(&ndcodec_zstd::ZSTD);
}

#[test]
fn with_a_checksum() {
    check_codec("zstd(level=1,checksum=true,window=17)");
}
