//! The laws that every stage obeys.

#![allow(missing_docs, reason = "a test")]

mod common;

use common::register_toys;

#[test]
fn every_law_holds() {
    ndcodec_conformance::laws::check_stage(&ndcodec_chunked::CHUNKED);
}

#[test]
fn laws_of_formats_hold_for_inner_chains() {
    register_toys();
    for inner in [
        "shuffle|lz4",
        "zstd(level=1)",
        "shuffle",
        "halves|runs",
        "delta|shuffle|zstd",
        "widen",
        "widen|shuffle|lz4",
        "count",
        "shuffle|count|lz4",
    ] {
        ndcodec_conformance::laws::check_format(&format!("chunked({inner},size=1KiB)"));
    }
}

#[test]
fn every_law_holds_for_auto() {
    ndcodec_conformance::laws::check_stage(&ndcodec_chunked::AUTO);
    for goal in ["fast", "balanced", "small"] {
        ndcodec_conformance::laws::check_format(&format!("auto({goal},size=1KiB)"));
    }
}
