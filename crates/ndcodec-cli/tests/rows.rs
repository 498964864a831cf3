//! `decode --rows`: some rows of an array, without the rest where the chain allows it.

mod common;

use common::{Sandbox, npy};

/// 4000 rows of 2 little-endian u32: 0 to 7999.
fn payload(rows: std::ops::Range<u32>) -> Vec<u8> {
    (2 * rows.start..2 * rows.end).flat_map(u32::to_le_bytes).collect()
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("x.npy", &npy("<u4", "(4000, 2)", &payload(0..4000)));
    sandbox
}

#[test]
fn rows_come_as_a_npy_file() {
    let sandbox = sandbox();
    let expected = npy("<u4", "(10, 2)", &payload(1000..1010));
    for chain in [
        "npy",
        "npy|zstd|base64",
        "raw(<u4,4000x2)",
        "raw(<u4,?x2)|lz4",
        "chunked(lz4,size=1KiB)",
        "chunked(lz4)|base64",
    ] {
        sandbox.succeed(&["encode", "-q", "-c", chain, "x.npy", "-o", "x.bin"]);
        let args = ["decode", "-q", "-c", chain, "--rows", "1000..1010"];
        sandbox.succeed(&[&args[..], &["x.bin", "-o", "rows.npy"]].concat());
        assert_eq!(sandbox.read("rows.npy"), expected, "{chain}");
        let piped = sandbox.run_with(&[&args[..], &["-"]].concat(), &sandbox.read("x.bin"));
        assert_eq!((piped.status, piped.stdout), (0, expected.clone()), "{chain}, from a pipe");
    }
}

#[test]
fn only_what_the_rows_need_is_read() {
    let sandbox = sandbox();
    let rows = sandbox.run(&["decode", "--rows", "1000..1010", "x.npy", "-o", "rows.npy"]);
    assert_eq!(rows.stderr, "decoded rows 1000..1010 from 208 bytes to 208: npy\n");
    sandbox.succeed(&["encode", "-q", "-c", "chunked(lz4,size=1KiB)", "x.npy", "-o", "x.ndch"]);
    let rows = sandbox.run(&["decode", "--rows", "1000..1010", "x.ndch", "-o", "rows.npy"]);
    let (start, end) = ("decoded rows 1000..1010 from ", " bytes to 208: chunked(lz4)\n");
    let read = rows.stderr.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).map(str::parse::<u64>);
    let read = read.unwrap_or_else(|| panic!("{}", rows.stderr)).unwrap();
    // The header, an index of 32 chunks, and one or two chunks.
    assert!(read < 3000, "{read}");
}

#[test]
fn wrong_rows_are_named() {
    let sandbox = sandbox();
    for (rows, message) in [
        ("5", "expected two row numbers such as `100..200`"),
        ("5..2", "it ends at 2, before it begins at 5"),
    ] {
        let outcome = sandbox.run(&["decode", "--rows", rows, "x.npy", "-o", "rows.npy"]);
        assert_eq!(outcome.status, 2, "{rows}");
        assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
    }
    sandbox.succeed(&["encode", "-q", "-c", "chunked(lz4)", "x.npy", "-o", "x.ndch"]);
    sandbox.succeed(&["encode", "-q", "x.npy", "-o", "x.txt"]);
    for input in ["x.npy", "x.ndch", "x.txt"] {
        let outcome = sandbox.run(&["decode", "--rows", "3990..4001", input, "-o", "rows.npy"]);
        let message = format!("error: `{input}`: there are no rows 3990..4001 in an array of shape 4000x2\n");
        assert_eq!((outcome.status, outcome.stderr), (1, message));
    }
    sandbox.write("notes.txt", b"some notes");
    sandbox.succeed(&["encode", "-q", "-c", "gzip|base64", "notes.txt", "-o", "notes.b64"]);
    let outcome = sandbox.run(&["decode", "-c", "gzip|base64", "--rows", "0..1", "notes.b64"]);
    let message =
        "error: `gzip|base64` does not hold an array, so it has no rows\nhelp: leave `--rows` out\n";
    assert_eq!((outcome.status, outcome.stderr.as_str()), (2, message));
    assert!(!sandbox.files().contains(&"rows.npy".to_owned()));
}
