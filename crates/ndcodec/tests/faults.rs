//! Readers and writers that fail at each byte, give one byte at a time, or are interrupted: an error that says so and never
//! a part that is taken for the whole, and the chain works afterwards.
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]
#![cfg(feature = "full")]

use std::io::{self, Cursor, ErrorKind as IoKind, Read, Seek, SeekFrom, Write};

use ndcodec::npz::{Npz, NpzWriter};
use ndcodec::{ArrayView, Chain, Error, ErrorKind, Pipeline};

const CHAINS: &[&str] = &[
    "npy",
    "npy|zstd",
    "npy|zlib",
    "npy|gzip",
    "npy|deflate",
    "npy|lz4",
    "npy|lz4(framing=block)",
    "npy|lz4(framing=sized)",
    "npy|base64",
    "npy|hex",
    "npy|dataurl",
    "npy|crc32c|zstd",
    "npy|xxh3",
    "npy|fletcher32|prefix",
    "npy|shuffle|zstd|base64",
    "npy|xor|predict|lz4",
    "npy|decimal|dict|zstd",
    "npy|columns|pco",
    "npy|bitshuffle|sparse",
    "raw(<f8,3x5)|shuffle|zlib",
    "chunked(shuffle|lz4,size=1KiB)",
    "chunked(xor|zstd)|base64",
    "auto",
    "auto|gzip",
];

const CODECS: &[&str] = &[
    "zstd",
    "zlib",
    "gzip",
    "deflate",
    "lz4",
    "lz4(framing=block)",
    "base64",
    "hex",
    "dataurl",
    "crc32c|zstd",
    "prefix|lz4",
    "sparse",
];

/// What a reader or writer does once it has moved so many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Fails(IoKind),
    /// `Ok(0)`: the end of a reader, and what a writer must not say.
    Stops,
}

/// Moves a byte at a time, with an interruption before each of them, and fails after `left` of them.
struct Faulty<T> {
    inner: T,
    left: usize,
    then: Then,
    is_interrupted: bool,
}

impl<T> Faulty<T> {
    fn new(inner: T, left: usize, then: Then) -> Self {
        Self { inner, left, then, is_interrupted: false }
    }

    /// Whether the next byte may move.
    fn step(&mut self) -> io::Result<bool> {
        self.is_interrupted = !self.is_interrupted;
        if self.is_interrupted {
            return Err(IoKind::Interrupted.into());
        }
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => match self.then {
                Then::Fails(kind) => return Err(kind.into()),
                Then::Stops => return Ok(false),
            },
        }
        Ok(true)
    }
}

impl<T: Read> Read for Faulty<T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if !self.step()? {
            return Ok(0);
        }
        let len = buf.len().min(1);
        self.inner.read(&mut buf[..len])
    }
}

impl<T: Write> Write for Faulty<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.step()? {
            return Ok(0);
        }
        self.inner.write(&bytes[..bytes.len().min(1)])
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.then {
            Then::Fails(kind) if self.left == 0 => Err(kind.into()),
            _ => self.inner.flush(),
        }
    }
}

impl<T: Seek> Seek for Faulty<T> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

const VALUES: [f64; 15] = [1.5, 2.0, 2.25, 2.5, 3.0, -1.0, 0.0, 0.5, 1e3, 1e3, 1.5, 7.0, 7.5, 8.0, 9.25];

fn array() -> ArrayView<'static> {
    ArrayView::from_slice(&VALUES, &[3, 5]).unwrap()
}

/// Reads to the end, and once more behind an error: an end there would make a part look whole.
fn pulled(mut pull: impl FnMut(&mut [u8]) -> Result<usize, Error>, what: &str) -> Result<Vec<u8>, Error> {
    let (mut bytes, mut part) = (Vec::new(), [0; 100]);
    loop {
        match pull(&mut part) {
            Ok(0) => return Ok(bytes),
            Ok(n) => bytes.extend_from_slice(&part[..n]),
            Err(error) => {
                for _ in 0..3 {
                    assert!(!matches!(pull(&mut part), Ok(0)), "{what}: an end behind an error");
                }
                return Err(error);
            }
        }
    }
}

