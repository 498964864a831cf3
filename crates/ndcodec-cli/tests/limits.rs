//! Every limit that a message names is raised by the option that its help names, in each command that decodes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test an `unwrap` is an assertion")]

mod common;

use std::io::Cursor;

use common::{Sandbox, npy};
use ndcodec::Chain;
use ndcodec::npz::{MemberEncoding, NpzWriter};

/// The option that the help of this message names.
fn named(stderr: &str) -> &str {
    let Some((_, cure)) = stderr.split_once("raise it with `") else { panic!("no cure: {stderr}") };
    cure.split('`').next().unwrap()
}

/// Runs with `option` so low that it must be passed, and then with what the help names, larger each time, until it
/// succeeds.
fn raise(sandbox: &Sandbox, args: &[&str], stdin: &[u8], option: &str, low: u64) {
    let mut max = low;
    loop {
        let given = max.to_string();
        let outcome = sandbox.run_with(&[args, &[option, &given]].concat(), stdin);
        if outcome.status == 0 {
            break;
        }
        assert_eq!(outcome.status, 3, "{args:?} {option} {max}: {}", outcome.stderr);
        assert_eq!(named(&outcome.stderr), option, "{args:?} {max}: {}", outcome.stderr);
        assert!(max < 1 << 32, "{args:?}: `{option}` does not help: {}", outcome.stderr);
        max *= 4;
    }
    assert!(max > low, "{args:?}: {option} {low} does not hold");
    let _ = std::fs::remove_dir_all(sandbox.path("out"));
}

/// Every command that decodes an array, with the option from `low` on; `inspect` only where the header is at stake.
fn raise_in_every_command(chain: &str, encoded: &[u8], option: &str, low: u64) {
    let sandbox = Sandbox::new();
    sandbox.write("x", encoded);
    let is_header = option == "--max-header";
    raise(&sandbox, &["decode", "--chain", chain, "x", "-o", "y"], b"", option, low);
    raise(&sandbox, &["decode", "--chain", chain, "-", "-o", "y"], encoded, option, low);
    raise(&sandbox, &["convert", "--from", chain, "--to", "raw", "x", "-o", "y"], b"", option, low);
    if chain.starts_with("npy") {
        raise(&sandbox, &["decode", "--all", "--chain", chain, "x", "-o", "out"], b"", option, low);
    }
    if is_header {
        raise(&sandbox, &["inspect", "--chain", chain, "x"], b"", option, low);
        raise(&sandbox, &["inspect", "--chain", chain, "-"], encoded, option, low);
    }
    // Rows take no more than they have, or the chunks that hold them; only codecs around the format decode the whole.
    if is_header || chain.starts_with("npy|") {
        raise(&sandbox, &["decode", "--rows", "0..1", "--chain", chain, "x", "-o", "y"], b"", option, low);
    }
}

/// A `.npy` of a header with many characters.
fn wide() -> Vec<u8> {
    let fields: Vec<String> = (0..500).map(|i| format!("('column{i}', '<f4')")).collect();
    let descr = format!("[{}]", fields.join(", "));
    let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (2,), }}\n");
    let len = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &len[..], header.as_bytes(), &[7; 4000]].concat()
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..len).map(|_| next()).collect()
}

fn encoded(chain: &str, npy: &[u8]) -> Vec<u8> {
    let array = Chain::parse("npy").unwrap().decode(npy).unwrap();
    Chain::parse(chain).unwrap().encode(&array.view()).unwrap()
}

#[test]
fn max_bytes_is_raised_wherever_it_is_named() {
    let array = npy("|u1", "(1000, 40)", &noise(40_000));
    for chain in [
        "npy",
        "npy|zstd|base64",
        "npy|gzip",
        "npy|shuffle(4)|lz4",
        "chunked(zstd)",
        "auto",
        "raw(u1,1000x40)|zlib",
    ] {
        raise_in_every_command(chain, &encoded(chain, &array), "--max-bytes", 500);
    }
    let sandbox = Sandbox::new();
    sandbox.write("x", &encoded("npy|gzip|base64", &array));
    raise(&sandbox, &["decode", "--chain", "gzip|base64", "x", "-o", "y"], b"", "--max-bytes", 500);
}

