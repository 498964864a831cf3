//! What a chain costs beside hand-written calls of the same backends with contexts and buffers that are used again.
//!
//! `cargo bench -p ndcodec-benches --bench overhead` prints a row for each chain, array and direction, as CSV: the real
//! arrays of the corpus, their first 1 and 4 KiB, and a made one of 64 MiB. The hand-written side knows the header beforehand, and
//! neither checks nor parses it when decoding. It calls what our stages call: zstd-safe, base64-turbo, and for zlib whichever
//! of libdeflate and zlib-rs our stage took, which the lengths tell. For lz4, whose block kernel is our own, it calls
//! lz4_flex, so those rows compare kernels too.
//!
//! A chain, an array's name or a length behind `--` measures that alone. With `--check` the run fails if a chain costs
//! more than 1.15 times the calls at 4 KiB, or 1.03 times from 1 MiB on, in the geometric mean over the arrays of a
//! direction, or any case more than 1.11 times.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a bench asserts and prints")]

use std::hint::black_box;

use base64_turbo::STANDARD;
use ndcodec::{Buffer, Chain};
use ndcodec_benches::{NamedArray, Record, Run, cut, geometric_mean, grown, made, real};

const TINY: usize = 1 << 10;
const SMALL: usize = 4 << 10;
const LARGE: usize = 1 << 20;

/// The calls of the backends, with everything that can be used again.
trait ByHand {
    /// Encodes the header and the payload into the beginning of `out`, and returns the length.
    fn encode(&mut self, header: &[u8], payload: &[u8], out: &mut Vec<u8>) -> usize;
    /// Decodes the header and the payload into the beginning of `out`, and returns the length.
    fn decode(&mut self, encoded: &[u8], out: &mut Vec<u8>) -> usize;
}

fn main() {
    let mut run = Run::from_args("overhead");
    let mut arrays = real().unwrap();
    if run.is_quick() {
        arrays.truncate(3);
    }
    let small: Vec<NamedArray> =
        [TINY, SMALL].iter().flat_map(|len| arrays.iter().map(|array| cut(array, *len))).collect();
    // The real arrays have 0.5 to 5 MB; those of less than 1 MiB are made whole by repeating.
    let mut large: Vec<NamedArray> = arrays.iter().map(|array| grown(array, LARGE)).collect();
    large.push(made(if run.is_quick() { 8 << 20 } else { 64 << 20 }));
    for (text, rival, new) in ROWS {
        for array in small.iter().chain(&large) {
            if run.wants(&[text, &array.name, &array.payload.len().to_string()]) {
                measure(&mut run, (text, rival), new(), array);
            }
        }
    }
    run.finish_within(over);
}

/// What costs more than is promised: each chain in the geometric mean over the arrays, and each case by itself.
fn over(records: &[Record]) -> Vec<String> {
    let mut over = Vec::new();
    for (chain, ..) in ROWS {
        for direction in ["encode", "decode"] {
            for (sizes, bound, is_of) in [
                ("at 4 KiB", 1.15, (|bytes| bytes > TINY as u64 && bytes < LARGE as u64) as fn(u64) -> bool),
                ("from 1 MiB", 1.03, |bytes| bytes >= LARGE as u64),
            ] {
                let of = records.iter().filter(|record| {
                    record.case.split(" on ").next() == Some(chain)
                        && record.direction == direction
                        && is_of(record.bytes)
                });
                let mean = geometric_mean(of.filter_map(|record| record.ratio));
                // NaN if the command line asks for others only.
                eprintln!("{chain}, {direction} {sizes}: {mean:.3} times the calls' time");
                if mean > bound {
                    over.push(format!(
                        "{chain}, {direction} {sizes}: {mean:.3} > {bound}, the geometric mean"
                    ));
                }
            }
        }
    }
    let single = records.iter().filter(|record| record.ratio.is_some_and(|ratio| 1.0 / ratio < 0.9));
    over.extend(single.map(|record| {
        let Record { case, bytes, direction, ratio, .. } = record;
        format!("{case}, {bytes} bytes, {direction}: {ratio:?}")
    }));
    over
}

type New = fn() -> Vec<Box<dyn ByHand>>;

/// The chain, what is called by hand, and the calls: if there are several, those that write as many bytes as the chain.
const ROWS: [(&str, &str, New); 6] = [
    ("npy|zstd", "calls of zstd-safe", || vec![Box::new(Zstd::default())]),
    ("npy|zstd|base64", "calls of zstd-safe and base64-turbo", || vec![Box::new(Text::new(Zstd::default()))]),
    ("npy|lz4", "calls of lz4_flex", || vec![Box::new(Lz4::default())]),
    ("npy|lz4|base64", "calls of lz4_flex and base64-turbo", || vec![Box::new(Text::new(Lz4::default()))]),
    ("npy|zlib", "calls of libdeflate or zlib-rs", || {
        vec![Box::new(Libdeflate::new(6)), Box::new(Libdeflate::new(7)), Box::new(ZlibRs::default())]
    }),
    ("npy|base64", "calls of base64-turbo", || vec![Box::new(Text::new(Plain))]),
];

