//! The step `package` of `cargo xtask ci`: what a registry gets builds and passes its tests from there.
//!
//! Each package is packed and built by itself with its default features, against the others as they are packed. Then all are
//! unpacked into one workspace and tested with all features. Both share the target folder, and what is built of other
//! packages, with the rest of the steps: so they cost the builds of our own code, and no more.
//!
//! Tests that need a file outside of their package, or `ndcodec-testkit`, which is not published, are left out of it by the
//! `exclude` of its manifest.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::metadata::metadata;
use crate::release;
use crate::test::TestEnvironment;
use crate::workspace::{Workspace, make_folder, read, write};
use crate::{Outcome, process};

pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let mut problems = release::incomplete(workspace)?;
    problems.extend(excluded_without_need(workspace)?);
    if !problems.is_empty() {
        return Err(problems.join("\n"));
    }
    let profiles = profiles_of(&read(&workspace.root().join("Cargo.toml"))?).to_owned();
    let packed = pack(workspace, &profiles)?;
    test(workspace, &packed, &profiles)
}

/// Tests that a manifest excludes from its package, though they would compile there.
fn excluded_without_need(workspace: &Workspace) -> Outcome<Vec<String>> {
    let files = workspace.files()?;
    let mut problems = Vec::new();
    for manifest in files.iter().filter(|path| path.starts_with("crates/") && path.ends_with("/Cargo.toml")) {
        let folder = manifest.trim_end_matches("/Cargo.toml");
        for test in excluded(&read(&workspace.root().join(manifest))?) {
            let test = format!("{folder}{test}");
            let sources = files.iter().filter(|path| path.starts_with(&test) && path.ends_with(".rs"));
            let sources =
                sources.map(|path| read(&workspace.root().join(path))).collect::<Outcome<Vec<_>>>()?;
            if !sources.iter().any(|source| needs_more(source)) {
                problems.push(format!(
                    "{manifest}: `{test}` is excluded, but needs nothing from outside of the package"
                ));
            }
        }
    }
    Ok(problems)
}

/// The tests that a manifest excludes.
fn excluded(manifest: &str) -> Vec<&str> {
    let list = manifest.split_once("\nexclude = [").map_or("", |(_, rest)| rest);
    let list = list.split(']').next().unwrap_or_default();
    list.split('"').filter(|path| path.starts_with("/tests/")).collect()
}

/// Whether a test has to do with what is not in its package.
fn needs_more(source: &str) -> bool {
    ["ndcodec_testkit", "\"../../", "/../../", "(\"../"].iter().any(|sign| source.contains(sign))
}

/// A published package, by the name of its folder in an archive: `NAME-VERSION`.
struct Packed {
    name: String,
    folder: String,
}

/// Packs every published package, and builds each from what was packed.
fn pack(workspace: &Workspace, profiles: &str) -> Outcome<Vec<Packed>> {
    let mut published = Vec::new();
    let mut excluded = Vec::new();
    // There each takes the others from a registry, and what comes from one is built with optimizations.
    let mut config = profiles.trim_end().to_owned();
    for package in metadata(workspace)?.workspace_packages() {
        let name = package.name.to_string();
        if package.publish.as_ref().is_some_and(Vec::is_empty) {
            excluded.extend(["--exclude".to_owned(), name]);
        } else {
            config.push_str(&format!("\n{name}.opt-level = 0"));
            published.push(Packed { folder: format!("{name}-{}", package.version), name });
        }
    }
    forget(workspace, &published)?;
    let file = workspace.target().join("package-profiles.toml");
    make_folder(&workspace.target())?;
    write(&file, &config)?;
    let mut command = workspace.cargo(["package", "--quiet", "--workspace", "--allow-dirty", "--config"]);
    command.arg(&file).args(excluded);
    process::run(&mut command)?;
    Ok(published)
}

