//! Streams take memory by their stages and not by the array: 256 MiB pass in both directions within 64 MiB resident.
//!
//! `cargo bench -p ndcodec-benches --bench streaming` holds the same of 4 GiB. The peak is the whole process's, so there
//! is one test in this binary. Linux only, whose `/proc` tells it.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

use std::io::Read;

use ndcodec::{Chain, DType, Layout, Order};

const BYTES: usize = 256 << 20;
const PEAK: u64 = 64 << 20;
const PIECE: usize = 256 << 10;

#[test]
fn streams_stay_small() {
    // A slow wave with eight noisy bits; the number of its elements shares no divisor with pieces or chunks.
    let mut noise = 1_u32;
    let elements: Vec<u8> = (0..500_009_u32)
        .flat_map(|index| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            #[expect(clippy::cast_precision_loss, reason = "24 bits")]
            let value = (((1000 + (index & 0xfff)) << 8) | (noise >> 24)) as f32;
            value.to_le_bytes()
        })
        .collect();
    for text in ["npy|zstd|base64", "chunked(shuffle|lz4)"] {
        through(text, &elements);
        let peak = peak();
        assert!(peak < PEAK, "`{text}`: {peak} bytes resident");
    }
}

/// Encodes into a pipe and decodes from it at the same time.
fn through(text: &str, elements: &[u8]) {
    let chain = Chain::parse(text).unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let layout = Layout::new(DType::parse("<f4").unwrap(), [BYTES / 4], Order::C).unwrap();
            let mut encoder = chain.encoder(&layout, writer).unwrap();
            pieces(elements, |piece| encoder.push(piece).unwrap());
            encoder.finish().unwrap();
        });
        let mut decoder = chain.decoder(reader).unwrap();
        assert_eq!(decoder.nbytes(), Some(BYTES), "{text}");
        let mut read = vec![0; PIECE];
        pieces(elements, |piece| {
            decoder.read_exact(&mut read[..piece.len()]).unwrap();
            assert!(read[..piece.len()] == *piece, "{text}: other elements than were encoded");
        });
        assert_eq!(decoder.pull(&mut read).unwrap(), 0, "{text}: elements behind the end");
    });
}

/// The elements, again and again, until there are enough.
fn pieces(elements: &[u8], mut take: impl FnMut(&[u8])) {
    let (mut left, mut at) = (BYTES, 0);
    while left > 0 {
        let n = left.min(PIECE).min(elements.len() - at);
        take(&elements[at..at + n]);
        left -= n;
        at = (at + n) % elements.len();
    }
}

/// The most memory that this process ever had resident, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}
