//! Which archive a zip archive is, by the name of its first member.

use super::Foreign;

/// What the archive is that `bytes` begin, if they do.
pub(super) fn of(bytes: &[u8]) -> Option<Foreign> {
    let rest = bytes.strip_prefix(b"PK\x03\x04")?;
    let len = rest.get(22..24).map_or(0, |len| usize::from(len[0]) | usize::from(len[1]) << 8);
    let name = rest.get(26..).map_or(&[][..], |rest| &rest[..len.min(rest.len())]);
    let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word.as_bytes()));
    let (name, advice) = if name.ends_with(b".npy") {
        ("a `.npz`, which is an archive of arrays", "open it as an archive of arrays")
    } else if begins(&["[Content_Types].xml", "_rels/", "word/", "xl/", "ppt/"]) {
        ("an Office document, which is a zip archive", "read it with a library for such documents")
    } else if begins(&["mimetype"]) {
        ("an OpenDocument or EPUB file, which is a zip archive", "unpack it first")
    } else if begins(&["META-INF/"]) {
        ("a Java archive, which is a zip archive", "unpack it first")
    } else if name.ends_with(b"data.pkl") {
        ("a PyTorch file, which is a zip archive with a pickle", "read it with `torch.load`")
    } else if [&b".zgroup"[..], b".zarray", b".zattrs", b"zarr.json"].iter().any(|end| name.ends_with(end)) {
        ("a Zarr store in a zip archive", "read it with `zarr`")
    } else {
        ("a zip archive, such as a `.npz`", "open it as an archive of arrays, or unpack it first")
    };
    Some(Foreign { name, advice })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_tells() {
        let begin = |name: &str| {
            let len = u8::try_from(name.len()).unwrap();
            [b"PK\x03\x04", &[0; 22][..], &[len, 0, 0, 0], name.as_bytes(), b"data"].concat()
        };
        for (name, told) in [
            ("a.npy", "`.npz`, which"),
            ("[Content_Types].xml", "Office"),
            ("archive/data.pkl", "PyTorch"),
            (".zgroup", "Zarr"),
            ("hello.txt", "such as a `.npz`"),
            ("", "such as a `.npz`"),
        ] {
            let found = of(&begin(name)).unwrap();
            assert!(found.name.contains(told), "{name}: {found}");
        }
        assert!(of(b"PK\x03\x04").is_some() && of(b"PK\x05\x06").is_none() && of(b"").is_none());
    }
}
