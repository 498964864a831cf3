//! `--threads`: how much of the machine is used, and that nothing else changes.

mod common;

use common::{Sandbox, npy};

/// 1 MiB that compress a little.
fn large() -> Vec<u8> {
    let payload: Vec<u8> = (0..1_u32 << 17).flat_map(|i| f64::from(i % 1000).sqrt().to_le_bytes()).collect();
    npy("<f8", "(131072,)", &payload)
}

#[test]
fn what_is_written_does_not_depend_on_threads() {
    let (sandbox, bytes) = (Sandbox::new(), large());
    sandbox.write("x.npy", &bytes);
    let encode = |threads: &str| {
        sandbox.succeed(&[
            "encode",
            "-q",
            "-c",
            "chunked(shuffle|lz4,size=8KiB)",
            "--threads",
            threads,
            "x.npy",
        ])
    };
    let one = encode("1");
    sandbox.write("x.ndch", &one);
    for threads in ["1", "2", "8"] {
        assert!(encode(threads) == one, "{threads} threads");
        assert!(
            sandbox.succeed(&["decode", "-q", "--threads", threads, "x.ndch"]) == bytes,
            "{threads} threads"
        );
        let rows = sandbox.succeed(&["decode", "-q", "--rows", "1000..5000", "--threads", threads, "x.ndch"]);
        assert!(rows == npy("<f8", "(4000,)", &bytes[bytes.len() - (1 << 20)..][8000..40_000]));
    }
    assert!(sandbox.fail(2, &["encode", "--threads", "0", "x.npy"]).contains("--threads"));
}

/// One thread is the program's own, and no other is begun; more are more.
#[cfg(target_os = "linux")]
#[test]
fn so_many_threads_are_used() {
    use std::io::{Read as _, Write as _};
    use std::process::{Command, Stdio};

    let threads_of = |threads: &str| {
        let mut child = Command::new(common::PROGRAM)
            .args([
                "encode",
                "-q",
                "-c",
                "chunked(shuffle|lz4,size=1KiB)",
                "--threads",
                threads,
                "-",
                "-o",
                "-",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (go_on, may_go_on) = std::sync::mpsc::channel();
        let writer = std::thread::spawn(move || {
            let bytes = large();
            // Half of the array is enough for a round of chunks, and the program waits for the rest.
            let (half, rest) = bytes.split_at(bytes.len() / 2);
            input.write_all(half).unwrap();
            may_go_on.recv().unwrap();
            input.write_all(rest).unwrap();
        });
        output.read_exact(&mut [0; 4 << 10]).unwrap();
        let count = std::fs::read_dir(format!("/proc/{}/task", child.id())).unwrap().count();
        go_on.send(()).unwrap();
        output.read_to_end(&mut Vec::new()).unwrap();
        writer.join().unwrap();
        assert!(child.wait().unwrap().success());
        count
    };
    assert_eq!(threads_of("1"), 1);
    assert!(threads_of("2") > 1);
}
