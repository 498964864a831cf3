//! What other programs wrote with zlib, gzip and bare DEFLATE, in one shot and streamed.

use ndcodec_core::Pipeline;
use ndcodec_testkit::corpus_or_skip;
use ndcodec_testkit::replay::decode_every_way;
use ndcodec_zlib as _;

#[test]
fn containers() {
    let Some(corpus) = corpus_or_skip() else { return };
    for word in ["zlib", "gzip", "deflate"] {
        let pipeline = Pipeline::parse(word).expect("the stage is linked");
        let (kind, recipe) = (format!("container/{word}"), format!("bytes|{word}"));
        let count = corpus
            .check(&kind, |row| (row.recipe == recipe).then(|| decode_every_way(&pipeline, &row.read())));
        assert_eq!(
            count,
            corpus.of_kind(&kind).count(),
            "a row of `{kind}` has another recipe than `{recipe}`"
        );
    }
}
