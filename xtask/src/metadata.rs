//! What `cargo metadata` knows of the workspace's packages and of those they depend on.

use crate::json::Json;
use crate::workspace::Workspace;
use crate::{Outcome, process};

/// A package, of the workspace or from outside.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The oldest Rust that it asks for, where it says.
    pub(crate) rust_version: Option<String>,
    /// The names of its features, sorted.
    pub(crate) features: Vec<String>,
    pub(crate) is_member: bool,
}

/// Every package of the workspace and every package that any feature of them brings in.
pub(crate) fn packages(workspace: &Workspace) -> Outcome<Vec<Package>> {
    let args = ["metadata", "--format-version", "1", "--all-features"];
    from_json(&Json::parse(&process::capture(&mut workspace.cargo(args))?)?)
}

fn from_json(metadata: &Json) -> Outcome<Vec<Package>> {
    let members = metadata.list("workspace_members");
    let package = |json: &Json| -> Option<Package> {
        let mut features: Vec<String> =
            json.member("features")?.object().iter().map(|(name, _)| name.clone()).collect();
        features.sort();
        Some(Package {
            name: json.text("name")?.to_owned(),
            version: json.text("version")?.to_owned(),
            rust_version: json.text("rust_version").map(str::to_owned),
            features,
            is_member: members.contains(json.member("id")?),
        })
    };
    let packages: Option<Vec<Package>> = metadata.list("packages").iter().map(package).collect();
    packages
        .ok_or_else(|| "`cargo metadata` lists a package without name, version, id or features".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_from_dependencies() {
        let text = r#"{"packages": [
            {"name": "ours", "version": "0.1.0", "id": "path#ours", "rust_version": "1.95", "features": {"zstd": [], "default": []}},
            {"name": "theirs", "version": "2.0.1", "id": "registry#theirs", "rust_version": null, "features": {}}
        ], "workspace_members": ["path#ours"]}"#;
        let packages = from_json(&Json::parse(text).unwrap()).unwrap();
        assert_eq!(packages[0].features, ["default", "zstd"]);
        assert_eq!(packages[0].rust_version.as_deref(), Some("1.95"));
        assert_eq!(packages.iter().map(|package| package.is_member).collect::<Vec<_>>(), [true, false]);
    }
}
