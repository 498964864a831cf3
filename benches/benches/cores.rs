//! What further threads give `chunked`, if the result buffers are used again.
//!
//! `cargo bench -p ndcodec-benches --bench cores` prints a row for each inner chain, direction and number of threads up to
//! the machine's, as CSV; the rival is one thread. The rows `arithmetic` are what the machine itself gives: loops in
//! registers that share nothing, where processors that are threads of one core, or shared with others, give less than
//! twice. With `--check` the run fails if two threads give `chunked` less than 1.8 times one, as the geometric mean over
//! the rows.
#![expect(clippy::unwrap_used, reason = "a bench asserts")]

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use ndcodec::{Buffer, Chain, DecodeOptions, EncodeOptions};
use ndcodec_benches::{Run, geometric_mean, made};

const CHAINS: [&str; 4] =
    ["chunked(shuffle|lz4)", "chunked(shuffle|zstd(1))", "chunked(shuffle|zstd)", "chunked(shuffle|zlib)"];

fn main() {
    let mut run = Run::from_args("cores");
    let array = made(if run.is_quick() { 16 << 20 } else { 64 << 20 });
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    for threads in 2..=cores {
        if run.wants(&[CONTROL]) {
            control(&mut run, threads);
        }
    }
    let chains = if run.is_quick() { &CHAINS[..1] } else { &CHAINS };
    for text in chains {
        for threads in 1..=cores {
            if run.wants(&[text]) {
                measure(&mut run, text, &array, threads);
            }
        }
    }
    run.finish_within(|records| {
        let of_two = records.iter().filter(|record| record.case != CONTROL && record.threads == Some(2));
        let speedup = 1.0 / geometric_mean(of_two.filter_map(|record| record.ratio));
        // NaN on a machine with one core, which has nothing to show.
        let is_under = speedup < 1.8;
        is_under.then(|| format!("two threads give {speedup:.2} times one, of 1.8")).into_iter().collect()
    });
}

const CONTROL: &str = "arithmetic";

/// As much work for one thread as for several, which share none of it. They wait for it, as those of a pool do.
fn control(run: &mut Run, threads: usize) {
    const STEPS: u64 = 60_000_000;
    let part = STEPS / threads as u64;
    let (begin, end, is_over) = (Barrier::new(threads), Barrier::new(threads), AtomicBool::new(false));
    let work = || black_box(steps(part));
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| {
                while {
                    begin.wait();
                    !is_over.load(Ordering::Relaxed)
                } {
                    work();
                    end.wait();
                }
            });
        }
        run.case(CONTROL, 0, "control").threads(u32::try_from(threads).unwrap()).beside(
            "1 thread",
            || {
                begin.wait();
                work();
                end.wait();
            },
            || {
                for _ in 0..threads {
                    work();
                }
            },
        );
        is_over.store(true, Ordering::Relaxed);
        begin.wait();
    });
}

/// So many steps of four generators that do not wait for each other.
fn steps(n: u64) -> [u64; 4] {
    (0..n).fold([1, 2, 3, 4], |state, i| state.map(|x: u64| x.wrapping_mul(0x5851_f42d_4c95_7f2d) ^ i))
}

fn measure(run: &mut Run, text: &str, array: &ndcodec_benches::NamedArray, threads: usize) {
    let chain = Chain::parse(text).unwrap();
    let view = array.view();
    let several = NonZeroUsize::new(threads).unwrap();
    let encode = |out: &mut Buffer, threads| {
        chain.encode_into_with(&view, out, &EncodeOptions::new().with_threads(threads)).unwrap()
    };
    let (mut ours, mut theirs) = (Buffer::new(), Buffer::new());
    encode(&mut ours, several);
    encode(&mut theirs, NonZeroUsize::MIN);
    assert!(*ours == *theirs, "{text}: bytes depend on the threads");
    let case = format!("{text} on {}", array.name);
    let recorded = u32::try_from(threads).unwrap();
    let size = ours.len();
    run.case(&case, view.payload().len(), "encode").threads(recorded).sizes(size, size).beside(
        "ndcodec on 1 thread",
        || {
            black_box(encode(&mut ours, several));
        },
        || {
            black_box(encode(&mut theirs, NonZeroUsize::MIN));
        },
    );
    let (mut decoded, mut alone) = (Buffer::new(), Buffer::new());
    let decode = |out: &mut Buffer, threads| {
        let options = DecodeOptions::new().with_threads(threads);
        chain.decode_into_with(&ours, out, &options).unwrap().payload().len()
    };
    decode(&mut decoded, several);
    assert!(*decoded == *view.payload(), "{text}");
    run.case(&case, view.payload().len(), "decode").threads(recorded).sizes(size, size).beside(
        "ndcodec on 1 thread",
        || {
            black_box(decode(&mut decoded, several));
        },
        || {
            black_box(decode(&mut alone, NonZeroUsize::MIN));
        },
    );
}
