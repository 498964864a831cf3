//! What a chain costs beside hand-written calls of the same backends with contexts and buffers that are used again.
//!
//! `cargo bench -p ndcodec-benches --bench overhead` prints a row for each chain, size and direction, as CSV. The
//! hand-written side knows the header beforehand, and neither checks nor parses it when decoding.
//!
//! A chain or a size behind `--` measures that alone. With `--check` the run fails where a chain costs more than 1.25 times the calls at 4 KiB, or 1.05 times from
//! 1 MiB on.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench asserts and prints"
)]

use std::hint::black_box;

use ndcodec::{ArrayView, Buffer, Chain};
use ndcodec_benches::{HEADER, Pair, measurements, pair};

const SIZES: [usize; 3] = [4 << 10, 1 << 20, 16 << 20];

/// The calls of the backends, with everything that can be used again.
trait ByHand {
    /// Encodes the header and the payload into the beginning of `out`, and answers the length.
    fn encode(&mut self, header: &[u8], payload: &[u8], out: &mut Vec<u8>) -> usize;
    /// Decodes the header and the payload into the beginning of `out`, and answers the length.
    fn decode(&mut self, encoded: &[u8], out: &mut Vec<u8>) -> usize;
}

fn main() {
    let check = std::env::args().any(|arg| arg == "--check");
    // A chain or a size alone, for a profile.
    let only: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let is_wanted =
        |text: &str, size: usize| only.iter().all(|only| *only == text || *only == size.to_string());
    let mut over = Vec::new();
    println!("chain,bytes,direction,ours_ns,by_hand_ns,ratio");
    for (text, new) in ROWS {
        for size in SIZES.into_iter().filter(|size| is_wanted(text, *size)) {
            let payload = measurements(size);
            for (direction, Pair { ours, theirs, ratio }) in measure(text, new(), &payload) {
                println!("{text},{size},{direction},{ours:.0},{theirs:.0},{ratio:.3}");
                let bound = if size >= 1 << 20 { 1.05 } else { 1.25 };
                if ratio > bound {
                    over.push(format!("{text} {direction} {size}: {ratio:.3} > {bound}"));
                }
            }
        }
    }
    if check && !over.is_empty() {
        eprintln!("over the bound:\n{}", over.join("\n"));
        std::process::exit(1);
    }
}

type New = fn() -> Box<dyn ByHand>;

const ROWS: [(&str, New); 4] = [
    ("npy|zstd|base64", || Box::new(Text::new(Zstd::default()))),
    ("npy|lz4|base64", || Box::new(Text::new(Lz4::default()))),
    ("npy|zlib", || Box::new(Zlib::default())),
    ("npy|base64", || Box::new(Text::new(Plain))),
];

