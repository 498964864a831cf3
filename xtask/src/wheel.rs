//! `cargo xtask wheel`: builds the Python package's wheel and runs its tests under one Python or several.
//!
//! One wheel serves all: it is built once, by the limited API, and installed into a virtual environment for each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use lexopt::Arg::Long;
use lexopt::Parser;

use crate::python::{self, Python};
use crate::test::TestEnvironment;
use crate::workspace::{Workspace, in_ci, make_folder};
use crate::{Command, Outcome, misused, process};

pub(crate) const COMMAND: Command = Command {
    name: "wheel",
    arguments: "[--release] [--all] [--manylinux] [--free-threaded]",
    about: "Builds the Python package's wheel and runs its tests, examples and type checks. --release builds what is \
            shipped; --all tests under the oldest and the newest Python found, too, but for clusters and type checks. CI does both. --manylinux builds for \
            Linux of an older glibc, by zig; --free-threaded for a Python without the global lock.",
    run,
};

const PACKAGE: &str = "crates/ndcodec-python";
const REQUIREMENTS: &str = "xtask/python/wheel.txt";

/// How a wheel is built, and for whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// As it is shipped, rather than with the checks of a debug build.
    release: bool,
    /// Under the oldest and the newest Python too.
    all: bool,
    target: Target,
}

/// Where a wheel is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// On this machine.
    Here,
    /// On Linux with a glibc that is not older than [`MANYLINUX`] says.
    Manylinux,
    /// Under the free-threaded Python of this machine, which has no limited API yet.
    FreeThreaded,
}

/// glibc 2.28: Debian 10, RHEL 8, Ubuntu 20.04. numpy itself has no wheels for older ones any more.
const MANYLINUX: &str = "manylinux_2_28";

/// What users get, for one Python.
pub(crate) const RELEASE: Plan = Plan { release: true, all: false, target: Target::Here };

impl Plan {
    /// What `cargo xtask test` does.
    pub(crate) fn usual() -> Self {
        Self { release: in_ci(), all: in_ci(), target: Target::Here }
    }
}

fn run(workspace: &Workspace, mut args: Parser) -> Outcome {
    let mut plan = Plan::usual();
    while let Some(arg) = args.next().map_err(misused)? {
        match arg {
            Long("release") => plan.release = true,
            Long("all") => plan.all = true,
            Long("manylinux") => plan = Plan { release: true, target: Target::Manylinux, ..plan },
            Long("free-threaded") => plan.target = Target::FreeThreaded,
            _ => return Err(misused(arg.unexpected())),
        }
    }
    let tests = TestEnvironment::prepare(workspace)?;
    test(workspace, plan, &tests)?;
    tests.check_skips()
}

