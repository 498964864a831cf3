//! `cargo xtask new-stage`: a crate for a new word, which compiles and fails its laws until it is written.

mod manifest;
mod name;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use lexopt::Arg::{Long, Value};
use lexopt::{Parser, ValueExt};

use crate::template::fill_folder;
use crate::workspace::{Workspace, make_folder, read, write};
use crate::{Command, Outcome, features, misused, process};
use name::Name;

pub(crate) const COMMAND: Command = Command {
    name: "new-stage",
    arguments: "NAME [--kind codec|filter|format] [--dir DIR]",
    about: "Makes the crate for the word NAME in crates/ and adds it to the workspace. With --dir, makes it in DIR, \
            as a package that stands alone.",
    run,
};

const KINDS: &[&str] = &["codec", "filter", "format"];
/// The folder `common` and one for each kind. Placeholders: `{{name}}` (`foo_bar`), `{{NAME}}` (`FOO_BAR`), `{{Name}}`
/// (`FooBar`), `{{package}}` (`ndcodec-foo-bar`), `{{kind}}` (`codec`).
const TEMPLATES: &str = "xtask/templates/stage";

fn run(workspace: &Workspace, mut args: Parser) -> Outcome {
    let (mut name, mut kind, mut dir) = (None, KINDS[0].to_owned(), None);
    while let Some(arg) = args.next().map_err(misused)? {
        match arg {
            Long("kind") => kind = args.value().and_then(ValueExt::string).map_err(misused)?,
            Long("dir") => dir = Some(PathBuf::from(args.value().map_err(misused)?)),
            Value(word) if name.is_none() => name = Some(Name::parse(&word.to_string_lossy())?),
            _ => return Err(misused(arg.unexpected())),
        }
    }
    let name =
        name.ok_or_else(|| format!("one NAME is needed: cargo xtask new-stage {}", COMMAND.arguments))?;
    let kind = kind.as_str();
    match dir {
        Some(dir) => {
            let folder = make_alone(workspace, &name, kind, &dir)?;
            println!("made {}; its laws fail until it is written: cargo test there", folder.display());
        }
        None => {
            make_member(workspace, &name, kind)?;
            println!("{}", what_next(&name, kind));
        }
    }
    Ok(())
}

/// What CI asks: for each kind, the new crate compiles, and its tests run and fail.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let dir = workspace.target().join("new-stage");
    if dir.exists() {
        fs::remove_dir_all(&dir).map_err(|error| format!("cannot remove {}: {error}", dir.display()))?;
    }
    let name = Name::parse("freshly_made")?;
    for kind in KINDS {
        let folder = make_alone(workspace, &name, kind, &dir.join(kind))?;
        // The workspace's own lock file, so that this builds with versions that are there already.
        fs::copy(workspace.root().join("Cargo.lock"), folder.join("Cargo.lock"))
            .map_err(|error| format!("cannot copy Cargo.lock: {error}"))?;
        let cargo = |args: &[&str]| {
            let mut command = process::cargo();
            command.args(args).current_dir(&folder).env("CARGO_TARGET_DIR", workspace.target());
            command
        };
        process::run(&mut cargo(&["test", "--quiet", "--no-run", "--offline"]))?;
        let output = process::output(&mut cargo(&["test", "--offline"]))?;
        let stdout = String::from_utf8_lossy(&output.stdout);
        if output.status.success() || !stdout.contains("test result: FAILED") {
            return Err(format!("a new {kind} does not fail its laws:\n{stdout}"));
        }
        println!("a new {kind} compiles, and fails its laws");
    }
    Ok(())
}

/// Makes `crates/ndcodec-NAME` and names it in the root manifest.
fn make_member(workspace: &Workspace, name: &Name, kind: &str) -> Outcome {
    if features::of_facade(workspace)?.iter().any(|feature| feature == name.word()) {
        return Err(format!("`{}` is taken: `{}` has a feature of this name", name.word(), features::FACADE));
    }
    let path = format!("crates/{}", name.package());
    let folder = workspace.root().join(&path);
    let root_manifest = workspace.root().join("Cargo.toml");
    let edited = manifest::with_member(&read(&root_manifest)?, &name.package(), &path)?;
    make(workspace, name, kind, &folder, |manifest| Ok(manifest.to_owned()))?;
    write(&root_manifest, &edited)
}

/// Makes `DIR/ndcodec-NAME`, with what it would inherit from the workspace written out.
fn make_alone(workspace: &Workspace, name: &Name, kind: &str, dir: &Path) -> Outcome<PathBuf> {
    let folder = dir.join(name.package());
    let root = workspace.root();
    let root_manifest = read(&root.join("Cargo.toml"))?;
    make(workspace, name, kind, &folder, |text| manifest::alone(text, &root_manifest, root))?;
    Ok(folder)
}

fn make(
    workspace: &Workspace,
    name: &Name,
    kind: &str,
    folder: &Path,
    edit_manifest: impl Fn(&str) -> Outcome<String>,
) -> Outcome {
    if !KINDS.contains(&kind) {
        return Err(format!("no kind `{kind}`; there are: {}", KINDS.join(", ")));
    }
    if folder.exists() {
        return Err(format!("{} exists already", folder.display()));
    }
    // All is filled in before anything is written: a mistake in a template leaves nothing behind.
    let templates = workspace.root().join(TEMPLATES);
    let (package, constant, type_name) = (name.package(), name.constant(), name.type_name());
    let values = [
        ("name", name.word()),
        ("NAME", &constant),
        ("Name", &type_name),
        ("package", &package),
        ("kind", kind),
    ];
    let mut files = fill_folder(&templates.join("common"), &values)?;
    files.extend(fill_folder(&templates.join(kind), &values)?);
    for (path, text) in &mut files {
        if path == "Cargo.toml" {
            *text = edit_manifest(text)?;
        }
    }
    for (path, text) in &files {
        let path = folder.join(path);
        make_folder(path.parent().unwrap_or(folder))?;
        write(&path, text)?;
        if path.extension().is_some_and(|extension| extension == "rs") {
            // How a line breaks depends on the length of the name.
            let config = workspace.root().join("rustfmt.toml");
            process::capture(
                Process::new("rustfmt").args(["--edition", "2024", "--config-path"]).arg(config).arg(&path),
            )?;
        }
    }
    Ok(())
}

fn what_next(name: &Name, kind: &str) -> String {
    let (word, package) = (name.word(), name.package());
    format!(
        "made crates/{package}, a {kind}, and added it to Cargo.toml. Next:
  1. In crates/{package}/src/lib.rs, replace the link to the specification and the summary, declare the parameters.
  2. Write the stage until its laws pass: cargo test -p {package}
  3. Add the feature `{word}` to crates/ndcodec/Cargo.toml and the static {constant} to the list of built-in stages.
  4. Document it in docs/ and CHANGELOG.md, then run: cargo xtask ci",
        constant = name.constant()
    )
}
