//! The oldest Rust that each package promises to build with: 1.89 or older, but for a list with reasons, and kept by what they
//! use. Clippy's `incompatible_msrv` checks the code itself by the same statements.

use std::collections::BTreeSet;
use std::process::Command;

use cargo_metadata::semver::Version;
use cargo_metadata::{DependencyKind, Metadata, Package, PackageId};

use crate::metadata::metadata;
use crate::workspace::Workspace;
use crate::{Outcome, process};

/// No package asks for a newer one but those of [`NEWER`].
const MOST: Version = Version::new(1, 89, 0);

/// Packages that ask for a newer Rust, and why. A package that may have them by a feature states its own.
const NEWER: [(&str, &str); 7] = [
    ("ndcodec-base64", "base64-turbo 0.5 asks for 1.93"),
    ("ndcodec-benches", "it has every word, and rivals"),
    ("ndcodec-cli", "it has every word"),
    ("ndcodec-http", "it has every word"),
    ("ndcodec-python", "it has every word"),
    ("ndcodec-wasm", "it has every word"),
    ("xtask", "cargo-platform asks for 1.91"),
];

/// Every package of the workspace states a `rust-version`, the installed compiler is that or newer, and nothing that it is
/// built from asks for a newer one.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let installed = process::capture(Command::new(rustc).arg("--version").current_dir(workspace.root()))?;
    let installed = installed.split_whitespace().nth(1).unwrap_or_default();
    println!("{}", judge(&metadata(workspace)?, installed)?);
    Ok(())
}

fn judge(metadata: &Metadata, installed: &str) -> Outcome<String> {
    let rustc = release(installed).ok_or_else(|| format!("`{installed}` is not a version of rustc"))?;
    let (mut said, mut problems) = (Vec::new(), Vec::new());
    let mut outside = 0;
    for package in metadata.workspace_packages() {
        let name = &package.name;
        let Some(ours) = &package.rust_version else {
            problems.push(format!("`{name}` needs `rust-version.workspace = true`"));
            continue;
        };
        if rustc < *ours {
            problems.push(format!("`{name}` says rust-version {ours}, but the installed rustc is {rustc}"));
        }
        match NEWER.iter().find(|(newer, _)| **name == **newer) {
            None if *ours > MOST => {
                problems.push(format!("`{name}` says rust-version {ours}; expected {MOST} at most"));
            }
            Some((_, why)) if *ours > MOST => said.push(format!("`{name}` {ours}, as {why}")),
            _ => {}
        }
        for dependency in built_from(metadata, package) {
            outside += 1;
            if let Some(theirs) = dependency.rust_version.as_ref().filter(|theirs| *theirs > ours) {
                problems.push(format!(
                    "`{} {}` asks for Rust {theirs}, newer than {ours} of `{name}`; use an older one, or raise rust-version",
                    dependency.name, dependency.version
                ));
            }
        }
    }
    if metadata.workspace_packages().is_empty() {
        problems.push("the workspace has no packages".to_owned());
    }
    if !problems.is_empty() {
        return Err(problems.join("\n"));
    }
    let newer = if said.is_empty() { String::new() } else { format!(", but for {}", said.join("; ")) };
    Ok(format!(
        "rust-version {MOST} or older suffices{newer} ({outside} statements of dependencies; rustc {rustc})"
    ))
}

/// All that a package is built from, with all its features, itself left out. Of packages of the workspace that a feature
/// brings in, only those that ask for no newer Rust: the others say it where they stand.
fn built_from<'m>(metadata: &'m Metadata, package: &Package) -> Vec<&'m Package> {
    let nodes = metadata.resolve.as_ref().map(|resolve| &resolve.nodes[..]).unwrap_or_default();
    // A program has every word, whatever the facade may leave out.
    let is_program = NEWER.iter().any(|(newer, _)| **newer == *package.name);
    let (mut seen, mut open) = (BTreeSet::new(), vec![&package.id]);
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let dependencies = nodes.iter().filter(|node| node.id == *id).flat_map(|node| &node.deps);
        let built = dependencies.filter(|dependency| {
            dependency
                .dep_kinds
                .iter()
                .any(|kind| matches!(kind.kind, DependencyKind::Normal | DependencyKind::Build))
        });
        open.extend(
            built
                .map(|dependency| &dependency.pkg)
                .filter(|to| is_program || !is_by_feature(metadata, id, to)),
        );
    }
    metadata.packages.iter().filter(|other| other.id != package.id && seen.contains(&other.id)).collect()
}