/// Builds the wheel and tests it. Without Python it says so in one line, which is a failure under CI only.
pub(crate) fn test(workspace: &Workspace, plan: Plan, tests: &TestEnvironment) -> Outcome {
    let pythons = match pythons(plan) {
        Ok(pythons) => pythons,
        Err(why) if in_ci() => return Err(why),
        Err(why) => {
            println!("note: {why}; the Python package is neither built nor tested");
            return Ok(());
        }
    };
    let name = if plan.target == Target::FreeThreaded { "venv-wheel-free" } else { "venv-wheel" };
    let mut environments = Vec::new();
    for python in &pythons {
        environments.push(python::environment(workspace, python, name, REQUIREMENTS)?);
    }
    let Some(first) = environments.first() else { return Ok(()) };
    let wheel = build(workspace, plan, first)?;
    let examples = http_examples(workspace)?;
    let usual = python::base()?.number();
    let mut failed = Vec::new();
    for environment in &environments {
        let outcome = install(environment, &wheel).and_then(|()| {
            let mut pytest = pytest(workspace, environment, tests);
            if environment.number() != usual {
                // Minutes of processes that are started and killed, and of type checks, which no version of Python changes.
                pytest.args(["-m", "not cluster and not once"]);
            }
            process::run(pytest.env("NDCODEC_HTTP_EXAMPLES", &examples))
        });
        if let Err(why) = outcome {
            println!("{why}");
            failed.push(format!("Python {}", environment.version));
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("the Python package fails under {}", failed.join(", ")))
}

/// The one that people have; with `all`, the oldest and the newest before it.
fn pythons(plan: Plan) -> Outcome<Vec<Python>> {
    if plan.target == Target::FreeThreaded {
        return Ok(vec![python::free_threaded()?]);
    }
    let mut pythons = vec![python::base()?];
    if plan.all {
        let found = python::installed();
        let ends = found.first().into_iter().chain(found.last());
        pythons.extend(ends.cloned());
    }
    pythons.sort_by_key(Python::number);
    pythons.dedup_by_key(|python| python.number());
    Ok(pythons)
}

/// The Python that people have, with a wheel of this cargo profile installed.
pub(crate) fn installed(workspace: &Workspace, profile: &str) -> Outcome<Python> {
    let environment = python::environment(workspace, &python::base()?, "venv-wheel", REQUIREMENTS)?;
    let wheel = build_by(workspace, profile, &environment)?;
    install(&environment, &wheel)?;
    Ok(environment)
}

pub(crate) fn build(workspace: &Workspace, plan: Plan, environment: &Python) -> Outcome<PathBuf> {
    build_for(workspace, if plan.release { "dist" } else { "dev" }, plan.target, environment)
}

fn build_by(workspace: &Workspace, profile: &str, environment: &Python) -> Outcome<PathBuf> {
    build_for(workspace, profile, Target::Here, environment)
}

/// The wheel of the sources in `root` for this machine, built by a cargo profile in the folder `built`.
pub(crate) fn build_of(root: &Path, built: &Path, profile: &str, environment: &Python) -> Outcome<PathBuf> {
    build_from(root, built, profile, Target::Here, environment)
}

fn build_for(workspace: &Workspace, profile: &str, target: Target, environment: &Python) -> Outcome<PathBuf> {
    let built = workspace.target();
    build_from(workspace.root(), &built, profile, target, environment)
}

fn build_from(
    root: &Path,
    built: &Path,
    profile: &str,
    target: Target,
    environment: &Python,
) -> Outcome<PathBuf> {
    let folder = built.join("wheel");
    if folder.exists() {
        // What an older build left would be installed in place of this one.
        fs::remove_dir_all(&folder)
            .map_err(|error| format!("cannot remove {}: {error}", folder.display()))?;
    }
    make_folder(&folder)?;
    let mut maturin = Process::new(&environment.executable);
    maturin.current_dir(root).args(["-m", "maturin", "build", "--quiet"]);
    maturin.arg("--manifest-path").arg(format!("{PACKAGE}/Cargo.toml"));
    if target == Target::Manylinux {
        // zig links against the symbols that this glibc had. maturin checks it, and names the wheel by it.
        pip_install(environment, &[ZIG])?;
        maturin.args(["--zig", "--compatibility", MANYLINUX]);
        // Otherwise the `python3` of the PATH is asked for it.
        maturin.env("CARGO_ZIGBUILD_PYTHON_PATH", &environment.executable);
        maturin.env("CARGO_TARGET_DIR", built.join("manylinux"));
    } else {
        maturin.env("CARGO_TARGET_DIR", built);
        if cfg!(target_os = "linux") {
            // For this machine alone, so nothing is said of which others it would run on.
            maturin.args(["--compatibility", "linux"]);
        }
    }
    maturin.arg("--interpreter").arg(&environment.executable);
    maturin.arg("--out").arg(&folder).args(["--profile", profile]);
    if in_ci() {
        maturin.arg("--locked");
    }
    process::run(&mut maturin)?;
    let wheel = only_wheel(&folder)?;
    if target == Target::Manylinux {
        audit(environment, &wheel)?;
    }
    Ok(wheel)
}

fn only_wheel(folder: &Path) -> Outcome<PathBuf> {
    let entries =
        fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut wheels: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    wheels.retain(|path| path.extension().is_some_and(|extension| extension == "whl"));
    match wheels.as_slice() {
        [wheel] => Ok(wheel.clone()),
        _ => Err(format!("{} holds {} wheels, and should hold one", folder.display(), wheels.len())),
    }
}

const ZIG: &str = "ziglang==0.17.1";
const AUDIT: &str = "auditwheel==6.8.2";

/// Fails if the wheel needs symbols of a glibc that is newer than its tag says.
fn audit(environment: &Python, wheel: &Path) -> Outcome {
    pip_install(environment, &[AUDIT])?;
    let mut auditwheel = Process::new(&environment.executable);
    let shown = process::capture(auditwheel.args(["-m", "auditwheel", "show"]).arg(wheel))?;
    println!("{}", shown.trim());
    // It breaks its lines where it likes.
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    if shown.contains(&format!("consistent with the following platform tag: \"{MANYLINUX}")) {
        return Ok(());
    }
    Err(format!("{} is not what its tag `{MANYLINUX}` says", wheel.display()))
}

fn pip_install(environment: &Python, packages: &[&str]) -> Outcome {
    let mut pip = Process::new(&environment.executable);
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]);
    process::run(pip.args(["--only-binary", ":all:"]).args(packages))
}

