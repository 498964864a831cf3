//! The chain language on real stages: good and bad chains from data files, with what must come out.
//!
//! After a wanted change, `NDCODEC_BLESS=1 cargo test -p ndcodec --test chain_texts` writes what is printed now; read
//! the difference before you commit it.
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

use std::fmt::Write as _;
use std::path::PathBuf;

use ndcodec::{Chain, Pipeline};

/// Compares a file with what it should hold, or writes it when blessed.
fn compare(name: &str, actual: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    if std::env::var_os("NDCODEC_BLESS").is_some() {
        std::fs::write(path, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap();
    for (expected, actual) in expected.split("\n\n").zip(actual.split("\n\n")) {
        assert_eq!(actual, expected);
    }
    assert_eq!(actual, expected);
}

/// The entries of a data file: what stands before each answer.
fn entries(file: &str) -> Vec<String> {
    file.split("\n\n")
        .filter_map(|entry| entry.lines().find(|line| !line.starts_with('#')).map(str::to_owned))
        .collect()
}

#[test]
fn bad_chains_have_whole_messages() {
    let file = include_str!("data/bad-chains.txt");
    let mut actual = String::new();
    for entry in entries(file) {
        // Control characters stand as escapes, so that the file has a line for each.
        let text = entry.replace("\\n", "\n").replace("\\t", "\t");
        let (kind, text) = text.split_once(": ").unwrap_or((text.trim_end_matches(':'), ""));
        let error = match kind {
            "chain" => Chain::parse(text).map(|_| ()),
            "pipeline" => Pipeline::parse(text).map(|_| ()),
            other => panic!("`{other}` is neither `chain` nor `pipeline`"),
        };
        let error = error.expect_err(&entry);
        write!(actual, "{entry}\nerror: {error}\n\n").unwrap();
    }
    compare("bad-chains.txt", &actual);
}

#[test]
fn good_chains_print_canonically_and_in_full() {
    let file = include_str!("data/good-chains.txt");
    let mut actual = String::new();
    for entry in entries(file) {
        let text = entry.replace("\\n", "\n").replace("\\t", "\t");
        let (kind, text) = text.split_once(": ").unwrap();
        let (canonical, full) = match kind {
            "chain" => {
                let chain = Chain::parse(text).unwrap();
                assert_eq!(Chain::parse(&chain.to_string()).unwrap(), chain, "{text}");
                assert_eq!(Chain::parse(&format!("{chain:#}")).unwrap(), chain, "{text}");
                (chain.to_string(), format!("{chain:#}"))
            }
            "pipeline" => {
                let pipeline = Pipeline::parse(text).unwrap();
                assert_eq!(Pipeline::parse(&pipeline.to_string()).unwrap(), pipeline, "{text}");
                assert_eq!(Pipeline::parse(&format!("{pipeline:#}")).unwrap(), pipeline, "{text}");
                (pipeline.to_string(), format!("{pipeline:#}"))
            }
            other => panic!("`{other}` is neither `chain` nor `pipeline`"),
        };
        write!(actual, "{entry}\n  {canonical}\n  {full}\n\n").unwrap();
    }
    compare("good-chains.txt", &actual);
}

/// Each word that takes a dtype, with dtypes of every kind and of no bytes.
#[test]
fn a_dtype_as_parameter_prints_as_text_that_parses() {
    let dtypes = [
        "?",
        "i1",
        ">u2",
        "<f8",
        ">c16",
        "S0",
        "S3",
        ">U0",
        "U2",
        "V",
        "V0",
        ">V",
        "V7",
        "|V12",
        "<M8[ns]",
        ">m8[25s]",
        "bfloat16",
        "\"[('a', '<i4'), ('b', '|V0')]\"",
        "\"[]\"",
        "1",
        "4",
        "300",
    ];
    let mut taken = 0;
    for stage in ndcodec::stage::stages() {
        for dtype in dtypes {
            let text = format!("{}({dtype})", stage.name());
            if let Ok(pipeline) = Pipeline::parse(&text) {
                for printed in [pipeline.to_string(), format!("{pipeline:#}")] {
                    assert_eq!(Pipeline::parse(&printed).as_ref(), Ok(&pipeline), "{text}: {printed}");
                }
                taken += 1;
            }
            if let Ok(chain) = Chain::parse(&text) {
                for printed in [chain.to_string(), format!("{chain:#}")] {
                    assert_eq!(Chain::parse(&printed).as_ref(), Ok(&chain), "{text}: {printed}");
                }
                taken += 1;
            }
        }
    }
    assert!(taken > 100, "{taken} texts are valid");
}
