//! The laws of `ndcodec-conformance`.

use ndcodec_checksum::{ADLER32, CRC32, CRC32C, FLETCHER32, XXH3};
use ndcodec_conformance::laws::check_stage;

#[test]
fn crc32c() {
    check_stage(&CRC32C);
}

#[test]
fn crc32() {
    check_stage(&CRC32);
}

#[test]
fn adler32() {
    check_stage(&ADLER32);
}

#[test]
fn fletcher32() {
    check_stage(&FLETCHER32);
}

#[test]
fn xxh3() {
    check_stage(&XXH3);
}
