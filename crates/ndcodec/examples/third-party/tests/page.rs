//! `docs/custom-stage.md` shows the files of this crate as they are.

use std::fs;
use std::path::Path;

/// What begins a block that rustdoc does not compile: a whole file, which the crate compiles.
const FENCE: &str = "```rust,ignore\n";

#[test]
fn the_page_shows_every_file_as_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("../../../../docs/custom-stage.md")).unwrap();
    let shown: Vec<&str> =
        page.split(FENCE).skip(1).map(|block| block.split_once("```").unwrap().0).collect();
    let mut files: Vec<String> = fs::read_dir(root.join("src"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("lib.rs"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    assert_eq!(files.len(), 4);
    for block in &shown {
        let file = files.iter().position(|file| file == block);
        let first = block.lines().next().unwrap_or_default();
        files.remove(file.unwrap_or_else(|| panic!("no file is as the page shows it: {first}\n{block}")));
    }
    assert!(files.is_empty(), "the page does not show: {files:?}");
}

/// A plug-in is short: lines that are neither blank nor comments.
#[test]
fn every_stage_has_under_forty_lines_of_code() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in ["rle.rs", "planar.rs", "headed.rs", "packed.rs"] {
        let text = fs::read_to_string(src.join(file)).unwrap();
        let code = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
        let count = code.count();
        assert!((20..40).contains(&count), "{file} has {count} lines of code");
    }
}
