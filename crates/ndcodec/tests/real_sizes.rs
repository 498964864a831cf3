//! How small the corpus' measured arrays become, beside the smallest that named codecs of others make of them.
#![expect(clippy::unwrap_used, reason = "a test asserts")]

use ndcodec::{Array, Chain};
use ndcodec_testkit::corpus_or_skip;

/// What a user would try.
const CHAINS: [&str; 6] = [
    "npy|zlib",
    "npy|shuffle|zlib",
    "npy|zstd(level=9)",
    "npy|shuffle|zstd(level=9)",
    "npy|bitshuffle|zstd(level=19)",
    "chunked(shuffle|zstd(level=9),size=16MiB)",
];

/// Each array, and the chain of those that makes it smallest.
const SMALLEST: [(&str, &str); 11] = [
    ("climate_a1b_f32", "chunked(shuffle|zstd(level=9),size=16MiB)"),
    ("digits_f64", "chunked(shuffle|zstd(level=9),size=16MiB)"),
    ("embedding_wordllama_f16", "chunked(shuffle|zstd(level=9),size=16MiB)"),
    ("facies_i64", "chunked(shuffle|zstd(level=9),size=16MiB)"),
    ("flights_i32", "npy|zstd(level=9)"),
    ("iers_finals_f64", "npy|zstd(level=9)"),
    ("mri_epi_i16", "npy|bitshuffle|zstd(level=19)"),
    ("nuclei_u16", "npy|bitshuffle|zstd(level=19)"),
    ("pbmc_csr_data_f32", "npy|zlib"),
    ("photo_astronaut_u8", "npy|bitshuffle|zstd(level=19)"),
    ("weights_silero_f32", "npy|shuffle|zlib"),
];

/// The corpus' arrays, with the bytes that the smallest named codec makes of each.
fn arrays() -> Option<Vec<(&'static str, &'static str, Array, usize)>> {
    let folder = corpus_or_skip()?.root().join("real");
    let table = std::fs::read_to_string(folder.join("BASELINE.tsv")).unwrap();
    let mut lines = table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t'));
    let columns: Vec<&str> = lines.next().unwrap().collect();
    let baselines: Vec<Vec<&str>> = lines.map(Iterator::collect).collect();
    assert_eq!(baselines.len(), SMALLEST.len());
    let npy = Chain::parse("npy").unwrap();
    let arrays = SMALLEST.map(|(name, chain)| {
        let row = baselines.iter().find(|row| row[0] == name).unwrap();
        let smallest = columns.iter().position(|column| column == row.last().unwrap()).unwrap();
        let bytes = std::fs::read(folder.join(format!("{name}.npy"))).unwrap();
        (name, chain, npy.decode(&bytes).unwrap(), row[smallest].parse().unwrap())
    });
    Some(arrays.into())
}

#[test]
fn the_smallest_chain_is_no_larger_than_the_smallest_codec() {
    let Some(arrays) = arrays() else { return };
    for (name, expected, array, baseline) in arrays {
        let encoded = CHAINS.map(|text| (text, Chain::parse(text).unwrap().encode(&array.view()).unwrap()));
        let (chain, bytes) = encoded.iter().min_by_key(|(_, bytes)| bytes.len()).unwrap();
        eprintln!("{name}: {chain} {}, of others {baseline}", bytes.len());
        assert_eq!(*chain, expected, "{name}");
        assert!(bytes.len() <= baseline + baseline / 100, "{name}: {} > {baseline} + 1 %", bytes.len());
        assert!(Chain::parse(chain).unwrap().decode(bytes).unwrap().payload() == array.payload(), "{name}");
    }
}

/// What parallel, seekable and checked chunks of the default size cost: less than one percent of all arrays together. Of
/// one array it may be more, where the same elements come again at distances that no chunk holds.
#[test]
fn chunks_cost_a_hundredth() {
    let Some(arrays) = arrays() else { return };
    for inner in ["shuffle|lz4", "shuffle|zstd(level=1)", "shuffle|zstd(level=9)"] {
        let mut sums = [0, 0];
        for (name, _, array, _) in &arrays {
            let lens = [format!("npy|{inner}"), format!("chunked({inner})")]
                .map(|text| Chain::parse(&text).unwrap().encode(&array.view()).unwrap().len());
            eprintln!("{name}: {inner} {}, in chunks {}", lens[0], lens[1]);
            assert!(lens[1] <= lens[0] + lens[0] / 7, "{name}: {inner} {lens:?}");
            sums = [sums[0] + lens[0], sums[1] + lens[1]];
        }
        assert!(sums[1] <= sums[0] + sums[0] / 100, "{inner}: {sums:?}");
    }
}
