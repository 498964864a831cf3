//! `cargo xtask weight`: what each choice of features costs whoever depends on us, beside other crates, for docs/weight.md.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use lexopt::Arg::Value;
use lexopt::Parser;

use crate::bench::today;
use crate::features;
use crate::workspace::{Workspace, make_folder, read, write};
use crate::{Command, Outcome, misused, process};

pub(crate) const COMMAND: Command = Command {
    name: "weight",
    arguments: "[ROW …]",
    about: "Builds a small program for each of five choices of features, and for ndarray-npy, npyz and zarrs, from nothing, \
            and writes docs/weight.md with crates, CPU seconds, bytes and what is in C. It takes about 15 minutes of CPU time. \
            Words choose the rows that are timed: the others are built in the target folder, and keep the seconds that the page has.",
    run,
};

/// A program that depends on one library.
struct Choice {
    /// What the page calls it.
    name: &'static str,
    /// The lines of `[dependencies]`; `{root}` is the checkout, `{all}` every feature that is a word or a backend in Rust.
    dependencies: &'static str,
    /// Its `main.rs`.
    program: &'static str,
}

const OURS: &str = include_str!("weight/ours.rs");

const CHOICES: [Choice; 5] = [
    Choice {
        name: "`npy`",
        dependencies: "ndcodec = { path = \"{root}/crates/ndcodec\", default-features = false, features = [\"npy\"] }",
        program: OURS,
    },
    Choice {
        name: "`npy,raw,base64,zlib,gzip`",
        dependencies: "ndcodec = { path = \"{root}/crates/ndcodec\", default-features = false, features = \
                       [\"npy\", \"raw\", \"base64\", \"zlib\", \"gzip\"] }",
        program: OURS,
    },
    Choice {
        name: "every word but `zstd`, without `libdeflate`",
        dependencies: "ndcodec = { path = \"{root}/crates/ndcodec\", default-features = false, features = [{all}] }",
        program: OURS,
    },
    Choice {
        name: "`default`",
        dependencies: "ndcodec = { path = \"{root}/crates/ndcodec\" }",
        program: OURS,
    },
    Choice {
        name: "`full`",
        dependencies: "ndcodec = { path = \"{root}/crates/ndcodec\", features = [\"full\"] }",
        program: OURS,
    },
];

/// What one would take in our place, with the features that its own page begins with.
const BESIDE: [Choice; 3] = [
    Choice {
        name: "`ndarray-npy`",
        dependencies: "ndarray = \"{ndarray}\"\nndarray-npy = \"{ndarray-npy}\"",
        program: include_str!("weight/ndarray_npy.rs"),
    },
    Choice { name: "`npyz`", dependencies: "npyz = \"{npyz}\"", program: include_str!("weight/npyz.rs") },
    Choice {
        name: "`zarrs` with gzip and zstd",
        dependencies: "zarrs = { version = \"{zarrs}\", default-features = false, features = [\"gzip\", \"zstd\"] }",
        program: include_str!("weight/zarrs.rs"),
    },
];

/// What the README's first command builds, among the rows that can be named.
const OUR_PROGRAM: &str = "ndcodec-cli";

/// What a program weighs without any library.
const EMPTY: Choice = Choice { name: "no library", dependencies: "", program: "fn main() {}\n" };

