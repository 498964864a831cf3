//! Help, version and completions.

mod common;

use std::env;
use std::path::Path;
use std::process::Command;

use common::{PROGRAM, Sandbox};

const COMMANDS: [&str; 9] =
    ["encode", "decode", "convert", "inspect", "list", "explain", "detect", "bench", "completions"];

#[test]
fn version_and_help_are_printed() {
    let sandbox = Sandbox::new();
    let version = format!("ndcodec {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(sandbox.succeed(&["--version"]), version.as_bytes());
    let help = String::from_utf8(sandbox.succeed(&["--help"])).unwrap();
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {command} ")), "{command}");
    }
}

#[cfg(unix)]
#[test]
fn the_examples_of_every_help_work() {
    let folder = Path::new(PROGRAM).parent().unwrap();
    let mut paths = vec![folder.to_owned()];
    paths.extend(env::split_paths(&env::var_os("PATH").unwrap()));
    let path = env::join_paths(paths).unwrap();
    for command in COMMANDS.iter().map(|command| vec![*command, "--help"]).chain([vec!["--help"]]) {
        let (sandbox, _) = Sandbox::with_array();
        std::fs::rename(sandbox.path("x.npy"), sandbox.path("array.npy")).unwrap();
        sandbox.succeed(&["encode", "array.npy", "-o", "array.txt"]);
        sandbox.succeed(&["encode", "--chain", "raw|zlib|base64", "array.npy", "-o", "mzml.txt"]);
        common::write_archive(&sandbox);
        sandbox.write("several.npy", &common::array().repeat(2));
        sandbox.write("notes.txt", b"some notes");
        sandbox.succeed(&["encode", "--chain", "gzip|base64", "notes.txt", "-o", "notes.b64"]);

        let help = String::from_utf8(sandbox.succeed(&command)).unwrap();
        let (_, examples) = help.split_once("\nExamples:\n").unwrap();
        for example in examples.lines() {
            let mut shell = Command::new("sh");
            shell.args(["-c", example]).current_dir(sandbox.folder()).env("PATH", &path);
            let outcome = common::finish(shell, b"");
            assert_eq!(outcome.status, 0, "{example}: {}", outcome.stderr);
        }
    }
}

#[test]
fn completions_are_there_for_the_usual_shells() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = String::from_utf8(sandbox.succeed(&["completions", shell])).unwrap();
        for word in COMMANDS.into_iter().chain(["max-bytes", "chain"]) {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}
