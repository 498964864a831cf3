//! The laws of `ndcodec-conformance`.

use ndcodec_conformance::laws;
use ndcodec_filters::{BITROUND, BITSHUFFLE, COLUMNS, DECIMAL, DELTA, DICT, PREDICT, SHUFFLE, XOR};

#[test]
fn shuffle() {
    laws::check_stage(&SHUFFLE);
    laws::check_codec("shuffle(3)");
}

#[test]
fn bitshuffle() {
    laws::check_stage(&BITSHUFFLE);
    laws::check_codec("bitshuffle(<f8,block=64)");
}

#[test]
fn delta() {
    laws::check_stage(&DELTA);
    for dtype in ["|b1", ">i4", ">f8"] {
        laws::check_codec(&format!("delta({dtype})"));
    }
}

#[test]
fn xor() {
    laws::check_stage(&XOR);
    laws::check_codec("xor(3)");
    laws::check_codec("xor(<f8)");
}

#[test]
fn bitround() {
    laws::check_stage(&BITROUND);
    laws::check_filter("bitround(7)");
    laws::check_codec("bitround(7,<f4)");
    laws::check_codec("bitround(bits=3,type=bfloat16)");
}

#[test]
fn predict() {
    laws::check_stage(&PREDICT);
    for text in [
        "predict(axis,3)",
        "predict(up,3)",
        "predict(median,3)",
        "predict(median,channels=apart)",
        "predict(mean,3)",
    ] {
        laws::check_filter(text);
    }
}

#[test]
fn decimal() {
    laws::check_stage(&DECIMAL);
}

#[test]
fn dict() {
    laws::check_stage(&DICT);
}

#[test]
fn columns() {
    laws::check_stage(&COLUMNS);
}
