//! Members of 4 GiB and more, directories of more than 65,535 members, and what writes zip64 without need.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::io::Cursor;
use std::process::Command;

use flate2::{Compress, Compression, Crc, FlushCompress};
use ndcodec_core::{ArrayView, DecodeLimits, ErrorKind};
use ndcodec_npz::{MemberEncoding, Npz, NpzError, NpzWriter};
use ndcodec_testkit::python_or_skip;

/// The header of a `.npy` of so many bytes, 128 bytes long.
fn header(count: u64) -> Vec<u8> {
    let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({count},), }}");
    [b"\x93NUMPY\x01\x00\x76\x00", format!("{text:<117}\n").as_bytes()].concat()
}

/// A deflated `.npy` of `pieces` times 16 MiB of zeros, and its CRC-32. A piece ends in a full flush, so that its bytes
/// may be repeated.
fn deflated_zeros(pieces: u64) -> (Vec<u8>, u32) {
    const PIECE: usize = 16 << 20;
    let deflate = |bytes: &[u8], flush| {
        let mut out = Vec::with_capacity(1 << 20);
        Compress::new(Compression::new(6), false).compress_vec(bytes, &mut out, flush).unwrap();
        out
    };
    let zeros = vec![0; PIECE];
    let header = header(pieces * PIECE as u64);
    let (mut crc, mut piece) = (Crc::new(), Crc::new());
    crc.update(&header);
    piece.update(&zeros);
    let mut out = deflate(&header, FlushCompress::Full);
    let encoded = deflate(&zeros, FlushCompress::Full);
    for _ in 0..pieces {
        out.extend_from_slice(&encoded);
        crc.combine(&piece);
    }
    out.extend(deflate(&[], FlushCompress::Finish));
    (out, crc.sum())
}

/// A member, all of whose lengths and places stand in zip64's fields.
struct Member {
    name: &'static str,
    method: u16,
    crc: u32,
    decoded_len: u64,
    encoded_len: u64,
}

impl Member {
    /// What a member's own header and its entry in the directory share, and the extra field.
    fn fields(&self, extra: &[u64]) -> Vec<u8> {
        let mut out = vec![0x2d, 0, 0, 0];
        out.extend(self.method.to_le_bytes());
        out.extend([0, 0, 0x21, 0]);
        out.extend(self.crc.to_le_bytes());
        out.extend([0xff; 8]);
        out.extend(u16::try_from(self.name.len()).unwrap().to_le_bytes());
        out.extend(u16::try_from(4 + 8 * extra.len()).unwrap().to_le_bytes());
        out
    }

    fn extra(&self, values: &[u64]) -> Vec<u8> {
        let len = u16::try_from(8 * values.len()).unwrap();
        let values = values.iter().flat_map(|value| value.to_le_bytes());
        self.name.bytes().chain([1, 0]).chain(len.to_le_bytes()).chain(values).collect()
    }

    /// What stands before its bytes.
    fn head(&self) -> Vec<u8> {
        let values = [self.decoded_len, self.encoded_len];
        [b"PK\x03\x04", &*self.fields(&values), &self.extra(&values)].concat()
    }

    /// Its entry in the directory, if it begins at `offset`.
    fn entry(&self, offset: u64) -> Vec<u8> {
        let values = [self.decoded_len, self.encoded_len, offset];
        let rest = [[0; 10].as_slice(), &[0xff; 4]].concat();
        [b"PK\x01\x02\x2d\x03", &*self.fields(&values), &rest, &self.extra(&values)].concat()
    }
}

