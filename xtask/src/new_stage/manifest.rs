//! Editing manifests line by line, which keeps the comments and the order that people gave them.

use std::path::Path;

use crate::Outcome;

/// The root manifest with `package` at `path` among its members and its `[workspace.dependencies]`.
pub(crate) fn with_member(root: &str, package: &str, path: &str) -> Outcome<String> {
    let mut text = root.to_owned();
    let (from, to) = members(&text)?;
    let listed = text[from..to].to_owned();
    let quoted = format!("\"{path}\"");
    if !listed.contains("\"crates/*\"") && !listed.contains(&quoted) {
        text.replace_range(from..to, &insert_sorted(&listed, &quoted));
    }
    let line = format!(
        "{package} = {{ path = \"{path}\", version = \"{}\" }}",
        value(root, "workspace.package", "version")?
    );
    insert_dependency(&text, &line)
}

/// The manifest of a crate in the workspace, changed into one that stands alone: what it inherits is written out.
pub(crate) fn alone(manifest: &str, root: &str, root_folder: &Path) -> Outcome<String> {
    let mut lines = Vec::new();
    let mut section = "";
    for line in manifest.lines() {
        if let Some(header) = header(line) {
            section = header;
        }
        // Lints are the workspace's own style.
        if section == "lints" {
            continue;
        }
        let inherited = line.split_once(".workspace = true").filter(|(_, rest)| rest.trim().is_empty());
        let Some((key, _)) = inherited else {
            lines.push(line.to_owned());
            continue;
        };
        let from = if section == "package" { "workspace.package" } else { "workspace.dependencies" };
        let paths = format!("path = \"{}/", root_folder.display());
        lines.push(format!("{key} = {}", raw_value(root, from, key)?.replace("path = \"", &paths)));
    }
    lines.push("\n[workspace]\n".to_owned());
    Ok(lines.join("\n"))
}

/// Where the text between the brackets of `members = […]` begins and ends.
fn members(text: &str) -> Outcome<(usize, usize)> {
    let missing = "the root Cargo.toml has no list `members = […]`";
    let open = text.find("\nmembers = [").ok_or(missing)? + "\nmembers = [".len();
    Ok((open, open + text[open..].find(']').ok_or(missing)?))
}

/// Puts `item` before the first item that sorts after it, in a list on one line or one with a line for each.
fn insert_sorted(list: &str, item: &str) -> String {
    let separator = if list.contains('\n') { "\n    " } else { " " };
    let mut start = 0;
    for part in list.split_inclusive(',') {
        let quoted = part.trim().trim_end_matches(',');
        if quoted.starts_with('"') && quoted > item {
            let at = start + part.len() - part.trim_start().len();
            return format!("{}{item},{separator}{}", &list[..at], &list[at..]);
        }
        start += part.len();
    }
    let kept = list.trim_end();
    let comma = if kept.is_empty() || kept.ends_with(',') { "" } else { "," };
    let gap = if kept.is_empty() { "" } else { separator };
    format!("{kept}{comma}{gap}{item}{}", if list.contains('\n') { ",\n" } else { "" })
}

/// Puts `line` behind the last `ndcodec-…` of `[workspace.dependencies]` that sorts before it.
fn insert_dependency(text: &str, line: &str) -> Outcome<String> {
    let mut lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|line| header(line) == Some("workspace.dependencies"));
    let start = start.ok_or("the root Cargo.toml has no section `[workspace.dependencies]`")?;
    let before =
        lines[start + 1..].iter().take_while(|other| other.starts_with("ndcodec") && **other < line).count();
    lines.insert(start + 1 + before, line);
    Ok(lines.join("\n") + "\n")
}

/// The text `key` of `[section]`, without quotes.
fn value(text: &str, section: &str, key: &str) -> Outcome<String> {
    raw_value(text, section, key).map(|value| value.trim_matches('"').to_owned())
}

/// What stands behind `key =` in `[section]`.
fn raw_value(text: &str, section: &str, key: &str) -> Outcome<String> {
    let mut current = None;
    for line in text.lines() {
        current = header(line).or(current);
        if let Some((name, value)) = line.split_once('=')
            && current == Some(section)
            && name.trim() == key
        {
            return Ok(value.trim().to_owned());
        }
    }
    Err(format!("the root Cargo.toml has no `{key}` in `[{section}]`"))
}

/// `package` of `[package]`.
fn header(line: &str) -> Option<&str> {
    line.trim().strip_prefix('[')?.strip_suffix(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = r#"[workspace]
resolver = "3"
members = ["crates/ndcodec-core", "crates/ndcodec-zstd", "xtask"]

[workspace.package]
version = "0.1.0"
edition = "2024"

[workspace.dependencies]
ndcodec-core = { path = "crates/ndcodec-core", version = "0.1.0" }
ndcodec-zstd = { path = "crates/ndcodec-zstd", version = "0.1.0" }

# Outside packages.
thiserror = "2.0"
"#;

    #[test]
    fn a_member_is_put_in_its_place() {
        let edited = with_member(ROOT, "ndcodec-foo", "crates/ndcodec-foo").unwrap();
        assert!(
            edited
                .contains(r#"["crates/ndcodec-core", "crates/ndcodec-foo", "crates/ndcodec-zstd", "xtask"]"#)
        );
        assert!(edited.contains(
            "ndcodec-foo = { path = \"crates/ndcodec-foo\", version = \"0.1.0\" }\nndcodec-zstd = "
        ));
        assert_eq!(edited.lines().count(), ROOT.lines().count() + 1);
    }

    #[test]
    fn lists_of_other_forms() {
        assert_eq!(insert_sorted("\"a\"", "\"b\""), "\"a\", \"b\"");
        assert_eq!(
            insert_sorted("\n    \"a\",\n    \"c\",\n", "\"b\""),
            "\n    \"a\",\n    \"b\",\n    \"c\",\n"
        );
        assert_eq!(insert_sorted("\n    \"a\",\n", "\"b\""), "\n    \"a\",\n    \"b\",\n");
        let globbed = ROOT.replace("\"crates/ndcodec-core\", \"crates/ndcodec-zstd\"", "\"crates/*\"");
        assert!(
            with_member(&globbed, "ndcodec-foo", "crates/ndcodec-foo")
                .unwrap()
                .contains(r#"["crates/*", "xtask"]"#)
        );
    }

    #[test]
    fn what_is_inherited_is_written_out() {
        let member = "[package]\nname = \"x\"\nversion.workspace = true\n\n[lints]\nworkspace = true\n\n\
                      [dependencies]\nndcodec-core.workspace = true\nthiserror.workspace = true\n";
        assert_eq!(
            alone(member, ROOT, Path::new("/r")).unwrap(),
            "[package]\nname = \"x\"\nversion = \"0.1.0\"\n\n\
             [dependencies]\nndcodec-core = { path = \"/r/crates/ndcodec-core\", version = \"0.1.0\" }\n\
             thiserror = \"2.0\"\n\n[workspace]\n"
        );
        let unknown = alone("[dependencies]\nserde.workspace = true\n", ROOT, Path::new("/r")).unwrap_err();
        assert_eq!(unknown, "the root Cargo.toml has no `serde` in `[workspace.dependencies]`");
    }
}
