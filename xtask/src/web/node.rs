//! npm: the packages that build and test, and the tests of the package as it is packed.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::build::copy_folder;
use super::{Places, browser};
use crate::test::TestEnvironment;
use crate::workspace::{Workspace, make_folder, read, write};
use crate::{Outcome, process};

/// The packages of npm that build and test, pinned by a lock file.
const PACKAGES: &str = "xtask/node";
const TESTS: &str = "crates/ndcodec-wasm/tests";
const BENCHES: &str = "crates/ndcodec-wasm/benches";
const STAMP: &str = "ndcodec-made-of.txt";
/// Node's test runner takes these endings of files, in the folder that it is told.
const TEST_FILES: &str = ".test.mjs";

/// Installs the packages that build and test, if their lock file changed.
pub(super) fn prepare(workspace: &Workspace, places: &Places) -> Outcome {
    let sources = workspace.root().join(PACKAGES);
    let lock = read(&sources.join("package-lock.json"))?;
    let stamp = places.node.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|text| text == lock) {
        return Ok(());
    }
    copy_folder(&sources, &places.node)?;
    process::run(npm(&places.node).args(["ci", "--ignore-scripts"]))?;
    write(&stamp, &lock)
}

/// Packs the package and installs it into an empty folder.
fn install(places: &Places) -> Outcome {
    let installed = &places.installed;
    if installed.exists() {
        fs::remove_dir_all(installed)
            .map_err(|error| format!("cannot remove {}: {error}", installed.display()))?;
    }
    make_folder(installed)?;
    let packed =
        process::capture(npm(&places.npm).args(["pack", "--silent", "--pack-destination"]).arg(installed))?;
    let archive = packed.lines().last().unwrap_or_default().trim();
    write(&installed.join("package.json"), "{ \"private\": true, \"type\": \"module\" }\n")?;
    process::run(
        npm(installed).args(["install", "--offline", "--ignore-scripts"]).arg(format!("./{archive}")),
    )?;
    Ok(())
}

/// Measures the package as it is packed, beside others.
pub(super) fn bench(workspace: &Workspace, places: &Places, array: &Path) -> Outcome {
    install(places)?;
    let folder = places.installed.join("benches");
    copy_folder(&workspace.root().join(BENCHES), &folder)?;
    let mut node = Command::new("node");
    node.current_dir(&places.installed).env("NDCODEC_NODE", &places.node);
    process::run(node.arg("benches/speed.mjs").arg(array))
}

/// Runs the tests on the package as it is packed.
pub(super) fn test(workspace: &Workspace, places: &Places, environment: &TestEnvironment) -> Outcome {
    install(places)?;
    let installed = &places.installed;
    let tests = installed.join("tests");
    copy_folder(&workspace.root().join(TESTS), &tests)?;
    let mut node = Command::new("node");
    environment.set_variables(&mut node);
    node.current_dir(installed).args(["--test", "--test-reporter=spec"]);
    node.env("NDCODEC_ROOT", workspace.root()).env("NDCODEC_NODE", &places.node);
    node.env("NDCODEC_PAGE", &places.page).env("NDCODEC_PICTURES", &places.pictures);
    if let Some(chromium) = browser::chromium()? {
        node.env("NDCODEC_CHROMIUM", chromium);
    }
    process::run(node.args(files_in(&tests)?))
}

fn files_in(folder: &Path) -> Outcome<Vec<String>> {
    let entries =
        fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut tests: Vec<String> =
        names.filter(|name| name.ends_with(TEST_FILES)).map(|name| format!("tests/{name}")).collect();
    tests.sort();
    if tests.is_empty() { Err(format!("{} has no test", folder.display())) } else { Ok(tests) }
}

/// Makes a module smaller and faster, in place.
pub(super) fn wasm_opt(places: &Places, module: &Path, how: &[&str]) -> Command {
    let mut node = Command::new("node");
    node.arg(places.node.join("node_modules/.bin/wasm-opt")).arg(module).arg("-o").arg(module).args(how);
    node.args(["--enable-simd", "--enable-bulk-memory", "--enable-nontrapping-float-to-int"]);
    node.args([
        "--enable-sign-ext",
        "--enable-mutable-globals",
        "--enable-reference-types",
        "--enable-multivalue",
    ]);
    node
}

fn npm(folder: &Path) -> Command {
    let mut npm = Command::new("npm");
    // No advertisements, and nothing is asked of the network that a lock file does not name.
    npm.current_dir(folder).env("NPM_CONFIG_FUND", "false").env("NPM_CONFIG_AUDIT", "false");
    npm.env("NPM_CONFIG_UPDATE_NOTIFIER", "false").env("NPM_CONFIG_OMIT_LOCKFILE_REGISTRY_RESOLVED", "true");
    npm
}