/// A part is not a whole. One that decodes lacks nothing: the padding of a data: URL need not be there.
fn check_part(chain: &Chain, part: &[u8], what: &str) {
    for decoded in [chain.decode(part), chain.decode_from(Faulty::new(part, usize::MAX, Then::Stops))] {
        let Ok(decoded) = decoded else { continue };
        assert!(what.starts_with("npy|dataurl"), "{what}: a part is taken for the whole");
        assert_eq!(decoded.payload(), array().payload(), "{what}");
    }
}

fn is_io(error: &Error, kind: IoKind) -> bool {
    matches!(error, Error::Io(error) if error.kind() == kind) && error.kind() == ErrorKind::Io
}

#[test]
fn a_byte_at_a_time_gives_the_same() {
    for text in CHAINS {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&array()).unwrap();
        let reader = || Faulty::new(&*encoded, usize::MAX, Then::Stops);
        assert_eq!(chain.decode_from(reader()).unwrap().payload(), array().payload(), "{text}");
        let mut streamed = chain.decoder(reader()).unwrap();
        assert_eq!(pulled(|buf| streamed.pull(buf), text).unwrap(), array().payload(), "{text}");
        let mut written = Vec::new();
        chain.encode_to(&array(), Faulty::new(&mut written, usize::MAX, Then::Stops)).unwrap();
        assert_eq!(chain.decode(&written).unwrap().payload(), array().payload(), "{text}");
    }
    for text in CODECS {
        let pipeline = Pipeline::parse(text).unwrap();
        let encoded = pipeline.encode(array().payload()).unwrap();
        let mut reader = pipeline.decoder(Faulty::new(&*encoded, usize::MAX, Then::Stops)).unwrap();
        assert_eq!(pulled(|buf| reader.pull(buf), text).unwrap(), array().payload(), "{text}");
    }
}

#[test]
fn a_reader_that_fails_at_any_byte_is_an_error_of_the_reader() {
    let kind = IoKind::ConnectionReset;
    for text in CHAINS {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&array()).unwrap();
        for len in 0..=encoded.len() {
            let reader = || Faulty::new(&*encoded, len, Then::Fails(kind));
            let what = format!("{text} after {len} of {}", encoded.len());
            let error = chain.decode_from(reader()).unwrap_err();
            assert!(is_io(&error, kind), "{what}: {}", error.report());
            let streamed = chain.decoder(reader()).and_then(|mut s| pulled(|buf| s.pull(buf), &what));
            let error = streamed.unwrap_err();
            assert!(is_io(&error, kind), "{what}, streamed: {}", error.report());
            // One that ends there in place of failing has given a part.
            if len < encoded.len() {
                check_part(&chain, &encoded[..len], &what);
            }
        }
        assert_eq!(chain.decode(&encoded).unwrap().payload(), array().payload(), "{text}: afterwards");
    }
    for text in CODECS {
        let pipeline = Pipeline::parse(text).unwrap();
        let encoded = pipeline.encode(array().payload()).unwrap();
        for len in 0..=encoded.len() {
            let reader = Faulty::new(&*encoded, len, Then::Fails(kind));
            let what = format!("{text} after {len} of {}", encoded.len());
            let read = pipeline.decoder(reader).and_then(|mut r| pulled(|buf| r.pull(buf), &what));
            let error = read.unwrap_err();
            assert!(is_io(&error, kind), "{what}: {}", error.report());
        }
    }
}

