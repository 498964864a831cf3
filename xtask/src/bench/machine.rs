//! What a record was measured on and with: the date, the commit, the machine without its name, versions.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, thread};

use super::record::lines;
use crate::python::Python;
use crate::workspace::Workspace;
use crate::{Outcome, metadata, process};

/// The date of today, in UTC, as `2026-11-23`.
pub(crate) fn today() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (year, month, day) = date(since.as_secs() / 86400);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of a day since 1970-01-01.
fn date(days: u64) -> (u64, u64, u64) {
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let (mut year, mut rest) = (1970, days);
    while rest >= 365 + u64::from(is_leap(year)) {
        rest -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    (year, month, rest + 1)
}

/// How many programs want a processor, over the last minute: on a quiet machine near 0.
pub(super) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown").to_owned()
}

/// The file `machine.csv`: a key and a value a line.
pub(super) fn describe(
    workspace: &Workspace,
    is_quick: bool,
    load_before: &str,
    python: Option<&Python>,
) -> Outcome<String> {
    let mut rows = vec![
        ("date".to_owned(), today()),
        ("run".to_owned(), if is_quick { "quick" } else { "full" }.to_owned()),
        ("commit".to_owned(), commit(workspace)?),
        ("processor".to_owned(), line_of("/proc/cpuinfo", "model name")),
        ("cores".to_owned(), thread::available_parallelism().map_or(1, usize::from).to_string()),
        ("memory".to_owned(), line_of("/proc/meminfo", "MemTotal")),
        ("system".to_owned(), format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
        ("load before".to_owned(), load_before.to_owned()),
        ("rustc".to_owned(), process::capture(Command::new("rustc").arg("--version"))?.trim().to_owned()),
    ];
    let packages = metadata::metadata(workspace)?.packages;
    let benches = packages.iter().find(|package| package.name == "ndcodec-benches");
    let named: BTreeSet<&str> =
        benches.iter().flat_map(|benches| &benches.dependencies).map(|named| named.name.as_str()).collect();
    for package in packages.iter().filter(|package| named.contains(package.name.as_str())) {
        rows.push((format!("crate {}", package.name), package.version.to_string()));
    }
    if let Some(python) = python {
        rows.push(("Python".to_owned(), python.version.clone()));
        let listed = process::capture(
            Command::new(&python.executable).args(["-m", "pip", "list", "--format", "freeze"]),
        )?;
        let versions = listed.lines().filter_map(|line| line.split_once("=="));
        rows.extend(versions.map(|(name, version)| (format!("package {name}"), version.to_owned())));
    }
    rows.insert(0, ("key".to_owned(), "value".to_owned()));
    lines(rows.iter().map(|(key, value)| [key, value]))
}

/// The commit, and whether the tree was another than the commit's.
pub(super) fn commit(workspace: &Workspace) -> Outcome<String> {
    let commit = process::capture(&mut workspace.git(&["rev-parse", "--short=12", "HEAD"]))?;
    let changed = process::capture(&mut workspace.git(&["status", "--porcelain", "--untracked-files=no"]))?;
    let is_dirty = changed.lines().any(|line| !line.contains("docs/benchmarks/"));
    Ok(format!("{}{}", commit.trim(), if is_dirty { " with changes" } else { "" }))
}

/// The first value of a key of a file of the kernel's.
fn line_of(path: &str, key: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    line.map_or("unknown", |line| line.trim_start_matches([' ', '\t', ':'])).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_through_leap_years() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(19_782), (2024, 2, 29));
        assert_eq!(date(20_780), (2026, 11, 23));
    }
}