#[test]
fn max_header_is_raised_wherever_it_is_named() {
    for chain in ["npy", "npy|zstd", "npy|zlib|base64", "npy|shuffle|zstd", "chunked(lz4)", "auto"] {
        raise_in_every_command(chain, &encoded(chain, &wide()), "--max-header", 100);
    }
    let sandbox = Sandbox::new();
    sandbox.write("x.npy", &wide());
    raise(&sandbox, &["encode", "x.npy", "-o", "y"], b"", "--max-header", 100);
}

/// What is written has the same ceiling, and the same option raises it.
#[test]
fn max_header_is_raised_for_what_is_written() {
    let fields: Vec<String> = (0..14_500).map(|i| format!("('c{i:05}', '<f4')")).collect();
    let descr = format!("[{}]", fields.join(", "));
    let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}\n");
    let len = u32::try_from(header.len()).unwrap().to_le_bytes();
    let sandbox = Sandbox::new();
    sandbox.write("x.npy", &[b"\x93NUMPY\x02\x00", &len[..], header.as_bytes(), &[7; 58_000]].concat());
    for chain in ["npy|zstd", "chunked(lz4)"] {
        raise(&sandbox, &["encode", "--chain", chain, "x.npy", "-o", "y"], b"", "--max-header", 100_000);
        raise(
            &sandbox,
            &["convert", "--from", chain, "--to", "npy", "y", "-o", "z"],
            b"",
            "--max-header",
            100_000,
        );
        raise(&sandbox, &["decode", "--chain", chain, "y", "-o", "z"], b"", "--max-header", 100_000);
        raise(
            &sandbox,
            &["decode", "--rows", "0..1", "--chain", chain, "y", "-o", "z"],
            b"",
            "--max-header",
            100_000,
        );
    }
}

#[test]
fn max_window_is_raised_wherever_it_is_named() {
    let array = npy("|u1", "(3145728,)", &noise(3 << 20));
    for chain in ["npy|zstd(1,window=21)", "raw(u1)|zstd(1,window=21)"] {
        raise_in_window(chain, &encoded(chain, &array));
    }
}

fn raise_in_window(chain: &str, encoded: &[u8]) {
    let sandbox = Sandbox::new();
    sandbox.write("x", encoded);
    raise(&sandbox, &["decode", "--chain", chain, "x", "-o", "y"], b"", "--max-window", 1 << 20);
    raise(&sandbox, &["decode", "--chain", chain, "-", "-o", "y"], encoded, "--max-window", 1 << 20);
}

#[test]
fn limits_of_archives_are_raised() {
    let npz = |encoding: MemberEncoding, bytes: &[u8]| {
        let mut writer = NpzWriter::new(Cursor::new(Vec::new())).with_encoding(encoding);
        writer.add("x", &Chain::parse("npy").unwrap().decode(bytes).unwrap().view()).unwrap();
        writer.finish().unwrap().into_inner()
    };
    let sandbox = Sandbox::new();
    for encoding in [MemberEncoding::Stored, MemberEncoding::Deflated, MemberEncoding::Zstd] {
        for (option, low, bytes) in
            [("--max-bytes", 500, npy("|u1", "(40000,)", &noise(40_000))), ("--max-header", 100, wide())]
        {
            let archive = npz(encoding, &bytes);
            sandbox.write("x.npz", &archive);
            raise(&sandbox, &["decode", "x.npz", "-o", "out"], b"", option, low);
            raise(&sandbox, &["decode", "-", "-o", "out"], &archive, option, low);
            raise(&sandbox, &["decode", "--member", "x", "x.npz", "-o", "y"], b"", option, low);
        }
    }
}
