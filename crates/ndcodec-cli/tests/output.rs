//! Where results go, and that nothing is lost on the way.

mod common;

use std::fs;
use std::process::Stdio;

use common::{Sandbox, array, npy};

const OLD: &[u8] = b"what was there before";

#[test]
fn an_existing_file_stays_as_it_was_when_encoding_fails() {
    let sandbox = Sandbox::new();
    let whole = npy("<f8", "(100000,)", &vec![1; 800_000]);
    // The failure comes once most of the output is written.
    sandbox.write("cut.npy", &whole[..whole.len() - 1]);
    sandbox.write("out.txt", OLD);
    let stderr = sandbox.fail(1, &["encode", "--chain", "npy|base64", "cut.npy", "-o", "out.txt"]);
    assert_eq!(
        stderr,
        "error: `cut.npy`: the header announces 800128 bytes in all, but the data end after 800127\n"
    );
    assert_eq!(sandbox.read("out.txt"), OLD);
    assert_eq!(sandbox.files(), ["cut.npy", "out.txt"]);
}

#[test]
fn an_existing_file_stays_as_it_was_when_decoding_fails_at_the_end() {
    let sandbox = Sandbox::new();
    sandbox.write("x.npy", &npy("<f8", "(100000,)", &vec![1; 800_000]));
    sandbox.succeed(&["encode", "--chain", "npy|gzip", "x.npy", "-o", "x.gz"]);
    let mut gzip = sandbox.read("x.gz");
    // The checksum stands in the last eight bytes, before the length.
    let at = gzip.len() - 6;
    gzip[at] ^= 1;
    sandbox.write("x.gz", &gzip);
    sandbox.write("x.npy", OLD);
    let stderr = sandbox.fail(1, &["decode", "x.gz", "-o", "x.npy"]);
    assert!(stderr.starts_with("error: `x.gz`: cannot decode stage 1 `gzip`: "), "{stderr}");
    assert_eq!(sandbox.read("x.npy"), OLD);
    assert_eq!(sandbox.files(), ["x.gz", "x.npy"]);
}

