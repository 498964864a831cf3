//! The stage obeys the laws.

#[test]
fn {{name}}_obeys_the_laws() {
    ndcodec_conformance::laws::check_stage(&ndcodec_{{name}}::{{NAME}});
}
