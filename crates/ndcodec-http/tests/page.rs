//! `docs/http.md` shows the examples of this crate as they are, and none of its examples has forty lines.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;

#[test]
fn the_page_shows_the_examples_as_they_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("../../docs/http.md")).unwrap();
    let blocks: Vec<&str> =
        page.split("\n```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap().1).collect();
    assert!(blocks.len() > 8, "the page has {} examples", blocks.len());
    for block in &blocks {
        assert!(block.lines().count() < 40, "{block}");
    }
    for name in ["echo.rs", "post.rs"] {
        let example = fs::read_to_string(root.join("examples").join(name)).unwrap();
        // What it does, the page says around it.
        let is_about = |line: &str| line.is_empty() || line.starts_with("//!") || line.starts_with("#![");
        let lines = example.lines().skip_while(|line| is_about(line));
        let shown = lines.collect::<Vec<_>>().join("\n").trim().to_owned();
        assert!(blocks.iter().any(|block| block.trim() == shown), "docs/http.md does not show {name}");
    }
}
