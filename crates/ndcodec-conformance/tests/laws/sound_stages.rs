//! Stages that are right pass as a whole, by their descriptors; descriptors that are not, do not.

use crate::lined::Lined;
use crate::toys::{Fault, Masked};
use ndcodec_conformance::laws::{check_codec, check_filter, check_format, check_stage, descriptor};
use ndcodec_core::{
    ArrayError, ArrayFilter, ArrayFormat, Codec, CodecError, DType, ParamError, ParamKind, ParamSpec, Params,
    StageDescriptor,
};

static MASKED: StageDescriptor = StageDescriptor::codec("masked", env!("CARGO_PKG_NAME"), &build_masked)
    .summary("masks bytes, with their length and a checksum")
    .params(&[ParamSpec::int("mask", 0, 255, 0x55, "the mask")])
    .detects_truncation()
    .stable_bytes();

fn build_masked(params: &Params) -> Result<Box<dyn Codec>, ParamError> {
    let mask = u8::try_from(params.int("mask")).expect("core has checked the range");
    Ok(Box::new(Masked::new(mask, Fault::None)))
}

static LINED: StageDescriptor = StageDescriptor::format("lined", env!("CARGO_PKG_NAME"), &build_lined)
    .summary("a line of text before the payload and one after it");

fn build_lined(_: &Params) -> Result<Box<dyn ArrayFormat>, ParamError> {
    Ok(Box::new(Lined(crate::lined::Fault::None)))
}

static MIRRORED: StageDescriptor =
    StageDescriptor::filter("mirrored", env!("CARGO_PKG_NAME"), &build_mirrored)
        .summary("the payload from back to front")
        .params(&[ParamSpec::inferred("type", ParamKind::ItemType, "the type of the elements")]);

fn build_mirrored(_: &Params) -> Result<Box<dyn ArrayFilter>, ParamError> {
    Ok(Box::new(Mirrored))
}

#[test]
fn a_codec_passes() {
    check_stage(&MASKED);
    check_codec("masked(mask=7)");
}

#[test]
fn a_format_passes() {
    check_stage(&LINED);
    check_format("lined");
}

#[test]
fn a_filter_passes_as_filter_and_as_codec() {
    check_stage(&MIRRORED);
    check_filter("mirrored");
}

#[test]
fn texts_are_the_defaults_and_each_extreme() {
    assert_eq!(descriptor::texts(&MASKED), ["masked", "masked(mask=0)", "masked(mask=255)"]);
}

#[test]
#[should_panic(expected = "`masked` breaks the law `descriptor`: summary: it is no line without a full stop")]
fn a_summary_is_demanded() {
    descriptor::check(&StageDescriptor::codec("masked", "package", &build_masked));
}

#[test]
#[should_panic(expected = "law `descriptor`: level: its default is not one of its values")]
fn a_default_out_of_range_is_found() {
    const PARAMS: &[ParamSpec] = &[ParamSpec::int("level", 1, 9, 10, "the level")];
    descriptor::check(
        &StageDescriptor::codec("masked", "package", &build_masked).summary("masks").params(PARAMS),
    );
}

#[derive(Debug)]
struct Mirrored;

impl ArrayFilter for Mirrored {
    fn check(&self, _: &DType) -> Result<(), ArrayError> {
        Ok(())
    }

    fn encode(&self, _: &DType, payload: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        out.iter_mut().zip(payload.iter().rev()).for_each(|(out, byte)| *out = *byte);
        Ok(())
    }

    fn decode(&self, dtype: &DType, filtered: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        self.encode(dtype, filtered, out)
    }
}
