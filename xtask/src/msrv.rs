//! The oldest Rust that the workspace promises to build with: stated by every package, and kept by what they use.

use std::fmt;
use std::process::Command;

use crate::metadata::{Package, packages};
use crate::workspace::Workspace;
use crate::{Outcome, process};

/// Every package of the workspace states the same `rust-version`, the installed compiler is that or newer, and no
/// dependency asks for a newer one.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let installed = process::capture(Command::new(rustc).arg("--version").current_dir(workspace.root()))?;
    let installed = installed.split_whitespace().nth(1).unwrap_or_default();
    println!("{}", judge(&packages(workspace)?, installed)?);
    Ok(())
}

fn judge(packages: &[Package], installed: &str) -> Outcome<String> {
    let rustc = Version::parse(installed).ok_or_else(|| format!("`{installed}` is no version of rustc"))?;
    let mut ours: Option<Version> = None;
    let mut problems = Vec::new();
    for package in packages.iter().filter(|package| package.is_member) {
        let stated = package.rust_version.as_deref().and_then(Version::parse);
        match (stated, ours) {
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
    if rustc < ours {
        problems.push(format!("the workspace's rust-version is {ours}, but the installed rustc is {rustc}"));
    }
    for package in packages.iter().filter(|package| !package.is_member) {
        if let Some(theirs) = package.rust_version.as_deref().and_then(Version::parse).filter(|&v| v > ours) {
            problems.push(format!(
                "`{} {}` asks for Rust {theirs}, newer than our {ours}; use an older one, or raise rust-version",
                package.name, package.version
            ));
        }
    }
    if !problems.is_empty() {
        return Err(problems.join("\n"));
    }
    let outside = packages.iter().filter(|package| !package.is_member).count();
    let proof = if (rustc.0, rustc.1) == (ours.0, ours.1) {
        "and is what builds it here"
    } else {
        "but a newer one builds it here: only the dependencies' statements were checked"
    };
    Ok(format!("rust-version {ours} suffices for all {outside} dependencies, {proof} (rustc {rustc})"))
}

/// Major, minor, patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32, u32);

impl Version {
    /// Reads `1.95`, `1.95.0`, or `1.95.0-nightly`.
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(['-', '+']).next()?.split('.').map(str::parse);
        let major = numbers.next()?.ok()?;
        let rest = [numbers.next().unwrap_or(Ok(0)).ok()?, numbers.next().unwrap_or(Ok(0)).ok()?];
        Some(Self(major, rest[0], rest[1]))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, rust_version: Option<&str>, is_member: bool) -> Package {
        Package {
            name: name.to_owned(),
            version: "2.0.0".to_owned(),
            rust_version: rust_version.map(str::to_owned),
            features: Vec::new(),
            is_member,
        }
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(Version::parse("1.9") < Version::parse("1.10.0-nightly"));
        assert_eq!(Version::parse("1.95"), Version::parse("1.95.0"));
        assert_eq!(Version::parse("stable"), None);
    }

    #[test]
    fn what_holds_is_said() {
        let packages = [package("ours", Some("1.95"), true), package("theirs", Some("1.60"), false)];
        let said = judge(&packages, "1.95.0").unwrap();
        assert!(said.ends_with("is what builds it here (rustc 1.95.0)"), "{said}");
        assert!(judge(&packages, "1.97.1").unwrap().contains("only the dependencies' statements"));
    }

    #[test]
    fn every_breach_is_named() {
        let packages = [
            package("a", Some("1.95"), true),
            package("b", Some("1.90"), true),
            package("c", None, true),
            package("dep", Some("1.96"), false),
        ];
        let message = judge(&packages, "1.94.0").unwrap_err();
        assert_eq!(
            message,
            "`b` says rust-version 1.90.0, others 1.95.0\n\
             `c` needs `rust-version.workspace = true`\n\
             the workspace's rust-version is 1.95.0, but the installed rustc is 1.94.0\n\
             `dep 2.0.0` asks for Rust 1.96.0, newer than our 1.95.0; use an older one, or raise rust-version"
        );
    }
}
