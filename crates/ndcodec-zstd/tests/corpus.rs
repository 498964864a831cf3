//! What other programs wrote with zstd, in one shot and streamed.

use ndcodec_core::Pipeline;
use ndcodec_testkit::corpus_or_skip;
use ndcodec_testkit::replay::decode_every_way;
use ndcodec_zstd as _;

#[test]
fn frames_of_other_programs() {
    let Some(corpus) = corpus_or_skip() else { return };
    let pipeline = Pipeline::parse("zstd").expect("the stage is linked");
    let count = corpus.check("container/zstd", |row| {
        (row.recipe == "bytes|zstd").then(|| decode_every_way(&pipeline, &row.read()))
    });
    assert_eq!(count, corpus.of_kind("container/zstd").count(), "a row has another recipe than `bytes|zstd`");
}
