//! The laws of `ndcodec-conformance`.

use ndcodec_conformance::laws::{check_codec, check_stage};
use ndcodec_lz4::LZ4;

#[test]
fn lz4_obeys_the_laws() {
    check_stage(&LZ4);
    check_codec("lz4(block=64KiB,checksum=true)");
    check_codec("lz4(min_match=8)");
    check_codec("lz4(framing=sized,min_match=5)");
}
