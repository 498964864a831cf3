//! What is left behind by a program that was killed, interrupted or ran out of room, and by what came in pieces.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

mod common;

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{PROGRAM, Sandbox, finish, npy};

const OLD: &[u8] = b"what was there before";
const COUNT: usize = 100_000;

/// 800,128 bytes, which no codec makes smaller.
fn large() -> Vec<u8> {
    let mixed = |i: u64| {
        let x = i.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    };
    let payload: Vec<u8> = (0..COUNT as u64).flat_map(|i| mixed(i).to_le_bytes()).collect();
    npy("<u8", "(100000,)", &payload)
}

/// The program where no file may be longer than so many blocks of 512 or 1,024 bytes: a disk that is full.
fn with_room(sandbox: &Sandbox, blocks: usize, args: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -f {blocks} && exec \"$0\" \"$@\""), PROGRAM]).args(args);
    command.current_dir(sandbox.folder()).env_remove("CLICOLOR_FORCE");
    command
}

#[test]
fn a_full_disk_leaves_the_old_file_whole() {
    let sandbox = Sandbox::new();
    sandbox.write("large.npy", &large());
    sandbox.succeed(&["encode", "-c", "npy|zstd|base64", "large.npy", "-o", "large.txt"]);
    sandbox.succeed(&["encode", "-c", "chunked(lz4)", "large.npy", "-o", "large.ndch"]);
    let before = sandbox.files();
    for args in [
        &["encode", "-c", "npy|base64", "large.npy"][..],
        &["encode", "-c", "npy|zstd", "large.npy"],
        &["encode", "-c", "chunked(shuffle|lz4)", "large.npy"],
        &["encode", "-c", "auto", "large.npy"],
        &["decode", "large.txt"],
        &["decode", "large.ndch"],
        &["convert", "--to", "npy|lz4", "large.txt"],
    ] {
        for (out, old) in [("kept", Some(OLD)), ("new", None)] {
            if let Some(old) = old {
                sandbox.write(out, old);
            }
            let outcome = finish(with_room(&sandbox, 16, &[args, &["-o", out]].concat()), b"");
            assert_eq!(
                outcome.stderr,
                format!("error: cannot write `{out}`: File too large (os error 27)\n")
            );
            assert_eq!(outcome.status, 4, "{args:?}");
            if old.is_some() {
                assert_eq!(sandbox.read(out), OLD, "{args:?}");
                std::fs::remove_file(sandbox.path(out)).unwrap();
            }
            assert_eq!(sandbox.files(), before, "{args:?}");
        }
    }
}

#[test]
fn a_full_disk_under_standard_output_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.write("large.npy", &large());
    let mut command = with_room(&sandbox, 16, &["encode", "-c", "npy|hex", "large.npy"]);
    command.stdout(std::fs::File::create(sandbox.path("out")).unwrap()).stderr(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr, "error: cannot write standard output: File too large (os error 27)\n");
    assert_eq!(output.status.code(), Some(4));
}

