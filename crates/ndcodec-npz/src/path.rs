//! Where arrays of an archive go in a folder, and nowhere else.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::{NpzError, SUFFIX};

/// The most bytes of a path, and of one part of it, that Linux takes; no system takes more of both.
const MAX_PATH: usize = 4096;
const MAX_PART: usize = 255;
/// The most parts of a path: more than anybody nests, and less than costs time to compare.
const MAX_PARTS: usize = 255;

/// The file for the array `name`, relative to a folder that it cannot leave: `a/b` becomes `a/b.npy`.
///
/// Every name that this system can hold is one: `kernel:0` and `aux` are refused on Windows only.
///
/// # Errors
/// If the name is absolute, has empty parts, `.`, `..`, or control characters; if it has more than 255 parts, more
/// than 4,096 bytes, or more than 255 in a part; on Windows also if it has a colon, a backslash or another character
/// that is reserved there, ends in a dot or a blank, or is that of a device.
pub fn relative_path(name: &str) -> Result<PathBuf, NpzError> {
    refusal(name, cfg!(windows)).map_or_else(
        || Ok(PathBuf::from(format!("{name}{SUFFIX}"))),
        |reason| Err(NpzError::name(name, reason)),
    )
}

/// The file for each of `names`, in their order: [`relative_path`], each in a place of its own.
///
/// If two would meet in one file, which names that differ in case do on some systems, the first has it. If the
/// folder of one is the file of another, the file it is.
pub fn relative_paths<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<Result<PathBuf, NpzError>> {
    let names: Vec<&str> = names.into_iter().collect();
    let mut paths: Vec<_> = names.iter().map(|name| relative_path(name)).collect();
    let mut sorted: Vec<(Cow<'_, Path>, usize)> = Vec::with_capacity(paths.len());
    sorted.extend(
        paths.iter().enumerate().filter_map(|(at, path)| Some((one_case(path.as_deref().ok()?), at))),
    );
    // Paths compare part by part, so whatever is below one follows it at once.
    sorted.sort();
    let mut refused = Vec::new();
    let mut file: Option<&Path> = None;
    for (path, at) in &sorted {
        match file {
            Some(file) if **path == *file => {
                refused.push((*at, "its file is that of another array on this system"));
            }
            Some(file) if path.starts_with(file) => {
                refused.push((*at, "its folder is the file of another array"));
            }
            _ => file = Some(path),
        }
    }
    for (at, reason) in refused {
        paths[at] = Err(NpzError::name(names[at], reason));
    }
    paths
}

/// Why a name cannot be that of a file.
fn refusal(name: &str, is_windows: bool) -> Option<&'static str> {
    // Before anything is done for each part.
    if name.len() + SUFFIX.len() > MAX_PATH {
        return Some("its path has more than 4096 bytes");
    }
    if name.split('/').count() > MAX_PARTS {
        return Some("it has more than 255 parts between slashes");
    }
    if name.is_empty() || name.ends_with('/') {
        return Some("it is not a name for a file");
    }
    if name.starts_with('/') {
        return Some("it is an absolute path");
    }
    if name.split('/').any(|part| part == "." || part == "..") {
        return Some("it has the part `.` or `..`");
    }
    if name.contains(char::is_control) {
        return Some("it has control characters");
    }
    let last = name.split('/').count() - 1;
    name.split('/').enumerate().find_map(|(at, part)| {
        let len = part.len() + if at == last { SUFFIX.len() } else { 0 };
        if part.is_empty() {
            Some("it has an empty part between slashes")
        } else if len > MAX_PART {
            Some("it has a part of more than 255 bytes")
        } else if is_windows {
            refusal_on_windows(part, at == last)
        } else {
            None
        }
    })
}

/// Names that are devices in any folder of Windows, whatever follows a dot in them.
const DEVICES: [&str; 6] = ["AUX", "CON", "CONIN$", "CONOUT$", "NUL", "PRN"];

fn refusal_on_windows(part: &str, is_last: bool) -> Option<&'static str> {
    let stem = part.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    // `COM0` and `LPT0` are free, superscript digits are not.
    let is_port =
        |rest: &str| matches!(rest, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³");
    if part.contains(['\\', ':', '<', '>', '"', '|', '?', '*']) {
        Some("it has a character that Windows reserves")
    } else if !is_last && part.ends_with(['.', ' ']) {
        Some("it has a part that ends in a dot or a blank, which Windows drops")
    } else if DEVICES.contains(&stem.as_str())
        || ["COM", "LPT"].iter().any(|d| stem.strip_prefix(d).is_some_and(is_port))
    {
        Some("it is the name of a device on Windows")
    } else {
        None
    }
}

