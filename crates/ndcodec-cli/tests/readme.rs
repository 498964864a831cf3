//! The README's commands.
#![cfg(unix)]

mod common;

use std::env;
use std::path::Path;
use std::process::Command;

use common::{PROGRAM, Sandbox};

/// The lines of the README's section that begin with a prompt.
#[test]
fn the_examples_of_the_readme_work() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let (_, section) = readme.split_once("\n## On the command line\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let examples: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    assert!(examples.iter().any(|example| example.starts_with("ndcodec bench ")), "{examples:?}");
    let (sandbox, _) = Sandbox::with_array();
    std::fs::rename(sandbox.path("x.npy"), sandbox.path("data.npy")).unwrap();
    common::write_archive(&sandbox);
    let mut paths = vec![Path::new(PROGRAM).parent().unwrap().to_owned()];
    paths.extend(env::split_paths(&env::var_os("PATH").unwrap()));
    for example in examples {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", example])
            .current_dir(sandbox.folder())
            .env("PATH", env::join_paths(&paths).unwrap());
        let outcome = common::finish(shell, b"");
        assert_eq!(outcome.status, 0, "{example}: {}", outcome.stderr);
    }
}
