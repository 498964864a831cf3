//! Headers as other people's software wrote them, beside the corpus; what numpy makes of them stands there too.

use ndcodec_core::{Array, ByteOrder, Chain, DType};
use ndcodec_testkit::corpus::{canonical_bytes, sha256_hex};
use ndcodec_testkit::field_or_skip;
use serde_json::Value;

/// What makes a file of this header; the dict is that of `numpy.save`, with `descr` as it is given.
fn file(descr: &str, payload: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (2,), }}\n");
    let len = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &len[..], header.as_bytes(), payload].concat()
}

fn decode(file: &[u8]) -> Result<Array, String> {
    Chain::parse("npy")
        .unwrap()
        .decode(file)
        .map_err(|error| error.report().split("\nhelp: ").next().unwrap_or_default().to_owned())
}

/// As numpy, which leaves unread what follows the array.
fn decode_front(file: &[u8]) -> Result<Array, String> {
    decode(file).or_else(|error| {
        let after =
            error.strip_suffix(" bytes follow the end of the array").and_then(|rest| rest.rsplit(' ').next());
        match after.and_then(|count| count.parse::<usize>().ok()) {
            Some(count) => decode(&file[..file.len() - count]),
            None => Err(error),
        }
    })
}

fn shape(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|dim| usize::try_from(dim.as_u64().unwrap()).unwrap()).collect()
}

/// Whether the array is the one that numpy read: `dtype`, shape and the hash of its elements.
fn assert_is(array: &Array, dtype: &Value, dims: &Value, sha256: &Value, what: &str) {
    assert_eq!(*array.dtype(), DType::parse(dtype.as_str().unwrap()).unwrap(), "{what}");
    assert_eq!(array.shape(), shape(dims), "{what}");
    assert_eq!(sha256_hex(&canonical(array)), sha256.as_str().unwrap(), "{what}");
}

/// The elements as those who made the cases hash them: little-endian, of a struct one field after the other.
fn canonical(array: &Array) -> Vec<u8> {
    let bytes = canonical_bytes(&array.view());
    let Some(fields) = array.dtype().fields() else { return bytes };
    let elements = || bytes.chunks_exact(array.dtype().itemsize());
    fields
        .iter()
        .flat_map(|field| elements().flat_map(|bytes| &bytes[field.offset()..][..field.size()]))
        .copied()
        .collect()
}

/// What numpy says there was said on a little-endian machine, and of 64 bits.
fn is_like_theirs() -> bool {
    ByteOrder::NATIVE == ByteOrder::Little && size_of::<std::ffi::c_long>() == 8
}

#[test]
fn every_alias_of_a_descr_is_read_as_numpy_reads_it() {
    let Some(folder) = field_or_skip("18-npy-descr-aliases") else { return };
    let (spellings, numpy): (Vec<String>, Value) =
        serde_json::from_slice(&std::fs::read(folder.join("numpy-says.json")).unwrap()).unwrap();
    let body: Vec<u8> = (1..=64).collect::<Vec<u8>>().repeat(40);
    let mut read = 0;
    for (index, spelling) in spellings.iter().enumerate() {
        let dtype = DType::parse(spelling);
        let len = dtype.map_or(16, |dtype| 2 * dtype.itemsize());
        let stored = std::fs::read(folder.join(format!("{index:03}.npy")));
        let decoded = decode(&stored.unwrap_or_else(|_| file(spelling, &body[..len])));
        match (&numpy[spelling], decoded) {
            (Value::Null, Err(_)) => {}
            (Value::Array(said), Ok(array)) if is_like_theirs() => {
                assert_is(&array, &said[0], &said[1], &said[2], spelling);
                read += 1;
            }
            (Value::Array(_), Ok(_)) => read += 1,
            (said, ours) => {
                panic!("`{spelling}`: numpy {said}, we {:?}", ours.map(|array| array.dtype().clone()))
            }
        }
    }
    assert!(read >= 119, "{read} of {} are read", spellings.len());
}

/// A header's place in the list, its version, and numpy's dtype, shape (or error) and hash.
type Said = (usize, u8, Option<Value>, Value, Value);

#[test]
fn every_spelling_of_a_header_is_read_as_numpy_reads_it() {
    let Some(folder) = field_or_skip("19-npy-header-spelling") else { return };
    let (headers, numpy): (Vec<String>, Vec<Said>) =
        serde_json::from_slice(&std::fs::read(folder.join("numpy-says.json")).unwrap()).unwrap();
    let mut read = 0;
    for (index, version, dtype, said, sha256) in numpy {
        let file = std::fs::read(folder.join(format!("{index:02}.v{version}.npy"))).unwrap();
        let what = format!("version {version}: {}", headers[index]);
        match (dtype, decode_front(&file)) {
            (None, Err(_)) => {}
            (Some(dtype), Ok(array)) => {
                assert_is(&array, &dtype, &said, &sha256, &what);
                read += 1;
            }
            (dtype, ours) => {
                panic!("{what}\nnumpy {dtype:?} {said}, we {:?}", ours.map(|array| array.dtype().clone()));
            }
        }
    }
    assert!(read > 100, "{read} are read");
}

/// Each file, the key of what it holds, and the parameters of `npy` that it takes.
#[test]
fn odd_descrs_are_read_or_refused_with_their_name() {
    let Some(folder) = field_or_skip("16-npy-odd-descr") else { return };
    let expected: Value =
        serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    for (name, key, chain) in [
        ("d", "f8", "npy"),
        ("i", "i8", "npy"),
        ("float32name", "f4", "npy"),
        ("native", "f4", "npy"),
        ("nobyteorder", "f4", "npy"),
        ("numpy-bf16", "b", "npy(bfloat16)"),
        ("v2", "b", "npy(bfloat16)"),
        ("f1", "e", "npy(float8_e5m2)"),
    ] {
        let array =
            Chain::parse(chain).unwrap().decode(&std::fs::read(folder.join(format!("{name}.npy"))).unwrap());
        let array = array.unwrap_or_else(|error| panic!("{name}: {}", error.report()));
        assert_eq!(array.shape(), shape(&expected[key]["shape"]), "{name}");
        let sha256 = sha256_hex(&canonical_bytes(&array.view()));
        assert_eq!(sha256, expected[key]["sha256"].as_str().unwrap(), "{name}");
    }
    for (name, message) in [
        ("ubyte", "unknown dtype `<ubyte`"),
        ("g2", "unknown dtype `<g2`"),
        ("f1", "numpy writes for `float8_e5m2`"),
    ] {
        let error = decode(&std::fs::read(folder.join(format!("{name}.npy"))).unwrap()).unwrap_err();
        assert!(error.contains(message), "{name}: {error}");
    }
}

/// As `ml_dtypes` has them, whose arrays some writers save under their names.
#[test]
fn extension_scalars_are_read_by_name() {
    for (name, payload) in
        [("bfloat16", &[0x80, 0x3f, 0, 0x40][..]), ("float8_e5m2", &[1, 2]), ("int4", &[7, 8])]
    {
        let array = decode(&file(name, payload)).unwrap();
        assert_eq!((array.dtype().to_string().as_str(), array.payload()), (name, payload));
    }
}
