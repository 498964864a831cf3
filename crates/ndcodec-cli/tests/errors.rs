//! Exit statuses, and whole messages.

mod common;

use common::{Sandbox, array, npy};

#[test]
fn a_mistake_in_a_chain_is_pointed_at() {
    let (sandbox, _) = Sandbox::with_array();
    assert!(sandbox.fail(2, &["encode", "--chain", "npy|zst(level=19)|base64", "x.npy"]).starts_with(
        "error: unknown stage `zst`\n\
         \u{20} |  npy|zst(level=19)|base64\n\
         \u{20} |      ^^^\n\
         help: did you mean `zstd`? this build has: "
    ));
    assert!(sandbox.fail(2, &["explain", "nothing"]).contains("this build has: adler32, auto, base64, "));
    assert_eq!(
        sandbox.fail(2, &["explain", "npy|zstd(level=99)"]),
        "error: `level` of `zstd` must be an integer from -131072 to 22, not `99`\n\
         \u{20} |  npy|zstd(level=99)\n\
         \u{20} |                 ^^\n"
    );
    // Neither a chain nor a pipeline: what is wrong with it as a chain is said.
    assert_eq!(
        sandbox.fail(2, &["encode", "--chain", "zlib|npy", "x.npy"]),
        "error: a chain begins with a format, and `zlib` is a codec\n\
         \u{20} |  zlib|npy\n\
         \u{20} |  ^^^^\n\
         help: put `npy` or `raw` before it; bytes that are not an array take a pipeline, which has no format\n"
    );
}

#[test]
fn an_array_and_plain_bytes_are_not_converted_into_each_other() {
    let (sandbox, _) = Sandbox::with_array();
    assert_eq!(
        sandbox.fail(2, &["convert", "--from", "npy", "--to", "zstd", "x.npy"]),
        "error: `npy` gives an array, and `zstd` takes plain bytes\n\
         help: begin both chains with a format such as `npy`, or none of them\n"
    );
    assert!(
        sandbox.fail(2, &["convert", "--from", "zstd", "--to", "npy", "x.npy"]).contains("gives plain bytes")
    );
}

#[test]
fn mistakes_on_the_command_line_are_status_2() {
    let (sandbox, _) = Sandbox::with_array();
    for args in [
        &[][..],
        &["enlist"],
        &["encode"],
        &["encode", "x.npy", "--level", "9"],
        &["convert", "x.npy"],
        &["decode", "--max-bytes", "1 GB", "x.npy"],
        &["completions", "cmd.exe"],
    ] {
        sandbox.fail(2, args);
    }
    assert!(sandbox.fail(2, &["decode", "--max-bytes", "1GB", "x.npy"]).starts_with(
        "error: invalid value '1GB' for '--max-bytes <SIZE>': \
         expected a number of bytes such as `65536`, `64MiB` or `4GiB`, or `none`\n"
    ));
}

#[test]
fn encode_says_what_is_no_npy_file_and_what_to_do() {
    let sandbox = Sandbox::new();
    let help = "help: to encode plain bytes, leave the format out of the chain, as in `--chain 'zstd|base64'`; \
                to go from another encoding to this one, use `ndcodec convert`\n";
    sandbox.write("notes.txt", b"hello, world");
    assert_eq!(
        sandbox.fail(1, &["encode", "notes.txt"]),
        format!(
            "error: `notes.txt`: not a `.npy` file: it begins with the bytes `68 65 6c 6c 6f 2c`\n{help}"
        )
    );
    sandbox.write("empty.npy", b"");
    assert_eq!(
        sandbox.fail(1, &["encode", "empty.npy"]),
        format!("error: `empty.npy`: not a `.npy` file: it is empty\n{help}")
    );
    sandbox.write("cut.npy", b"\x93NUM");
    let stderr = sandbox.fail(1, &["encode", "cut.npy"]);
    assert!(stderr.starts_with("error: `cut.npy`: the input ends inside the header"), "{stderr}");
}

