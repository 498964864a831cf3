//! Archives of a security review and of the field, which stand beside the corpus: what each of them gives.

#![allow(missing_docs, clippy::panic, clippy::unwrap_used, reason = "a test")]

mod common;

use std::io::Cursor;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use common::{Member, archive, npy};
use ndcodec_core::{DecodeLimits, ErrorKind, Limit};
use ndcodec_npz::{Npz, NpzError, relative_path, relative_paths};
use ndcodec_testkit::corpus::{canonical_bytes, sha256_hex};
use ndcodec_testkit::{Corpus, skip};
use serde_json::Value;

/// A folder beside the corpus.
fn folder_or_skip(name: &str) -> Option<PathBuf> {
    let folder = Corpus::find().and_then(|corpus| Some(corpus.root().parent()?.join(name)));
    let folder = folder.filter(|folder| folder.exists());
    if folder.is_none() {
        skip(&format!("no ../shared/{name} is beside the checkout"));
    }
    folder
}

fn open(folder: &std::path::Path, name: &str) -> Result<Npz<Cursor<Vec<u8>>>, NpzError> {
    let bytes = std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    Npz::open(Cursor::new(bytes))
}

#[test]
fn hostile_names_are_refused_or_stay_inside() {
    let Some(folder) = folder_or_skip("attacks") else { return };
    let limits = DecodeLimits::new();
    // What a file of the array is called, if one may be.
    let held = [
        (0, None),
        (1, None),
        (2, None),
        (3, cfg!(unix).then_some("C:\\x.npy")),
        (4, cfg!(unix).then_some("con.npy")),
        (5, cfg!(unix).then_some("..\\x.npy")),
        (6, None),
        (7, None),
        (8, None),
        (9, cfg!(unix).then_some("nul.npy")),
        (10, cfg!(unix).then_some("a:b.npy")),
        (11, None),
        (12, None),
        (13, Some("-o.npy")),
        (14, Some("\u{a0}■.npy")),
    ];
    for (number, path) in held {
        let npz = open(&folder, &format!("a4_{number:02}.npz")).unwrap();
        let name = npz.names().next().unwrap();
        assert_eq!(npz.read_with(name, &limits.into()).unwrap().payload(), [0], "{number}");
        assert_eq!(relative_path(name).ok(), path.map(PathBuf::from), "{number}");
    }
    let report = |name: &str, array: &str| {
        open(&folder, name).unwrap().read_with(array, &limits.into()).unwrap_err().report()
    };
    assert!(report("a4_sym.npz", "l").starts_with("the member `l.npy` is not an array: "));
    assert_eq!(report("a4_dup.npz", "x"), "the archive has 2 arrays of the name `x`");
    let npz = open(&folder, "a4_filefolder.npz").unwrap();
    let paths = relative_paths(npz.names());
    assert_eq!(*paths[0].as_ref().unwrap(), PathBuf::from("a.npy"));
    assert!(paths[1].as_ref().unwrap_err().report().ends_with("its folder is the file of another array"));
    assert!(open(&folder, "a4_dev.npz").unwrap().read_with("d", &limits.into()).is_ok());
}

#[test]
fn a_zstd_member_obeys_the_limit_of_windows() {
    let Some(folder) = folder_or_skip("attacks") else { return };
    let mut bytes = std::fs::read(folder.join("a8.npz")).unwrap();
    let check = |bytes: &[u8], limits: DecodeLimits| {
        let npz = Npz::open_with(Cursor::new(bytes.to_vec()), &limits.into()).unwrap();
        let errors = [npz.read_with("x", &limits.into()).err(), npz.inspect_with("x", &limits.into()).err()];
        for error in errors.iter().flatten() {
            let message =
                format!("a frame needs a window larger than the limit of {} bytes", limits.max_window);
            assert_eq!((error.kind(), error.limit()), (ErrorKind::Limit, Some(Limit::Window)));
            assert!(error.reason().starts_with(&message), "{}", error.report());
        }
        errors.map(|error| error.is_none())
    };
    // Its frame wants 2 GiB, then 128 MiB; it holds 16 MiB, and is given no more than the limit.
    let window = 30 + "x.npy".len() + 5;
    for wanted in [0xa8, 0x88] {
        bytes[window] = wanted;
        assert_eq!(check(&bytes, DecodeLimits::new()), [true, true]);
        assert_eq!(check(&bytes, DecodeLimits::new().with_max_window(32 << 20)), [true, true]);
        assert_eq!(check(&bytes, DecodeLimits::new().with_max_window(8 << 20)), [false, true]);
    }
}