#[test]
fn a_full_disk_leaves_arrays_of_an_archive_whole_or_absent() {
    use ndcodec::npz::NpzWriter;
    use ndcodec::{ArrayView, ArrayView as View};

    let sandbox = Sandbox::new();
    let (small, big) = ([1.0; 10], vec![2.0; 100_000]);
    let mut writer = NpzWriter::new(std::fs::File::create(sandbox.path("a.npz")).unwrap());
    let views: [(&str, ArrayView<'_>); 3] = [
        ("a", View::from_slice(&small, &[10]).unwrap()),
        ("big", View::from_slice(&big, &[100_000]).unwrap()),
        ("c", View::from_slice(&small, &[10]).unwrap()),
    ];
    for (name, view) in &views {
        writer.add(name, view).unwrap();
    }
    writer.finish().unwrap();
    let outcome = finish(with_room(&sandbox, 16, &["decode", "a.npz", "-o", "out/"]), b"");
    assert_eq!(outcome.status, 4, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("File too large"), "{}", outcome.stderr);
    let left = std::fs::read_dir(sandbox.path("out")).unwrap();
    for path in left.map(|entry| entry.unwrap().path()) {
        assert!(path.extension().is_some_and(|extension| extension == "npy"), "{path:?}");
        assert_eq!(std::fs::read(&path).unwrap().len(), 128 + 80, "{path:?}");
    }
}

/// A program that waits for the rest of its input while its temporary file is there.
fn waiting(sandbox: &Sandbox, args: &[&str], begin: &[u8]) -> (Child, std::process::ChildStdin) {
    let before = sandbox.files().len();
    let mut child = sandbox.command(args).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(begin).unwrap();
    let start = Instant::now();
    while sandbox.files().len() == before {
        assert!(start.elapsed() < Duration::from_secs(60), "{args:?}: no temporary file");
        thread::sleep(Duration::from_millis(5));
    }
    (child, stdin)
}

#[test]
fn a_program_that_is_killed_leaves_the_old_file_whole() {
    let sandbox = Sandbox::new();
    sandbox.write("kept", OLD);
    let whole = large();
    for len in [128, 5_000, 500_000, whole.len() - 1] {
        let args = ["encode", "-c", "npy", "-", "-o", "kept"];
        let (mut child, stdin) = waiting(&sandbox, &args, &whole[..len]);
        child.kill().unwrap();
        child.wait().unwrap();
        drop(stdin);
        assert_eq!(sandbox.read("kept"), OLD, "{len}");
        // What it had written has a name that says whose it is.
        for name in sandbox.files().into_iter().filter(|name| name != "kept") {
            assert!(name.starts_with(".ndcodec-") && name.ends_with(".tmp"), "{name}");
        }
    }
    // Another run is not disturbed by it.
    let outcome = sandbox.run_with(&["encode", "-c", "npy", "-", "-o", "kept"], &whole);
    assert_eq!((outcome.status, sandbox.read("kept")), (0, whole));
}

#[test]
fn every_command_that_writes_is_interrupted_without_a_trace() {
    let whole = large();
    for signal in ["INT", "TERM"] {
        for (args, chain) in [
            (&["decode", "-c", "npy|hex", "-", "-o", "kept"][..], "npy|hex"),
            (&["decode", "-c", "chunked", "-", "-o", "kept"], "chunked(size=64KiB,lz4)"),
            (&["convert", "--from", "npy|hex", "--to", "npy|lz4", "-", "-o", "kept"], "npy|hex"),
            (&["encode", "-c", "npy|hex", "-", "-o", "kept"], "npy"),
        ] {
            let sandbox = Sandbox::new();
            sandbox.write("kept", OLD);
            let encoded = sandbox.run_with(&["encode", "-c", chain, "-"], &whole).stdout;
            let (mut child, stdin) = waiting(&sandbox, args, &encoded[..encoded.len() / 2]);
            let id = child.id().to_string();
            assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
            assert_eq!(child.wait().unwrap().code(), Some(130), "{signal} {args:?}");
            let left = (sandbox.files(), sandbox.read("kept"));
            assert_eq!(left, (vec!["kept".to_owned()], OLD.to_vec()), "{signal} {args:?}");
            drop(stdin);
        }
    }
}

#[test]
fn input_that_comes_a_byte_at_a_time_gives_the_same() {
    let (sandbox, bytes) = Sandbox::with_array();
    for chain in ["npy|zstd|base64", "chunked(shuffle|lz4)", "auto", "npy|gzip"] {
        let encoded = sandbox.succeed(&["encode", "-q", "-c", chain, "x.npy"]);
        let mut child = sandbox
            .command(&["decode", "-c", chain, "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writer = thread::spawn(move || {
            for byte in encoded {
                stdin.write_all(&[byte]).unwrap();
                thread::yield_now();
            }
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        assert!(output.status.success(), "{chain}");
        assert_eq!(output.stdout, bytes, "{chain}");
    }
}

#[test]
fn input_that_ends_early_is_an_error_and_writes_nothing() {
    let sandbox = Sandbox::new();
    let whole = large();
    for chain in ["npy|hex", "npy|zstd", "chunked(lz4,size=64KiB)", "npy|gzip|base64"] {
        let encoded = sandbox.run_with(&["encode", "-c", chain, "-"], &whole).stdout;
        for part in [1, 3, 7] {
            let cut = &encoded[..encoded.len() * part / 8];
            let outcome = sandbox.run_with(&["decode", "-c", chain, "-", "-o", "new"], cut);
            assert_eq!(outcome.status, 1, "{chain}: {}", outcome.stderr);
            assert!(sandbox.files().is_empty(), "{chain}");
        }
    }
}

/// 600 MB of zeros in 18 KB: an array in a frame of zstd, whose blocks repeat a byte 128 KiB times. It ends `missing` bytes
/// early.
fn zeros(missing: usize) -> Vec<u8> {
    const BLOCKS: usize = 4578;
    let header = npy("|u1", &format!("({},)", (BLOCKS << 17) + missing), &[]);
    let block = |len: usize, kind: usize, is_last: bool| {
        (len << 3 | kind << 1 | usize::from(is_last)).to_le_bytes()[..3].to_vec()
    };
    let mut frame = b"\x28\xb5\x2f\xfd\x00\x88".to_vec();
    frame.extend([block(header.len(), 0, false), header].concat());
    (0..BLOCKS).for_each(|i| frame.extend([block(1 << 17, 1, i + 1 == BLOCKS), vec![0]].concat()));
    frame
}

/// On a disk that is too small for it, one finds that it is not even written.
#[test]
fn what_is_dense_and_an_error_is_hardly_written() {
    let sandbox = Sandbox::new();
    sandbox.write("whole.zst", &zeros(0));
    sandbox.write("cut.zst", &zeros(1));
    for (args, status, message) in [
        (&["decode", "-c", "zstd", "--max-bytes", "500MiB", "whole.zst"][..], 3, "larger than the limit"),
        (&["decode", "-c", "npy|zstd", "cut.zst"], 1, "the data end"),
        (&["convert", "--from", "npy|zstd", "--to", "npy", "cut.zst"], 1, "the data end"),
        (
            &["convert", "--from", "zstd", "--to", "lz4", "--max-bytes", "500MiB", "whole.zst"],
            3,
            "larger than the limit",
        ),
    ] {
        let outcome = finish(with_room(&sandbox, 200_000, &[args, &["-o", "new"]].concat()), b"");
        assert_eq!(outcome.status, status, "{args:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(message), "{args:?}: {}", outcome.stderr);
        assert_eq!(sandbox.files(), ["cut.zst", "whole.zst"], "{args:?}");
    }
    // What is right is written, and here there is no room for it.
    let outcome = finish(with_room(&sandbox, 200_000, &["decode", "whole.zst", "-o", "new"]), b"");
    assert_eq!(outcome.status, 4, "{}", outcome.stderr);
    assert_eq!(sandbox.files(), ["cut.zst", "whole.zst"]);
}

/// Linux has no memory for more than `ulimit -v` allows.
#[cfg(target_os = "linux")]
#[test]
fn memory_that_is_not_there_is_status_3() {
    let sandbox = Sandbox::new();
    sandbox.write("zeros.zst", &zeros(0));
    // A filter works on the whole.
    let mut command = Command::new("sh");
    let limited = "ulimit -v 500000 && exec \"$0\" \"$@\"";
    command.args([
        "-c",
        limited,
        PROGRAM,
        "decode",
        "-c",
        "raw(<f8)|shuffle|zstd",
        "zeros.zst",
        "-o",
        "new.npy",
    ]);
    command.current_dir(sandbox.folder());
    let outcome = finish(command, b"");
    assert_eq!(outcome.status, 3, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("no memory"), "{}", outcome.stderr);
    assert_eq!(sandbox.files(), ["zeros.zst"]);
}