fn measure(run: &mut Run, (text, rival): (&str, &str), candidates: Vec<Box<dyn ByHand>>, array: &NamedArray) {
    let chain = Chain::parse(text).unwrap();
    let view = array.view();
    let payload = view.payload();
    let npy = Chain::parse("npy").unwrap().encode(&view).unwrap();
    let header = &npy[..npy.len() - payload.len()];

    let (mut ours, mut theirs) = (Buffer::new(), Vec::new());
    let encoded = chain.encode(&view).unwrap();
    let mut candidates: Vec<_> = candidates
        .into_iter()
        .map(|mut by_hand| (by_hand.encode(header, payload, &mut theirs), by_hand))
        .collect();
    candidates.sort_by_key(|(len, _)| len.abs_diff(encoded.len()));
    let (len, mut by_hand) = candidates.swap_remove(0);
    by_hand.encode(header, payload, &mut theirs);
    let (mut decoded, mut decoded_by_hand) = (Buffer::new(), Vec::new());
    // Each decodes what the other wrote: the same work, whatever backend encoded it.
    assert!(chain.decode_into(&theirs[..len], &mut decoded).unwrap().payload() == payload, "{text}");
    assert_eq!(by_hand.decode(&encoded, &mut decoded_by_hand), npy.len(), "{text}");
    assert!(decoded_by_hand[..npy.len()] == npy, "{text}");

    let case = format!("{text} on {}", array.name);
    run.case(&case, payload.len(), "encode").threads(1).sizes(encoded.len(), len).beside(
        rival,
        || {
            black_box(chain.encode_into(black_box(&view), &mut ours).unwrap());
        },
        || {
            black_box(by_hand.encode(header, black_box(payload), &mut theirs));
        },
    );
    run.case(&case, payload.len(), "decode").threads(1).sizes(encoded.len(), len).beside(
        rival,
        || {
            black_box(chain.decode_into(black_box(&encoded), &mut decoded).unwrap());
        },
        || {
            black_box(by_hand.decode(black_box(&encoded), &mut decoded_by_hand));
        },
    );
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
        STANDARD.encode_slice(bytes, room(out, len.div_ceil(3) * 4)).unwrap()
    }

    fn decode(&mut self, encoded: &[u8], out: &mut Vec<u8>) -> usize {
        let bytes = room(&mut self.bytes, encoded.len() / 4 * 3);
        let len = STANDARD.decode_slice(encoded, bytes).unwrap();
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

/// libdeflate, which our stage takes if that is faster and smaller, and to decode.
struct Libdeflate {
    compress: libdeflater::Compressor,
    decompress: libdeflater::Decompressor,
    npy: Vec<u8>,
    /// The length of what was encoded last, which the hand-written side remembers.
    len: usize,
}

impl Libdeflate {
    fn new(level: i32) -> Self {
        let compress = libdeflater::Compressor::new(libdeflater::CompressionLvl::new(level).unwrap());
        Self { compress, decompress: libdeflater::Decompressor::new(), npy: Vec::new(), len: 0 }
    }
}

impl ByHand for Libdeflate {
    fn encode(&mut self, header: &[u8], payload: &[u8], out: &mut Vec<u8>) -> usize {
        self.len = Plain.encode(header, payload, &mut self.npy);
        let bound = self.compress.zlib_compress_bound(self.len);
        self.compress.zlib_compress(&self.npy[..self.len], room(out, bound)).unwrap()
    }

    fn decode(&mut self, encoded: &[u8], out: &mut Vec<u8>) -> usize {
        self.decompress.zlib_decompress(encoded, room(out, self.len)).unwrap()
    }
}

/// zlib-rs to encode, which our stage takes if it is smaller.
struct ZlibRs {
    compress: flate2::Compress,
    libdeflate: Libdeflate,
}

impl Default for ZlibRs {
    fn default() -> Self {
        let compress = flate2::Compress::new(flate2::Compression::new(6), true);
        Self { compress, libdeflate: Libdeflate::new(6) }
    }
}

impl ByHand for ZlibRs {
    fn encode(&mut self, header: &[u8], payload: &[u8], out: &mut Vec<u8>) -> usize {
        let Libdeflate { npy, len, .. } = &mut self.libdeflate;
        *len = Plain.encode(header, payload, npy);
        let room = room(out, *len + *len / 8 + 64);
        self.compress.reset();
        self.compress.compress(&npy[..*len], room, flate2::FlushCompress::Finish).unwrap();
        usize::try_from(self.compress.total_out()).unwrap()
    }

    fn decode(&mut self, encoded: &[u8], out: &mut Vec<u8>) -> usize {
        self.libdeflate.decode(encoded, out)
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
                to += lz4_flex::block::decompress_into(block, &mut room[to..]).unwrap();
            } else {
                room[to..to + n].copy_from_slice(block);
                to += n;
            }
            at += 4 + n;
        }
        to
    }
}