/// The work on names grows with their length, and not with its square: these took 80 seconds.
#[test]
fn deep_names_cost_no_time() {
    let deep = |i| Member::stored(&format!("{}{i:06}.npy", "a/".repeat(32_000)), &npy("|u1", 1, &[0]));
    let shorter = |i| Member::stored(&format!("{i}/{}x.npy", "a/".repeat(250)), &npy("|u1", 1, &[0]));
    for (members, is_held) in
        [((0..16).map(deep).collect::<Vec<_>>(), false), ((0..3000).map(shorter).collect(), true)]
    {
        let npz = Npz::open(Cursor::new(archive(&members))).unwrap();
        let start = Instant::now();
        let paths = relative_paths(npz.names());
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        assert!(paths.iter().all(|path| path.is_ok() == is_held));
    }
}

/// The field cases, each with the sha256 of its elements in `expected.json`.
#[test]
fn archives_of_the_field_are_read() {
    let Some(field) = folder_or_skip("field") else { return };
    let limits = DecodeLimits::new();
    let mut count = 0;
    for (folder, archive, array, key) in [
        ("56-npz-writers", "plain.npz", "a", "a"),
        ("56-npz-writers", "comp.npz", "a", "a"),
        ("56-npz-writers", "streamed.npz", "a", "a"),
        ("56-npz-writers", "cnpy.npz", "a", "a"),
        ("56-npz-writers", "prefixed.npz", "a", "a"),
        ("56-npz-writers", "comment.npz", "a", "a"),
        ("56-npz-writers", "names.npz", "a", "a"),
        ("56-npz-writers", "names.npz", "sub/dir/b", "a"),
        ("56-npz-writers", "unicode.npz", "été", "a"),
        ("56-npz-writers", "case.npz", "a", "a"),
        ("57-npz-names", "tf.npz", "dense/kernel:0", "a"),
        ("57-npz-names", "tf.npz", "dense/bias:0", "b"),
        ("11-pytriton-npz-in-S", "whole.npz", "embeddings", "e"),
    ] {
        let folder = field.join(folder);
        let expected: Value =
            serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
        let read = open(&folder, archive).and_then(|npz| npz.read_with(array, &limits.into()));
        let read = read.unwrap_or_else(|error| panic!("{archive}: {}", error.report()));
        assert_eq!(sha256_hex(&canonical_bytes(&read.view())), expected[key]["sha256"], "{archive} {array}");
        count += 1;
    }
    println!("{count} arrays of the field");

    let writers = field.join("56-npz-writers");
    let reason =
        |name: &str| open(&writers, name).unwrap().read_with("a", &limits.into()).unwrap_err().reason();
    assert!(reason("bz2.npz").contains("bzip2") && reason("lzma.npz").contains("lzma"));
    assert!(reason("badcrc.npz").contains("CRC-32"));
    assert_eq!(reason("encrypted-flag.npz"), "it is encrypted");
    assert_eq!(reason("dup.npz"), "2 arrays have this name");
    assert_eq!(open(&writers, "empty.npz").unwrap().names().len(), 0);
    assert_eq!(open(&writers, "many.npz").unwrap().names().len(), 300);
    assert_eq!(
        open(&writers, "trunc.npz").unwrap_err().report(),
        "the archive is not usable: it has no directory at its end: it is cut off, or no zip archive"
    );
    assert_eq!(
        open(&field.join("11-pytriton-npz-in-S"), "cut.npz").unwrap_err().report(),
        "the archive is not usable: the input ends inside the archive"
    );
    let npz = open(&field.join("57-npz-names"), "tf.npz").unwrap();
    let paths = relative_paths(npz.names());
    assert_eq!(paths.iter().map(Result::is_ok).collect::<Vec<_>>(), [cfg!(unix), cfg!(unix), true]);
}
