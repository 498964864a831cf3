//! The corpus: arrays and payloads that other software wrote, with what must come out of them.

mod canonical;
mod descr;
mod row;

use std::fmt::Display;
use std::path::{Path, PathBuf};

pub use canonical::{canonical_bytes, sha256_hex};
pub use descr::parse_dtype;
pub use row::{Outcome, Row};

/// A corpus on disk. Its `README.md` says what it holds; `MANIFEST.tsv` is [`rows`](Corpus::rows).
#[derive(Debug, Clone)]
pub struct Corpus {
    root: PathBuf,
    rows: Vec<Row>,
}

/// The corpus; if there is none, [`skip`](crate::skip)s.
///
/// # Panics
/// As [`Corpus::find`] and [`skip`](crate::skip).
pub fn corpus_or_skip() -> Option<Corpus> {
    let corpus = Corpus::find();
    if corpus.is_none() {
        crate::skip("no corpus: NDCODEC_CORPUS is not set, and no ../shared/corpus is beside the checkout");
    }
    corpus
}

impl Corpus {
    /// The corpus that the variable `NDCODEC_CORPUS` names, else `../shared/corpus` beside the workspace of the package
    /// under test.
    ///
    /// # Panics
    /// If the variable names a folder without a corpus, or the corpus' manifest cannot be read.
    pub fn find() -> Option<Self> {
        if let Some(root) = std::env::var_os("NDCODEC_CORPUS") {
            return Some(Self::open(PathBuf::from(root)));
        }
        let root = shared()?.join("corpus");
        root.join("MANIFEST.tsv").exists().then(|| Self::open(root))
    }

    /// The corpus in this folder.
    ///
    /// # Panics
    /// If its manifest cannot be read.
    pub fn open(root: PathBuf) -> Self {
        let path = root.join("MANIFEST.tsv");
        let manifest = match std::fs::read_to_string(&path) {
            Ok(manifest) => manifest,
            Err(error) => panic!("cannot read the manifest of the corpus, {}: {error}", path.display()),
        };
        let rows = row::parse_manifest(&manifest, &root);
        Self { root, rows }
    }

    /// The folder that the corpus is in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Everything in it, in the manifest's order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows of a kind, `npy/basic`, or of a family of kinds, `npy`.
    pub fn of_kind<'c>(&'c self, kind: &'c str) -> impl Iterator<Item = &'c Row> {
        self.rows.iter().filter(move |row| row.is_kind(kind))
    }

    /// Decodes each row of a kind for which `decode` returns a result (`None` leaves the row out), and holds the result
    /// against the manifest: the bytes that its sha256 covers ([`canonical_bytes`] of an array), or an error. Returns how
    /// many rows were decoded.
    ///
    /// # Panics
    /// With every row that came out otherwise than the manifest says, and where no row was decoded at all.
    pub fn check<E: Display>(
        &self,
        kind: &str,
        mut decode: impl FnMut(&Row) -> Option<Result<Vec<u8>, E>>,
    ) -> usize {
        let results: Vec<_> = self.of_kind(kind).filter_map(|row| Some(row.judge(decode(row)?))).collect();
        let wrong: Vec<String> = results.iter().filter_map(|result| result.as_ref().err().cloned()).collect();
        assert!(!results.is_empty(), "the corpus has no row of kind `{kind}` that this test decodes");
        let (count, all) = (wrong.len(), results.len());
        assert!(wrong.is_empty(), "{count} of {all} rows of kind `{kind}` are wrong:\n{}", wrong.join("\n"));
        results.len()
    }
}

/// The folder `shared` beside the workspace of the package under test, whether there is one or not.
pub(crate) fn shared() -> Option<PathBuf> {
    // Cargo sets it for the tests it runs, which start in the package's folder too.
    let package =
        std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).or_else(|| std::env::current_dir().ok())?;
    let workspace = package.ancestors().filter(|dir| is_workspace(dir)).last()?;
    Some(workspace.parent()?.join("shared"))
}

/// Whether the folder has the manifest of a Cargo workspace.
fn is_workspace(dir: &Path) -> bool {
    std::fs::read_to_string(dir.join("Cargo.toml"))
        .is_ok_and(|manifest| manifest.lines().any(|line| line.trim_end() == "[workspace]"))
}
