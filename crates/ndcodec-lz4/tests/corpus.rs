//! Frames and blocks that other programs wrote, in one shot and streamed.

use ndcodec_core::{Error, Pipeline};
use ndcodec_lz4 as _;
use ndcodec_testkit::replay::decode_every_way;
use ndcodec_testkit::{Row, corpus_or_skip};

fn decode(stage: &str, row: &Row) -> Option<Result<Vec<u8>, Error>> {
    let pipeline = Pipeline::parse(stage).expect("the stage is linked");
    Some(decode_every_way(&pipeline, &row.read()))
}

fn stage_of_block(row: &Row) -> &'static str {
    if row.proves.contains("needs the size from outside") {
        "lz4(framing=block)"
    } else {
        "lz4(framing=sized)"
    }
}

#[test]
fn frames_of_other_programs() {
    let Some(corpus) = corpus_or_skip() else { return };
    corpus.check("container/lz4", |row| decode("lz4", row));
}

#[test]
fn blocks_of_other_programs() {
    let Some(corpus) = corpus_or_skip() else { return };
    corpus.check("container/lz4block", |row| decode(stage_of_block(row), row));
    corpus.check("numcodecs/lz4", |row| decode("lz4(framing=sized)", row));
}
