//! Chunks that HDF5 and Zarr wrote, and numcodecs' own fixtures, decoded by chains of ours.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test these are assertions")]

use ndcodec::{ByteOrder, Chain, DType, Pipeline};
use ndcodec_testkit::corpus::{Row, canonical_bytes, parse_dtype, sha256_hex};
use ndcodec_testkit::corpus_or_skip;
use serde_json::Value;

/// A stage of HDF5's, Zarr's or numcodecs' in our words; `None` if we have no such stage.
fn stage(theirs: &str, dtype: &DType, is_zarr: bool) -> Option<String> {
    let itemsize = dtype.itemsize();
    Some(match theirs.trim_start_matches("numcodecs.") {
        // HDF5's filter 1 is called deflate, and writes zlib streams.
        "1" | "deflate" | "zlib" => "zlib".to_owned(),
        "2" | "shuffle" => format!("shuffle({itemsize})"),
        "3" | "fletcher32" => "fletcher32".to_owned(),
        "32015" | "zstd" => "zstd".to_owned(),
        "lz4" if is_zarr => "lz4(framing=sized)".to_owned(),
        "delta" => format!("delta({dtype})"),
        name @ ("gzip" | "crc32" | "crc32c" | "adler32") => name.to_owned(),
        _ => return None,
    })
}

/// The chain of a chunk: `raw|…` in the sidecar's words. `None` if a stage is not ours.
fn chain(chunk: &Value, is_zarr: bool, is_big_endian: bool) -> Option<Chain> {
    let text = |key: &str| chunk[key].as_str().unwrap();
    let mut dtype = parse_dtype(text("dtype")).unwrap();
    if is_big_endian {
        dtype = dtype.with_byte_order(ByteOrder::Big);
    }
    let shape: Vec<String> = chunk["shape"].as_array().unwrap().iter().map(Value::to_string).collect();
    let mut stages = text("chain").split('|');
    let order = if stages.next().unwrap().contains("(F)") { "F" } else { "C" };
    let mut ours = vec![format!("raw({dtype},{},order={order})", shape.join("x"))];
    for theirs in stages.filter(|stage| !stage.is_empty()) {
        ours.push(stage(theirs, &dtype, is_zarr)?);
    }
    Some(Chain::parse(&ours.join("|")).unwrap())
}

/// Decodes all chunks of a store that our stages can, and returns how many.
fn check(row: &Row) -> usize {
    let is_zarr = row.kind.starts_with("zarr");
    let is_big_endian = std::fs::read_to_string(row.full_path().join("zarr.json"))
        .is_ok_and(|text| text.replace(char::is_whitespace, "").contains(r#""endian":"big""#));
    let sidecar: Value = serde_json::from_slice(&row.read_expected().unwrap()).unwrap();
    let mut decoded = 0;
    for chunk in sidecar.as_array().unwrap().iter().filter(|entry| entry["chain"].is_string()) {
        // N5 puts a header of its own before each chunk.
        if chunk["chain"].as_str().unwrap().starts_with("N5") {
            continue;
        }
        let Some(chain) = chain(chunk, is_zarr, is_big_endian) else { continue };
        let place = chunk["locator"].as_str().unwrap();
        let encoded = std::fs::read(row.full_path().join(place)).unwrap();
        let array = chain
            .decode(&encoded)
            .unwrap_or_else(|e| panic!("{} {place}: {chain}: {}", row.path, e.report()));
        // Version 2 stores are judged by the bytes as they are stored.
        let as_stored = chunk["note"].as_str().is_some_and(|note| note.contains("as stored"));
        let bytes = if as_stored { array.payload().to_vec() } else { canonical_bytes(&array.view()) };
        assert_eq!(sha256_hex(&bytes), chunk["sha256"].as_str().unwrap(), "{} {place}: {chain}", row.path);
        let again = chain.decode(&chain.encode(&array.view()).unwrap()).unwrap();
        assert_eq!(again.payload(), array.payload(), "{} {place}: {chain}", row.path);
        decoded += 1;
    }
    decoded
}

#[test]
fn chunks_of_hdf5_and_zarr_decode() {
    let Some(corpus) = corpus_or_skip() else { return };
    for (kind, least) in
        [("hdf5/raw-chunks", 60), ("zarr/v2", 80), ("zarr/v3", 90), ("zarr/other-writers", 8)]
    {
        let decoded: usize = corpus.of_kind(kind).map(check).sum();
        assert!(decoded >= least, "{kind}: only {decoded} chunks were decoded");
    }
}

#[test]
fn fixtures_of_numcodecs_decode() {
    let Some(corpus) = corpus_or_skip() else { return };
    let mut seen = 0;
    for family in ["base64", "zlib", "gzip", "zstd", "lz4", "shuffle", "delta", "crc32", "crc32c", "adler32"]
    {
        seen += corpus.check(&format!("numcodecs/{family}"), |row| {
            let folder = row.full_path();
            let config = std::fs::read(folder.parent().unwrap().join("config.json")).unwrap();
            let config: Value = serde_json::from_slice(&config).unwrap();
            let text = match family {
                "lz4" => "lz4(framing=sized)".to_owned(),
                // numcodecs takes an element of no bytes for one that needs no shuffling.
                "shuffle" => format!("shuffle({})", config["elementsize"].as_u64().unwrap().max(1)),
                "delta" => format!("delta({})", config["dtype"].as_str().unwrap()),
                _ => match config["location"].as_str() {
                    Some(at) => format!("{family}(at={at})"),
                    None => family.to_owned(),
                },
            };
            let pipeline = Pipeline::parse(&text).unwrap();
            Some(pipeline.decode(&row.read()).map_err(|error| error.report()))
        });
    }
    assert!(seen >= 250, "only {seen} fixtures were decoded");
}