#[test]
fn data_that_are_bad_are_status_1() {
    let (sandbox, _) = Sandbox::with_array();
    sandbox.succeed(&["encode", "x.npy", "-o", "x.txt"]);
    let text = sandbox.read("x.txt");
    sandbox.write("cut.txt", &text[..text.len() - 8]);
    let stderr = sandbox.fail(1, &["decode", "--chain", "npy|zstd|base64", "cut.txt", "-o", "y.npy"]);
    assert!(
        stderr.starts_with("error: `cut.txt`: cannot decode stage 1 `zstd`: the input ends inside "),
        "{stderr}"
    );
    // An array that a chain cannot hold.
    let stderr = sandbox.fail(1, &["encode", "--chain", "raw(<f4)", "x.npy", "-o", "y"]);
    assert_eq!(stderr, "error: `x.npy`: the array has dtype `<f8`, which is not `<f4`\n");
    // Standard input has no name.
    let outcome =
        sandbox.run_with(&["decode", "--chain", "npy|zstd", "-", "-o", "y"], b"nothing of the kind");
    assert_eq!(outcome.status, 1);
    assert!(
        outcome.stderr.starts_with("error: standard input: cannot decode stage 1 `zstd`: "),
        "{}",
        outcome.stderr
    );
}

#[test]
fn what_cannot_be_detected_is_status_1() {
    let sandbox = Sandbox::new();
    sandbox.write("x", b"\x01\x02 nothing known");
    assert_eq!(
        sandbox.fail(1, &["decode", "x"]),
        "error: `x`: cannot tell which chain wrote this: it begins with the bytes `01 02 20 6e 6f 74 68 69`\n\
         help: name the chain, as in `--chain 'raw(<f8)|zlib'`\n"
    );
    sandbox.write("word", b"word");
    assert_eq!(
        sandbox.fail(1, &["decode", "word"]),
        "error: `word`: cannot tell which chain wrote this: it may be `base64`, or plain text\n\
         help: name the chain, as in `--chain 'base64'`\n"
    );
    sandbox.write("empty", b"");
    assert_eq!(
        sandbox.fail(1, &["convert", "--to", "npy", "empty"]),
        "error: `empty`: cannot tell which chain wrote this: it is empty\n\
         help: look at what should have written it: nothing was\n"
    );
}

#[test]
fn one_line_end_behind_a_text_is_passed_over_and_others_are_explained() {
    let (sandbox, bytes) = Sandbox::with_array();
    let text = sandbox.succeed(&["encode", "-q", "x.npy"]);
    for end in ["\n", "\r\n"] {
        sandbox.write("x.txt", &[&text[..], end.as_bytes()].concat());
        assert_eq!(sandbox.succeed(&["decode", "-q", "x.txt"]), bytes);
        assert_eq!(sandbox.succeed(&["decode", "-q", "--chain", "npy|zstd|base64", "x.txt"]), bytes);
    }
    sandbox.write("x.txt", &[&text[..], b"\n\n"].concat());
    let stderr = sandbox.fail(1, &["decode", "--chain", "npy|zstd|base64", "x.txt", "-o", "y.npy"]);
    assert!(stderr.starts_with("error: `x.txt`: cannot decode stage 2 `base64`: "), "{stderr}");
    let help = "\nhelp: if blanks and line ends do not count, decode it by `base64(whitespace=true)`\n";
    assert!(stderr.ends_with(help), "{stderr}");
}

#[test]
fn text_in_place_of_bytes_is_told() {
    let (sandbox, _) = Sandbox::with_array();
    sandbox.succeed(&["encode", "-q", "x.npy", "--chain", "npy|gzip|base64", "-o", "x.txt"]);
    let stderr = sandbox.fail(1, &["decode", "--chain", "npy|gzip", "x.txt", "-o", "y.npy"]);
    assert!(
        stderr.ends_with("help: the data are text, which may be of `base64`: it would end the chain then\n"),
        "{stderr}"
    );
}

