//! Templates: real files with `{{placeholders}}`.

use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::workspace::read;

/// Fills every `{{key}}` of `text`. A key that is not among `values` is an error, so no template decays in silence.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> Outcome<String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (key, behind) = after.split_once("}}").ok_or("a `{{` without its `}}`")?;
        let value = values.iter().find(|(name, _)| *name == key);
        let (_, value) = value.ok_or_else(|| {
            let known: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
            format!("unknown placeholder `{{{{{key}}}}}`; there are: {}", known.join(", "))
        })?;
        filled.push_str(before);
        filled.push_str(value);
        rest = behind;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Every file under `folder`, filled, as its path from there and its text.
///
/// The suffix `.in` is taken off: a manifest is kept as `Cargo.toml.in`, so that cargo does not take it for a package.
pub(crate) fn fill_folder(folder: &Path, values: &[(&str, &str)]) -> Outcome<Vec<(String, String)>> {
    let mut filled = Vec::new();
    for path in files_under(folder)? {
        let text = fill(&read(&path)?, values).map_err(|why| format!("{}: {why}", path.display()))?;
        let inside = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        filled.push((inside.strip_suffix(".in").unwrap_or(&inside).to_owned(), text));
    }
    Ok(filled)
}

fn files_under(folder: &Path) -> Outcome<Vec<std::path::PathBuf>> {
    let unreadable = |error: std::io::Error| format!("cannot list {}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            files.extend(files_under(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: &[(&str, &str)] = &[("name", "foo_bar"), ("Name", "FooBar")];

    #[test]
    fn placeholders_are_filled() {
        let text = "pub struct {{Name}}; // `{{name}}`, {one}";
        assert_eq!(fill(text, VALUES).unwrap(), "pub struct FooBar; // `foo_bar`, {one}");
    }

    #[test]
    fn mistakes_in_a_template_are_errors() {
        assert_eq!(
            fill("{{nam}}", VALUES).unwrap_err(),
            "unknown placeholder `{{nam}}`; there are: name, Name"
        );
        assert_eq!(fill("{{name", VALUES).unwrap_err(), "a `{{` without its `}}`");
    }
}
