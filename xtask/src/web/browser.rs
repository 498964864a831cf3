//! Chromium, from Debian's package.

use std::path::PathBuf;
use std::process::Command;

use crate::workspace::in_ci;
use crate::{Outcome, debian, process};

const VARIABLE: &str = "NDCODEC_CHROMIUM";

/// The program: `NDCODEC_CHROMIUM`, else what is on the PATH. Under CI it is installed if it is not there.
pub(super) fn chromium() -> Outcome<Option<PathBuf>> {
    if let Some(given) = std::env::var_os(VARIABLE) {
        return Ok(Some(given.into()));
    }
    if let Some(found) = on_the_path() {
        return Ok(Some(found));
    }
    if !in_ci() {
        println!("note: no Chromium; set {VARIABLE}, or install Debian's package `chromium`");
        return Ok(None);
    }
    debian::update()?;
    let install = ["install", "--quiet=2", "--yes", "--no-install-recommends", "chromium"];
    process::run(Command::new("apt-get").args(install).env("DEBIAN_FRONTEND", "noninteractive"))?;
    on_the_path()
        .map(Some)
        .ok_or_else(|| "Debian's package `chromium` brought no program `chromium`".to_owned())
}

fn on_the_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("chromium")).find(|program| program.is_file())
}
