//! Calls into memory of the caller's allocate nothing once they ran before, and what is kept between calls stays within the
//! budget of the process.
//!
//! The allocator of this binary counts, so there is one test in it and nothing else may run beside.
#![expect(unsafe_code, reason = "an allocator that counts is an allocator")]
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndcodec::{ArrayView, Buffer, Chain, DecodeOptions, EncodeOptions, memory};

thread_local! {
    /// Of this thread alone: one call with one thread stays on its thread, and those of a pool allocate when they start.
    static CALLS: Cell<usize> = const { Cell::new(0) };
}
static LIVE: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.set(CALLS.get() + 1);
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        CALLS.set(CALLS.get() + 1);
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        CALLS.set(CALLS.get() + 1);
        LIVE.fetch_add(size, Ordering::Relaxed);
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(old, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How often memory is allocated in one call after it ran before.
fn allocations(mut call: impl FnMut()) -> usize {
    // Twice: scratch buffers change places once.
    (0..3).for_each(|_| call());
    let before = CALLS.get();
    call();
    CALLS.get() - before
}

const CHAINS: &[&str] = &[
    "npy",
    "npy|base64",
    "npy|lz4|base64",
    "npy|zstd",
    "npy|zstd|base64",
    "npy|zlib|hex",
    "npy|gzip",
    "npy|deflate|crc32c",
    "npy|shuffle|lz4",
    "npy|delta|shuffle|zstd|base64",
    "npy|bitshuffle|lz4(framing=sized)",
    "npy|predict(axis)|shuffle|lz4",
    "npy|shuffle(4)|xxh3|prefix",
    "npy|bitshuffle|sparse",
    "raw(<i4,?)|zstd(level=1)",
    "chunked(shuffle|lz4)",
    "chunked(shuffle|zstd(level=1))|base64",
    "chunked(delta|zstd,size=4KiB)",
    "chunked(bitshuffle|lz4)|crc32c",
];

#[test]
fn nothing_is_allocated_in_the_steady_state_and_what_is_kept_is_bounded() {
    let one = NonZeroUsize::MIN;
    // With more threads, each further one of a `chunked` call costs an allocation of the thread pool's.
    let (encode, decode) = (EncodeOptions::new().with_threads(one), DecodeOptions::new().with_threads(one));
    let elements: Vec<i32> = (0..100_000).map(|i| i / 7 + i % 5).collect();
    for text in CHAINS {
        let chain = Chain::parse(text).unwrap();
        for count in [0, 1, 256, 100_000] {
            let array = ArrayView::from_slice(&elements[..count], &[count]).unwrap();
            let encoded = chain.encode(&array).unwrap();
            let mut out = Buffer::new();
            let mut vec = Vec::new();
            let n = allocations(|| assert!(chain.encode_into_with(&array, &mut out, &encode).is_ok()));
            assert_eq!(n, 0, "`{text}`, {count} elements: encode_into a `Buffer`");
            let n = allocations(|| assert!(chain.encode_into_with(&array, &mut vec, &encode).is_ok()));
            assert_eq!(n, 0, "`{text}`, {count} elements: encode_into a `Vec`");
            let mut buffer = Buffer::new();
            let n = allocations(|| drop(chain.decode_into_with(&encoded, &mut buffer, &decode).unwrap()));
            assert_eq!(n, 0, "`{text}`, {count} elements: decode_into");
            let mut payload = vec![0; array.payload().len()];
            let n =
                allocations(|| drop(chain.decode_into_slice_with(&encoded, &mut payload, &decode).unwrap()));
            assert_eq!(n, 0, "`{text}`, {count} elements: decode_into_slice");
            assert_eq!(payload, array.payload());
        }
    }
    the_budget_holds();
}

/// One chain kept 525 MB after four messages of 64 MiB.
fn the_budget_holds() {
    assert_eq!(memory::budget(), memory::DEFAULT_BUDGET);
    memory::trim();
    assert_eq!(memory::kept(), 0, "nothing is at work, so nothing is left");
    let elements = vec![7_u8; 64 << 20];
    let array = ArrayView::from_slice(&elements, &[elements.len()]).unwrap();
    let chain = Chain::parse("npy|lz4(framing=sized)|hex|base64").unwrap();
    let before = LIVE.load(Ordering::Relaxed);
    for _ in 0..4 {
        let encoded = chain.encode(&array).unwrap();
        assert!(chain.decode(&encoded).unwrap().payload() == array.payload());
    }
    let idle = LIVE.load(Ordering::Relaxed) - before;
    assert!(idle <= memory::DEFAULT_BUDGET + (1 << 20), "{idle} bytes are idle");
    assert!(memory::kept() <= memory::budget());

    memory::set_budget(1 << 20);
    for text in CHAINS {
        let chain = Chain::parse(text).unwrap();
        let array = ArrayView::from_slice(&elements[..8 << 20], &[2 << 10, 1 << 10, 4]).unwrap();
        // Not every chain takes bytes.
        if let Ok(encoded) = chain.encode(&array) {
            assert!(chain.decode(&encoded).is_ok(), "{text}");
        }
        assert!(memory::kept() <= 1 << 20, "{text}: {} bytes are kept", memory::kept());
    }
    memory::set_budget(memory::DEFAULT_BUDGET);

    // A pool that nobody uses makes room for those in use.
    let [idle, busy] = ["npy|lz4|base64", "npy|lz4|hex"].map(|text| Chain::parse(text).unwrap());
    memory::trim();
    memory::set_budget(100 << 20);
    let noise: Vec<u8> =
        (0..48_u64 << 20).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    let array = ArrayView::from_slice(&noise, &[noise.len()]).unwrap();
    let (a, b) = (idle.encode(&array).unwrap(), busy.encode(&array).unwrap());
    for _ in 0..2 {
        drop(idle.decode(&a).unwrap());
    }
    let mut buffer = Buffer::new();
    let n = allocations(|| drop(busy.decode_into(&b, &mut buffer).unwrap()));
    assert_eq!(n, 0, "the chain in use keeps its memory");
    memory::set_budget(memory::DEFAULT_BUDGET);
    memory::trim();
    assert_eq!(memory::kept(), 0);
}
