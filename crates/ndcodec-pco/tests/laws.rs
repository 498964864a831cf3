//! The laws of `ndcodec-conformance`.

use ndcodec_conformance::laws;
use ndcodec_pco::PCO;

#[test]
fn pco() {
    laws::check_stage(&PCO);
}

#[test]
fn pco_of_bytes() {
    for dtype in ["|b1", "|i1", ">i2", "<f2", "<f4", ">f8", "<c8", "<M8[ns]", "bfloat16"] {
        laws::check_codec(&format!("pco(type={dtype})"));
    }
}
