//! Where an array of an archive goes in a folder, and nowhere else.

use std::path::PathBuf;

use crate::{NpzError, SUFFIX};

/// Names that are devices in any folder of Windows, whatever follows a dot in them.
const DEVICES: [&str; 6] = ["AUX", "CON", "CONIN$", "CONOUT$", "NUL", "PRN"];

/// The file for the array `name`, relative to a folder that it cannot leave: `a/b` becomes `a/b.npy`.
///
/// # Errors
/// Where the name is absolute, has empty parts, `.`, `..`, a drive letter, a backslash or control characters, or is
/// reserved on Windows. These are refused on every system, so that an archive means the same on all.
pub fn relative_path(name: &str) -> Result<PathBuf, NpzError> {
    let mut path = PathBuf::new();
    let file = format!("{name}{SUFFIX}");
    if name.is_empty() || name.ends_with('/') {
        return Err(NpzError::name(name, "it is no name for a file"));
    }
    if name.starts_with('/') {
        return Err(NpzError::name(name, "it is an absolute path"));
    }
    if name.split('/').any(|part| part == "." || part == "..") {
        return Err(NpzError::name(name, "it has the part `.` or `..`"));
    }
    for part in file.split('/') {
        if let Some(reason) = refusal(part) {
            return Err(NpzError::name(name, reason));
        }
        path.push(part);
    }
    Ok(path)
}

/// Why one part of a path cannot be used.
fn refusal(part: &str) -> Option<&'static str> {
    let stem = part.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    // `COM0` and `LPT0` are free, superscript digits are not.
    let is_port =
        |rest: &str| matches!(rest, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³");
    if part.is_empty() {
        Some("it has an empty part between slashes")
    } else if part.contains(char::is_control) {
        Some("it has control characters")
    } else if part.contains(['\\', ':']) {
        Some("it has a backslash or a colon, which lead elsewhere on Windows")
    } else if part.ends_with(['.', ' ']) {
        Some("it has a part that ends in a dot or a blank, which Windows drops")
    } else if DEVICES.contains(&stem.as_str())
        || ["COM", "LPT"].iter().any(|d| stem.strip_prefix(d).is_some_and(is_port))
    {
        Some("it is the name of a device on Windows")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("-o", "-o.npy"),
        ] {
            assert_eq!(relative_path(name).unwrap(), PathBuf::from(path), "{name}");
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in [
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
            "C:x",
            "C:/x",
            "c:\\x",
            "\\x",
            "..\\x",
            "\\\\server\\share",
            "x:stream",
            "x\0",
            "\0",
            "x\ny",
            "x./y",
            "x /y",
            "con",
            "CON",
            "Nul.txt",
            "a/aux/b",
            "com1",
            "COM¹",
            "lpt9.x",
            "prn .x",
            "conin$",
            "\u{7f}",
            "\u{85}",
        ] {
            assert!(relative_path(name).is_err(), "{name:?}");
        }
        assert_eq!(
            relative_path("a/../\u{1b}").unwrap_err().to_string(),
            "the name `a/../\\u{1b}` is refused: it has the part `.` or `..`"
        );
    }
}
