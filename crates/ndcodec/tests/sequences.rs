//! Arrays one behind the other: what their headers say is what decoding gives, from every kind of source.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use ndcodec::{Array, ArrayView, Chain, EncodedData, Error, ErrorKind, Inspection, Pipeline};

fn headers(chain: &Chain, data: EncodedData<'_>) -> Result<Vec<Inspection>, Error> {
    chain.inspect_all(data)?.collect()
}

fn is_same(inspection: &Inspection, array: &Array) -> bool {
    let shape: Vec<usize> = inspection.shape.dims().iter().flatten().copied().collect();
    inspection.dtype == *array.dtype()
        && shape == array.shape()
        && inspection.nbytes == Some(array.payload().len())
}

fn plain(lens: &[usize]) -> Vec<u8> {
    let one = |len: &usize| {
        let elements = vec![1_u16; *len];
        Chain::parse("npy").unwrap().encode(&ArrayView::from_slice(&elements, &[*len]).unwrap()).unwrap()
    };
    lens.iter().flat_map(one).collect()
}

#[test]
fn headers_say_what_decoding_gives() {
    for lens in [&[5][..], &[0], &[3, 0, 700], &[0, 0, 0], &[1000, 1, 2, 30, 400]] {
        let plain = plain(lens);
        for codecs in ["", "gzip", "zstd|base64", "hex", "lz4"] {
            let chain = if codecs.is_empty() { "npy".to_owned() } else { format!("npy|{codecs}") };
            let chain = Chain::parse(&chain).unwrap();
            let encode = |bytes: &[u8]| match codecs {
                "" => bytes.to_vec(),
                _ => Pipeline::parse(codecs).unwrap().encode(bytes).unwrap(),
            };
            let data = encode(&plain);
            let arrays: Vec<Array> = chain.decode_all(&data).unwrap().map(Result::unwrap).collect();
            let sources =
                [EncodedData::from(&data), EncodedData::from(data.clone()), EncodedData::reader(&data[..])];
            for source in sources {
                let found = headers(&chain, source).unwrap();
                assert_eq!(found.len(), arrays.len(), "{chain}");
                assert!(found.iter().zip(&arrays).all(|(found, array)| is_same(found, array)), "{chain}");
            }
            // Cut anywhere, the headers before are right, and then comes an error, unless it is cut between two arrays.
            for cut in (1..plain.len()).step_by(37) {
                let data = encode(&plain[..cut]);
                let mut all = chain.inspect_all(&data).unwrap();
                let good: Vec<Inspection> = all.by_ref().map_while(Result::ok).collect();
                assert!(good.iter().zip(&arrays).all(|(found, array)| is_same(found, array)), "{chain}");
                let decoded = chain.decode_all(&data).unwrap().collect::<Result<Vec<_>, _>>();
                let listed = headers(&chain, EncodedData::from(&data));
                assert_eq!(listed.is_ok(), decoded.is_ok(), "{chain} cut to {cut}");
                assert!(listed.err().is_none_or(|error| error.kind() == ErrorKind::Truncated), "{chain}");
            }
        }
    }
}

/// No payload is read of what nothing encodes.
#[test]
fn payloads_are_passed_over() {
    let data = plain(&[10 << 20, 10 << 20, 10 << 20]);
    let limits = ndcodec::DecodeLimits::new().with_max_bytes(1000);
    let chain = Chain::parse("npy").unwrap();
    let found: Vec<Inspection> =
        chain.inspect_all_with(&data, &limits.into()).unwrap().map(Result::unwrap).collect();
    assert_eq!(found.len(), 3);
}