pub(crate) fn install(environment: &Python, wheel: &Path) -> Outcome {
    let mut pip = Process::new(&environment.executable);
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]);
    pip.args(["--no-index", "--no-deps", "--force-reinstall"]).arg(wheel);
    process::run(&mut pip)
}

/// Installs a wheel into a folder, from where `PYTHONPATH` takes it.
pub(crate) fn install_into(environment: &Python, wheel: &Path, folder: &Path) -> Outcome {
    let mut pip = Process::new(&environment.executable);
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]);
    pip.args(["--no-index", "--no-deps", "--upgrade", "--target"]).arg(folder).arg(wheel);
    process::run(&mut pip)
}

/// Builds and installs the wheel under the Python that people have, and runs one file of tests, which logs to `log`.
pub(crate) fn pytest_file(
    workspace: &Workspace,
    plan: Plan,
    tests: &TestEnvironment,
    file: &str,
    log: &Path,
) -> Outcome {
    let environment = python::environment(workspace, &python::base()?, "venv-wheel", REQUIREMENTS)?;
    let wheel = build(workspace, plan, &environment)?;
    install(&environment, &wheel)?;
    process::run(pytest(workspace, &environment, tests).arg(file).env("NDCODEC_FIELD_LOG", log))
}

/// Builds the service and the client in Rust that Python's are run against, and returns their folder.
fn http_examples(workspace: &Workspace) -> Outcome<PathBuf> {
    // CI has built all tests and examples before. What cargo builds of examples alone has dependencies with other debug information,
    // so that it would build half of them again.
    let (command, what): (&str, &[&str]) = if in_ci() {
        ("test", &["--no-run"])
    } else {
        ("build", &["--example", "echo", "--example", "post"])
    };
    process::run(workspace.cargo([command, "--quiet", "--workspace", "--all-features"]).args(what))?;
    Ok(workspace.target().join("debug/examples"))
}

fn pytest(workspace: &Workspace, environment: &Python, tests: &TestEnvironment) -> Process {
    let mut pytest = Process::new(&environment.executable);
    tests.set_variables(&mut pytest);
    pytest.current_dir(workspace.root().join(PACKAGE));
    pytest.args(["-m", "pytest", "-p", "no:cacheprovider"]);
    // Nothing is left in the checkout.
    let scratch = workspace.target().join("python-scratch");
    pytest.env("PYTHONDONTWRITEBYTECODE", "1");
    pytest.env("HYPOTHESIS_STORAGE_DIRECTORY", scratch.join("hypothesis"));
    pytest.env("MYPY_CACHE_DIR", scratch.join(format!("mypy-{}", environment.version)));
    pytest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_wheel_is_taken() {
        let folder = std::env::temp_dir().join(format!("ndcodec-wheels-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        assert!(only_wheel(&folder).unwrap_err().ends_with("holds 0 wheels, and should hold one"));
        fs::write(folder.join("a.whl"), "").unwrap();
        fs::write(folder.join("a.txt"), "").unwrap();
        assert_eq!(only_wheel(&folder).unwrap(), folder.join("a.whl"));
        fs::write(folder.join("b.whl"), "").unwrap();
        assert!(only_wheel(&folder).unwrap_err().contains("2 wheels"));
        fs::remove_dir_all(folder).unwrap();
    }
}
