//! Stages that are right pass as a whole, by their descriptors; descriptors that are not, do not.

use std::sync::Arc;

use crate::lined::Lined;
use crate::toys::{Fault, Masked};
use ndcodec_conformance::laws::{check_codec, check_filter, check_format, check_stage, descriptor};
use ndcodec_core::{
    ArrayError, ArrayFilter, ArrayFormat, BoundFilter, Codec, CodecError, Filtered, Layout, Output,
    ParamError, ParamKind, ParamSpec, Params, StageDescriptor,
};

static MASKED: StageDescriptor = StageDescriptor::codec("masked", env!("CARGO_PKG_NAME"), &build_masked)
    .with_summary("masks bytes, with their length and a checksum")
    .with_params(&[ParamSpec::int("mask", 0, 255, 0x55, "the mask")])
    .truncation_detected()
    .stable_bytes();

fn build_masked(params: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    let mask = u8::try_from(params.int("mask")).expect("core has checked the range");
    Ok(Arc::new(Masked::new(mask, Fault::None)))
}

static LINED: StageDescriptor = StageDescriptor::format("lined", env!("CARGO_PKG_NAME"), &build_lined)
    .with_summary("a line of text before the payload and one after it");

fn build_lined(_: &Params) -> Result<Arc<dyn ArrayFormat>, ParamError> {
    Ok(Arc::new(Lined(crate::lined::Fault::None)))
}

static MIRRORED: StageDescriptor =
    StageDescriptor::filter("mirrored", env!("CARGO_PKG_NAME"), &build_mirrored)
        .with_summary("the payload from back to front")
        .with_params(&[ParamSpec::inferred("type", ParamKind::ItemType, "the type of the elements")]);

fn build_mirrored(_: &Params) -> Result<Arc<dyn ArrayFilter>, ParamError> {
    Ok(Arc::new(Mirrored))
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
#[should_panic(expected = "`masked` breaks the law `descriptor`: summary: `")]
fn a_summary_is_demanded() {
    descriptor::check(&StageDescriptor::codec("masked", "package", &build_masked));
}

#[test]
#[should_panic(expected = "law `descriptor`: level: its default is")]
fn a_default_out_of_range_is_found() {
    const PARAMS: &[ParamSpec] = &[ParamSpec::int("level", 1, 9, 10, "the level")];
    descriptor::check(
        &StageDescriptor::codec("masked", "package", &build_masked).with_summary("masks").with_params(PARAMS),
    );
}

#[derive(Debug)]
struct Mirrored;

impl ArrayFilter for Mirrored {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        Ok(Some(Box::new(BoundMirrored(layout.clone()))))
    }
}

#[derive(Debug)]
struct BoundMirrored(Layout);

impl BoundFilter for BoundMirrored {
    fn output(&self) -> Filtered {
        Filtered::Array(self.0.clone())
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let mirrored: Vec<u8> = payload.iter().rev().copied().collect();
        out.push(&mirrored)
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let mirrored = parts.concat();
        payload.iter_mut().zip(mirrored.iter().rev()).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}