fn run(workspace: &Workspace, mut args: Parser) -> Outcome {
    let mut words = Vec::new();
    while let Some(arg) = args.next().map_err(misused)? {
        match arg {
            Value(word) => words.push(word.to_string_lossy().into_owned()),
            _ => return Err(misused(arg.unexpected())),
        }
    }
    let folder = workspace.target().join("weight");
    let page = workspace.root().join("docs/weight.md");
    let before = read(&page).unwrap_or_default();
    let known = |name: &str| {
        let is_kept = !words.is_empty() && !words.iter().any(|word| name.contains(word.as_str()));
        if is_kept { seconds_in(&before, name) } else { None }
    };
    let lock = read(&workspace.root().join("Cargo.lock"))?;
    let all = words_in_rust(workspace)?;
    let mut rows = Vec::new();
    for choice in [&EMPTY].into_iter().chain(&CHOICES).chain(&BESIDE) {
        let mut dependencies = choice.dependencies.replace("{all}", &all);
        dependencies = dependencies.replace("{root}", &workspace.root().display().to_string());
        for name in ["ndarray", "ndarray-npy", "npyz", "zarrs"] {
            dependencies = dependencies.replace(&format!("{{{name}}}"), &version(&lock, name)?);
        }
        let program = Program::write(&folder, choice, &dependencies, &lock)?;
        // Without a library there is nothing to time.
        let seconds = if choice.dependencies.is_empty() { Some(0) } else { known(choice.name) };
        rows.push((choice.name, program.weigh(seconds, &workspace.target())?));
    }
    let ours = match known(OUR_PROGRAM) {
        Some(seconds) => seconds,
        None => seconds_of_our_program(workspace, &folder)?,
    };
    let day = if words.is_empty() { today() } else { day_in(&before).unwrap_or_else(today) };
    write(&page, &made_page(&rows, ours, &day))?;
    remove(&folder)
}

/// The seconds that a row of the page has, or the sentence about our program.
fn seconds_in(page: &str, name: &str) -> Option<u64> {
    if name == OUR_PROGRAM {
        let (_, rest) = page.split_once(", the README's first command, takes ")?;
        return rest.split(' ').next()?.parse().ok();
    }
    let row = page.lines().find(|line| line.starts_with(&format!("| {name} |")))?;
    row.split('|').nth(3)?.trim().parse().ok()
}

/// The day on which the page says that it was timed.
fn day_in(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("imed on ")?;
    rest.get(..10).map(str::to_owned)
}

/// The features of the third choice, each in quotes: every word that needs no C.
fn words_in_rust(workspace: &Workspace) -> Outcome<String> {
    let mut features = features::of_facade(workspace)?;
    let needs_c = ["default", "full", "libdeflate", "zstd", "zstd-pure"];
    let is_no_word = ["bytes", "derive", "half", "mmap", "ndarray", "num-complex", "serde", "tokio"];
    features
        .retain(|feature| !needs_c.contains(&feature.as_str()) && !is_no_word.contains(&feature.as_str()));
    Ok(features.iter().map(|feature| format!("\"{feature}\"")).collect::<Vec<_>>().join(", "))
}

/// The version of a package in the lock file.
fn version(lock: &str, name: &str) -> Outcome<String> {
    let of_package = lock.split_once(&format!("name = \"{name}\"\nversion = \"")).map(|(_, rest)| rest);
    let version = of_package.and_then(|rest| rest.split('"').next());
    version.map(str::to_owned).ok_or_else(|| format!("Cargo.lock has no package `{name}`"))
}

/// A package that depends on what is weighed, and nothing else.
struct Program {
    folder: PathBuf,
}

/// What is said of one choice.
struct Weight {
    crates: usize,
    seconds: u64,
    bytes: u64,
    c: Vec<String>,
}

impl Program {
    fn write(folder: &Path, choice: &Choice, dependencies: &str, lock: &str) -> Outcome<Self> {
        remove(folder)?;
        make_folder(&folder.join("src"))?;
        let manifest = format!(
            "[workspace]\n\n[package]\nname = \"weighed\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\n{dependencies}\n"
        );
        write(&folder.join("Cargo.toml"), &manifest)?;
        write(&folder.join("Cargo.lock"), lock)?;
        write(&folder.join("src/main.rs"), choice.program)?;
        Ok(Self { folder: folder.to_owned() })
    }

    fn cargo(&self, args: &[&str]) -> Process {
        let mut cargo = process::cargo();
        cargo.args(args).current_dir(&self.folder);
        cargo
    }

