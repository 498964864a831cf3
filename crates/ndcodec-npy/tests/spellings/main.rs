//! Every spelling of a dtype that numpy has, in headers and as text, against numpy itself.
//!
//! What numpy refuses is refused, but for [`LOOSER`]. What it reads is read as the same dtype, but for [`STRICTER`].

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test")]

mod field;

use std::collections::BTreeMap;
use std::error::Error;
use std::process::Command;

use ndcodec_core::{DType, Extension, Kind, literal};
use ndcodec_npy as _;
use ndcodec_testkit::python_or_skip;

const PEER: &str = include_str!("peer.py");

/// Where ndcodec is stricter than numpy: a part of the message, and what numpy reads all the same.
const STRICTER: &[(&str, &str)] = &[
    ("more than 2147483647 bytes", "counts that overflow: it wraps them"),
    ("not a whole count of a smaller one", "`M8[s/-2]`, and counts that overflow: it prints `M8[-500ms]`"),
    ("found a dict", "`{}` for a descr, as a struct of no fields"),
    ("a sub-array shape is", "`('<f8', None)` and `('V0', [])`, one type in the bytes of another"),
    ("loading a pickle runs code", "Python objects in unnamed fields, which it takes for padding"),
    ("complex32`", "complex numbers of two halves, which `ml_dtypes` has from 0.6 on and no header"),
    ("which has 0 bytes", "sub-arrays of what has no bytes, most of which it makes something else"),
    ("the name of field", "names that are not strings, which it then makes strings"),
    ("before the end", "fields of a dict that overlap, or are not in the order of their offsets"),
    ("`aligned` in a dtype's dict", "fields that a C compiler aligns"),
    ("has no name and is void", "an unnamed void field of a dict, whose descr it reads as padding"),
    ("a dtype's dict", "a dict with other keys, which it leaves unread"),
];

/// numpy takes a control character for the number of a type; messages show them escaped.
fn is_number(error: &str) -> bool {
    let shown = error.split("unknown dtype `").nth(1).unwrap_or_default();
    shown.trim_start_matches(['<', '>', '=', '|']).starts_with('\\')
}

/// What is read and numpy refuses.
fn is_looser(form: &str, text: &str) -> bool {
    // A literal has blanks as escapes.
    let plain =
        ["\\t", "\\n", "\\x1c", "\\xa0"].iter().fold(text.to_owned(), |text, blank| text.replace(blank, " "));
    let words = || plain.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let has = |name: &str| words().any(|word| word.trim_start_matches(|c: char| c.is_ascii_digit()) == name);
    // An extension scalar in an order that is said, which is how the chain language prints it; without `ml_dtypes` numpy
    // knows none of them.
    let is_extension = Extension::ALL.iter().any(|extension| has(extension.name()));
    // What numpy has only where its `longdouble` is of this size.
    let is_long = ["float128", "complex256", "f16", "c32"].into_iter().any(has) && !cfg!(target_os = "linux");
    // C's alignment is not checked where all offsets are given.
    let is_aligned = form == "dict" && text.contains("'aligned': True");
    // numpy 2.5 has `a` no more.
    let is_old = words().any(|word| {
        let word = word.trim_start_matches(|c: char| c.is_ascii_digit());
        word.strip_prefix('a').is_some_and(|size| size.bytes().all(|byte| byte.is_ascii_digit()))
    });
    is_extension || is_long || is_aligned || is_old
}

fn report(error: &dyn Error) -> String {
    error.source().map_or(error.to_string(), |source| format!("{error}: {}", report(source)))
}

/// In each way that ndcodec reads this form.
fn read(form: &str, text: &str) -> Vec<(&'static str, Result<DType, String>)> {
    let in_header = |literal: &literal::Literal| DType::from_descr(literal).map_err(|error| report(&error));
    let as_text = || ("as text", DType::parse(text).map_err(|error| report(&error)));
    match form {
        "text" if text.starts_with(['[', '{']) => {
            vec![("in a header", in_header(&literal::Literal::Str(text.into())))]
        }
        "text" => vec![("in a header", in_header(&literal::Literal::Str(text.into()))), as_text()],
        "descr" => {
            let parsed = literal::parse(text.as_bytes()).map_err(|error| error.to_string());
            let header = ("in a header", parsed.and_then(|literal| in_header(&literal)));
            if text.starts_with('[') { vec![header, as_text()] } else { vec![header] }
        }
        "dict" => {
            let literal = literal::parse(text.as_bytes()).unwrap();
            assert!(DType::from_descr(&literal).is_err(), "no header has a dict: {text}");
            vec![as_text()]
        }
        other => panic!("the peer has no form `{other}`"),
    }
}

#[test]
fn what_numpy_reads_is_read_alike_and_what_it_refuses_is_refused() {
    let Some(python) = python_or_skip() else { return };
    let mut stricter: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut same, mut refused, mut wrong) = (0, 0, Vec::new());
    for seed in ["1", "2"] {
        let output = Command::new(&python).args(["-c", PEER, seed]).env("PYTHONUTF8", "1").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let (form, text, numpy): (String, String, Option<(String, String)>) =
                serde_json::from_slice(line).unwrap();
            for (place, ours) in read(&form, &text) {
                let said = format!("{form} {text:?} {place}:\n    numpy {numpy:?}\n    we    {ours:?}");
                match (&ours, &numpy) {
                    (Ok(dtype), Some((descr, name))) => {
                        let is_named = matches!(dtype.kind(), Kind::Extension(_));
                        // What numpy writes for `float8_e5m2` it does not read.
                        let descr = descr.replace("'<f1'", "'<V1'");
                        let is_same = dtype.descr() == descr && (!is_named || dtype.to_string() == *name);
                        if is_same && DType::parse(&dtype.to_string()).as_ref() == Ok(dtype) {
                            same += 1;
                        } else {
                            wrong.push(said);
                        }
                    }
                    (Ok(_), None) if !is_looser(&form, &text) => wrong.push(said),
                    (Ok(_), None) => {}
                    (Err(_), None) => refused += 1,
                    (Err(error), Some(_)) if is_number(error) => {}
                    (Err(error), Some(_)) => match STRICTER.iter().find(|(part, _)| error.contains(part)) {
                        Some((part, _)) => *stricter.entry(part).or_default() += 1,
                        None => wrong.push(said),
                    },
                }
            }
        }
    }
    println!("{same} are read alike, {refused} refused by both; stricter than numpy: {stricter:#?}");
    assert!(wrong.is_empty(), "{} of {same}:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    let not_alike: usize = stricter.values().sum();
    assert!(same > 10 * not_alike && same > 20_000, "{same} are read alike, and {not_alike} are not");
}
