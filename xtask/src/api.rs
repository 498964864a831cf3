//! `cargo xtask api`: the public API of the published libraries as text, so that every change of it shows and is meant; and what
//! their rustdoc must say.

mod examples;

use std::path::{Path, PathBuf};

use lexopt::Arg::Long;
use lexopt::Parser;
use public_api::Builder;

use crate::metadata::metadata;
use crate::workspace::{Workspace, read, write};
use crate::{Command, Outcome, misused, process};

pub(crate) const COMMAND: Command = Command {
    name: "api",
    arguments: "[--check]",
    about: "Writes docs/api/CRATE.txt, the public API of the facade and of each published library beneath it; --check only \
            compares it, and checks that each method of the types that users meet has an example and names the kinds of its \
            errors. What changes there is what users of a crate would notice.",
    run,
};

/// Where the listings are.
const FOLDER: &str = "docs/api";

fn run(workspace: &Workspace, mut args: Parser) -> Outcome {
    let mut is_check = false;
    while let Some(arg) = args.next().map_err(misused)? {
        match arg {
            Long("check") => is_check = true,
            _ => return Err(misused(arg.unexpected())),
        }
    }
    if is_check { check(workspace) } else { refresh(workspace) }
}

/// Every listing is what the sources give, and there are no others.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let listings = listings(workspace)?;
    let mut problems = Vec::new();
    for (path, listing) in &listings {
        let name = path.strip_prefix(workspace.root()).unwrap_or(path).display();
        match read(path) {
            Ok(committed) => {
                problems.extend(difference(&committed, listing).map(|diff| format!("{name}:\n{diff}")));
            }
            Err(_) => problems.push(format!("{name}: is not there")),
        }
    }
    let is_listed = |path: &PathBuf| listings.iter().any(|(listed, _)| listed == path);
    let others = text_files(&workspace.root().join(FOLDER))?.into_iter().filter(|path| !is_listed(path));
    problems.extend(others.map(|path| format!("{}: there is no such library", path.display())));
    let methods = said(workspace)?;
    if problems.is_empty() {
        println!("cargo xtask api: ok, {} libraries, {methods} methods with an example each", listings.len());
        return Ok(());
    }
    Err(format!(
        "the public API is not the one listed; if that is meant, `cargo xtask api` writes it:\n{}",
        problems.join("\n")
    ))
}