#[test]
fn a_file_may_be_encoded_onto_itself() {
    let (sandbox, bytes) = Sandbox::with_array();
    sandbox.succeed(&["encode", "x.npy", "-o", "x.npy"]);
    assert_ne!(sandbox.read("x.npy"), bytes);
    sandbox.succeed(&["decode", "x.npy", "-o", "x.npy"]);
    assert_eq!(sandbox.read("x.npy"), bytes);
    assert_eq!(sandbox.files(), ["x.npy"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_of_output() {
    let (sandbox, _) = Sandbox::with_array();
    assert_eq!(
        sandbox.fail(4, &["encode", "x.npy", "-o", "missing/x.txt"]),
        "error: cannot write `missing/x.txt`: No such file or directory (os error 2)\n"
    );
    assert_eq!(
        sandbox.fail(4, &["encode", "x.npy", "-o", "x.npy/x.txt"]),
        "error: cannot write `x.npy/x.txt`: Not a directory (os error 20)\n"
    );
    fs::create_dir(sandbox.path("folder")).unwrap();
    assert_eq!(
        sandbox.fail(4, &["encode", "x.npy", "-o", "folder"]),
        "error: cannot write `folder`: Is a directory (os error 21)\n"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn devices_are_written_straight() {
    let (sandbox, bytes) = Sandbox::with_array();
    sandbox.succeed(&["encode", "x.npy", "-o", "/dev/null"]);
    assert_eq!(
        sandbox.fail(4, &["encode", "x.npy", "-o", "/dev/full"]),
        "error: cannot write `/dev/full`: No space left on device (os error 28)\n"
    );
    assert_eq!(sandbox.succeed(&["encode", "-q", "-c", "npy", "x.npy", "-o", "/dev/stdout"]), bytes);
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_that_standard_output_is_appended_to_keeps_its_lines() {
    let (sandbox, bytes) = Sandbox::with_array();
    for out in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        sandbox.write("log", OLD);
        let log = fs::OpenOptions::new().append(true).open(sandbox.path("log")).unwrap();
        let status = sandbox.command(&["encode", "-q", "-c", "npy", "x.npy", "-o", out]).stdout(log).status();
        assert!(status.unwrap().success());
        assert_eq!(sandbox.read("log"), [OLD, &bytes].concat(), "{out}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed() {
    let (sandbox, bytes) = Sandbox::with_array();
    sandbox.write("real", OLD);
    std::os::unix::fs::symlink("real", sandbox.path("link")).unwrap();
    std::os::unix::fs::symlink("new", sandbox.path("dangling")).unwrap();
    for (link, file) in [("link", "real"), ("dangling", "new")] {
        sandbox.succeed(&["encode", "-c", "npy", "x.npy", "-o", link]);
        assert_eq!(sandbox.read(file), bytes);
        assert!(sandbox.path(link).is_symlink(), "{link}");
    }
    std::os::unix::fs::symlink("round", sandbox.path("round")).unwrap();
    let stderr = sandbox.fail(4, &["encode", "x.npy", "-o", "round"]);
    assert!(stderr.starts_with("error: cannot write `round`: "), "{stderr}");
}

#[cfg(unix)]
#[test]
fn permissions_are_those_of_the_umask_or_of_the_file_that_was_there() {
    use std::os::unix::fs::PermissionsExt;

    let (sandbox, _) = Sandbox::with_array();
    let mode = |name: &str| fs::metadata(sandbox.path(name)).unwrap().permissions().mode() & 0o7777;
    sandbox.write("by-the-shell", b"");
    sandbox.succeed(&["encode", "x.npy", "-o", "new"]);
    assert_eq!(mode("new"), mode("by-the-shell"));
    for existing in [0o600, 0o666, 0o640] {
        sandbox.write("old", OLD);
        fs::set_permissions(sandbox.path("old"), fs::Permissions::from_mode(existing)).unwrap();
        sandbox.succeed(&["encode", "x.npy", "-o", "old"]);
        assert_eq!(mode("old"), existing);
    }
}

#[cfg(unix)]
#[test]
fn a_write_protected_file_is_not_replaced() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    let (sandbox, _) = Sandbox::with_array();
    sandbox.write("kept", OLD);
    fs::set_permissions(sandbox.path("kept"), fs::Permissions::from_mode(0o444)).unwrap();
    let mut command = sandbox.command(&["encode", "x.npy", "-o", "kept"]);
    if fs::OpenOptions::new().write(true).open(sandbox.path("kept")).is_ok() {
        // Root may write every file; nobody may write only this folder.
        fs::set_permissions(sandbox.folder(), fs::Permissions::from_mode(0o777)).unwrap();
        // Nobody may not be let into where the program was built. A process of its own copies it: a program that is still
        // open for writing cannot be run, and children of the other tests would inherit it open.
        let program = sandbox.path("program");
        let copied = std::process::Command::new("cp").arg(common::PROGRAM).arg(&program).status().unwrap();
        assert!(copied.success());
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let mut other = std::process::Command::new(program);
        other.args(command.get_args()).current_dir(sandbox.folder()).uid(NOBODY).gid(NOBODY);
        command = other;
    }
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr, "error: cannot write `kept`: Permission denied (os error 13)\n");
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(sandbox.read("kept"), OLD);
}

/// Linux's user without rights.
#[cfg(unix)]
const NOBODY: u32 = 65534;

#[cfg(unix)]
#[test]
fn a_program_that_is_interrupted_leaves_the_folder_as_it_was() {
    use std::io::Write;
    use std::process::Command;
    use std::time::{Duration, Instant};

    for signal in ["INT", "TERM", "HUP"] {
        let sandbox = Sandbox::new();
        sandbox.write("kept", OLD);
        let mut command = sandbox.command(&["encode", "-c", "npy", "-", "-o", "kept"]);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&npy("<f8", "(100000,)", &[])).unwrap();
        // It waits for the elements once the temporary file is there.
        let start = Instant::now();
        while sandbox.files().len() < 2 {
            assert!(start.elapsed() < Duration::from_secs(60), "no temporary file");
            std::thread::sleep(Duration::from_millis(5));
        }
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
        assert_eq!(
            (sandbox.files(), sandbox.read("kept")),
            (vec!["kept".to_owned()], OLD.to_vec()),
            "{signal}"
        );
        drop(stdin);
    }
}

#[test]
fn a_reader_that_has_read_enough_ends_the_program_quietly() {
    let sandbox = Sandbox::new();
    sandbox.write("large.npy", &npy("|u1", "(4000000,)", &vec![1; 4_000_000]));
    for args in
        [&["encode", "-c", "npy|hex", "large.npy"][..], &["encode", "-c", "npy", "large.npy"], &["list"]]
    {
        let mut child = sandbox.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{args:?}");
    }
}

#[test]
fn nothing_is_written_for_a_chain_that_is_wrong() {
    let sandbox = Sandbox::new();
    sandbox.write("x.npy", &array());
    sandbox.fail(2, &["encode", "--chain", "npy|zst", "x.npy", "-o", "new"]);
    sandbox.fail(1, &["encode", "--chain", "raw(<f4)", "x.npy", "-o", "new"]);
    assert_eq!(sandbox.files(), ["x.npy"]);
}
