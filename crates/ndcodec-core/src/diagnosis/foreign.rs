//! Files of other software, by their first bytes.

use std::fmt;

use super::magic::{MAGIC, PICKLE};
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

/// Whether `bytes`, which a guess gave, are so surely of other software that the guess was right.
pub(crate) fn is_surely_foreign(bytes: &[u8]) -> bool {
    /// Shorter magic numbers come by chance.
    const LEAST: usize = 3;
    /// Shorter texts tell nothing.
    const SOME: usize = 16;
    let by_magic = |(offset, magic, ..): &(usize, &[u8], &str, &str)| {
        magic.len() >= LEAST && bytes.get(*offset..).is_some_and(|rest| rest.starts_with(magic))
    };
    zip::of(bytes).is_some()
        || MAGIC.iter().any(by_magic)
        || by_structure(bytes).is_some()
        || (bytes.len() >= SOME && bytes.is_ascii() && by_text(bytes).is_some())
}

/// What has no magic number, but a structure that hardly anything else has.
fn by_structure(bytes: &[u8]) -> Option<Foreign> {
    let found = |name, advice| Some(Foreign { name, advice });
    let u32_at = |at: usize| bytes.get(at..at + 4)?.first_chunk().copied().map(u32::from_le_bytes);
    match bytes {
        [0x80, 2..=3, b']' | b'}' | b'(' | b'c' | b'K' | b'X' | b'G' | b'N', ..]
        | [0x80, 4..=5, 0x95, ..] => {
            return found("a pickle", PICKLE);
        }
        // Tags 64 to 87 of RFC 8746.
        [0xd8, 0x40..=0x57, 0x40..=0x5b, ..] => {
            return found(
                "a typed array in CBOR",
                "read it with a CBOR library; the byte string in it is `raw`",
            );
        }
        [0, 0, 8 | 9 | 0x0b..=0x0e, ndim @ 1..=4, 0, ..] if bytes.len() >= 4 + 4 * usize::from(*ndim) => {
            return found(
                "an IDX file, as of MNIST",
                "cut its header off; the rest is `raw` of big-endian numbers",
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
    if starts("<") && window(bytes, b"<Error>") && window(bytes, b"<Code>") {
        return found(
            "a message in place of a file",
            "an object store sent it; check the address and the key",
        );
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
    if starts("http/1.") || starts("http/2") {
        return found("a response of HTTP", "take its body, which begins behind the first empty line");
    }
    if starts("--") && window(bytes, b"\r\nContent-Disposition:") {
        return found("a form of HTTP in parts", "take the part that holds the file");
    }
    if starts("[") && is_printed(bytes) {
        return found("an array as numpy prints it", "write the bytes themselves, or `tolist()` as JSON");
    }
    if is_table(bytes) || behind_a_line(bytes).is_some_and(is_table) {
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

/// Whether `part` stands in the first bytes.
fn window(bytes: &[u8], part: &[u8]) -> bool {
    bytes[..bytes.len().min(1024)].windows(part.len()).any(|here| here.eq_ignore_ascii_case(part))
}

/// What follows a line of names with something between them.
fn behind_a_line(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().take(1024).position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at(end);
    let is_names = line.is_ascii()
        && line.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'"' || *byte == b'#')
        && line.iter().any(|byte| b",;\t".contains(byte));
    is_names.then(|| &rest[1..])
}

/// Numbers in brackets with blanks and no commas between them, as `print` shows an array.
fn is_printed(bytes: &[u8]) -> bool {
    let begin = &bytes[..bytes.len().min(256)];
    let has_blank_between = begin.windows(3).any(|three| {
        matches!(three, [a, b' ', c] if (a.is_ascii_digit() || *a == b'.') && (c.is_ascii_digit() || b" -".contains(c)))
    });
    has_blank_between && begin.iter().all(|byte| byte.is_ascii_digit() || b"[]+-.e \r\n".contains(byte))
}

/// What a web server says that does not have the file: `404: Not Found`.
fn is_refusal(bytes: &[u8]) -> bool {
    const LONGEST: usize = 80;
    let begin = &bytes[..bytes.len().min(LONGEST + 1)];
    let line = begin.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_short = line.len() <= LONGEST && line.is_ascii();
    let line = String::from_utf8_lossy(line).to_ascii_lowercase();
    let words = [
        "not found",
        "forbidden",
        "unauthorized",
        "access denied",
        "bad gateway",
        "bad request",
        "internal server error",
        "service unavailable",
        "gateway timeout",
        "too many requests",
        "rate limit",
        "error code:",
        "moved permanently",
    ];
    is_short && words.iter().any(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_send_is_named() {
        for (bytes, told) in [
            (&b"\xff\xfe\x93\0N\0U\0M\0P\0Y\0"[..], "UTF-16"),
            (b"SNHFKTKQLEAQA5QA", "base32"),
            (b"<~P>5+P:!!!", "Ascii85"),
            (b"begin 644 x.npy\nM\n", "uuencoded"),
            (b"array([[ 0.1,  2.]])", "repr"),
            (b"[[ 0.12573022 -0.13210486]\n [1. 2.]]", "numpy prints"),
            (b"[1 2 3]", "numpy prints"),
            (b"[1, 2, 3]", "JSON"),
            (b"(dp0\nVa\np1\n", "pickle"),
            (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "PyTorch"),
            (b"outs:\n- md5: abc\n", "DVC"),
            (b"/annex/objects/SHA256E-s12--abc.npy\n", "git-annex"),
            (b"<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code></Error>", "object store"),
            (b"<?xml version=\"1.0\"?><a/>", "XML"),
            (b"HTTP/1.1 200 OK\r\n\r\n\x93NUMPY", "its body"),
            (b"--abc\r\nContent-Disposition: form-data\r\n\r\n", "form of HTTP"),
            (b"Too Many Requests", "web server"),
            (b"a,b\n1,2\n3,4\n", "loadtxt"),
            (b"\"x\";\"y\"\r\n1.5;2\r\n", "loadtxt"),
            (b"1\t2\n3\t4\n", "loadtxt"),
            (b"\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x02abcdefgh", "MNIST"),
            (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
            (b"\x89NDCH\n\x1a\x01", "line ends were translated"),
        ] {
            let found = foreign(bytes).unwrap_or_else(|| panic!("{}", bytes.escape_ascii()));
            assert!(found.to_string().contains(told), "{}: {found}", bytes.escape_ascii());
        }
        for bytes in [
            &b""[..],
            b"\x93NUMPY\x01\0",
            b"hello, world\nthis is text\n",
            b"\0\0\0\0\x01\0\0",
            b"k05VTVBZ",
            b"[section]\nkey = 1\n",
        ] {
            assert_eq!(foreign(bytes), None, "{}", bytes.escape_ascii());
        }
    }

    /// Two bytes of a magic number come by chance.
    #[test]
    fn what_is_sure_is_long() {
        assert!(
            is_surely_foreign(b"\xfd7zXZ\0\0") && is_surely_foreign(b"version https://git-lfs.github.com")
        );
        assert!(foreign(b"\x1f\x9d\x90abc").is_some() && !is_surely_foreign(b"\x1f\x9d\x90abc"));
        assert!(!is_surely_foreign(b"<a\xff\xfe\xfd"));
    }
}
