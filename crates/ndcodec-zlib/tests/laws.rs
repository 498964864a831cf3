//! The laws that every stage obeys, on `zlib`, `gzip` and `deflate`.

use ndcodec_conformance::laws::{check_codec, check_stage};

#[test]
fn zlib() {
    check_stage(&ndcodec_zlib::ZLIB);
}

#[test]
fn gzip() {
    check_stage(&ndcodec_zlib::GZIP);
}

#[test]
fn deflate() {
    check_stage(&ndcodec_zlib::DEFLATE);
}

#[test]
fn every_level_of_the_backend_has_its_own_algorithm() {
    (1..9).filter(|level| *level != 6).for_each(|level| check_codec(&format!("deflate({level})")));
}