fn measure(text: &str, mut by_hand: Box<dyn ByHand>, payload: &[u8]) -> [(&'static str, Pair); 2] {
    let chain = Chain::parse(text).unwrap();
    let elements: Vec<f64> =
        payload.chunks_exact(8).map(|item| f64::from_le_bytes(item.try_into().unwrap())).collect();
    let array = ArrayView::from_slice(&elements, &[elements.len()]).unwrap();
    let npy = Chain::parse("npy").unwrap().encode(&array).unwrap();
    let header = &npy[..HEADER];

    let (mut ours, mut theirs) = (Buffer::new(), Vec::new());
    chain.encode_into(&array, &mut ours).unwrap();
    let len = by_hand.encode(header, payload, &mut theirs);
    // Both are decoded by the other side, so both did the same work.
    let (mut decoded, mut decoded_by_hand) = (Buffer::new(), Vec::new());
    assert_eq!(chain.decode_into(&theirs[..len], &mut decoded).unwrap().payload(), payload);
    let len = by_hand.decode(&ours, &mut decoded_by_hand);
    assert_eq!(decoded_by_hand[..len], npy);

    let rounds = if payload.len() > 1 << 22 { 11 } else { 41 };
    let encoded = ours.to_vec();
    let encode = {
        let by_hand = &mut by_hand;
        pair(
            rounds,
            || {
                ours.clear();
                chain.encode_into(black_box(&array), &mut ours).unwrap();
            },
            || {
                black_box(by_hand.encode(header, black_box(payload), &mut theirs));
            },
        )
    };
    let decode = pair(
        rounds,
        || {
            black_box(chain.decode_into(black_box(&encoded), &mut decoded).unwrap());
        },
        || {
            black_box(by_hand.decode(black_box(&encoded), &mut decoded_by_hand));
        },
    );
    [("encode", encode), ("decode", decode)]
}

/// Makes `out` at least `len` long without writing to what was there before.
fn room(out: &mut Vec<u8>, len: usize) -> &mut [u8] {
    if out.len() < len {
        out.resize(len, 0);
    }
    &mut out[..len]
}

struct Plain;

impl ByHand for Plain {
    fn encode(&mut self, header: &[u8], payload: &[u8], out: &mut Vec<u8>) -> usize {
        let len = header.len() + payload.len();
        let (head, rest) = room(out, len).split_at_mut(header.len());
        head.copy_from_slice(header);
        rest.copy_from_slice(payload);
        len
    }

    fn decode(&mut self, encoded: &[u8], out: &mut Vec<u8>) -> usize {
        room(out, encoded.len()).copy_from_slice(encoded);
        encoded.len()
    }
}

/// Base64 over the result of another.
struct Text {
    inner: Box<dyn ByHand>,
    bytes: Vec<u8>,
}

impl Text {
    fn new(inner: impl ByHand + 'static) -> Self {
        Self { inner: Box::new(inner), bytes: Vec::new() }
    }
}

impl ByHand for Text {
    fn encode(&mut self, header: &[u8], payload: &[u8], out: &mut Vec<u8>) -> usize {
        let len = self.inner.encode(header, payload, &mut self.bytes);
        let bytes = &self.bytes[..len];
        base64_turbo::STANDARD.encode_slice(bytes, room(out, len.div_ceil(3) * 4)).unwrap()
    }

    fn decode(&mut self, encoded: &[u8], out: &mut Vec<u8>) -> usize {
        let bytes = room(&mut self.bytes, encoded.len() / 4 * 3);
        let len = base64_turbo::STANDARD.decode_slice(encoded, bytes).unwrap();
        self.inner.decode(&self.bytes[..len], out)
    }
}

struct Zstd {
    compress: zstd_safe::CCtx<'static>,
    decompress: zstd_safe::DCtx<'static>,
    npy: Vec<u8>,
}

impl Default for Zstd {
    fn default() -> Self {
        let mut compress = zstd_safe::CCtx::create();
        compress.set_parameter(zstd_safe::CParameter::CompressionLevel(3)).unwrap();
        Self { compress, decompress: zstd_safe::DCtx::create(), npy: Vec::new() }
    }
}

impl ByHand for Zstd {
    fn encode(&mut self, header: &[u8], payload: &[u8], out: &mut Vec<u8>) -> usize {
        let len = Plain.encode(header, payload, &mut self.npy);
        self.compress.compress2(room(out, zstd_safe::compress_bound(len)), &self.npy[..len]).unwrap()
    }

    fn decode(&mut self, encoded: &[u8], out: &mut Vec<u8>) -> usize {
        let len = zstd_safe::get_frame_content_size(encoded).unwrap().unwrap();
        self.decompress.decompress(room(out, usize::try_from(len).unwrap()), encoded).unwrap()
    }
}

#[derive(Default)]
struct Zlib {
    contexts: Option<(libdeflater::Compressor, libdeflater::Decompressor)>,
    npy: Vec<u8>,
    /// The length of what was encoded last, which the hand-written side remembers.
    len: usize,
}

impl ByHand for Zlib {
    fn encode(&mut self, header: &[u8], payload: &[u8], out: &mut Vec<u8>) -> usize {
        self.len = Plain.encode(header, payload, &mut self.npy);
        let npy = &self.npy[..self.len];
        // A level more for small arrays, as the stage has it.
        let level = if npy.len() <= 16 << 10 { 7 } else { 6 };
        let level = libdeflater::CompressionLvl::new(level).unwrap();
        let (compress, _) = self
            .contexts
            .get_or_insert_with(|| (libdeflater::Compressor::new(level), libdeflater::Decompressor::new()));
        let bound = compress.zlib_compress_bound(npy.len());
        compress.zlib_compress(npy, room(out, bound)).unwrap()
    }

    fn decode(&mut self, encoded: &[u8], out: &mut Vec<u8>) -> usize {
        let (_, decompress) = self.contexts.as_mut().unwrap();
        decompress.zlib_decompress(encoded, room(out, self.len)).unwrap()
    }
}

/// Frames of independent blocks of 256 KiB without checksums, which is what `lz4` writes by default.
struct Lz4 {
    npy: Vec<u8>,
    table: lz4_flex::block::CompressTable,
    /// What the hand-written side knows of the frame: magic number, flags, and the checksum of these.
    frame: [u8; 7],
    len: usize,
}

const BLOCK: usize = 256 << 10;
/// Set in the length of a block that is stored.
const STORED: u32 = 1 << 31;

impl Default for Lz4 {
    fn default() -> Self {
        let mut frame = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x50, 0];
        frame[6] = twox_hash::XxHash32::oneshot(0, &frame[4..6]).to_le_bytes()[1];
        Self { npy: Vec::new(), table: lz4_flex::block::CompressTable::large(), frame, len: 0 }
    }
}

impl ByHand for Lz4 {
    fn encode(&mut self, header: &[u8], payload: &[u8], out: &mut Vec<u8>) -> usize {
        self.len = Plain.encode(header, payload, &mut self.npy);
        let npy = &self.npy[..self.len];
        let bound = lz4_flex::block::get_maximum_output_size(BLOCK) + 8;
        let room = room(out, 7 + npy.len().div_ceil(BLOCK) * bound + 4);
        room[..7].copy_from_slice(&self.frame);
        let mut at = 7;
        for block in npy.chunks(BLOCK) {
            let (len, body) = room[at..].split_at_mut(4);
            let n = lz4_flex::block::compress_into_with_table(block, body, &mut self.table).unwrap();
            let (n, flag) = if n < block.len() {
                (n, 0)
            } else {
                body[..block.len()].copy_from_slice(block);
                (block.len(), STORED)
            };
            len.copy_from_slice(&(u32::try_from(n).unwrap() | flag).to_le_bytes());
            at += 4 + n;
        }
        room[at..at + 4].fill(0);
        at + 4
    }

    fn decode(&mut self, encoded: &[u8], out: &mut Vec<u8>) -> usize {
        let room = room(out, self.len);
        let (mut at, mut to) = (7, 0);
        loop {
            let word = u32::from_le_bytes(encoded[at..at + 4].try_into().unwrap());
            let n = usize::try_from(word & !STORED).unwrap();
            if n == 0 {
                break;
            }
            let block = &encoded[at + 4..at + 4 + n];
            if word & STORED == 0 {
                to += lzzzz::lz4::decompress(block, &mut room[to..]).unwrap();
            } else {
                room[to..to + n].copy_from_slice(block);
                to += n;
            }
            at += 4 + n;
        }
        to
    }
}
