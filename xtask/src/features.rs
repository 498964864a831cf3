//! The facade under each of its features: alone, none, the default, and all.

use crate::metadata::packages;
use crate::workspace::Workspace;
use crate::{Outcome, process};

/// The crate whose features are the words of the chain language.
pub(crate) const FACADE: &str = "ndcodec";

/// Lints the facade under every combination; clippy rather than `check`, since it costs the same and sees more.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let packages = packages(workspace)?;
    let facade = packages
        .iter()
        .find(|package| package.is_member && package.name == FACADE)
        .ok_or_else(|| format!("the workspace has no package `{FACADE}`"))?;
    let mut failed = Vec::new();
    for combination in combinations(&facade.features) {
        let mut command = workspace.cargo(["clippy", "--quiet", "-p", FACADE]);
        if process::run(command.args(&combination).args(["--", "-D", "warnings"])).is_err() {
            failed.push(format!("`cargo clippy -p {FACADE} {}`", combination.join(" ")));
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", failed.join(", ")))
    }
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
