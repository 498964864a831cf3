//! What a header claims is believed only where it can be true: forged containers whose checksums are right.

#![allow(missing_docs, clippy::cast_possible_truncation, clippy::unwrap_used, reason = "a test")]

mod common;

use std::time::{Duration, Instant};

use common::{Kind, array, chain, register_toys};
use ndcodec_core::{DecodeLimits, DecodeOptions, Error, Order};

/// The fields of a header, to be forged.
#[derive(Clone)]
struct Forged {
    version: u8,
    order: u8,
    ndim: u16,
    reserved: u32,
    chunk_len: u64,
    shape: Vec<u64>,
    dtype: String,
    inner: String,
}

impl Forged {
    /// Of 1000 little-endian doubles.
    fn new() -> Self {
        let (dtype, inner) = ("<f8".to_owned(), "lz4".to_owned());
        Self { version: 1, order: 0, ndim: 1, reserved: 0, chunk_len: 1024, shape: vec![1000], dtype, inner }
    }

    fn header(&self) -> Vec<u8> {
        let mut bytes = b"\x89NDCH\r\n\x1a".to_vec();
        bytes.extend([self.version, self.order]);
        bytes.extend(self.ndim.to_le_bytes());
        bytes.extend((self.dtype.len() as u32).to_le_bytes());
        bytes.extend((self.inner.len() as u32).to_le_bytes());
        bytes.extend(self.reserved.to_le_bytes());
        bytes.extend(self.chunk_len.to_le_bytes());
        self.shape.iter().for_each(|dim| bytes.extend(dim.to_le_bytes()));
        bytes.extend(self.dtype.bytes());
        bytes.extend(self.inner.bytes());
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// A container of these bodies, whose checksums, index and footer are right.
    fn container(&self, bodies: &[&[u8]]) -> Vec<u8> {
        let mut bytes = self.header();
        let head = bytes[bytes.len() - 4..].to_vec();
        let mut index = Vec::new();
        for (i, body) in bodies.iter().enumerate() {
            index.extend((bytes.len() as u64).to_le_bytes());
            let record = [&(body.len() as u32).to_le_bytes()[..], body].concat();
            let crc = crc32c::crc32c(&[&(i as u64).to_le_bytes()[..], &head, &record].concat());
            bytes.extend(record);
            bytes.extend(crc.to_le_bytes());
        }
        let begin = bytes.len() as u64;
        let crc = crc32c::crc32c(&[&head[..], &index].concat());
        bytes.extend(index);
        bytes.extend(crc.to_le_bytes());
        let total = bytes.len() as u64 + 24;
        bytes.extend(begin.to_le_bytes());
        bytes.extend(total.to_le_bytes());
        bytes.extend(b"NDCHEND\n");
        bytes
    }
}

/// What every way of decoding says: the reports, which must end with `expected`.
fn refused(bytes: &[u8], limits: DecodeLimits, expected: &str) {
    let chunked = chain("chunked");
    let options = DecodeOptions::new().with_limits(limits);
    let start = Instant::now();
    let stream = || -> Result<(), Error> {
        let mut reader = chunked.decoder_with(bytes, &options)?;
        while reader.pull(&mut [0; 4096])? > 0 {}
        Ok(())
    };
    let results = [
        ("whole", chunked.decode_with(bytes, &options).map(drop)),
        ("stream", stream()),
        ("rows", chunked.decode_rows_with(bytes, 0..1, &options).map(drop)),
    ];
    for (way, result) in results {
        let report = result.map_or_else(|error| error.report(), |()| "it decodes".to_owned());
        assert!(report.contains(expected), "{way}: {report}");
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{expected}: {:?}", start.elapsed());
}

#[test]
fn headers_that_cannot_be_are_refused() {
    let forge = |change: &dyn Fn(&mut Forged)| {
        let mut forged = Forged::new();
        change(&mut forged);
        forged.container(&[])
    };
    type Case<'a> = (&'a dyn Fn(&mut Forged), &'a str);
    let cases: &[Case<'_>] = &[
        (&|f| f.version = 2, "unknown version 2 of `chunked`; expected 1 (at byte 8)"),
        (&|f| f.order = 2, "unknown order 2; expected 0 or 1 (at byte 9)"),
        (&|f| f.ndim = 65, "65 dimensions are more than the 64 that numpy allows (at byte 10)"),
        (&|f| f.reserved = 1, "reserved bytes of the header are not zero (at byte 20)"),
        (
            &|f| f.chunk_len = 0,
            "chunks of 0 bytes do not hold a whole number of items of 8 bytes (at byte 24)",
        ),
        (
            &|f| f.chunk_len = 1023,
            "chunks of 1023 bytes do not hold a whole number of items of 8 bytes (at byte 24)",
        ),
        (
            &|f| f.chunk_len = 1 << 40,
            "chunks of 1099511627776 bytes are larger than the 1073741824 that are allowed",
        ),
        (&|f| f.shape = vec![u64::MAX], "larger than memory can address"),
        (&|f| f.dtype = "<f7".to_owned(), "the dtype is invalid"),
        (&|f| f.dtype = "|O".to_owned(), "the dtype is invalid"),
        (&|f| f.inner = "lz4|".to_owned(), "the header names the inner chain `lz4|`, which cannot be used"),
        (&|f| f.inner = "nothing".to_owned(), "unknown stage `nothing`"),
        (
            &|f| f.inner = "chunked(lz4)".to_owned(),
            "the header names the inner chain `chunked(lz4)`, which cannot be",
        ),
        (&|f| f.inner = "npy".to_owned(), "the header names the inner chain `npy`, which cannot be used"),
        (
            &|f| f.inner = "lz4|shuffle".to_owned(),
            "the header names the inner chain `lz4|shuffle`, which cannot be",
        ),
        (&|f| f.inner = "zstd(level=99)".to_owned(), "which cannot be used"),
    ];
    for (change, expected) in cases {
        refused(&forge(*change), DecodeLimits::new(), expected);
    }
    // Lengths of texts that are not there.
    for at in [12, 16] {
        let mut bytes = Forged::new().container(&[]);
        bytes[at..at + 4].copy_from_slice(&[0xff; 4]);
        refused(&bytes, DecodeLimits::new(), "more than the limit of 262144 bytes (at byte 12)");
        refused(&bytes, DecodeLimits::none(), "the input ends inside the header");
    }
}

#[test]
fn an_inner_chain_that_does_not_fit_the_dtype_is_refused() {
    register_toys();
    let mut forged = Forged::new();
    (forged.dtype, forged.inner, forged.chunk_len) = ("|u1".to_owned(), "halves".to_owned(), 1000);
    let body = [&[1, 1, 0, 0xe8, 3, 0, 0][..], &[0; 1000]].concat();
    let bytes = forged.container(&[&body]);
    refused(&bytes, DecodeLimits::new(), "the inner chain does not fit the array");
    // Also where the reader's own chain is the same.
    let error = chain("chunked(halves)").decode(&bytes).unwrap_err();
    assert!(error.report().contains("an odd itemsize"), "{}", error.report());
}

/// A few bytes cannot make a reader allocate, or work for long, even one without limits.
#[test]
fn large_claims_cost_nothing() {
    let mut forged = Forged::new();
    forged.dtype = "|u1".to_owned();
    for (len, chunk_len) in
        [(1_u64 << 62, 1 << 30), (1 << 62, 1), (1 << 40, 1 << 30), (1 << 29, 1), (1 << 34, 1 << 30)]
    {
        (forged.shape, forged.chunk_len) = (vec![len], chunk_len);
        let bytes = forged.container(&[&[1, 1, 2, 1, 0, 0, 0, 0]]);
        refused(&bytes, DecodeLimits::none(), "");
        let error =
            chain("chunked").decode_with(&bytes, &DecodeOptions::new().with_limits(DecodeLimits::none()));
        assert!(error.is_err());
    }
    // A record that claims to be as large as a chunk, and is not there.
    (forged.shape, forged.chunk_len) = (vec![1 << 30], 1 << 30);
    let mut bytes = forged.header();
    bytes.extend((1_u32 << 30).to_le_bytes());
    refused(&bytes, DecodeLimits::none(), "");
}

#[test]
fn many_short_chunks_are_refused_before_they_cost_time() {
    let forge = |chunk_len, elements| {
        let mut forged = Forged::new();
        (forged.chunk_len, forged.shape) = (chunk_len, vec![elements]);
        forged
    };
    let many = forge(8, 65_537).container(&[]);
    refused(
        &many,
        DecodeLimits::none(),
        "65537 chunks of 8 bytes; expected at most 65536 chunks of fewer than 256 bytes (at byte 24)",
    );
    // As many as are read are missed where they should be, and longer chunks may be more.
    for few in [forge(8, 65_536), forge(256, 32 * 65_537)] {
        refused(&few.container(&[]), DecodeLimits::none(), "");
        let error = chain("chunked").decode_with(&few.container(&[]), &DecodeLimits::none().into());
        assert!(!error.unwrap_err().report().contains("cost time"));
    }
}

#[test]
fn bodies_that_cannot_be_are_refused() {
    let mut forged = Forged::new();
    (forged.dtype, forged.shape) = ("|u1".to_owned(), vec![8]);
    let zeros = [0; 8];
    let good = forged.container(&[&[&[0][..], &zeros].concat()]);
    assert_eq!(chain("chunked").decode(&good).unwrap().payload(), zeros);
    let cases: &[(&[u8], &str)] = &[
        (&[], "the input ends inside its body"),
        (&[3], "unknown chunk kind 3; expected 0, 1 or 2"),
        (&[0, 0, 0, 0], "it holds 3 bytes; expected 8"),
        (&[1], "the input ends inside its table"),
        (&[1, 0], "its 8 bytes cannot fall into 0 equal parts"),
        (&[1, 3], "its 8 bytes cannot fall into 3 equal parts"),
        (&[1, 1, 2, 1, 0], "the input ends inside its table"),
        (&[1, 1, 2, 1, 0, 0, 0], "the input ends inside its parts"),
        (&[1, 1, 2, 0, 0, 0, 0], "it holds 0 bytes; expected 8"),
        (&[1, 1, 2, 2, 0, 0, 0, 7, 7], "it holds 2 bytes; expected 8"),
        (&[1, 1, 3, 1, 0, 0, 0, 7], "unknown part kind 3"),
        (&[1, 1, 2, 1, 0, 0, 0, 7, 7], "1 byte follows the end of its parts"),
        (&[1, 1, 0, 1, 0, 0, 0, 7], "it holds 1 bytes; expected 8"),
        (&[1, 1, 1, 1, 0, 0, 0, 7], "its inner chain failed"),
    ];
    for (body, expected) in cases {
        let bytes = forged.container(&[body]);
        refused(&bytes, DecodeLimits::new(), expected);
        refused(&bytes, DecodeLimits::new(), "chunk 0 of 1 is damaged: ");
    }
    let constant = forged.container(&[&[1, 1, 2, 1, 0, 0, 0, 7]]);
    assert_eq!(chain("chunked").decode(&constant).unwrap().payload(), [7; 8]);
    refused(&forged.container(&[]), DecodeLimits::new(), "");
    refused(&forged.container(&[&[0; 9], &[0; 9]]), DecodeLimits::new(), "");
}

/// A codec's frame that holds more than its part is cut off at once.
#[test]
fn a_part_that_holds_more_is_refused() {
    let zeros = array("|u1", &[1 << 20], Order::C, Kind::Zeros);
    let frame = ndcodec_core::Pipeline::parse("lz4").unwrap().encode(zeros.payload()).unwrap();
    let mut forged = Forged::new();
    (forged.dtype, forged.shape, forged.chunk_len) = ("|u1".to_owned(), vec![8192], 8192);
    let body = [&[1, 1, 1][..], &(frame.len() as u32).to_le_bytes(), &frame].concat();
    refused(
        &forged.container(&[&body]),
        DecodeLimits::new(),
        "chunk 0 of 1 is damaged: its inner chain failed",
    );
}
