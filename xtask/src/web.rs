//! `cargo xtask web`: the npm package, from packages alone, tested as it is packed.
//!
//! rustup may have no target for WebAssembly, and cannot fetch one on every machine. So the compiler is Debian's, unpacked
//! into the target folder, with its standard library built from source; the rest is from crates.io and npm.

mod browser;
mod build;
mod node;

use std::fs;
use std::path::PathBuf;

use lexopt::Arg::Value;
use lexopt::Parser;

use crate::test::TestEnvironment;
use crate::workspace::{Workspace, in_ci, make_folder};
use crate::{Command, Outcome, debian, misused};

pub(crate) const COMMAND: Command = Command {
    name: "web",
    arguments: "[build | test | pictures | bench [ARRAY.npy]]",
    about: "Builds the npm package into target/web/npm and the page into target/web/page, installs the package into an empty \
            folder and tests both, in Node and in Chromium. `build` stops before the tests; `test` does not build again; \
            `pictures` tests and puts what the page looked like into docs/pictures; `bench` measures the package beside \
            others. The compiler is Debian's, unpacked into target/debian by apt-get and dpkg-deb; node and npm must be there.",
    run,
};

/// What is done; without a word, the first two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Build,
    Test,
    Pictures,
    Bench,
}

fn run(workspace: &Workspace, mut args: Parser) -> Outcome {
    let mut parts = vec![Part::Build, Part::Test];
    let mut array = workspace.root().join(ARRAY);
    while let Some(arg) = args.next().map_err(misused)? {
        match arg {
            Value(part) if part == "build" => parts = vec![Part::Build],
            Value(part) if part == "test" => parts = vec![Part::Test],
            Value(part) if part == "pictures" => parts = vec![Part::Test, Part::Pictures],
            Value(part) if part == "bench" => parts = vec![Part::Bench],
            Value(path) if parts == [Part::Bench] => array = path.into(),
            _ => return Err(misused(arg.unexpected())),
        }
    }
    let places = Places::of(workspace)?;
    if parts.contains(&Part::Build) {
        build::package(workspace, &places)?;
    }
    if parts.contains(&Part::Test) {
        let environment = TestEnvironment::prepare(workspace)?;
        node::test(workspace, &places, &environment)?;
        environment.check_skips()?;
    }
    if parts.contains(&Part::Pictures) {
        keep_pictures(workspace, &places)?;
    }
    if parts.contains(&Part::Bench) {
        node::bench(workspace, &places, &array)?;
    }
    Ok(())
}

/// Which program is not there that the package is built and tested by.
fn missing() -> Option<String> {
    let program = debian::missing(&["node", "npm"])?;
    Some(format!("no `{program}`, which the npm package is built by"))
}

/// What is measured if nothing is named.
const ARRAY: &str = "docs/examples/earth-orientation.npy";

/// What the documents show, of the pictures that the tests leave in target/web/pictures.
const SHOWN: &[&str] = &["light.png", "phone-dark.png", "volume.png"];
const DOCS: &str = "docs/pictures";

fn keep_pictures(workspace: &Workspace, places: &Places) -> Outcome {
    let docs = workspace.root().join(DOCS);
    make_folder(&docs)?;
    for name in SHOWN {
        let from = places.pictures.join(name);
        fs::copy(&from, docs.join(name))
            .map_err(|error| format!("cannot copy {}: {error}", from.display()))?;
    }
    Ok(())
}

/// What CI asks for: all of it.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let environment = TestEnvironment::prepare(workspace)?;
    test(workspace, &environment)?;
    environment.check_skips()
}

/// Builds and tests the package. Without what it is built by it says so in one line, which is a failure under CI only.
pub(crate) fn test(workspace: &Workspace, environment: &TestEnvironment) -> Outcome {
    match missing() {
        Some(why) if in_ci() => return Err(why),
        Some(why) => {
            println!("note: {why}; the npm package is neither built nor tested");
            return Ok(());
        }
        None => {}
    }
    let places = Places::of(workspace)?;
    build::package(workspace, &places)?;
    node::test(workspace, &places, environment)
}

/// The folders under `target/web`.
struct Places {
    /// What cargo builds for WebAssembly.
    build: PathBuf,
    /// The program `bindgen`, which runs here.
    tools: PathBuf,
    /// Packages of npm that build and test.
    node: PathBuf,
    /// The package as it is packed.
    npm: PathBuf,
    /// The page, with all that it needs.
    page: PathBuf,
    /// What the page looks like, as the tests saw it.
    pictures: PathBuf,
    /// The empty folder that it is installed into, with the tests.
    installed: PathBuf,
}

impl Places {
    fn of(workspace: &Workspace) -> Outcome<Self> {
        let root = workspace.target().join("web");
        make_folder(&root)?;
        let at = |name: &str| root.join(name);
        Ok(Self {
            build: at("build"),
            tools: at("tools"),
            node: at("node"),
            npm: at("npm"),
            page: at("page"),
            pictures: at("pictures"),
            installed: at("installed"),
        })
    }
}
