//! The laws of `ndcodec-conformance`.

use ndcodec_conformance::laws;
use ndcodec_prefix::PREFIX;

#[test]
fn prefix() {
    laws::check_stage(&PREFIX);
    laws::check_codec("prefix(u64,be)");
}