/// Removes what earlier runs unpacked and built of the packages. Cargo takes what comes from a registry for the same as long
/// as it has the same version, in its own folder and in the target folder.
fn forget(workspace: &Workspace, packed: &[Packed]) -> Outcome {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo"))).ok_or("there is no home folder")?;
    for registry in folders_in(&home.join("registry/src"))? {
        // The registry of the packed has no host, and so no name before the hash.
        if registry.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"-")) {
            packed.iter().try_for_each(|package| remove(&registry.join(&package.folder)))?;
        }
    }
    for built in folders_in(&workspace.target().join("debug/.fingerprint"))? {
        let name = built.file_name().unwrap_or_default().to_string_lossy();
        let of = name.rsplit_once('-').map(|(of, _)| of);
        if packed.iter().any(|package| of == Some(&*package.name)) {
            remove(&built)?;
        }
    }
    Ok(())
}

fn folders_in(folder: &Path) -> Outcome<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries =
        fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
}

fn remove(folder: &Path) -> Outcome {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(format!("cannot remove {}: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Tests the packages in a workspace of their own, where each takes the others from their archives.
fn test(workspace: &Workspace, packed: &[Packed], profiles: &str) -> Outcome {
    let root = workspace.target().join("unpacked");
    remove(&root)?;
    make_folder(&root)?;
    for package in packed {
        let archive = workspace.target().join("package").join(format!("{}.crate", package.folder));
        // `m`: an archive's times are the same for every content, and cargo goes by them.
        let mut tar = Command::new("tar");
        process::run(tar.arg("xmzf").arg(archive).arg("-C").arg(&root))?;
    }
    write(&root.join("Cargo.toml"), &manifest(packed, profiles))?;
    write(&root.join("Cargo.lock"), &read(&workspace.root().join("Cargo.lock"))?)?;

    let environment = TestEnvironment::prepare(workspace)?;
    let mut command = workspace.cargo(["test", "--quiet", "--workspace", "--all-features", "--no-fail-fast"]);
    environment.set_variables(&mut command);
    process::run(command.current_dir(&root).env("CARGO_TARGET_DIR", workspace.target()))?;
    environment.check_skips()
}

/// A workspace of the unpacked packages.
fn manifest(packed: &[Packed], profiles: &str) -> String {
    let quoted = |package: &Packed| format!("\"{}\"", package.folder);
    let members: Vec<String> = packed.iter().map(quoted).collect();
    let mut text =
        format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[patch.crates-io]\n", members.join(", "));
    for package in packed {
        text.push_str(&format!("{} = {{ path = \"{}\" }}\n", package.name, package.folder));
    }
    text.push('\n');
    text + profiles
}

/// How the workspace builds other packages for tests, so that nothing is built anew.
fn profiles_of(manifest: &str) -> &str {
    let Some(start) = manifest.find("[profile.dev.package]\n") else { return "" };
    let section = &manifest[start..];
    section.find("\n[").map_or(section, |end| &section[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_package_takes_the_others_from_their_archives() {
        let packed = ["a", "b"].map(|name| Packed { name: name.to_owned(), folder: format!("{name}-0.1.0") });
        assert_eq!(
            manifest(&packed, "[profile.dev.package]\n"),
            "[workspace]\nresolver = \"3\"\nmembers = [\"a-0.1.0\", \"b-0.1.0\"]\n\n[patch.crates-io]\n\
             a = { path = \"a-0.1.0\" }\nb = { path = \"b-0.1.0\" }\n\n[profile.dev.package]\n"
        );
    }

    #[test]
    fn only_tests_that_need_more_are_excluded() {
        let manifest = "[package]\nname = \"a\"\nexclude = [\n    \"/tests/corpus.rs\",\n    \"/tests/far/\",\n]\n\n[features]\n";
        assert_eq!(excluded(manifest), ["/tests/corpus.rs", "/tests/far/"]);
        assert!(excluded("[package]\nname = \"a\"\n").is_empty());
        assert!(needs_more("use ndcodec_testkit::skip;"));
        assert!(needs_more("include_str!(\"../../../docs/x.md\")"));
        assert!(!needs_more("include_str!(\"golden/x.txt\")"));
    }

    #[test]
    fn the_profiles_end_where_the_next_section_begins() {
        let manifest = "[profile.dist]\n\n[profile.dev.package]\n\"*\".opt-level = 2\n\n[profile.web]\n";
        assert_eq!(profiles_of(manifest), "[profile.dev.package]\n\"*\".opt-level = 2\n\n");
        assert_eq!(profiles_of("[workspace]\n"), "");
    }
}
