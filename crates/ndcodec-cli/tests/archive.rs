//! `.npz` archives: `inspect` lists them, `decode` writes each array to a file of its own.

#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

mod common;

use std::io::Cursor;

use common::{Sandbox, npy, parse};
use ndcodec::npz::{MemberEncoding, NpzWriter};
use ndcodec::{Array, Chain};
use serde_json::json;

fn array(bytes: &[u8]) -> Array {
    Chain::parse("npy").unwrap().decode(bytes).unwrap()
}

/// An archive of these arrays.
fn npz(encoding: MemberEncoding, arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = NpzWriter::new(Cursor::new(Vec::new())).with_encoding(encoding);
    for (name, bytes) in arrays {
        writer.add(name, &array(bytes).view()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn two() -> [(&'static str, Vec<u8>); 2] {
    [("x", common::array()), ("a/longer", npy("|u1", "(3,)", &[1, 2, 3]))]
}

#[test]
fn inspect_lists_the_arrays() {
    let sandbox = Sandbox::new();
    let bytes = npz(MemberEncoding::Stored, &two());
    sandbox.write("x.npz", &bytes);
    assert_eq!(
        String::from_utf8(sandbox.succeed(&["inspect", "x.npz"])).unwrap(),
        "x         <f8  2x3  C  48 bytes  stored\n\
         a/longer  |u1  3    C  3 bytes   stored\n"
    );
    let report = parse(&sandbox.succeed(&["inspect", "--json", "x.npz"]));
    assert_eq!(report["kind"], "archive");
    assert_eq!(report["encoded_len"], bytes.len());
    assert_eq!(
        report["members"][0],
        json!({
            "name": "x", "dtype": "<f8", "shape": [2, 3], "order": "C", "nbytes": 48, "encoding": "stored",
            "encoded_len": 176, "error": null,
        })
    );
    sandbox.write("empty.npz", &npz(MemberEncoding::Stored, &[]));
    assert_eq!(sandbox.succeed(&["inspect", "empty.npz"]), b"an archive without arrays\n");
    let outcome = sandbox.run_with(&["inspect", "--json", "-"], &bytes);
    assert_eq!((outcome.status, parse(&outcome.stdout)), (0, report));
}

#[test]
fn decode_writes_each_array_to_a_file() {
    for encoding in [MemberEncoding::Stored, MemberEncoding::Deflated, MemberEncoding::Zstd] {
        let sandbox = Sandbox::new();
        sandbox.write("x.npz", &npz(encoding, &two()));
        let outcome = sandbox.run(&["decode", "x.npz", "-o", "out/deep"]);
        assert_eq!(
            (outcome.status, outcome.stderr.as_str()),
            (0, "decoded 2 arrays of 51 bytes to `out/deep`\n")
        );
        for (name, bytes) in two() {
            assert_eq!(sandbox.read(&format!("out/deep/{name}.npy")), bytes);
        }
        let stderr = sandbox.fail(2, &["decode", "x.npz"]);
        assert!(stderr.contains("help: name it with `-o`"), "{stderr}");
        let stderr = sandbox.fail(3, &["decode", "--max-bytes", "50", "x.npz", "-o", "small"]);
        assert!(stderr.contains("`--max-bytes`"), "{stderr}");
        assert_eq!(sandbox.files(), ["out", "x.npz"]);
    }
}

#[test]
fn an_archive_may_come_through_a_pipe() {
    let sandbox = Sandbox::new();
    let bytes = npz(MemberEncoding::Deflated, &two());
    let outcome = sandbox.run_with(&["decode", "-", "-o", "out"], &bytes);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, "decoded 2 arrays of 51 bytes to `out`\n"));
    for (name, bytes) in two() {
        assert_eq!(sandbox.read(&format!("out/{name}.npy")), bytes);
    }
    let outcome = sandbox.run_with(&["decode", "--max-bytes", "100", "-", "-o", "none"], &bytes);
    assert_eq!(outcome.status, 3);
    assert_eq!(
        outcome.stderr,
        "error: standard input: the archive has more bytes than the limit of 100\n\
         help: raise it with `--max-bytes`; `--max-bytes none` lifts every limit\n"
    );
    let outcome = sandbox.run_with(&["decode", "-", "-o", "none"], &bytes[..bytes.len() - 1]);
    assert_eq!(outcome.status, 1, "{}", outcome.stderr);
    assert_eq!(sandbox.files(), ["out"]);
}

#[test]
fn an_archive_in_place_of_an_array_is_told_of() {
    let sandbox = Sandbox::new();
    sandbox.write("x.npz", &npz(MemberEncoding::Stored, &two()));
    for args in [&["encode", "x.npz", "-o", "out"][..], &["convert", "--to", "npy", "x.npz", "-o", "out"]] {
        let stderr = sandbox.fail(1, args);
        let help = "\nhelp: it is a zip archive, such as a `.npz`; `ndcodec decode IN -o FOLDER` takes its arrays out\n";
        assert!(stderr.ends_with(help), "{stderr}");
    }
    assert_eq!(sandbox.files(), ["x.npz"]);
}

#[test]
fn nothing_is_written_where_a_name_leads_elsewhere() {
    for name in ["../escape", "/escape", "C:\\escape", "a/../../escape", "con", "x/..", "a\\b", "\u{1b}[2J"] {
        let sandbox = Sandbox::new();
        sandbox
            .write("x.npz", &npz(MemberEncoding::Stored, &[("x", common::array()), (name, common::array())]));
        let stderr = sandbox.fail(1, &["decode", "x.npz", "-o", "out"]);
        assert!(stderr.starts_with("error: `x.npz`: the name `"), "{stderr}");
        assert!(!stderr.contains('\u{1b}'));
        assert_eq!(sandbox.files(), ["x.npz"], "{name}");
    }
}

#[test]
fn damage_is_bad_data() {
    let sandbox = Sandbox::new();
    let mut bytes = npz(MemberEncoding::Stored, &two());
    let at = bytes.windows(3).position(|part| part == [1, 2, 3]).unwrap();
    bytes[at] = 9;
    sandbox.write("x.npz", &bytes);
    let stderr = sandbox.fail(1, &["decode", "x.npz", "-o", "out"]);
    assert!(stderr.contains("the member `a/longer.npy` is not usable: the CRC-32 is "), "{stderr}");
    sandbox.write("x.npz", &bytes[..bytes.len() - 1]);
    sandbox.fail(1, &["inspect", "x.npz"]);
    sandbox.fail(1, &["decode", "x.npz", "-o", "out"]);
}
