//! The laws of formats.

#[test]
fn raw() {
    ndcodec_conformance::laws::check_stage(&ndcodec_raw::RAW);
}