/// Two paths that are one file on this system become equal.
fn one_case(path: &Path) -> Cow<'_, Path> {
    if cfg!(any(windows, target_os = "macos")) {
        PathBuf::from(path.to_string_lossy().to_lowercase()).into()
    } else {
        path.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names that lead out of a folder, or are not names, on every system.
    const NOWHERE: [&str; 20] = [
        "",
        "/",
        "/x",
        "//x",
        "x/",
        "x//y",
        ".",
        "..",
        "../x",
        "x/..",
        "x/../y",
        "./x",
        "x/.",
        "/C:/x",
        "x\0",
        "\0",
        "x\ny",
        "\u{1b}[2J",
        "\u{7f}",
        "\u{85}",
    ];
    /// Those that only Windows cannot hold.
    const WINDOWS: [&str; 25] = [
        "C:x",
        "C:/x",
        "c:\\x",
        "\\x",
        "..\\x",
        "\\\\server\\share",
        "x:stream",
        "dense/kernel:0",
        "what?",
        "x./y",
        "x /y",
        "con",
        "CON",
        "Nul.txt",
        "a/aux/b",
        "aux",
        "com1",
        "COM¹",
        "lpt9.x",
        "prn .x",
        "conin$",
        "a|b",
        "a*",
        "<f8",
        "a\"b",
    ];

    #[test]
    fn names_become_paths_below_the_folder() {
        for (name, path) in [
            ("x", "x.npy"),
            ("dir/sub", "dir/sub.npy"),
            ("naïve ☃", "naïve ☃.npy"),
            ("..x/x..y", "..x/x..y.npy"),
            ("x.npy", "x.npy.npy"),
            ("console", "console.npy"),
            ("COM0/lpt10", "COM0/lpt10.npy"),
            (" x", " x.npy"),
            ("x.", "x..npy"),
            ("-o", "-o.npy"),
        ] {
            assert_eq!(relative_path(name).unwrap(), PathBuf::from(path), "{name}");
            assert_eq!(refusal(name, true), None, "{name}");
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in NOWHERE {
            assert!(refusal(name, false).is_some() && refusal(name, true).is_some(), "{name:?}");
        }
        for name in WINDOWS {
            assert_eq!(refusal(name, false), None, "{name:?}");
            assert!(refusal(name, true).is_some(), "{name:?}");
        }
        assert_eq!(
            relative_path("a/../\u{1b}").unwrap_err().to_string(),
            "the name `a/../\\u{1b}` is refused: it has the part `.` or `..`"
        );
    }

    #[test]
    fn lengths_have_limits() {
        let part = "p".repeat(251);
        assert!(relative_path(&part).is_ok());
        assert!(relative_path(&format!("{part}pppp/x")).is_ok());
        for name in
            [format!("{part}p"), format!("{part}ppppp/x"), "a/".repeat(255) + "x", "a/".repeat(32_000) + "x"]
        {
            assert!(relative_path(&name).is_err(), "{}", name.len());
        }
        assert!(relative_path(&("a/".repeat(254) + "x")).is_ok());
        let long = "abcdefg/".repeat(250);
        assert!(relative_path(&format!("{long}{}", "/".repeat(3000))).is_err());
    }

    #[test]
    fn each_has_a_place_of_its_own() {
        let names = ["x.npy/y", "x", "c", "x.npy/z/a", "c", "../c", "x.npyz/y"];
        let paths: Vec<_> =
            relative_paths(names).into_iter().map(|path| path.map_err(|e| e.report())).collect();
        let refused = |name, why| Err(format!("the name `{name}` is refused: {why}"));
        let below = "its folder is the file of another array";
        assert_eq!(
            paths,
            [
                refused("x.npy/y", below),
                Ok("x.npy".into()),
                Ok("c.npy".into()),
                refused("x.npy/z/a", below),
                refused("c", "its file is that of another array on this system"),
                refused("../c", "it has the part `.` or `..`"),
                Ok("x.npyz/y.npy".into()),
            ]
        );
    }
}
