//! Memory that is not there is an error of its own kind: under an allocator that gives nothing large.
#![expect(unsafe_code, reason = "an allocator that refuses is an allocator")]
#![cfg(all(
    feature = "npy",
    feature = "zstd",
    feature = "lz4",
    feature = "chunked",
    feature = "base64",
    feature = "shuffle"
))]

use std::alloc::{GlobalAlloc, Layout as Wanted, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use ndcodec::{
    Array, ArrayView, Buffer, Chain, DecodeLimits, DecodeOptions, Error, ErrorKind, Opened, Pipeline,
};

/// Gives no piece of memory that is larger than this.
static MOST: AtomicUsize = AtomicUsize::new(usize::MAX);

struct Refusing;

// SAFETY: what it gives is the system's; every caller must expect null.
unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, wanted: Wanted) -> *mut u8 {
        if wanted.size() > MOST.load(Ordering::Relaxed) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(wanted) }
    }

    unsafe fn alloc_zeroed(&self, wanted: Wanted) -> *mut u8 {
        if wanted.size() > MOST.load(Ordering::Relaxed) {
            return std::ptr::null_mut();
        }
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(wanted) }
    }

    unsafe fn realloc(&self, memory: *mut u8, wanted: Wanted, size: usize) -> *mut u8 {
        if size > MOST.load(Ordering::Relaxed) {
            return std::ptr::null_mut();
        }
        // SAFETY: as above.
        unsafe { System.realloc(memory, wanted, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, wanted: Wanted) {
        // SAFETY: as above.
        unsafe { System.dealloc(memory, wanted) }
    }
}

#[global_allocator]
static ALLOCATOR: Refusing = Refusing;

const MIB: usize = 1 << 20;

/// In one test, since all tests of a process share the allocator.
#[test]
fn memory_that_is_not_there_is_an_error() {
    let elements: Vec<u32> = (0..4_u32 << 20).map(|i| i.wrapping_mul(0x9E37_79B9) >> 9).collect();
    let array = ArrayView::from_slice(&elements, &[elements.len()]).unwrap();
    let chains = [
        "npy",
        "npy|zstd(1)",
        "npy|lz4",
        "npy|base64",
        "npy|hex",
        "npy|zlib(1)",
        "npy|gzip(1)",
        "npy|crc32c",
        "npy|shuffle|zstd(1)",
        "npy|xor|shuffle|lz4",
        "npy|lz4(framing=sized)",
        "npy|zstd(1)|base64",
        "chunked(shuffle|lz4)",
        "chunked(lz4,size=8MiB)",
        "chunked(xor|zstd(1))|base64",
    ];
    let options = DecodeOptions::new().with_limits(DecodeLimits::new());
    for text in chains {
        let encoded = Chain::parse(text).unwrap().encode(&array).unwrap();
        // Fresh chains: one that worked before has memory of its own.
        for most in [MIB, 2 * MIB, 12 * MIB] {
            let (decoding, streaming, encoding) =
                (Chain::parse(text).unwrap(), Chain::parse(text).unwrap(), Chain::parse(text).unwrap());
            MOST.store(most, Ordering::Relaxed);
            let decoded = decoding.decode_with(&encoded, &options).map(|_| ());
            let streamed = streaming.decoder_with(&encoded[..], &options).and_then(Opened::into_array);
            let again = encoding.encode(&array).map(|_| ());
            MOST.store(usize::MAX, Ordering::Relaxed);
            check(text, most, "decode", decoded);
            check(text, most, "stream", streamed.map(|_: Array| ()));
            // What is encoded may be small enough.
            if let Err(error) = again {
                check(text, most, "encode", Err(error));
            }
        }
    }
    let encoded = Pipeline::parse("zstd(1)").unwrap().encode(&vec![7; 64 * MIB]).unwrap();
    MOST.store(MIB, Ordering::Relaxed);
    let decoded = Pipeline::parse("zstd(1)").unwrap().decode(&encoded).map(|_| ());
    let grown = Buffer::new().try_set_len(2 * MIB);
    MOST.store(usize::MAX, Ordering::Relaxed);
    check("zstd(1)", MIB, "bytes", decoded);
    assert_eq!(grown.unwrap_err().kind(), ErrorKind::NoMemory);
}

fn check(text: &str, most: usize, what: &str, result: Result<(), Error>) {
    assert!(result.is_err(), "{text}, {most}: {what} succeeds");
    let Err(error) = result else { return };
    assert_eq!(error.kind(), ErrorKind::NoMemory, "{text}, {most}, {what}: {}", error.report());
}
