//! What must be rejected costs little: under 64 MiB of memory and one second for each file, whichever way it is read.
//!
//! The allocator of this binary counts, so there is one test in it and nothing else may run beside.
#![expect(unsafe_code, reason = "an allocator that counts is an allocator")]
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

mod counting;

use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use counting::peak_of;
use ndcodec::npz::{MemberEncoding, Npz, NpzWriter};
use ndcodec::{ArrayView, Chain, DecodeOptions};
use ndcodec_testkit::{Outcome, corpus_or_skip};

const MOST_MEMORY: usize = 64 << 20;
const MOST_TIME: Duration = Duration::from_secs(1);

/// The most memory at one time, beyond what there was before, and the time.
fn measure(work: &mut dyn FnMut()) -> (usize, Duration) {
    let start = Instant::now();
    let (peak, ()) = peak_of(work);
    (peak, start.elapsed())
}

/// Memory is the same each time. Time is the best of three where the machine was busy with other things.
#[track_caller]
fn assert_cheap(what: &str, mut work: impl FnMut()) -> (usize, Duration) {
    let (memory, mut time) = measure(&mut work);
    for _ in 0..2 {
        if time > MOST_TIME {
            time = time.min(measure(&mut work).1);
        }
    }
    assert!(memory < MOST_MEMORY, "{what}: {memory} bytes of memory");
    assert!(time < MOST_TIME, "{what}: {time:?}");
    (memory, time)
}

/// Every way to read, each of which must end in an error where `is_rejected`.
fn read_npy(name: &str, bytes: &[u8], is_rejected: bool) -> (usize, Duration) {
    let npy = Chain::parse("npy").unwrap();
    let options = DecodeOptions::new();
    let decode = || npy.decode(bytes).map(drop).is_err();
    let decode_into_vec = || npy.decode_into_vec::<f64>(bytes, &mut Vec::new()).map(drop).is_err();
    let decode_rows = || {
        // Rows of a file whose end is missing may be there.
        npy.decode_rows_with(bytes, 0..1, &options).ok();
        true
    };
    let stream = || {
        let Ok(mut reader) = npy.decoder(bytes) else { return true };
        let mut part = vec![0; 1 << 16];
        loop {
            match reader.pull(&mut part) {
                Ok(0) => return reader.layout().is_err(),
                Ok(_) => {}
                Err(_) => return true,
            }
        }
    };
    let ways: [(&str, &dyn Fn() -> bool); 4] = [
        ("decode", &decode),
        ("decode_into_vec", &decode_into_vec),
        ("decode_rows", &decode_rows),
        ("stream", &stream),
    ];
    let mut most = (0, Duration::ZERO);
    for (way, read) in ways {
        let what = format!("{name} by {way}");
        let (memory, time) = assert_cheap(&what, || assert!(read() || !is_rejected, "{what}: not rejected"));
        most = (most.0.max(memory), most.1.max(time));
    }
    most
}

fn read_npz(name: &str, bytes: &[u8], is_rejected: bool) -> (usize, Duration) {
    assert_cheap(name, || {
        let Ok(npz) = Npz::open(Cursor::new(bytes)) else { return };
        let names: Vec<String> = npz.names().map(str::to_owned).collect();
        let mut is_whole = true;
        for array in &names {
            npz.inspect(array).ok();
            is_whole &= npz.read(array).is_ok();
        }
        assert!(!(is_whole && is_rejected), "{name}: not rejected");
    })
}

/// A `.npy` of which everything claims `count` bytes, and `there` are.
fn claiming(count: usize, there: usize) -> Vec<u8> {
    let mut text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({count},), }}");
    text.push_str(&" ".repeat(117 - text.len()));
    let text = text + "\n";
    let len = u16::try_from(text.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &len[..], text.as_bytes(), &vec![0; there]].concat()
}

/// Archives and headers that claim much and hold little.
fn hostile() -> Vec<(&'static str, bool, Vec<u8>)> {
    let mut all = Vec::new();
    for (name, count) in [("npy claims 900 MB", 900_000_000), ("npy claims 2^62 bytes", 1 << 62)] {
        all.push((name, false, claiming(count, 1000)));
    }
    // A header of the length limit that is one opened bracket after the other.
    let brackets = [b"\x93NUMPY\x01\x00", &9999_u16.to_le_bytes()[..], &[b'('; 9999]].concat();
    all.push(("npy of brackets", false, brackets));
    for method in [0_u16, 8, 93] {
        let mut writer = NpzWriter::new(Cursor::new(Vec::new())).with_encoding(match method {
            0 => MemberEncoding::Stored,
            8 => MemberEncoding::Deflated,
            _ => MemberEncoding::Zstd,
        });
        writer.add("x", &ArrayView::from_slice(&[0_u8; 100], &[100]).unwrap()).unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        // The lengths in the member's own header and in the directory.
        let (true_len, lie) = (228_u32.to_le_bytes(), 900_000_000_u32.to_le_bytes());
        let mut lying = bytes.clone();
        while let Some(at) = lying.windows(4).position(|part| part == true_len) {
            lying[at..at + 4].copy_from_slice(&lie);
        }
        all.push(("npz whose directory claims 900 MB", true, lying));
    }
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..2000 {
        zip.start_file(format!("{i}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&claiming(900_000_000, 0)).unwrap();
    }
    all.push(("npz of 2000 members that claim 900 MB", true, zip.finish().unwrap().into_inner()));
    all
}

#[test]
fn what_is_rejected_is_cheap() {
    for (name, is_npz, bytes) in hostile() {
        if is_npz {
            read_npz(name, &bytes, true)
        } else {
            read_npy(name, &bytes, true)
        };
    }
    // That the counter counts.
    assert!(measure(&mut || drop(std::hint::black_box(vec![0_u8; 5 << 20]))).0 >= 5 << 20);

    let Some(corpus) = corpus_or_skip() else { return };
    let mut most = (0, Duration::ZERO);
    let mut count = 0;
    let rows = corpus.of_kind("npy").chain(corpus.of_kind("npz")).chain(corpus.of_kind("pickle"));
    for row in rows.filter(|row| row.outcome != Outcome::Decode) {
        let bytes = row.read();
        let is_rejected = row.outcome != Outcome::Either;
        let (memory, time) = match row.is_kind("npz") {
            true => read_npz(&row.path, &bytes, is_rejected),
            false => read_npy(&row.path, &bytes, is_rejected),
        };
        most = (most.0.max(memory), most.1.max(time));
        count += 1;
    }
    println!("{count} files, at most {} bytes of memory and {:?} each", most.0, most.1);
    assert!(count > 0);
}