    /// Builds it: from nothing and timed if the seconds are not known, else in a target folder that may hold a part of it.
    fn weigh(&self, seconds: Option<u64>, warm: &Path) -> Outcome<Weight> {
        // So that what is timed is building, and not the way to the registry.
        process::run(&mut self.cargo(&["fetch", "--quiet"]))?;
        let target = if seconds.is_some() { warm.to_owned() } else { self.folder.join("target") };
        let before = seconds_of_children()?;
        // This way the libraries are built like those of any other program.
        let mut build = self.cargo(&["rustc", "--quiet", "--release", "--", "-Cstrip=symbols"]);
        process::run(build.env("CARGO_TARGET_DIR", &target))?;
        let seconds = seconds.map_or_else(|| Ok(seconds_of_children()? - before), Ok::<_, String>)?;
        let tree = ["tree", "--edges=normal,build", "--prefix=none", "--format={p}"];
        let crates = others(&process::capture(&mut self.cargo(&tree))?);
        let mut c = BTreeSet::new();
        if crates.iter().any(|name| name.starts_with("cc v")) {
            let mut of_cc = self.cargo(&tree);
            c = others(&process::capture(of_cc.args(["--invert=cc", "--depth=1"]))?);
        }
        c.retain(|name| !name.starts_with("cc v"));
        let program = target.join("release").join(format!("weighed{}", std::env::consts::EXE_SUFFIX));
        let bytes = fs::metadata(&program)
            .map_err(|error| format!("cannot look at {}: {error}", program.display()))?
            .len();
        Ok(Weight { crates: crates.len(), seconds, bytes, c: c.into_iter().collect() })
    }
}

/// The names in a list of `cargo tree`, without the program and us.
fn others(tree: &str) -> BTreeSet<String> {
    let packages = tree.lines().map(|line| line.trim_end_matches(" (*)"));
    let mut names: BTreeSet<String> = packages
        .filter(|package| {
            !package.is_empty() && !package.starts_with("ndcodec") && !package.starts_with("weighed ")
        })
        // Two versions of a crate are two crates.
        .map(|package| package.split(" (").next().unwrap_or(package).to_owned())
        .collect();
    names.retain(|name| !name.starts_with('['));
    names
}

/// What the README's first command takes, when nothing is built.
fn seconds_of_our_program(workspace: &Workspace, folder: &Path) -> Outcome<u64> {
    remove(folder)?;
    let mut cargo = workspace.cargo(["build", "--quiet", "--release", "-p", "ndcodec-cli"]);
    let before = seconds_of_children()?;
    process::run(cargo.env("CARGO_TARGET_DIR", folder.join("target")))?;
    Ok(seconds_of_children()? - before)
}

/// The processor time that ended children of this process took, user and system.
fn seconds_of_children() -> Outcome<u64> {
    let text = read(Path::new("/proc/self/stat"))?;
    // Behind the program's name, which may hold spaces: proc_pid_stat(5). Ticks are hundredths of a second on Linux.
    let fields: Vec<&str> = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |field: usize| fields.get(field).and_then(|ticks| ticks.parse::<u32>().ok());
    match (ticks(13), ticks(14)) {
        (Some(user), Some(system)) => Ok(u64::from(user + system) / 100),
        _ => Err(format!("/proc/self/stat has no times of children: `{}`", text.trim())),
    }
}

