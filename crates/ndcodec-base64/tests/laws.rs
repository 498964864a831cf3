//! The laws of `ndcodec-conformance`.

use ndcodec_base64::{BASE64, DATAURL};
use ndcodec_conformance::laws::{check_codec, check_stage};

#[test]
fn base64_obeys_the_laws() {
    check_stage(&BASE64);
    check_codec("base64(alphabet=url,pad=false,whitespace=true)");
    check_codec("base64(pad=optional,whitespace=true)");
}

#[test]
fn dataurl_obeys_the_laws() {
    check_stage(&DATAURL);
}
