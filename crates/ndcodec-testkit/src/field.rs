//! Field cases: files as people met them, with what must come out, in a folder for each kind.

use std::path::PathBuf;

/// The folder of a case, `18-npy-descr-aliases`, in `../shared/field` beside the workspace of the package under test;
/// where there is none, [`skip`](crate::skip)s.
///
/// # Panics
/// As [`skip`](crate::skip).
pub fn field_or_skip(case: &str) -> Option<PathBuf> {
    let folder = crate::corpus::shared().map(|shared| shared.join("field").join(case));
    let folder = folder.filter(|folder| folder.is_dir());
    if folder.is_none() {
        crate::skip(&format!("no field case {case}: no ../shared/field is beside the checkout"));
    }
    folder
}
