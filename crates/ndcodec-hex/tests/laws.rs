//! The laws of `ndcodec-conformance`.

use ndcodec_conformance::laws::{check_codec, check_stage};
use ndcodec_hex::HEX;

#[test]
fn hex_obeys_the_laws() {
    check_stage(&HEX);
    check_codec("hex(case=upper)");
    check_codec("hex(whitespace=true,prefix=0x)");
    check_codec(r"hex(prefix=\x)");
}
