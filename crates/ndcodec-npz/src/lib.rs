//! numpy's `.npz`: arrays by name, each a `.npy`, in a zip archive.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::io::Cursor;
//!
//! use ndcodec_core::{ArrayView, DecodeOptions};
//! use ndcodec_npz::{Npz, NpzWriter};
//!
//! let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
//! writer.add("x", &ArrayView::from_slice(&[1.0, 2.0], &[2])?)?;
//! let archive = writer.finish()?;
//!
//! let options = DecodeOptions::new().with_max_bytes(64 << 20);
//! let npz = Npz::open_with(archive, &options)?;
//! assert_eq!(npz.names().collect::<Vec<_>>(), ["x"]);
//! let x = npz.read("x")?;
//! assert_eq!(x.as_slice::<f64>()?, [1.0, 2.0]);
//! # Ok(())
//! # }
//! ```
//!
//! Specification: [`numpy.savez`](https://numpy.org/doc/stable/reference/generated/numpy.savez.html), and
//! [APPNOTE.TXT](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT) for the archive.
//! Members may be stored, deflated or zstd frames; numpy reads the first two. Zstd needs a feature: `zstd`, by a C library, or
//! `zstd-pure`, which reads such members and does not write them.
//!
//! An archive is read as strictly as an array. The directory's entry of a member must agree with the header before the
//! member, lengths and CRC-32 are checked, no member may overlap the next, and no length is trusted before the bytes are
//! there. If a member is damaged, encrypted or compressed in another way, reading it is an error, and the others can still
//! be read. If several members have the same name, reading that name is an error. Arrays of Python objects are refused, as
//! everywhere.
#![forbid(unsafe_code)]

mod directory;
mod error;
mod member;
mod path;
mod read;
mod unpack;
mod write;

pub use error::NpzError;
pub use member::{Member, MemberEncoding};
pub use path::{relative_path, relative_paths};
pub use read::{Npz, NpzReader};
pub use write::NpzWriter;

/// What numpy puts behind the name of an array to name its member.
const SUFFIX: &str = ".npy";