#[test]
fn a_writer_that_fails_at_any_byte_is_an_error_of_the_writer() {
    for text in CHAINS {
        let chain = Chain::parse(text).unwrap();
        let mut whole = Vec::new();
        chain.encode_to(&array(), &mut whole).unwrap();
        for len in 0..whole.len() {
            for (then, kind) in [
                (Then::Fails(IoKind::StorageFull), IoKind::StorageFull),
                (Then::Fails(IoKind::BrokenPipe), IoKind::BrokenPipe),
                (Then::Stops, IoKind::WriteZero),
            ] {
                let what = format!("{text} after {len} of {}, {then:?}", whole.len());
                let mut written = Vec::new();
                let error = chain.encode_to(&array(), Faulty::new(&mut written, len, then)).unwrap_err();
                assert!(is_io(&error, kind), "{what}: {}", error.report());
                assert_eq!(written, whole[..len], "{what}");
                check_part(&chain, &written, &what);
                // Part by part, where the failure may come at any push or at the end.
                let mut written = Vec::new();
                let pushed = chain.encoder(array().layout(), Faulty::new(&mut written, len, then)).and_then(
                    |mut writer| {
                        array().payload().chunks(7).try_for_each(|part| writer.push(part))?;
                        writer.finish()
                    },
                );
                assert!(is_io(&pushed.unwrap_err(), kind), "{what}, pushed");
                assert!(written.len() <= len, "{what}, pushed");
                check_part(&chain, &written, &what);
            }
        }
        // All bytes are taken, and then they cannot be flushed.
        let full = Then::Fails(IoKind::StorageFull);
        let error = chain.encode_to(&array(), Faulty::new(Vec::new(), whole.len(), full)).unwrap_err();
        assert!(is_io(&error, IoKind::StorageFull), "{text}: {}", error.report());
        let again = chain.encode(&array()).unwrap();
        assert_eq!(chain.decode(&again).unwrap().payload(), array().payload(), "{text}: afterwards");
    }
}

#[test]
fn large_arrays_fail_alike() {
    // Beyond every buffer, in several chunks and threads.
    let values: Vec<f64> = (0..400_000).map(|i| f64::from(i % 1000) * 0.25).collect();
    let array = ArrayView::from_slice(&values, &[4000, 100]).unwrap();
    for text in [
        "npy",
        "npy|zstd",
        "npy|base64",
        "chunked(shuffle|lz4,size=64KiB)",
        "chunked(zstd)",
        "auto",
        "npy|lz4|hex",
    ] {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&array).unwrap();
        for part in 0..16 {
            let len = encoded.len() * part / 16;
            let fails =
                io::Read::chain(&encoded[..len], Faulty::new(io::empty(), 0, Then::Fails(IoKind::TimedOut)));
            let error = chain.decode_from(fails).unwrap_err();
            assert!(is_io(&error, IoKind::TimedOut), "{text}, {len}: {}", error.report());
            let mut room = vec![0; len];
            let error = chain.encode_to(&array, &mut room[..]).unwrap_err();
            assert!(is_io(&error, IoKind::WriteZero), "{text}, {len}: {}", error.report());
        }
        assert_eq!(chain.decode(&encoded).unwrap().payload(), array.payload(), "{text}: afterwards");
    }
}

#[test]
fn a_pipe_that_nobody_reads_is_an_error() {
    let values = vec![1.0; 100_000];
    let array = ArrayView::from_slice(&values, &[values.len()]).unwrap();
    for text in ["npy", "npy|hex", "chunked(lz4)", "npy|base64|hex"] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let error = Chain::parse(text).unwrap().encode_to(&array, writer).unwrap_err();
        assert!(is_io(&error, IoKind::BrokenPipe), "{text}: {}", error.report());
        // One who went without a word has given a part.
        let (reader, mut writer) = io::pipe().unwrap();
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&array).unwrap();
        writer.write_all(&encoded[..encoded.len().min(5000) / 2]).unwrap();
        drop(writer);
        let error = chain.decode_from(reader).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Truncated, "{text}: {}", error.report());
    }
}

#[test]
fn an_archive_fails_alike() {
    let written = |left, then| {
        let mut file = Cursor::new(Vec::new());
        let mut writer = NpzWriter::new(Faulty::new(&mut file, left, then));
        let done = writer.add("x", &array()).and_then(|()| writer.add("y", &array()));
        let done = done.and_then(|()| writer.finish().map(|_| ()));
        (done.map_err(|error| error.report()), file.into_inner())
    };
    let (done, whole) = written(usize::MAX, Then::Stops);
    done.unwrap();
    for len in 0..whole.len() {
        let (done, part) = written(len, Then::Fails(IoKind::StorageFull));
        assert!(done.is_err(), "after {len}");
        assert!(Npz::open(Cursor::new(part)).is_err(), "after {len}: a part is taken for the whole");
        // Cut off at any byte, or failing there, nothing is taken for an archive.
        assert!(Npz::open(Cursor::new(&whole[..len])).is_err(), "{len} bytes");
    }
    let npz = Npz::open(Cursor::new(&whole)).unwrap();
    assert_eq!(npz.read("y").unwrap().payload(), array().payload());
}
