//! [`Row`]: one item of the corpus, as its manifest describes it.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use ndcodec_core::{DType, Order};

use super::{parse_dtype, sha256_hex};

/// One item of the corpus: a file or folder, how it was encoded, and what must come out.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it is, relative to the corpus.
    pub path: String,
    /// `SHARED`, or `HELD_OUT` in the corpus that is kept apart.
    pub split: String,
    /// Family and sub-family: `npy/basic`, `container/zstd`.
    pub kind: String,
    /// What a reader must do with it.
    pub outcome: Outcome,
    /// How it was encoded, left to right: `npy|zstd|base64`.
    pub recipe: String,
    /// The dtype as the manifest has it; see [`Row::dtype`].
    pub dtype_text: String,
    /// The shape as the manifest has it; see [`Row::shape`].
    pub shape_text: String,
    /// Which index varies fastest in memory, where the manifest says.
    pub order: Option<Order>,
    /// The length of what must come out, in bytes, where the manifest says.
    pub nbytes: Option<usize>,
    /// The SHA-256 of what must come out, in hex; empty if there is none.
    pub sha256: String,
    /// A sidecar or plaintext file, relative to the corpus; empty if there is none.
    pub expected: String,
    /// Where it is from.
    pub origin: String,
    /// Its terms.
    pub licence: String,
    /// What it exercises, and what reference readers say.
    pub proves: String,
    root: PathBuf,
}

/// What a reader must do with an item of the corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Give what the manifest's sha256 covers.
    Decode,
    /// Fail with an error.
    Reject,
    /// Fail with an error, executing nothing: it holds Python objects.
    Refuse,
    /// Give the right result or fail with an error: real readers disagree.
    Either,
}

impl Row {
    /// The content of the file.
    ///
    /// # Panics
    /// If it cannot be read, or is a folder.
    pub fn read(&self) -> Vec<u8> {
        read(&self.full_path())
    }

    /// The content of the sidecar or plaintext file in the column `expected`, if there is one.
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn read_expected(&self) -> Option<Vec<u8>> {
        (!self.expected.is_empty()).then(|| read(&self.root.join(&self.expected)))
    }

    /// Where the file or folder is.
    pub fn full_path(&self) -> PathBuf {
        self.root.join(&self.path)
    }

    /// Whether it is of this kind, `npy/basic`, or of this family of kinds, `npy`.
    pub fn is_kind(&self, kind: &str) -> bool {
        self.kind.strip_prefix(kind).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The dtype; `None` if it is not an array's, or several arrays'.
    ///
    /// # Panics
    /// If it is not a dtype that ndcodec has, such as `|O`.
    pub fn dtype(&self) -> Option<DType> {
        if matches!(self.dtype_text.as_str(), "" | "bytes") {
            return None;
        }
        match parse_dtype(&self.dtype_text) {
            Ok(dtype) => Some(dtype),
            Err(error) => panic!("{}: `{}` is not a dtype: {error}", self.path, self.dtype_text),
        }
    }

    /// The shape; `None` if the manifest gives none.
    ///
    /// # Panics
    /// If it is not a JSON list of lengths.
    pub fn shape(&self) -> Option<Vec<usize>> {
        if self.shape_text.is_empty() {
            return None;
        }
        let inside = self.shape_text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        let dims = inside.and_then(|text| {
            text.split(',').map(str::trim).filter(|dim| !dim.is_empty()).map(|dim| dim.parse().ok()).collect()
        });
        match dims {
            Some(dims) => Some(dims),
            None => panic!("{}: `{}` is not a shape", self.path, self.shape_text),
        }
    }

    /// Holds what came out of this item (the bytes that its sha256 covers, or an error) against its [`Outcome`].
    ///
    /// # Errors
    /// A line that says what is wrong.
    pub fn judge<E: Display>(&self, result: Result<Vec<u8>, E>) -> Result<(), String> {
        let wrong = |what: String| Err(format!("{}: {what} ({})", self.path, self.proves));
        match (self.outcome, result) {
            (Outcome::Reject, Ok(bytes)) => wrong(format!("must be rejected, gave {} bytes", bytes.len())),
            (Outcome::Refuse, Ok(bytes)) => wrong(format!("must be refused, gave {} bytes", bytes.len())),
            (Outcome::Decode, Err(error)) => wrong(format!("must decode: {error}")),
            (Outcome::Decode | Outcome::Either, Ok(bytes)) => {
                let sha256 = sha256_hex(&bytes);
                // If real readers disagree, the manifest need not know the right result.
                if sha256 == self.sha256 || self.sha256.is_empty() && self.outcome == Outcome::Either {
                    return Ok(());
                }
                let expected = self.nbytes.map_or("?".to_owned(), |n| n.to_string());
                wrong(format!("gave {} bytes, not the {expected} of {}", bytes.len(), self.sha256))
            }
            (Outcome::Reject | Outcome::Refuse | Outcome::Either, Err(_)) => Ok(()),
        }
    }
}

fn read(path: &Path) -> Vec<u8> {
    match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => panic!("cannot read {}: {error}", path.display()),
    }
}

/// Reads `MANIFEST.tsv`: a line of column names, then one row a line, without quoting.
pub(super) fn parse_manifest(manifest: &str, root: &Path) -> Vec<Row> {
    let mut lines = manifest.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    lines.map(|line| parse_row(&header, line, root)).collect()
}

fn parse_row(header: &[&str], line: &str, root: &Path) -> Row {
    let cells: Vec<&str> = line.split('\t').collect();
    let cell =
        |name: &str| match header.iter().position(|column| *column == name).and_then(|at| cells.get(at)) {
            Some(cell) => (*cell).to_owned(),
            None => panic!("the manifest's row has no column `{name}`: {line}"),
        };
    let outcome = match cell("outcome").as_str() {
        "decode" => Outcome::Decode,
        "reject" => Outcome::Reject,
        "refuse" => Outcome::Refuse,
        "either" => Outcome::Either,
        other => panic!("the manifest has no outcome `{other}`: {line}"),
    };
    let order = match cell("order").as_str() {
        "C" => Some(Order::C),
        "F" => Some(Order::Fortran),
        _ => None,
    };
    Row {
        path: cell("path"),
        split: cell("split"),
        kind: cell("kind"),
        outcome,
        recipe: cell("recipe"),
        dtype_text: cell("dtype"),
        shape_text: cell("shape"),
        order,
        nbytes: cell("nbytes").parse().ok(),
        sha256: cell("sha256"),
        expected: cell("expected"),
        origin: cell("origin"),
        licence: cell("licence"),
        proves: cell("proves"),
        root: root.to_owned(),
    }
}