/// The directory of these entries, which begins at `offset`.
fn directory(entries: &[Vec<u8>], offset: u64) -> Vec<u8> {
    let (mut out, count) = (entries.concat(), entries.len() as u64);
    let len = out.len() as u64;
    out.extend(b"PK\x06\x06");
    out.extend(44_u64.to_le_bytes());
    out.extend([0x2d, 3, 0x2d, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    [count, count, len, offset].iter().for_each(|value| out.extend(value.to_le_bytes()));
    out.extend(b"PK\x06\x07\0\0\0\0");
    out.extend((offset + len).to_le_bytes());
    out.extend(1_u32.to_le_bytes());
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([0xff; 12]);
    out.extend([0, 0]);
    out
}

/// An archive of one member.
fn archive(method: u16, data: &[u8], crc: u32, decoded_len: u64) -> Vec<u8> {
    let member = Member { name: "x.npy", method, crc, decoded_len, encoded_len: data.len() as u64 };
    let members = [&member.head(), data].concat();
    let directory = directory(&[member.entry(0)], members.len() as u64);
    [members, directory].concat()
}

fn open(bytes: Vec<u8>) -> Npz<Cursor<Vec<u8>>> {
    Npz::open(Cursor::new(bytes)).unwrap()
}

#[test]
fn a_member_of_more_than_4_gib_is_listed_limited_and_read_to_its_end() {
    let pieces = 257;
    let count = pieces * (16 << 20);
    let (data, crc) = deflated_zeros(pieces);
    let bytes = archive(8, &data, crc, count + 128);
    let npz = open(bytes);
    assert_eq!(npz.members()[0].decoded_len(), (1 << 32) + (16 << 20) + 128);
    assert_eq!(npz.layout("x").unwrap().nbytes() as u64, count);
    let error = npz.read("x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{}", error.report());

    let mut reader = npz.reader_with("x", &DecodeLimits::none().into()).unwrap();
    let (mut part, mut total) = (vec![1; 1 << 20], 0);
    loop {
        let n = reader.pull(&mut part).unwrap();
        if n == 0 {
            break;
        }
        // Every byte of one part in each piece, and an end of the others.
        assert!(part[n - 1] == 0 && (total % (16 << 20) > 0 || part[..n].iter().all(|byte| *byte == 0)));
        total += n as u64;
    }
    assert_eq!(total, count);
}

#[test]
fn lengths_in_zip64_fields_are_checked_as_all_are() {
    let (data, crc) = deflated_zeros(1);
    let count = (16 << 20) + 128;
    assert_eq!(open(archive(8, &data, crc, count)).read("x").unwrap().shape(), [16 << 20]);
    let member = [header(4), vec![1, 2, 3, 4]].concat();
    let mut whole = Crc::new();
    whole.update(&member);
    let stored = open(archive(0, &member, whole.sum(), 132)).read("x").unwrap();
    assert_eq!(stored.payload(), [1, 2, 3, 4]);
    for lie in [count - 1, count + 1, 1 << 32, 1 << 62, u64::MAX] {
        let error = open_or_read(archive(8, &data, crc, lie));
        assert!(matches!(error, NpzError::Member { .. } | NpzError::Archive(_)), "{lie}: {}", error.report());
        assert!(matches!(
            open_or_read(archive(0, &member, crc, lie)),
            NpzError::Member { .. } | NpzError::Archive(_)
        ));
    }
}

fn open_or_read(bytes: Vec<u8>) -> NpzError {
    let read = Npz::open(Cursor::new(bytes)).and_then(|npz| npz.read("x"));
    read.map(drop).unwrap_err()
}

#[test]
fn more_members_than_16_bits_count_are_written_and_read() {
    let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
    for i in 0..65_600_u32 {
        writer.add(&i.to_string(), &ArrayView::from_slice(&[i], &[]).unwrap()).unwrap();
    }
    let npz = Npz::open(writer.finish().unwrap()).unwrap();
    assert_eq!(npz.names().len(), 65_600);
    for i in [0, 65_535, 65_536, 65_599_u32] {
        let array = npz.read(&i.to_string()).unwrap();
        assert_eq!(array.as_slice::<u32>().unwrap(), [i]);
    }
}

/// Python gives a member zip64's fields if it is told to, as numpy does for every one.
#[test]
fn what_python_forces_to_zip64_is_read() {
    let Some(python) = python_or_skip() else { return };
    let script = "
import io, numpy as np, sys, zipfile
for method in zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED:
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as archive, archive.open('x.npy', 'w', force_zip64=True) as member:
        np.save(member, np.arange(1000.0))
    sys.stdout.buffer.write(len(out.getvalue()).to_bytes(4, 'little') + out.getvalue())
";
    let output = Command::new(python).args(["-c", script]).output().unwrap();
    assert!(output.status.success());
    let mut rest = &output.stdout[..];
    for encoding in [MemberEncoding::Stored, MemberEncoding::Deflated] {
        let (len, after) = rest.split_first_chunk::<4>().unwrap();
        let (bytes, after) = after.split_at(u32::from_le_bytes(*len) as usize);
        rest = after;
        // The version needed is 4.5, and the extra field 1 is there.
        assert_eq!((bytes[4], &bytes[18..26], &bytes[35..37]), (45, &[0xff; 8][..], &[1, 0][..]));
        let npz = open(bytes.to_vec());
        assert_eq!(npz.members()[0].encoding(), encoding);
        let x = npz.read("x").unwrap();
        assert_eq!(x.as_slice::<f64>().unwrap(), (0..1000).map(f64::from).collect::<Vec<_>>());
    }
    assert!(rest.is_empty());
}

/// A stored member of more than 4 GiB, and one behind it, in a sparse file that takes a few pages.
#[cfg(unix)]
#[test]
fn a_member_behind_4_gib_is_found() {
    use std::os::unix::fs::FileExt;

    let file = tempfile::tempfile().unwrap();
    let small = [header(2), vec![7, 8]].concat();
    let mut crc = Crc::new();
    crc.update(&small);
    let len = (5 << 30) + 128;
    let big = Member { name: "big.npy", method: 0, crc: 0, decoded_len: len, encoded_len: len };
    let len = small.len() as u64;
    let x = Member { name: "x.npy", method: 0, crc: crc.sum(), decoded_len: len, encoded_len: len };
    file.write_all_at(&[big.head(), header(5 << 30)].concat(), 0).unwrap();
    let behind = big.head().len() as u64 + big.decoded_len;
    file.write_all_at(&[x.head(), small].concat(), behind).unwrap();
    let end = behind + x.head().len() as u64 + len;
    file.write_all_at(&directory(&[big.entry(0), x.entry(behind)], end), end).unwrap();

    let npz = Npz::open(file).unwrap();
    assert_eq!(npz.read("x").unwrap().payload(), [7, 8]);
    assert_eq!(npz.layout("big").unwrap().nbytes(), 5 << 30);
    let rows = npz.read("big").unwrap_err();
    assert_eq!(rows.kind(), ErrorKind::Limit, "{}", rows.report());
}

/// A member that is said to begin where no file reaches is wrong; it is not a failure of the system.
#[test]
fn a_member_beyond_every_file_hides_no_other() {
    use std::io::Write;

    let small = [header(2), vec![7, 8]].concat();
    let mut crc = Crc::new();
    crc.update(&small);
    let len = small.len() as u64;
    let member = |name| Member { name, method: 0, crc: crc.sum(), decoded_len: len, encoded_len: len };
    for offset in [u64::MAX, u64::MAX - 29, 1 << 63, (1 << 63) - 1, 1 << 40] {
        let members = [member("x.npy").head(), small.clone()].concat();
        let entries = [member("x.npy").entry(0), member("y.npy").entry(offset)];
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[members.clone(), directory(&entries, members.len() as u64)].concat()).unwrap();
        let npz = Npz::open(file).unwrap();
        assert_eq!(npz.read("x").unwrap().payload(), [7, 8]);
        let error = npz.read("y").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{}", error.report());
    }
}
