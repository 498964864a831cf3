//! Against numpy, at random: arrays of any dtype that it can save, and headers that were changed.
//!
//! What numpy refuses is refused. What numpy reads is read as the same array, or refused for one of the reasons that
//! [`STRICTER`] lists.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::process::Command;

use ndcodec_core::{Array, Chain};
use ndcodec_npy as _;
use ndcodec_testkit::python_or_skip;

const PEER: &str = include_str!("peer.py");

/// Where ndcodec is stricter than numpy: a part of the message, and what numpy reads all the same.
///
/// No known writer makes any of it, but for bytes after the end: those may be the rest of an array whose header is wrong.
const STRICTER: &[(&str, &str)] = &[
    ("the end of the array", "files with bytes behind the array, which it leaves unread"),
    ("in place of `\\n`", "the same, if they begin as a file does whose line ends were translated"),
    ("more than 2147483647 bytes", "counts that overflow: it wraps them"),
    ("found a dict", "`{}`, as a struct of no fields"),
    ("a sub-array outside", "`'2f8'` for an array without elements"),
    ("text after the end of the literal", "a line that ends in a backslash"),
    ("not a tuple of 2 or 3 items", "`['<U']`, whose two letters it takes for a name and a descr"),
    ("a sub-array shape is", "`('<f8', '<f8')`, one type in the bytes of another"),
    ("does not fit 64 bits", "any integer under a key that is given again"),
    ("not a Python literal: unexpected", "a line that ends in a backslash"),
];

/// numpy takes a control character for the number of a type; messages show them escaped.
fn is_number(report: &str) -> bool {
    let shown = report.split("unknown dtype `").nth(1).unwrap_or_default();
    shown.trim_start_matches(['<', '>', '=', '|']).starts_with('\\')
}

struct Case {
    file: Vec<u8>,
    /// Empty if numpy refuses the file.
    numpy: String,
}

fn cases(mode: &str, seed: u32, count: usize) -> Option<Vec<Case>> {
    let python = python_or_skip()?;
    let output = Command::new(python)
        .args(["-c", PEER, mode, &seed.to_string(), &count.to_string()])
        .env("PYTHONUTF8", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut rest = &output.stdout[..];
    let mut part = || {
        let (len, after) = rest.split_first_chunk::<4>()?;
        let (part, after) = after.split_at(u32::from_le_bytes(*len) as usize);
        rest = after;
        Some(part.to_vec())
    };
    let mut cases = Vec::new();
    while let (Some(file), Some(numpy)) = (part(), part()) {
        cases.push(Case { file, numpy: String::from_utf8(numpy).unwrap() });
    }
    assert_eq!(cases.len(), count);
    Some(cases)
}

/// As the peer says it: `descr`, shape and order.
fn described(array: &Array) -> String {
    let shape = array.shape();
    let dims: Vec<String> = shape.iter().map(ToString::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    format!("{}\t({}{comma})\t{}", array.dtype().descr(), dims.join(", "), array.layout().order())
}

#[test]
fn what_numpy_saves_is_read_and_written_to_the_byte() {
    let npy = Chain::parse("npy").unwrap();
    for seed in 0..4 {
        let Some(cases) = cases("arrays", seed, 1500) else { return };
        for Case { file, numpy } in cases {
            let array = npy.decode(&file).unwrap_or_else(|error| panic!("{numpy}: {}", error.report()));
            assert_eq!(described(&array), numpy);
            assert!(npy.encode(&array.view()).unwrap() == file, "{numpy}: written otherwise");
        }
    }
}

#[test]
fn what_numpy_refuses_is_refused_and_what_it_reads_is_read() {
    let npy = Chain::parse("npy").unwrap();
    let mut stricter: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut same, mut wrong) = (0, Vec::new());
    for seed in 100..104 {
        let Some(cases) = cases("headers", seed, 5000) else { return };
        for Case { file, numpy } in cases {
            let text = file.escape_ascii();
            match npy.decode(&file) {
                Ok(array) if numpy.is_empty() => {
                    wrong.push(format!("numpy refuses {text}\n    we read {}", described(&array)));
                }
                Ok(array) if described(&array) != numpy => {
                    wrong
                        .push(format!("numpy reads {text}\n    as {numpy}\n    we as {}", described(&array)));
                }
                Ok(_) => same += 1,
                Err(_) if numpy.is_empty() => {}
                Err(error) => {
                    let report = error.report();
                    match STRICTER.iter().find(|(part, _)| report.contains(part)) {
                        Some((part, _)) => *stricter.entry(part).or_default() += 1,
                        None if is_number(&report) => {
                            *stricter.entry("a control character").or_default() += 1;
                        }
                        None => {
                            wrong.push(format!("numpy reads {text}\n    as {numpy}\n    we say {report}"));
                        }
                    }
                }
            }
        }
    }
    let not_alike: usize = stricter.values().sum();
    println!("{same} files are read alike; stricter than numpy: {stricter:#?}");
    assert!(wrong.is_empty(), "{} files:\n{}", wrong.len(), wrong.join("\n"));
    assert!(same > 5 * not_alike, "{same} files are read alike, and {not_alike} are not");
}
