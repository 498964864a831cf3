//! The oldest Rust that the workspace promises to build with: stated by every package, and kept by what they use.

use std::process::Command;

use cargo_metadata::Metadata;
use cargo_metadata::semver::Version;

use crate::metadata::metadata;
use crate::workspace::Workspace;
use crate::{Outcome, process};

/// Every package of the workspace states the same `rust-version`, the installed compiler is that or newer, and no
/// dependency asks for a newer one.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let installed = process::capture(Command::new(rustc).arg("--version").current_dir(workspace.root()))?;
    let installed = installed.split_whitespace().nth(1).unwrap_or_default();
    println!("{}", judge(&metadata(workspace)?, installed)?);
    Ok(())
}

fn judge(metadata: &Metadata, installed: &str) -> Outcome<String> {
    let rustc = release(installed).ok_or_else(|| format!("`{installed}` is not a version of rustc"))?;
    let mut ours: Option<&Version> = None;
    let mut problems = Vec::new();
    for package in metadata.workspace_packages() {
        match (&package.rust_version, ours) {
            (None, _) => problems.push(format!("`{}` needs `rust-version.workspace = true`", package.name)),
            (Some(stated), Some(first)) if stated != first => {
                problems.push(format!("`{}` says rust-version {stated}, others {first}", package.name));
            }
            (Some(stated), _) => ours = Some(stated),
        }
    }
    let Some(ours) = ours else {
        return Err("no package of the workspace states its `rust-version`".to_owned());
    };
    if rustc < *ours {
        problems.push(format!("the workspace's rust-version is {ours}, but the installed rustc is {rustc}"));
    }
    let is_outside = |id| !metadata.workspace_members.contains(id);
    let outside: Vec<_> = metadata.packages.iter().filter(|package| is_outside(&package.id)).collect();
    for package in &outside {
        if let Some(theirs) = package.rust_version.as_ref().filter(|theirs| *theirs > ours) {
            problems.push(format!(
                "`{} {}` asks for Rust {theirs}, newer than our {ours}; use an older one, or raise rust-version",
                package.name, package.version
            ));
        }
    }
    if !problems.is_empty() {
        return Err(problems.join("\n"));
    }
    let proof = if (rustc.major, rustc.minor) == (ours.major, ours.minor) {
        "and is what builds it here"
    } else {
        "but a newer one builds it here: only the dependencies' statements were checked"
    };
    let count = outside.len();
    Ok(format!("rust-version {ours} suffices for all {count} dependencies, {proof} (rustc {rustc})"))
}

/// The release that a compiler such as `1.95.0-nightly` becomes: it may have what the release has.
fn release(installed: &str) -> Option<Version> {
    let version = Version::parse(installed).ok()?;
    Some(Version::new(version.major, version.minor, version.patch))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name, the `rust-version`, and whether it is of the workspace.
    fn metadata(packages: &[(&str, Option<&str>, bool)]) -> Metadata {
        let package = |(name, rust_version, _): &(&str, Option<&str>, bool)| {
            serde_json::json!({
                "name": name, "version": "2.0.0", "id": name, "rust_version": rust_version,
                "dependencies": [], "targets": [], "features": {}, "manifest_path": "/x/Cargo.toml",
            })
        };
        let members = packages.iter().filter(|(.., is_member)| *is_member).map(|(name, ..)| name);
        let json = serde_json::json!({
            "packages": packages.iter().map(package).collect::<Vec<_>>(),
            "workspace_members": members.collect::<Vec<_>>(),
            "workspace_root": "/x", "target_directory": "/x/target", "version": 1,
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_nightly_counts_as_its_release() {
        assert_eq!(release("1.95.0-nightly"), Some(Version::new(1, 95, 0)));
        assert!(release("1.9.0") < release("1.10.0-beta.2"));
        assert_eq!(release("stable"), None);
    }

    #[test]
    fn what_holds_is_said() {
        let metadata = metadata(&[("ours", Some("1.95"), true), ("theirs", Some("1.60"), false)]);
        let said = judge(&metadata, "1.95.0").unwrap();
        assert!(said.ends_with("is what builds it here (rustc 1.95.0)"), "{said}");
        assert!(judge(&metadata, "1.97.1").unwrap().contains("only the dependencies' statements"));
    }

    #[test]
    fn every_breach_is_named() {
        let metadata = metadata(&[
            ("a", Some("1.95"), true),
            ("b", Some("1.90"), true),
            ("c", None, true),
            ("dep", Some("1.96"), false),
        ]);
        let message = judge(&metadata, "1.94.0").unwrap_err();
        assert_eq!(
            message,
            "`b` says rust-version 1.90.0, others 1.95.0\n\
             `c` needs `rust-version.workspace = true`\n\
             the workspace's rust-version is 1.95.0, but the installed rustc is 1.94.0\n\
             `dep 2.0.0` asks for Rust 1.96.0, newer than our 1.95.0; use an older one, or raise rust-version"
        );
    }
}