fn remove(folder: &Path) -> Outcome {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("cannot remove {}: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn made_page(rows: &[(&str, Weight)], our_program: u64, day: &str) -> String {
    let mut page = format!(
        "# What each choice of features costs\n\n\
         Each row is a program that depends on one library with these features and uses it.\n\
         Ours reads a file by the chain that it is told and writes it by another, so it holds every word that was chosen; the \
         programs beside it read and write one array of one type.\n\n\
         - Crates are those of others, and the C compiler is for those that are named.\n\
         - CPU seconds are user and system time of `cargo build --release` from nothing. They were timed on {day}, once, on a \
         machine with other work: a few per cent mean nothing.\n\
         - Bytes are the size of the program, built by `cargo build --release` with `strip = true` and nothing else set.\n\n\
         Made by `cargo xtask weight`.\n\n"
    );
    let (empty, rows) = rows.split_at(1);
    let (ours, beside) = rows.split_at(CHOICES.len());
    page.push_str(&table("features of `ndcodec`", ours));
    page.push('\n');
    page.push_str(&table("beside it", beside));
    let empty = empty.first().map_or(0, |(_, weight)| weight.bytes);
    let _ = write!(
        page,
        "\nA program with no library has {} bytes.\n\n\
         `cargo build --release -p ndcodec-cli`, the README's first command, takes {our_program} CPU seconds: half of that \
         on two free cores.\n\
         Releases and benches are built by the profile `dist`, with one codegen unit and fat link-time optimization, which \
         takes longer.\n\n\
         With `zstd-pure` the word `zstd` needs no C, and [is much slower](decisions/0038-zstd-without-c.md).\n\
         `cargo xtask ci pure` builds every word that has a backend in Rust where the C compiler always fails.\n",
        grouped(empty)
    );
    page
}

fn table(title: &str, rows: &[(&str, Weight)]) -> String {
    let mut text = format!(
        "| {title} | crates | CPU seconds | bytes | C compiler |\n| --- | ---: | ---: | ---: | --- |\n"
    );
    for (name, weight) in rows {
        let Weight { crates, seconds, bytes, c } = weight;
        let c = if c.is_empty() { "no".to_owned() } else { format!("yes: {}", names(c)) };
        let _ = writeln!(text, "| {name} | {crates} | {seconds} | {} | {c} |", grouped(*bytes));
    }
    text
}

fn names(crates: &[String]) -> String {
    let names = crates.iter().map(|name| format!("`{}`", name.split(' ').next().unwrap_or(name)));
    names.collect::<Vec<_>>().join(", ")
}

/// With a comma before every three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_of_others_are_counted_once_a_version() {
        let tree = "weighed v0.0.0 (/x)\nndcodec v0.1.0 (/y)\nhalf v2.7.1\nsyn v2.0.1\nsyn v3.0.0 (*)\nhalf v2.7.1 (*)\n\
                    thiserror-impl v2.0.0 (proc-macro)\n\n[build-dependencies]\n";
        let found = others(tree);
        assert_eq!(found.len(), 4, "{found:?}");
    }

    #[test]
    fn seconds_are_kept_row_by_row() {
        let row =
            |crates, seconds| Weight { crates, seconds, bytes: 4096, c: vec!["zstd-sys v2.0.1".to_owned()] };
        let rows: Vec<_> =
            [EMPTY].iter().chain(&CHOICES).chain(&BESIDE).map(|choice| (choice.name, row(3, 70))).collect();
        let page = made_page(&rows, 181, "2026-11-26");
        assert!(page.contains("| `full` | 3 | 70 | 4,096 | yes: `zstd-sys` |"), "{page}");
        assert_eq!(seconds_in(&page, "`full`"), Some(70));
        assert_eq!(seconds_in(&page, OUR_PROGRAM), Some(181));
        assert_eq!(seconds_in(&page, "`fuller`"), None);
        assert_eq!(day_in(&page).as_deref(), Some("2026-11-26"));
    }

    #[test]
    fn versions_come_from_the_lock_file() {
        let lock = "[[package]]\nname = \"npyz\"\nversion = \"0.9.1\"\n";
        assert_eq!(version(lock, "npyz").unwrap(), "0.9.1");
        assert!(version(lock, "zarrs").unwrap_err().contains("`zarrs`"));
    }

    #[test]
    fn numbers_are_grouped() {
        let texts = [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")];
        assert!(texts.iter().all(|(number, text)| grouped(*number) == *text));
    }
}