fn refresh(workspace: &Workspace) -> Outcome {
    let folder = workspace.root().join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(|error| format!("{FOLDER}: {error}"))?;
    for path in text_files(&folder)? {
        std::fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    for (path, listing) in listings(workspace)? {
        write(&path, &listing)?;
        println!("{}: {} lines", path.display(), listing.lines().count());
    }
    Ok(())
}

/// Rustdoc says what it must: no public item is without documentation, and each method of the types that users meet has an
/// example and names the kinds of its errors. Returns how many methods these are. The libraries were documented before.
fn said(workspace: &Workspace) -> Outcome<usize> {
    let (mut methods, mut problems) = (0, Vec::new());
    for library in libraries(workspace)? {
        let text = read(&json_of(workspace, &library))?;
        let rustdoc = serde_json::from_str(&text).map_err(|error| format!("{library}: {error}"))?;
        let bare = examples::undocumented(&rustdoc);
        problems.extend(bare.into_iter().map(|name| format!("{library}: `{name}` is not documented")));
        if library == examples::LIBRARY {
            match examples::check(&rustdoc) {
                Ok(looked_at) => methods += looked_at,
                Err(missing) => problems.extend(missing),
            }
        }
    }
    if methods == 0 && problems.is_empty() {
        problems.push(format!("`{}` was not documented", examples::LIBRARY));
    }
    if problems.is_empty() {
        Ok(methods)
    } else {
        Err(format!("rustdoc lacks:\n  {}", problems.join("\n  ")))
    }
}

/// What rustdoc wrote of a library.
fn json_of(workspace: &Workspace, library: &str) -> PathBuf {
    scratch(workspace).join("doc").join(library.replace('-', "_")).with_extension("json")
}

/// The listings of all published libraries, as their paths and texts.
fn listings(workspace: &Workspace) -> Outcome<Vec<(PathBuf, String)>> {
    let libraries = libraries(workspace)?;
    document(workspace, &libraries)?;
    let folder = workspace.root().join(FOLDER);
    let of_library = |library: &String| {
        let json = json_of(workspace, library);
        Ok((folder.join(library).with_extension("txt"), listing(&json)?))
    };
    libraries.iter().map(of_library).collect()
}

/// Libraries of our own programs, and one whose clients and servers take longer to build than all the rest.
const NOT_LISTED: [&str; 3] = ["ndcodec-cli", "ndcodec-http", "ndcodec-measure"];

/// The names of the packages that are published and have a library that is listed.
fn libraries(workspace: &Workspace) -> Outcome<Vec<String>> {
    let metadata = metadata(workspace)?;
    let mut names: Vec<String> = metadata
        .workspace_packages()
        .into_iter()
        .filter(|package| package.publish.as_ref().is_none_or(|registries| !registries.is_empty()))
        .filter(|package| package.targets.iter().any(cargo_metadata::Target::is_lib))
        .map(|package| package.name.to_string())
        .filter(|name| !NOT_LISTED.contains(&name.as_str()))
        .collect();
    names.sort();
    Ok(names)
}

/// Has rustdoc describe the libraries as JSON, which it does on request of those that know it may change.
fn document(workspace: &Workspace, libraries: &[String]) -> Outcome {
    let mut command = workspace.cargo(["doc", "--quiet", "--no-deps", "--lib", "--all-features"]);
    for library in libraries {
        command.args(["-p", library]);
    }
    command.env("CARGO_TARGET_DIR", scratch(workspace));
    command.env("RUSTDOCFLAGS", "-Z unstable-options --output-format json");
    process::run(command.env("RUSTC_BOOTSTRAP", bootstrapped(libraries)))
}

/// A folder of its own: dependencies whose build scripts look at `RUSTC_BOOTSTRAP` would be built again for everybody else.
fn scratch(workspace: &Workspace) -> PathBuf {
    workspace.target().join("api")
}

/// The crates that may use what is unstable: these alone, so that no dependency takes the compiler for a nightly.
fn bootstrapped(libraries: &[String]) -> String {
    libraries.iter().map(|library| library.replace('-', "_")).collect::<Vec<_>>().join(",")
}

/// What the library described by `json` offers, an item a line. What holds for every type, such as `impl<T> Any for T`, is
/// left out.
fn listing(json: &Path) -> Outcome<String> {
    let api = Builder::from_rustdoc_json(json).omit_blanket_impls(true).omit_auto_trait_impls(true).build();
    let api =
        api.map_err(|error| format!("{}: {error}; is `public-api` made for this rustdoc?", json.display()))?;
    Ok(api.to_string())
}

/// The lines that were and are, if they differ.
fn difference(committed: &str, listing: &str) -> Option<String> {
    let missing = |of: &str, from: &str, sign: char| {
        let there: std::collections::HashSet<&str> = from.lines().collect();
        let gone = of.lines().filter(|line| !there.contains(line));
        gone.map(|line| format!("  {sign} {line}\n")).collect::<String>()
    };
    let lines = || missing(committed, listing, '-') + &missing(listing, committed, '+');
    (committed != listing)
        .then(lines)
        .map(|lines| if lines.is_empty() { "  another order\n".to_owned() } else { lines })
}

fn text_files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    Ok(paths.filter(|path| path.extension().is_some_and(|extension| extension == "txt")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_shown_by_lines() {
        let (old, new) = ("pub fn a::f()\npub fn a::g()\n", "pub fn a::g()\npub fn a::h()\n");
        assert_eq!(difference(old, old), None);
        assert_eq!(difference(old, new).unwrap(), "  - pub fn a::f()\n  + pub fn a::h()\n");
    }

    #[test]
    fn no_dependency_is_told_that_the_compiler_is_unstable() {
        assert_eq!(bootstrapped(&["ndcodec-core".to_owned(), "ndcodec".to_owned()]), "ndcodec_core,ndcodec");
    }
}