/// Bytes that are not an array are not called one.
#[test]
fn plain_bytes_go_to_no_npy() {
    let (sandbox, bytes) = Sandbox::with_array();
    sandbox.write("notes.txt", b"some notes");
    sandbox.succeed(&["encode", "-q", "--chain", "gzip", "notes.txt", "-o", "notes.gz"]);
    for args in
        [&["decode", "notes.gz", "-o", "y.npy"][..], &["decode", "-c", "gzip", "notes.gz", "-o", "y.NPY"]]
    {
        assert_eq!(
            sandbox.fail(1, args),
            "error: `notes.gz`: `gzip` gives plain bytes, not an array for a `.npy`\n\
             help: name the chain with the dtype, as in `--chain 'raw(<f4)|gzip'`, or write the bytes to a file of another \
             ending\n"
        );
    }
    assert_eq!(sandbox.files(), ["notes.gz", "notes.txt", "x.npy"]);
    sandbox.succeed(&["decode", "notes.gz", "-o", "y.txt"]);
    assert_eq!(sandbox.read("y.txt"), b"some notes");
    // The bytes of a `.npy` are one.
    sandbox.succeed(&["encode", "-q", "--chain", "gzip", "x.npy", "-o", "x.gz"]);
    sandbox.succeed(&["decode", "-c", "gzip", "x.gz", "-o", "y.npy"]);
    assert_eq!(sandbox.read("y.npy"), bytes);
}

/// Each limit that is passed is named, with the option that raises it, and raising it helps: for arrays, arrays of an
/// archive, and what `inspect` reads.
#[test]
fn the_help_names_the_limit_that_was_passed() {
    let sandbox = Sandbox::new();
    let fields: Vec<String> = (0..500).map(|i| format!("('column{i}', '<f4')")).collect();
    let header = format!("{{'descr': [{}], 'fortran_order': False, 'shape': (2,), }}", fields.join(", "));
    let mut header = header.into_bytes();
    header.resize((10 + header.len() + 1).next_multiple_of(64) - 11, b' ');
    header.push(b'\n');
    let len = u16::try_from(header.len()).unwrap().to_le_bytes();
    let wide = [b"\x93NUMPY\x01\0", &len[..], &header, &[0; 4000]].concat();
    sandbox.write("wide.npy", &wide);
    // A stream that reaches further back than the window may be: noise twice.
    let noise: Vec<u8> =
        (0..300_000_u64).flat_map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes()).collect();
    sandbox.write("noise.npy", &common::npy("|u1", "(4800000,)", &noise.repeat(2)));
    sandbox.succeed(&["encode", "-c", "npy|zstd", "wide.npy", "-o", "wide.zst"]);
    let piped = ["encode", "-c", "npy|zstd(window=22)", "-", "-o", "noise.zst"];
    assert_eq!(sandbox.run_with(&piped, &sandbox.read("noise.npy")).status, 0);
    for (file, option, small, large) in [
        ("wide.zst", "--max-bytes", "1000", "1MiB"),
        ("wide.zst", "--max-header", "1000", "20000"),
        ("noise.zst", "--max-window", "1KiB", "8MiB"),
        ("noise.zst", "--max-bytes", "1MiB", "8MiB"),
    ] {
        // Through a pipe, for only a stream needs a window.
        let bytes = sandbox.read(file);
        let outcome = sandbox.run_with(&["decode", option, small, "-", "-o", "y"], &bytes);
        assert_eq!(outcome.status, 3, "{file} {option}: {}", outcome.stderr);
        let help = outcome.stderr.split("help: ").nth(1).unwrap_or_default();
        assert!(
            help.starts_with(&format!("raise it with `{option}`")),
            "{file} {option}: {}",
            outcome.stderr
        );
        let outcome = sandbox.run_with(&["decode", option, large, "-", "-o", "y"], &bytes);
        assert_eq!(outcome.status, 0, "{file} {option}: {}", outcome.stderr);
    }
    let stderr = sandbox.fail(3, &["inspect", "--max-header", "1000", "wide.zst"]);
    assert!(stderr.ends_with("help: raise it with `--max-header`\n"), "{stderr}");
    let mut writer = ndcodec::npz::NpzWriter::new(std::fs::File::create(sandbox.path("wide.npz")).unwrap());
    let array = ndcodec::Chain::parse("npy").unwrap().decode(&wide).unwrap();
    writer.add("wide", &array.view()).unwrap();
    writer.finish().unwrap();
    let stderr = sandbox.fail(3, &["decode", "--max-header", "1000", "wide.npz", "-o", "out"]);
    assert!(stderr.ends_with("help: raise it with `--max-header`\n"), "{stderr}");
    sandbox.succeed(&["decode", "--max-header", "20000", "wide.npz", "-o", "out"]);
}

