//! Layers of any codecs around any bytes, decoded under a small limit, take no more memory than `docs/limits.md` says: three
//! times `max_bytes`, and what programs, blocks and contexts take. The first bytes choose up to 31 layers; what is left is
//! decoded by them in memory and as a stream.
#![no_main]

use std::alloc::{GlobalAlloc, Layout as Wanted, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use libfuzzer_sys::fuzz_target;
use ndcodec::{Chain, DecodeLimits, DecodeOptions, Pipeline};

const LIMIT: usize = 4 << 10;
const MOST: usize = 3 * LIMIT + (32 << 20);

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: what it gives is the system's; the counts are beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, wanted: Wanted) -> *mut u8 {
        let held = HELD.fetch_add(wanted.size(), Ordering::Relaxed) + wanted.size();
        PEAK.fetch_max(held, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(wanted) }
    }

    unsafe fn alloc_zeroed(&self, wanted: Wanted) -> *mut u8 {
        let held = HELD.fetch_add(wanted.size(), Ordering::Relaxed) + wanted.size();
        PEAK.fetch_max(held, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(wanted) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, wanted: Wanted) {
        HELD.fetch_sub(wanted.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(memory, wanted) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const CODECS: [&str; 13] = [
    "zstd",
    "zlib",
    "gzip",
    "deflate",
    "lz4",
    "lz4(framing=block)",
    "lz4(framing=sized)",
    "hex",
    "base64",
    "crc32c",
    "fletcher32",
    "prefix",
    "xxh3",
];

fuzz_target!(|data: &[u8]| {
    let [count, rest @ ..] = data else { return };
    let count = usize::from(*count) % 31 + 1;
    let Some((choices, encoded)) = rest.split_at_checked(count) else { return };
    let words: Vec<&str> = choices.iter().map(|choice| CODECS[usize::from(*choice) % CODECS.len()]).collect();
    let words = words.join("|");
    let options =
        DecodeOptions::new().with_limits(DecodeLimits::new().with_max_bytes(LIMIT).with_max_window(1 << 20));
    let pipeline = Pipeline::parse(&words).expect("codecs make a pipeline");
    within(encoded, &words, || {
        if let Ok(bytes) = pipeline.decode_with(encoded, &options) {
            assert!(bytes.len() <= LIMIT);
        }
    });
    within(encoded, &words, || {
        let Ok(mut reader) = pipeline.decoder_with(encoded, &options) else { return };
        let (mut part, mut sum) = ([0; 700], 0);
        while let Ok(n @ 1..) = reader.pull(&mut part) {
            sum += n;
        }
        assert!(sum <= LIMIT);
    });
    let Ok(chain) = Chain::parse(&format!("npy|{words}")) else { return };
    within(encoded, &words, || drop(chain.decode_with(encoded, &options)));
    within(encoded, &words, || drop(ndcodec::detect(encoded)));
});

fn within(encoded: &[u8], words: &str, work: impl FnOnce()) {
    let before = HELD.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    work();
    let peak = PEAK.load(Ordering::Relaxed).saturating_sub(before);
    assert!(peak <= MOST, "{words}: {peak} bytes for {} under a limit of {LIMIT}", encoded.len());
}
