//! `inspect`, `detect`, `list` and `explain`.

mod common;

use common::{Sandbox, keys, npy, parse};
use serde_json::{Value, json};

#[test]
fn inspect_tells_what_an_array_is() {
    let (sandbox, _) = Sandbox::with_array();
    sandbox.succeed(&["encode", "--chain", "npy|hex", "x.npy", "-o", "x.hex"]);
    assert_eq!(
        String::from_utf8(sandbox.succeed(&["inspect", "--chain", "npy|hex", "x.hex"])).unwrap(),
        "chain    npy|hex\n\
         dtype    <f8\n\
         shape    2x3\n\
         order    C\n\
         payload  48 bytes\n\
         header   128 bytes\n\
         encoded  352 bytes\n"
    );
    let report = parse(&sandbox.succeed(&["inspect", "--json", "x.hex"]));
    assert_eq!(
        report,
        json!({
            "kind": "array", "chain": "npy|hex", "dtype": "<f8", "shape": [2, 3], "order": "C", "filters": "",
            "nbytes": 48, "header_len": 128, "encoded_len": 352, "choices": null,
        })
    );
}

#[test]
fn inspect_needs_only_the_first_bytes() {
    let sandbox = Sandbox::new();
    let noise: Vec<u8> =
        (0..1_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect();
    sandbox.write("x.npy", &npy("|u1", "(1000, 1000)", &noise));
    for chain in ["npy|zstd|base64", "npy|gzip", "npy|lz4", "npy|zlib|hex"] {
        sandbox.succeed(&["encode", "--chain", chain, "x.npy", "-o", "x"]);
        let mut bytes = sandbox.read("x");
        // Blocks of compressors may be large: half of the data is the beginning for all of them.
        bytes.truncate(bytes.len() / 2);
        sandbox.write("half", &bytes);
        let report = parse(&sandbox.succeed(&["inspect", "--json", "half"]));
        assert_eq!((&report["chain"], &report["shape"]), (&json!(chain), &json!([1000, 1000])), "{chain}");
        let outcome = sandbox.run_with(&["inspect", "--json", "-"], &bytes);
        let report = parse(&outcome.stdout);
        assert_eq!(report["nbytes"], 1_000_000, "{chain}");
        let stderr = sandbox.fail(1, &["decode", "half", "-o", "y.npy"]);
        assert!(stderr.starts_with("error: `half`: cannot decode stage "), "{stderr}");
    }
    // The size of what comes through a pipe is not waited for.
    let large = npy("|u1", "(1000, 1000)", &noise);
    assert_eq!(
        parse(&sandbox.run_with(&["inspect", "--json", "-"], &large).stdout)["encoded_len"],
        Value::Null
    );
    assert_eq!(
        parse(&sandbox.run_with(&["inspect", "--json", "-"], &large[..200]).stdout)["encoded_len"],
        200
    );
}

#[test]
fn inspect_leaves_open_what_only_the_whole_data_tell() {
    let (sandbox, _) = Sandbox::with_array();
    sandbox.succeed(&["encode", "--chain", "raw|zlib", "x.npy", "-o", "x.zlib"]);
    let report = parse(&sandbox.succeed(&["inspect", "--json", "--chain", "raw(<f8,?x3)|zlib", "x.zlib"]));
    assert_eq!((&report["shape"], &report["nbytes"]), (&json!([null, 3]), &Value::Null));
    // Bytes that are not an array.
    sandbox.write("x.txt", b"text");
    let report = parse(&sandbox.succeed(&["inspect", "--json", "--chain", "base64", "x.txt"]));
    assert_eq!(
        (&report["kind"], &report["encoded_len"], &report["dtype"]),
        (&json!("bytes"), &json!(4), &Value::Null)
    );
    assert_eq!(keys(&report).len(), 10);
    sandbox.fail(1, &["inspect", "x.txt"]);
}

#[test]
fn detect_names_the_chain() {
    let (sandbox, _) = Sandbox::with_array();
    for chain in ["npy", "npy|zstd|base64", "npy|gzip", "npy|lz4|hex", "npy|zlib|base64"] {
        sandbox.succeed(&["encode", "--chain", chain, "x.npy", "-o", "x"]);
        assert_eq!(sandbox.succeed(&["detect", "x"]), format!("{chain}\n").as_bytes());
        let report = parse(&sandbox.succeed(&["detect", "--json", "x"]));
        assert_eq!(
            report,
            json!({"kind": "chain", "chain": chain, "guess": null, "begins": null, "inside": null, "advice": null})
        );
    }
    sandbox.write("notes.txt", b"\x00\x01plain");
    sandbox.succeed(&["encode", "--chain", "gzip|base64", "notes.txt", "-o", "x"]);
    let report = parse(&sandbox.succeed(&["detect", "--json", "x"]));
    let begins = "00 01 70 6c 61 69 6e";
    assert_eq!(
        report,
        json!({"kind": "pipeline", "chain": "gzip|base64", "guess": null, "begins": begins, "inside": null, "advice": null})
    );
    let outcome = sandbox.run(&["detect", "--json", "notes.txt"]);
    assert_eq!(outcome.status, 1);
    assert_eq!(
        parse(&outcome.stdout),
        json!({
            "kind": "unknown", "chain": null, "guess": null, "begins": begins, "inside": null, "advice": null
        })
    );
    assert_eq!(
        outcome.stderr,
        format!(
            "error: `notes.txt`: cannot tell which chain wrote this: it begins with the bytes `{begins}`\n"
        )
    );
}

#[test]
fn detect_names_what_is_of_other_software() {
    let sandbox = Sandbox::new();
    for (bytes, name) in [
        (&b"\xfd7zXZ\0\0\x04"[..], "xz-compressed data"),
        (b"\x89HDF\r\n\x1a\n\0\0", "an HDF5 file"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"<!DOCTYPE html><html>", "a page of HTML"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer"),
        (b"\x80\x04\x95\x1a\0", "a pickle"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"cnumpy.core.multiarray\n_reconstruct\np0", "a pickle"),
        (b"1.5, 2\n3, 4\n", "a table of numbers as text"),
        (b"arrays/x.npy", "a path, it seems"),
    ] {
        sandbox.write("x", bytes);
        let outcome = sandbox.run(&["detect", "--json", "x"]);
        assert_eq!((outcome.status, &parse(&outcome.stdout)["inside"]), (1, &json!(name)));
        assert!(outcome.stderr.contains(&format!("it is {name}\nhelp: ")), "{}", outcome.stderr);
        assert_eq!(sandbox.run(&["decode", "x"]).stderr, outcome.stderr);
        // And what stands inside of an encoding.
        sandbox.succeed(&["encode", "-q", "--chain", "gzip", "x", "-o", "x.gz"]);
        let report = parse(&sandbox.succeed(&["detect", "--json", "x.gz"]));
        assert_eq!((&report["chain"], &report["inside"]), (&json!("gzip"), &json!(name)));
    }
}

#[test]
fn explain_takes_filters_alone() {
    let sandbox = Sandbox::new();
    for line in ["shuffle", "bitshuffle", "delta", "xor", "bitround(bits=8)", "shuffle|zstd(level=4)"] {
        let report = parse(&sandbox.succeed(&["explain", "--json", line]));
        assert_eq!((&report["kind"], &report["chain"]), (&json!("inner"), &json!(line)));
        assert!(sandbox.succeed(&["explain", line]).starts_with(b"array\n"));
    }
    let stderr = sandbox.fail(2, &["explain", "zstd|shuffle"]);
    assert!(stderr.contains("zstd|shuffle"), "{stderr}");
}

const STAGES: [&str; 9] = ["base64", "deflate", "gzip", "hex", "lz4", "npy", "raw", "zlib", "zstd"];
const STAGE_KEYS: [&str; 10] = [
    "detects_truncation",
    "kind",
    "lossy",
    "name",
    "package",
    "specification",
    "stable_bytes",
    "streams",
    "summary",
    "text",
];

#[test]
fn list_has_every_stage_with_its_parameters() {
    let sandbox = Sandbox::new();
    let table = String::from_utf8(sandbox.succeed(&["list"])).unwrap();
    let mut lines = table.lines();
    let heads: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(heads, ["NAME", "KIND", "OUTPUT", "STREAMS", "LOSSY", "SUMMARY"]);
    let names: Vec<&str> = lines.map(|line| line.split_whitespace().next().unwrap()).collect();
    for name in STAGES {
        assert!(names.contains(&name), "{name}");
    }

    let list = parse(&sandbox.succeed(&["list", "--json"]));
    let listed: Vec<&str> =
        list.as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap()).collect();
    assert_eq!(listed, names);
    for stage in list.as_array().unwrap() {
        let mut expected = [STAGE_KEYS.as_slice(), &["params"]].concat();
        expected.sort_unstable();
        assert_eq!(keys(stage), expected);
        assert!(["format", "filter", "codec"].contains(&stage["kind"].as_str().unwrap()));
        for param in stage["params"].as_array().unwrap() {
            let mut expected = vec!["name", "type", "required", "default", "doc"];
            expected.extend_from_slice(match param["type"].as_str().unwrap() {
                "integer" | "size" => &["min", "max"][..],
                "choice" => &["choices"],
                _ => &[],
            });
            expected.sort_unstable();
            assert_eq!(keys(param), expected, "{}: {param}", stage["name"]);
            assert_ne!(param["doc"], "");
        }
    }
    let zlib = &list[names.iter().position(|name| *name == "zlib").unwrap()];
    let level = &zlib["params"][0];
    assert_eq!((&level["name"], &level["min"], &level["max"]), (&json!("level"), &json!(0), &json!(9)));
}

#[test]
fn explain_draws_a_chain() {
    let sandbox = Sandbox::new();
    let text = String::from_utf8(sandbox.succeed(&["explain", "npy | zlib(level=9) | base64"])).unwrap();
    assert!(text.starts_with("array\n  │\n  ▼  npy     "), "{text}");
    assert!(text.contains("\n  ▼  zlib    "), "{text}");
    assert!(text.contains("\n  │    level      = 9 "), "{text}");
    assert!(text.contains("(default)"), "{text}");
    assert!(text.contains("\n  ▼\ntext\n\ncanonical  npy|zlib(level=9)|base64\nin full    npy"), "{text}");
    assert!(text.ends_with("\nstreams    yes, in bounded memory\nlossy      no\n"), "{text}");
    // A frame streams; a block is decoded as a whole.
    for (chain, streams) in [("npy|lz4", "yes"), ("npy|lz4(framing=block)", "no"), ("npy|shuffle|lz4", "no")]
    {
        let text = String::from_utf8(sandbox.succeed(&["explain", chain])).unwrap();
        assert!(text.contains(&format!("\nstreams    {streams}")), "{text}");
    }
    let text = String::from_utf8(sandbox.succeed(&["explain", "gzip"])).unwrap();
    assert!(text.starts_with("bytes\n  │\n  ▼  gzip  "), "{text}");
    assert!(text.contains("\n  ▼\nbytes\n\ncanonical  gzip\n"), "{text}");
}

#[test]
fn explain_says_the_same_as_json() {
    let sandbox = Sandbox::new();
    let report = parse(&sandbox.succeed(&["explain", "--json", "raw(<f8)|zlib(level=9)|base64"]));
    assert_eq!(keys(&report), ["chain", "full", "kind", "lossy", "stages", "streams", "text"]);
    assert_eq!((&report["kind"], &report["text"]), (&json!("chain"), &json!(true)));
    assert_eq!(report["chain"], "raw(<f8)|zlib(level=9)|base64");
    let stages = report["stages"].as_array().unwrap();
    for stage in stages {
        let mut expected = [STAGE_KEYS.as_slice(), &["params"]].concat();
        expected.sort_unstable();
        assert_eq!(keys(stage), expected);
        for param in stage["params"].as_array().unwrap() {
            assert_eq!(keys(param), ["doc", "given", "name", "value"]);
        }
    }
    let dtype = &stages[0]["params"][0];
    assert_eq!(
        (&dtype["name"], &dtype["value"], &dtype["given"]),
        (&json!("dtype"), &json!("<f8"), &json!(true))
    );
    let shape = &stages[0]["params"][1];
    assert_eq!(
        (&shape["name"], &shape["value"], &shape["given"]),
        (&json!("shape"), &Value::Null, &json!(false))
    );
    assert_eq!(stages[1]["params"][0]["value"], 9);
    assert_eq!(parse(&sandbox.succeed(&["explain", "--json", "gzip"]))["kind"], "pipeline");
}

#[test]
fn inspect_tells_what_was_chosen_for_each_part() {
    let sandbox = Sandbox::new();
    let rows = (0..4000_u32).flat_map(|i| [i.to_le_bytes(), 7_u32.to_le_bytes()]).flatten();
    sandbox.write("x.npy", &npy("<u4", "(4000, 2)", &rows.collect::<Vec<u8>>()));
    sandbox.succeed(&["encode", "--chain", "auto", "x.npy", "-o", "x.ndau"]);
    let report = parse(&sandbox.succeed(&["inspect", "--json", "x.ndau"]));
    let choices = report["choices"].as_array().unwrap();
    assert_eq!((&choices[1]["part"], &choices[1]["chain"]), (&json!("1"), &json!("(constant)")));
    let sum = |key: &str| choices.iter().map(|choice| choice[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!(sum("nbytes"), 32_000);
    assert!(sum("encoded_len") < report["encoded_len"].as_u64().unwrap());
    let table = String::from_utf8(sandbox.succeed(&["inspect", "x.ndau"])).unwrap();
    assert!(table.contains("part     1: 16000 -> 4 bytes in 1 chunk by (constant)\n"), "{table}");
}

/// Arrays in a row, however large: by their headers of a file, and of a pipe or encoded data as they pass by.
#[test]
fn inspect_lists_arrays_in_a_row() {
    let sandbox = Sandbox::new();
    let large = npy("|u1", "(20000000,)", &vec![7; 20_000_000]);
    let bytes = [large, npy("<f8", "(2, 3)", &common::payload()), npy("|S3", "()", b"abc")].concat();
    let listed =
        "0  |u1  20000000  C  20000000 bytes\n1  <f8  2x3  C  48 bytes\n2  |S3  scalar  C  3 bytes\n";
    sandbox.write("x.npy", &bytes);
    sandbox.write("x.gz", &ndcodec::Pipeline::parse("gzip").unwrap().encode(&bytes).unwrap());
    for name in ["x.npy", "x.gz"] {
        assert_eq!(String::from_utf8(sandbox.succeed(&["inspect", name])).unwrap(), listed, "{name}");
        let outcome = sandbox.run_with(&["inspect", "-"], &sandbox.read(name));
        assert_eq!(
            (outcome.status, String::from_utf8(outcome.stdout).unwrap().as_str()),
            (0, listed),
            "{name}"
        );
    }
    let report = parse(&sandbox.succeed(&["inspect", "--json", "x.npy"]));
    assert_eq!(report["kind"], "sequence");
    assert_eq!(report["arrays"].as_array().unwrap().len(), 3);
    assert_eq!(report["error"], Value::Null);
    // What is wrong behind them is told of, and is for `decode` to refuse.
    sandbox.write("x.npy", &[&bytes[..], b"junk"].concat());
    let outcome = sandbox.run(&["inspect", "x.npy"]);
    assert_eq!((outcome.status, String::from_utf8(outcome.stdout).unwrap().as_str()), (0, listed));
    assert!(
        outcome.stderr.starts_with("behind array 2: `x.npy`: cannot decode stage 0 `npy`: "),
        "{}",
        outcome.stderr
    );
    sandbox.write("x.npy", &bytes[..bytes.len() - 1]);
    let outcome = sandbox.run(&["inspect", "x.npy"]);
    assert!(
        outcome.stderr.contains("the header announces 131 bytes in all, but the data end after 130"),
        "{}",
        outcome.stderr
    );
}
