//! The laws of formats.

#[test]
fn npy() {
    ndcodec_conformance::laws::check_stage(&ndcodec_npy::NPY);
}