/// Whether `to` is a package of the workspace that asks for a newer Rust, and `from` has it by a feature alone.
fn is_by_feature(metadata: &Metadata, from: &PackageId, to: &PackageId) -> bool {
    let find = |id: &PackageId| metadata.packages.iter().find(|package| package.id == *id);
    let (Some(from), Some(to)) = (find(from), find(to)) else { return false };
    let is_ours =
        metadata.workspace_members.contains(&to.id) && metadata.workspace_members.contains(&from.id);
    let is_built = |kind: DependencyKind| kind != DependencyKind::Development;
    let mut declared = from
        .dependencies
        .iter()
        .filter(|dependency| dependency.name == *to.name && is_built(dependency.kind));
    is_ours && to.rust_version > from.rust_version && declared.all(|dependency| dependency.optional)
}

/// The release that a compiler such as `1.95.0-nightly` becomes: it may have what the release has.
fn release(installed: &str) -> Option<Version> {
    let version = Version::parse(installed).ok()?;
    Some(Version::new(version.major, version.minor, version.patch))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packages by name and `rust-version`, those whose name begins with `dep` from outside; and which depends on which,
    /// by a feature alone if the last is true.
    fn metadata(packages: &[(&str, Option<&str>)], edges: &[(&str, &str, bool)]) -> Metadata {
        let package = |(name, rust_version): &(&str, Option<&str>)| {
            let dependencies = edges.iter().filter(|(from, ..)| from == name).map(|(_, to, optional)| {
                serde_json::json!({
                    "name": to, "req": "*", "kind": null, "optional": optional, "uses_default_features": true,
                    "features": [], "target": null, "rename": null, "registry": null, "path": null,
                })
            });
            serde_json::json!({
                "name": name, "version": "2.0.0", "id": name, "rust_version": rust_version,
                "dependencies": dependencies.collect::<Vec<_>>(), "targets": [], "features": {},
                "manifest_path": "/x/Cargo.toml",
            })
        };
        let node = |(name, _): &(&str, Option<&str>)| {
            let deps = edges.iter().filter(|(from, ..)| from == name).map(|(_, to, _)| {
                serde_json::json!({ "name": to, "pkg": to, "dep_kinds": [{ "kind": null, "target": null }] })
            });
            let to: Vec<&str> =
                edges.iter().filter(|(from, ..)| from == name).map(|(_, to, _)| *to).collect();
            serde_json::json!({
                "id": name, "dependencies": to, "deps": deps.collect::<Vec<_>>(), "features": [],
            })
        };
        let members = packages.iter().map(|(name, _)| *name).filter(|name| !name.starts_with("dep"));
        let json = serde_json::json!({
            "packages": packages.iter().map(package).collect::<Vec<_>>(),
            "workspace_members": members.collect::<Vec<_>>(),
            "resolve": { "nodes": packages.iter().map(node).collect::<Vec<_>>(), "root": null },
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
        let packages = [
            ("ours", Some("1.89")),
            ("ndcodec-base64", Some("1.93")),
            ("ndcodec-cli", Some("1.93")),
            ("dep", Some("1.60")),
            ("dep-turbo", Some("1.93")),
        ];
        let edges = [
            ("ours", "dep", false),
            ("ours", "ndcodec-base64", true),
            ("ndcodec-base64", "dep-turbo", false),
            ("ndcodec-cli", "ours", false),
        ];
        assert_eq!(
            judge(&metadata(&packages, &edges), "1.95.0").unwrap(),
            "rust-version 1.89.0 or older suffices, but for `ndcodec-base64` 1.93.0, as base64-turbo 0.5 asks for 1.93; \
             `ndcodec-cli` 1.93.0, as it has every word (6 statements of dependencies; rustc 1.95.0)"
        );
    }

    #[test]
    fn every_breach_is_named() {
        let packages = [
            ("a", Some("1.89")),
            ("b", Some("1.90")),
            ("c", None),
            ("ndcodec-base64", Some("1.93")),
            ("dep", Some("1.96")),
        ];
        let edges = [("a", "dep", true), ("a", "ndcodec-base64", false)];
        let message = judge(&metadata(&packages, &edges), "1.89.1").unwrap_err();
        assert_eq!(
            message,
            "`ndcodec-base64 2.0.0` asks for Rust 1.93.0, newer than 1.89.0 of `a`; use an older one, or raise rust-version\n\
             `dep 2.0.0` asks for Rust 1.96.0, newer than 1.89.0 of `a`; use an older one, or raise rust-version\n\
             `b` says rust-version 1.90.0, but the installed rustc is 1.89.1\n\
             `b` says rust-version 1.90.0; expected 1.89.0 at most\n\
             `c` needs `rust-version.workspace = true`\n\
             `ndcodec-base64` says rust-version 1.93.0, but the installed rustc is 1.89.1"
        );
    }
}
