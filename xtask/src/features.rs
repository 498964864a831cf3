//! The facade under each of its features: alone, none, the default, and all.

use crate::metadata::metadata;
use crate::workspace::Workspace;
use crate::{Outcome, process};

/// The crate whose features are the words of the chain language.
pub(crate) const FACADE: &str = "ndcodec";

/// Lints the facade under every combination; clippy rather than `check`, since it costs the same and sees more.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let mut failed = Vec::new();
    for combination in combinations(&of_facade(workspace)?) {
        let mut command = workspace.cargo(["clippy", "--quiet", "-p", FACADE]);
        if process::run(command.args(&combination).args(["--", "-D", "warnings"])).is_err() {
            failed.push(format!("`cargo clippy -p {FACADE} {}`", combination.join(" ")));
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
}

/// Every word has a backend in Rust, and builds with it if there is no C compiler; that of zstd passes the codec's tests,
/// and reads the members of archives.
pub(crate) fn pure(workspace: &Workspace) -> Outcome {
    let mut features = of_facade(workspace)?;
    features.retain(|feature| !["default", "full", "libdeflate", "zstd"].contains(&feature.as_str()));
    let features = features.join(",");
    for args in [
        ["check", "--quiet", "-p", FACADE, "--no-default-features", "--features", &features],
        ["test", "--quiet", "-p", "ndcodec-zstd", "--no-default-features", "--features", "pure"],
        [
            "test",
            "--quiet",
            "-p",
            "ndcodec-npz",
            "--no-default-features",
            "--features=zstd-pure",
            "--test=pure",
        ],
    ] {
        let mut command = workspace.cargo(args);
        // A build script that wants a C compiler finds one that fails.
        for variable in ["CC", "CXX", "HOST_CC", "TARGET_CC"] {
            command.env(variable, "false");
        }
        process::run(command.env("CARGO_TARGET_DIR", workspace.root().join("target/pure")))?;
    }
    Ok(())
}

/// The names of the facade's features: the words, and a few more.
pub(crate) fn of_facade(workspace: &Workspace) -> Outcome<Vec<String>> {
    let metadata = metadata(workspace)?;
    let facade = metadata.workspace_packages().into_iter().find(|package| package.name == FACADE);
    facade
        .map(|package| package.features.keys().cloned().collect())
        .ok_or_else(|| format!("the workspace has no package `{FACADE}`"))
}

fn combinations(features: &[String]) -> Vec<Vec<&str>> {
    let mut all = vec![vec!["--no-default-features"], vec![], vec!["--all-features"]];
    let alone = features.iter().filter(|feature| *feature != "default");
    all.extend(alone.map(|feature| vec!["--no-default-features", "--features", feature]));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_alone_none_default_and_all() {
        let features = ["default", "npy", "zstd"].map(str::to_owned);
        assert_eq!(
            combinations(&features),
            [
                vec!["--no-default-features"],
                vec![],
                vec!["--all-features"],
                vec!["--no-default-features", "--features", "npy"],
                vec!["--no-default-features", "--features", "zstd"],
            ]
        );
    }
}
