//! Files of other software, by their first bytes.

use std::fmt;

use super::{place, zip};

/// Data that no stage reads, and that many have: what they are, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Foreign {
    /// What they are: `an HDF5 file`.
    pub name: &'static str,
    /// What to do: `read it with h5py`.
    pub advice: &'static str,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is {}: {}", self.name, self.advice)
    }
}

/// Says what data are that begin with `bytes`, if they are of software whose files no stage reads.
pub fn foreign(bytes: &[u8]) -> Option<Foreign> {
    if let Some(archive) = zip::of(bytes) {
        return Some(archive);
    }
    let by_magic = MAGIC
        .iter()
        .find(|(offset, magic, ..)| bytes.get(*offset..).is_some_and(|rest| rest.starts_with(magic)));
    if let Some((_, _, name, advice)) = by_magic {
        return Some(Foreign { name, advice });
    }
    by_structure(bytes).or_else(|| by_text(bytes)).or_else(|| place::of(bytes))
}

const DECOMPRESS: &str = "decompress it first; there is no stage for it";
const IMAGE: &str = "it is a picture, which an image library reads";
const AS_TEXT: &str = "the file went through software that took it for text; copy it again, as binary";

/// Where a magic number stands, its bytes, what has it, and what to do.
type Magic = (usize, &'static [u8], &'static str, &'static str);

const MAGIC: &[Magic] = &[
    (0, b"\xfd7zXZ\0", "xz-compressed data", "decompress them first, as by `xz -d` or Python's `lzma`"),
    (0, b"BZh", "bzip2-compressed data", "decompress them first, as by `bzip2 -d` or Python's `bz2`"),
    (0, b"LZIP", "lzip-compressed data", DECOMPRESS),
    (0, b"\x89LZO\0\r\n\x1a\n", "lzop-compressed data", DECOMPRESS),
    (0, b"\x1f\x9d", "data of the old `compress`", "decompress them first, as by `gzip -d`"),
    (0, b"\xff\x06\0\0sNaPpY", "a Snappy stream", DECOMPRESS),
    (
        0,
        b"\x02\x21\x4c\x18",
        "a legacy lz4 frame",
        "decompress it first, as by `lz4 -d`; `lz4` reads frames of version 1",
    ),
    (
        0,
        b"mozLz40\0",
        "a file of Mozilla's lz4",
        "cut the first 12 bytes off, and decode the rest by `lz4(framing=block)`",
    ),
    (0, b"LZ4Block", "a block stream of lz4-java", DECOMPRESS),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (0, b"Rar!\x1a\x07", "a RAR archive", "unpack it first"),
    (257, b"ustar", "a tar archive", "unpack it first, as by `tar -x`"),
    (0, b"PK\x05\x06", "an empty zip archive, such as a `.npz`", "open it as an archive of arrays"),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file", "read it with h5py; of a chunk in it, its filters are a chain"),
    (512, b"\x89HDF\r\n\x1a\n", "an HDF5 file, as of MATLAB 7.3", "read it with h5py"),
    (0, b"MATLAB 5.0 MAT-file", "a MATLAB file", "read it with `scipy.io.loadmat`"),
    (0, b"MATLAB 7.3 MAT-file", "a MATLAB file, which is HDF5", "read it with h5py"),
    (0, b"CDF\x01", "a netCDF file", "read it with a netCDF library"),
    (0, b"CDF\x02", "a netCDF file", "read it with a netCDF library"),
    (0, b"CDF\x05", "a netCDF file", "read it with a netCDF library"),
    (0, b"PAR1", "a Parquet file", "read it with pyarrow or polars"),
    (0, b"ARROW1\0\0", "an Arrow file", "read it with pyarrow"),
    (0, b"FEA1", "a Feather file", "read it with pyarrow"),
    (0, b"ORC", "an ORC file", "read it with pyarrow"),
    (0, b"Obj\x01", "an Avro file", "read it with an Avro library"),
    (2, b"b2frame\0", "a Blosc2 frame", "decode it with blosc2"),
    (0, b"GGUF", "a GGUF file", "read it with the `gguf` package"),
    (0, b"SQLite format 3\0", "a SQLite database", "select the array from its table first"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image", IMAGE),
    (0, b"\xff\xd8\xff", "a JPEG image", IMAGE),
    (0, b"GIF8", "a GIF image", IMAGE),
    (0, b"II*\0", "a TIFF image", IMAGE),
    (0, b"MM\0*", "a TIFF image", IMAGE),
    (0, b"II+\0", "a TIFF image", IMAGE),
    (0, b"MM\0+", "a TIFF image", IMAGE),
    (8, b"WEBP", "a WebP image", IMAGE),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 image", IMAGE),
    (0, b"\x76\x2f\x31\x01", "an OpenEXR image", IMAGE),
    (8, b"WAVE", "a WAV file", "read it with an audio library"),
    (0, b"OggS", "an Ogg file", "read it with an audio library"),
    (0, b"fLaC", "a FLAC file", "read it with an audio library"),
    (0, b"%PDF-", "a PDF document", "it holds no array"),
    (0, b"SIMPLE  =", "a FITS file", "read it with astropy"),
    (344, b"n+1\0", "a NIfTI image", "read it with nibabel"),
    (344, b"ni1\0", "the header of a NIfTI image", "read it with nibabel"),
    (4, b"n+2\0\r\n\x1a\n", "a NIfTI-2 image", "read it with nibabel"),
    (128, b"DICM", "a DICOM file", "read it with pydicom"),
    (0, b"NRRD000", "an NRRD file", "read it with the `nrrd` package"),
    (208, b"MAP ", "an MRC map", "read it with mrcfile"),
    (0, b"\xc2\x93NUMPY", "a `.npy` that was written as UTF-8 text", AS_TEXT),
    (0, b"\xef\xbf\xbdNUMPY", "a `.npy` that was read as text, which lost bytes", AS_TEXT),
    (0, b"?NUMPY", "a `.npy` that was read as text, which lost bytes", AS_TEXT),
    (0, b"\\x93NUMPY", "a `.npy` as Python prints it", "write the bytes themselves, not their `repr`"),
    (0, b"b'\\x93NUMPY", "a `.npy` as Python prints it", "write the bytes themselves, not their `repr`"),
    (0, b"cnumpy", "a pickle", "loading it runs code; in Python, `ndcodec.loads` does it if told to"),
    (0, b"\xd9\xd9\xf7", "CBOR", "read it with a CBOR library"),
    (0, b"\xd8\x28", "an array in CBOR", "read it with a CBOR library; the byte string in it is `raw`"),
];

/// What has no magic number, but a structure that hardly anything else has.
fn by_structure(bytes: &[u8]) -> Option<Foreign> {
    let found = |name, advice| Some(Foreign { name, advice });
    let u32_at = |at: usize| bytes.get(at..at + 4)?.first_chunk().copied().map(u32::from_le_bytes);
    match bytes {
        [0x80, 2..=3, b']' | b'}' | b'(' | b'c' | b'K' | b'X' | b'G' | b'N', ..]
        | [0x80, 4..=5, 0x95, ..] => {
            return found("a pickle", "loading it runs code; in Python, `ndcodec.loads` does it if told to");
        }
        // Tags 64 to 87 of RFC 8746.
        [0xd8, 0x40..=0x57, 0x40..=0x5b, ..] => {
            return found(
                "a typed array in CBOR",
                "read it with a CBOR library; the byte string in it is `raw`",
            );
        }
        [0x5d, 0, 0, ..] if bytes.get(5..13).is_some_and(|len| *len == [0xff; 8]) => {
            return found("LZMA-compressed data", "decompress them first, as by `xz -d` or Python's `lzma`");
        }
        _ => {}
    }
    // An Arrow message: a continuation mark, then a length that keeps what follows aligned.
    if u32_at(0) == Some(u32::MAX) && u32_at(4).is_some_and(|len| len > 0 && len < 1 << 28 && len % 8 == 0) {
        return found("an Arrow stream or tensor", "read it with pyarrow");
    }
    if bytes.get(8..10) == Some(b"{\"") && bytes.get(4..8) == Some(&[0; 4]) {
        return found("a safetensors file", "read it with the `safetensors` package");
    }
    // A Blosc chunk: versions, then sizes that fit each other.
    if let ([2..=5, 1, _, 1..=255, ..], Some(nbytes), Some(block), Some(len)) =
        (bytes, u32_at(4), u32_at(8), u32_at(12))
        && nbytes > 0
        && (1..=nbytes.max(1)).contains(&block)
        && (16..=nbytes.saturating_add(32)).contains(&len)
    {
        return found("a Blosc chunk", "decode it with blosc2, or with numcodecs");
    }
    if bytes.len() >= 8 && bytes.iter().all(|byte| *byte == 0) {
        return found("zeros", "the file was made, and its content never written");
    }
    None
}

/// What is text for people or for other readers.
fn by_text(bytes: &[u8]) -> Option<Foreign> {
    let found = |name, advice| Some(Foreign { name, advice });
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let starts =
        |word: &str| bytes.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word.as_bytes()));
    let after = |skip: usize| bytes.get(skip..).unwrap_or_default().trim_ascii_start().first().copied();
    if starts("version https://git-lfs") {
        return found("a Git LFS pointer", "`git lfs pull` fetches the file itself");
    }
    if starts("<!doctype html") || starts("<html") {
        return found("a page of HTML", "a web server sent it in place of the file; check the address");
    }
    if starts("<") && bytes.get(1).is_some_and(|byte| byte.is_ascii_alphabetic() || b"?!".contains(byte)) {
        return found("an XML document", "take the text out of its element first");
    }
    if starts("-----BEGIN ") {
        return found(
            "text in PEM's lines",
            "take what stands between them, and decode it by `base64(whitespace=true)`",
        );
    }
    if is_refusal(bytes) {
        return found("a message in place of a file", "a web server sent it; check the address");
    }
    if starts("data:")
        && let Some(end) = bytes.iter().take(256).position(|byte| *byte == b',')
    {
        if bytes[..end].to_ascii_lowercase().ends_with(b";base64") {
            return found("a data: URL", "decode it by `dataurl`, as in `npy|dataurl`");
        }
        return found(
            "a data: URL with escapes in place of base64",
            "undo them behind its comma, as Python's `urllib.parse.unquote_to_bytes` does",
        );
    }
    if is_table(bytes) {
        return found("a table of numbers as text", "read it with `numpy.loadtxt`");
    }
    let is_object = starts("{") && matches!(after(1), Some(b'"' | b'}'));
    let is_list = starts("[")
        && matches!(after(1), Some(b'[' | b'{' | b'"' | b']' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'));
    if is_object || is_list {
        return found("a JSON document", "take the text out of it with a JSON parser first");
    }
    None
}

/// Whether lines of numbers with something between them begin the text.
fn is_table(bytes: &[u8]) -> bool {
    let begin = &bytes[..bytes.len().min(256)];
    let is_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
    let is_between = |byte: &u8| b",;\t ".contains(byte);
    begin.first().is_some_and(is_number)
        && begin.contains(&b'\n')
        && begin.iter().any(is_between)
        && begin.iter().all(|byte| is_number(byte) || is_between(byte) || b"\r\n".contains(byte))
}

/// What a web server says that does not have the file: `404: Not Found`.
fn is_refusal(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_short = line.len() <= 80 && line.is_ascii();
    let line = String::from_utf8_lossy(line).to_ascii_lowercase();
    let words =
        ["not found", "forbidden", "unauthorized", "access denied", "bad gateway", "internal server error"];
    is_short && (words.iter().any(|word| line.contains(word)) || line.starts_with("http/1."))
}
