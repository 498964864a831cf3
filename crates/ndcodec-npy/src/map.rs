//! The one call that maps a file into memory.

#![expect(unsafe_code, reason = "a mapping is only as constant as its file, which no type can tell")]

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// Maps all of `file` into memory, to be read.
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: nothing of this process writes through the mapping, which is private to `NpyFile` and read-only. That no
    // other hand changes or shortens the file while it is mapped is what `NpyFile::open` asks of its caller, in its
    // documentation: bytes that change under a slice may be read as anything, and pages behind a new end raise SIGBUS.
    unsafe { Mmap::map(file) }
}
