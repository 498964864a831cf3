//! `shuffle` and `bitshuffle` beside a copy of the same bytes, on blocks that are in cache.
//!
//! `cargo bench -p ndcodec-benches --bench filters` prints a row for each filter, itemsize, block, direction and instruction
//! set that the processor has, as CSV. Both sides read the same block and write to buffers that are used again and begin
//! with a cache line. The values are noise, which costs these filters as much as any others.
//!
//! Words behind `--` measure only what has them all in its row: a filter, an itemsize, a length or a set. With `--check` the
//! run fails if the best set takes more than 1.5 times as long as the copy, at items of 2, 4 and 8 bytes in blocks of 64
//! and 256 KiB; then it measures no other set.
#![expect(clippy::unwrap_used, reason = "a bench asserts")]

use std::hint::black_box;

use ndcodec::stage::{ArrayFilter, Output};
use ndcodec::{DType, Layout, Order};
use ndcodec_benches::{Record, Run};
use ndcodec_filters::{Bitshuffle, InstructionSet, Shuffle};

/// With the result, they take half of the first-level cache, and an eighth and a half of a second-level one of 1 MiB.
const BLOCKS: [usize; 3] = [8 << 10, 64 << 10, 256 << 10];
const BOUND: f64 = 1.5;

fn main() {
    let mut run = Run::from_args("filters");
    let check = run.has("check");
    let mut sets: Vec<_> = InstructionSet::available().collect();
    sets.reverse();
    sets.truncate(if check { 1 } else { usize::MAX });
    let filters: [(&str, &dyn ArrayFilter); 2] =
        [("shuffle", &Shuffle), ("bitshuffle", &Bitshuffle::default())];
    for set in sets {
        set.use_at_most();
        let name = format!("{set:?}").to_lowercase();
        for (filter_name, filter) in filters {
            for itemsize in [2, 4, 8] {
                for block in BLOCKS {
                    let words = [filter_name, &itemsize.to_string(), &block.to_string(), &name];
                    if run.wants(&words) {
                        measure(
                            &mut run,
                            &format!("{filter_name}({itemsize}) by {name}"),
                            filter,
                            itemsize,
                            block,
                        );
                    }
                }
            }
        }
    }
    let slow = |record: &&Record| record.bytes >= 64 << 10 && record.ratio.is_none_or(|ratio| ratio > BOUND);
    run.finish_within(|records| records.iter().filter(slow).map(Record::to_string).collect());
}

fn measure(run: &mut Run, case: &str, filter: &dyn ArrayFilter, itemsize: usize, block: usize) {
    let dtype = DType::parse(&format!("|V{itemsize}")).unwrap();
    let layout = Layout::new(dtype, [block / itemsize], Order::C).unwrap();
    let filter = filter.bind(&layout).unwrap().expect("elements of several bytes are moved");
    let mut state = 1_u32;
    let mut noise = Room::new(block);
    noise.bytes().fill_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    let noise: &[u8] = noise.bytes();
    let (mut filtered, mut decoded, mut copied) = (Room::new(block), Room::new(block), Room::new(block));
    let (filtered, decoded, copied) = (filtered.bytes(), decoded.bytes(), copied.bytes());
    run.case(case, block, "encode").threads(1).beside(
        "memory copy",
        || {
            let mut out = Output::to_slice(black_box(filtered));
            filter.forward(black_box(noise), &mut out).unwrap();
            out.finish();
        },
        || black_box(&mut *copied).copy_from_slice(black_box(noise)),
    );
    assert!(filtered != noise, "{case}: it changed nothing");
    run.case(case, block, "decode").threads(1).beside(
        "memory copy",
        || filter.backward(&[black_box(filtered)], black_box(decoded)).unwrap(),
        || black_box(&mut *copied).copy_from_slice(black_box(filtered)),
    );
    assert!(decoded == noise, "{case}: it did not come back");
}

/// Bytes that begin with a cache line, as those of a decoded array do.
struct Room {
    memory: Vec<u8>,
    len: usize,
}

impl Room {
    fn new(len: usize) -> Self {
        Self { memory: vec![0x55; len + 64], len }
    }

    fn bytes(&mut self) -> &mut [u8] {
        let start = self.memory.as_ptr().align_offset(64);
        &mut self.memory[start..][..self.len]
    }
}