#[test]
fn limits_are_status_3() {
    let (sandbox, bytes) = Sandbox::with_array();
    sandbox.succeed(&["encode", "x.npy", "-o", "x.txt"]);
    let help = "help: raise it with `--max-bytes`; `--max-bytes none` lifts every limit\n";
    let one_less = (bytes.len() - 1).to_string();
    for args in [
        &["decode", "--max-bytes", &one_less, "x.txt", "-o", "y"][..],
        &["convert", "--max-bytes", &one_less, "--to", "raw", "x.txt", "-o", "y"],
        &["inspect", "--max-bytes", "100", "x.txt"],
    ] {
        let stderr = sandbox.fail(3, args);
        assert!(stderr.starts_with("error: `x.txt`: cannot decode stage "), "{stderr}");
        assert!(stderr.ends_with(help), "{stderr}");
    }
    assert_eq!(sandbox.files(), ["x.npy", "x.txt"]);
    sandbox.succeed(&["decode", "--max-bytes", &bytes.len().to_string(), "x.txt", "-o", "y"]);
    sandbox.succeed(&["decode", "--max-bytes", "none", "x.txt", "-o", "y"]);
    assert_eq!(
        sandbox.fail(3, &["decode", "--max-bytes", &one_less, "--chain", "npy", "x.npy"]),
        format!(
            "error: `x.npy`: cannot decode stage 0 `npy`: \
             the header announces 176 bytes, more than the limit of 175\n{help}"
        )
    );
}

#[test]
fn files_that_cannot_be_read_are_status_4() {
    let sandbox = Sandbox::new();
    assert_eq!(
        sandbox.fail(4, &["decode", "missing"]),
        "error: cannot read `missing`: No such file or directory (os error 2)\n"
    );
    for command in ["encode", "decode", "inspect", "detect"] {
        let stderr = sandbox.fail(4, &[command, "."]);
        assert_eq!(stderr, "error: cannot read `.`: Is a directory (os error 21)\n", "{command}");
    }
    let stderr = sandbox.fail(4, &["decode", "--chain", "npy|zstd|base64", "."]);
    assert_eq!(stderr, "error: cannot read `.`: Is a directory (os error 21)\n");
}

#[test]
fn colours_are_asked_for_or_come_from_the_environment() {
    let sandbox = Sandbox::new();
    let painted = "\x1b[1m\x1b[31merror:\x1b[0m unknown stage `x`\n\
                   \x1b[1m\x1b[34m  |\x1b[0m  x\n\
                   \x1b[1m\x1b[34m  |\x1b[0m  \x1b[1m\x1b[31m^\x1b[0m\n\
                   \x1b[1m\x1b[36mhelp:\x1b[0m this build has: ";
    let plain = "error: unknown stage `x`\n  |  x\n  |  ^\nhelp: this build has: ";
    let stderr = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = sandbox.command(args);
        command.envs(variables.iter().copied());
        common::finish(command, b"").stderr
    };
    let explain = ["explain", "x"];
    for (args, variables, expected) in [
        (&explain[..], &[][..], plain),
        (&["explain", "x", "--color", "always"], &[("NO_COLOR", "1")], painted),
        (&explain, &[("CLICOLOR_FORCE", "1")], painted),
        (&explain, &[("CLICOLOR_FORCE", "")], plain),
        (&explain, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], plain),
        (&explain, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], painted),
        (&["--color", "never", "explain", "x"], &[("CLICOLOR_FORCE", "1")], plain),
    ] {
        let stderr = stderr(args, variables);
        assert!(stderr.starts_with(expected), "{args:?} {variables:?}: {stderr:?}");
    }
    assert!(stderr(&["--color", "always", "enlist"], &[]).starts_with("\x1b["));
    assert!(stderr(&["--color", "never", "enlist"], &[("CLICOLOR_FORCE", "1")]).starts_with("error: "));
}

#[test]
fn what_is_quoted_from_a_file_cannot_steer_the_terminal() {
    let sandbox = Sandbox::new();
    sandbox.write("\u{1b}[2Jx", b"?");
    let stderr = sandbox.fail(1, &["decode", "\u{1b}[2Jx"]);
    assert!(stderr.starts_with("error: `\\u{1b}[2Jx`: "), "{stderr:?}");
    sandbox.write("x.npy", &npy("\u{1b}[2J", "(1,)", &array()));
    let stderr = sandbox.fail(1, &["encode", "x.npy"]);
    assert!(!stderr.contains('\u{1b}'), "{stderr:?}");
}
