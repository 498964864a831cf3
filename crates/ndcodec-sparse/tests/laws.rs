//! The stage obeys the laws.

#[test]
fn sparse_obeys_the_laws() {
    ndcodec_conformance::laws::check_stage(&ndcodec_sparse::SPARSE);
}
