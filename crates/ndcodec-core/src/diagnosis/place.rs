//! Whether text is the name of a place where data are, in place of them.

use super::Foreign;

/// The endings of files that hold arrays or encoded bytes.
const ENDINGS: &[&str] = &[
    "npy", "npz", "txt", "bin", "dat", "raw", "gz", "zst", "lz4", "zz", "zlib", "xz", "bz2", "b64", "base64",
    "hex", "json", "csv", "h5", "hdf5", "nc", "parquet", "arrow", "pkl", "pickle", "mat", "npyz", "zip",
    "tar", "ndch",
];

/// A path, or the address of something on the web.
pub(super) fn of(bytes: &[u8]) -> Option<Foreign> {
    const LONGEST: usize = 1024;
    if bytes.len() > LONGEST {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let is_address = ["http://", "https://", "s3://", "gs://", "ftp://", "file://", "hf://"]
        .iter()
        .any(|scheme| lower.starts_with(scheme));
    if is_address {
        return Some(Foreign { name: "an address", advice: "fetch what is there, and give its bytes" });
    }
    let has_ending =
        lower.rsplit_once('.').is_some_and(|(name, ending)| !name.is_empty() && ENDINGS.contains(&ending));
    let has_root = ["./", "../", "~/", ".\\", "..\\"].iter().any(|root| text.starts_with(root))
        || matches!(text.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic());
    (has_ending || has_root)
        .then_some(Foreign { name: "a path, it seems", advice: "read the file, and give its bytes" })
}
