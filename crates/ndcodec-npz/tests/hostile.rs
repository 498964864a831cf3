//! Archives that lie, and names that cannot be.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::io::{Cursor, Write};

use ndcodec_core::{ArrayView, Chain, DecodeLimits, ErrorKind};
use ndcodec_npz::{Member, MemberEncoding, Npz, NpzError, NpzWriter};
use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn written(encoding: MemberEncoding, arrays: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = NpzWriter::new(Cursor::new(Vec::new())).with_encoding(encoding);
    for (name, bytes) in arrays {
        writer.add(name, &ArrayView::from_slice(bytes, &[bytes.len()]).unwrap()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An archive of members as they are given.
fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn npy(bytes: &[u8]) -> Vec<u8> {
    Chain::parse("npy").unwrap().encode(&ArrayView::from_slice(bytes, &[bytes.len()]).unwrap()).unwrap()
}

fn open(bytes: Vec<u8>) -> Result<Npz<Cursor<Vec<u8>>>, NpzError> {
    Npz::open(Cursor::new(bytes))
}

fn read(bytes: Vec<u8>, name: &str) -> String {
    match open(bytes).and_then(|npz| npz.read(name)) {
        Ok(array) => format!("{:?}", array.layout()),
        Err(error) => error.report(),
    }
}

/// Replaces the only or, if `last`, the last place of `from`.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8], last: bool) -> Vec<u8> {
    let mut places = (0..=bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from));
    let at = if last { places.next_back() } else { places.next() }.unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[test]
fn names_are_told_where_one_is_wrong() {
    let bytes = written(MemberEncoding::Stored, &[("x", &[1]), ("y", &[2])]);
    assert_eq!(read(bytes, "z"), "the archive has no array `z`; it has `x`, `y`");
    assert_eq!(read(written(MemberEncoding::Stored, &[]), "z"), "the archive has no array `z`; it has none");
}

#[test]
fn a_member_that_is_no_npy_is_named() {
    let bytes = zipped(&[("readme.txt", b"hello, world"), ("x.npy", b"")]);
    assert_eq!(
        read(bytes.clone(), "readme.txt"),
        "the member `readme.txt` is not an array: a `.npy` begins with `\\x93NUMPY`, and the data with `hello,` (at byte 0)"
    );
    assert!(
        read(bytes.clone(), "x").starts_with("the member `x.npy` is not an array: "),
        "{}",
        read(bytes, "x")
    );
}

#[test]
fn none_of_two_arrays_of_one_name_is_taken() {
    let bytes = zipped(&[("x", &npy(&[1])), ("y", &npy(&[3])), ("x.npy", &npy(&[2]))]);
    assert_eq!(read(bytes.clone(), "x"), "the archive has 2 arrays of the name `x`");
    let npz = open(bytes).unwrap();
    assert_eq!(npz.names().collect::<Vec<_>>(), ["x", "y"]);
    assert_eq!(npz.members().iter().map(Member::name).collect::<Vec<_>>(), ["x", "y", "x"]);
    assert_eq!(npz.read("y").unwrap().payload(), [3]);
    // Two members `x.npy`: the name of a third is changed in both places.
    let bytes = zipped(&[("x.npy", &npy(&[1])), ("q.npy", &npy(&[2]))]);
    let bytes = replaced(&replaced(&bytes, b"q.npy", b"x.npy", false), b"q.npy", b"x.npy", true);
    assert_eq!(read(bytes, "x"), "the archive has 2 arrays of the name `x`");
    let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
    let array = ArrayView::from_slice(&[1_u8], &[1]).unwrap();
    writer.add("x", &array).unwrap();
    assert_eq!(writer.add("x", &array).unwrap_err().to_string(), "the archive has 2 arrays of the name `x`");
}

#[test]
fn a_directory_that_contradicts_a_member_is_an_error_of_that_member() {
    let bytes = zipped(&[("x.npy", &npy(&[1])), ("z.npy", &npy(&[5]))]);
    let at = |last| replaced(&bytes, b"x.npy", b"y.npy", last);
    let name = "its name in the archive's directory differs from that in front of its bytes";
    assert_eq!(read(at(true), "y"), format!("the member `y.npy` is not usable: {name}"));
    assert_eq!(read(at(false), "x"), format!("the member `x.npy` is not usable: {name}"));
    for bytes in [at(true), at(false)] {
        assert!(read(bytes, "z").contains("|u1"));
    }
    // Both members of the directory begin where the first one does.
    let mut overlap = bytes.clone();
    let directory = bytes.windows(4).position(|part| part == b"PK\x01\x02").unwrap();
    let second =
        directory + 1 + bytes[directory + 1..].windows(4).position(|part| part == b"PK\x01\x02").unwrap();
    overlap[second + 42..second + 46].fill(0);
    assert_eq!(read(overlap.clone(), "z"), format!("the member `z.npy` is not usable: {name}"));
    // The first claims the bytes of the second.
    let len = u32::try_from(bytes.len() - 200).unwrap().to_le_bytes();
    for at in [18, directory + 20] {
        for field in [at, at + 4] {
            overlap[field..field + 4].copy_from_slice(&len);
        }
    }
    overlap[second + 42..second + 46].copy_from_slice(&bytes[second + 42..second + 46]);
    let report = read(overlap, "x");
    assert!(
        report.starts_with("the member `x.npy` is not usable: its ") && report.contains("reach beyond"),
        "{report}"
    );
}

#[test]
fn what_follows_the_archive_is_told_of() {
    let bytes = written(MemberEncoding::Stored, &[("x", &[1])]);
    let padded = [&bytes[..], &[0; 500]].concat();
    assert!(read(padded, "x").contains("|u1"));
    let error = open([&bytes[..], b"\0more"].concat()).unwrap_err();
    assert_eq!(error.report(), "the archive is not usable: 5 bytes follow the end of the archive");
    // An archive in an archive that was cut off is not the archive.
    let outer = zipped(&[("inner.npz", &bytes), ("x.npy", &npy(&[2]))]);
    for len in 0..outer.len() {
        assert!(open(outer[..len].to_vec()).is_err(), "{len}");
    }
    assert_eq!(open(outer).unwrap().names().collect::<Vec<_>>(), ["inner.npz", "x"]);
}

#[test]
fn a_large_directory_needs_a_large_limit() {
    let members: Vec<String> = (0..2000).map(|i| format!("{i}.npy")).collect();
    let bytes = zipped(&members.iter().map(|name| (name.as_str(), &b""[..])).collect::<Vec<_>>());
    let open = |max| Npz::open_with(Cursor::new(&bytes), &DecodeLimits::new().with_max_bytes(max).into());
    assert_eq!(open(1 << 20).unwrap().names().len(), 2000);
    let error = open(100 << 10).unwrap_err();
    assert_eq!(
        (error.kind(), error.report()),
        (
            ErrorKind::Limit,
            "the archive is not usable: its directory has 106890 bytes for 2000 members, more than the limit of 65536, \
             an eighth of the 102400 bytes to decode to"
                .to_owned()
        )
    );
}

#[test]
fn flipped_bits_are_noticed() {
    for encoding in [MemberEncoding::Stored, MemberEncoding::Deflated, MemberEncoding::Zstd] {
        let payload: Vec<u8> = (0..2000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let bytes = written(encoding, &[("x", &payload)]);
        let mut at = bytes.len() - 1000;
        while at < bytes.len() - 900 {
            let mut broken = bytes.clone();
            broken[at] ^= 0x10;
            let error = open(broken).and_then(|npz| npz.read("x")).unwrap_err();
            assert!(matches!(error, NpzError::Member { .. }), "{encoding:?}: {}", error.report());
            at += 1;
        }
    }
    let mut bytes = written(MemberEncoding::Stored, &[("x", &[1, 2, 3, 4])]);
    let at = bytes.windows(4).position(|four| four == [1, 2, 3, 4]).unwrap();
    bytes[at] = 9;
    let report = read(bytes, "x");
    assert!(report.starts_with("the member `x.npy` is not usable: the CRC-32 is 0x"), "{report}");
}

#[test]
fn what_is_cut_off_is_noticed() {
    let bytes = written(MemberEncoding::Deflated, &[("x", &[1; 500]), ("y", &[2; 500])]);
    for len in 0..bytes.len() {
        assert!(open(bytes[..len].to_vec()).is_err(), "{len}");
    }
}

#[test]
fn limits_hold_for_each_member() {
    let zeros = vec![0; 10 << 20];
    let bytes = written(MemberEncoding::Deflated, &[("x", &zeros)]);
    assert!(bytes.len() < 20_000);
    let limits = DecodeLimits::new().with_max_bytes(1 << 20);
    let error = open(bytes).unwrap().read_with("x", &limits.into()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{}", error.report());
}

/// A header that announces a gigabyte over a few bytes: an error, and nothing of that size is made room for.
#[test]
fn claims_are_not_believed() {
    let mut member = npy(&[0; 8]);
    let at = member.windows(4).position(|part| part == b"(8,)").unwrap();
    member.splice(at..at + 10, *b"(999999999");
    let end = member[at..].iter().position(|byte| *byte == b' ').unwrap() + at;
    member[at + 10..end].fill(b' ');
    member[at + 10..at + 14].copy_from_slice(b",)} ");
    let report = read(zipped(&[("x.npy", &member)]), "x");
    assert!(report.contains("announces 1000000127 bytes in all"), "{report}");
    // The directory claims it too: then it lies.
    let bytes = written(MemberEncoding::Deflated, &[("x", &[0; 100])]);
    let len = (128_u32 + 100).to_le_bytes();
    let lie = 0x3fff_ffff_u32.to_le_bytes();
    let bytes = replaced(&replaced(&bytes, &len, &lie, false), &len, &lie, true);
    let report = read(bytes, "x");
    assert!(report.contains("it has 228 bytes, but the directory says 1073741823"), "{report}");
}

#[test]
fn a_writer_that_is_dropped_leaves_no_archive() {
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = NpzWriter::new(&mut bytes);
    writer.add("x", &ArrayView::from_slice(&[1_u8], &[1]).unwrap()).unwrap();
    drop(writer);
    assert!(open(bytes.into_inner()).is_err());
}

#[test]
fn a_failed_array_leaves_the_others() {
    let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
    let array = ArrayView::from_slice(&[1_u8], &[1]).unwrap();
    writer.add("x", &array).unwrap();
    for name in ["", "x\0y", &"n".repeat(65_001)] {
        assert!(matches!(writer.add(name, &array), Err(NpzError::Name { .. })));
    }
    writer.add(&"n".repeat(65_000), &array).unwrap();
    let npz = Npz::open(writer.finish().unwrap()).unwrap();
    assert_eq!(npz.names().count(), 2);
    assert_eq!(npz.read("x").unwrap().payload(), [1]);
}

/// A level is one that the encoding has, or an error that says which it has.
#[test]
fn levels_are_those_of_the_encoding() {
    let array = ArrayView::from_slice(&[1_u8; 100], &[100]).unwrap();
    for (encoding, good, bad) in [
        (MemberEncoding::Stored, &[][..], &[0, 1][..]),
        (MemberEncoding::Deflated, &[1, 9], &[0, 10, -1]),
        (MemberEncoding::Zstd, &[-131_072, -1, 0, 22], &[23, -131_073]),
    ] {
        let writer =
            |level| NpzWriter::new(Cursor::new(Vec::new())).with_encoding(encoding).with_level(level);
        for level in good {
            let mut writer = writer(*level);
            writer.add("x", &array).unwrap();
            let npz = Npz::open(writer.finish().unwrap()).unwrap();
            assert_eq!(npz.read("x").unwrap().payload(), [1; 100]);
        }
        for level in bad {
            let error = writer(*level).add("x", &array).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Input);
            assert!(error.report().contains(&level.to_string()), "{}", error.report());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    /// Whatever bytes change, reading ends in arrays or errors, and an array that is read is the one written.
    #[test]
    fn changed_archives_never_panic(
        encoding in prop::sample::select(vec![MemberEncoding::Stored, MemberEncoding::Deflated, MemberEncoding::Zstd]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let payload: Vec<u8> = (0..100).collect();
        let mut bytes = written(encoding, &[("x", &payload), ("y", &[])]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let Ok(npz) = open(bytes) else { return Ok(()) };
        let names: Vec<String> = npz.names().map(str::to_owned).collect();
        let limits = DecodeLimits::new().with_max_bytes(1 << 20);
        for name in names {
            npz.inspect_with(&name, &limits.into()).ok();
            if let Ok(array) = npz.read_with(&name, &limits.into()) {
                prop_assert!(array.payload() == payload || array.payload().is_empty());
            }
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(open(bytes).is_err());
    }
}
