//! `bench`: a user's own array through a list of chains.

#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

mod common;

use std::io::Cursor;

use common::{Sandbox, keys, npy, parse};
use ndcodec::ArrayView;
use ndcodec::npz::NpzWriter;
use serde_json::{Value, json};

/// `x.npy`: 256 rows of 16 slowly growing `<f4`.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let payload: Vec<u8> = (0..4096_u16).flat_map(|i| (280.0 + f32::from(i) / 512.0).to_le_bytes()).collect();
    sandbox.write("x.npy", &npy("<f4", "(256, 16)", &payload));
    sandbox
}

/// The text with every number that depends on the machine as `#`, and the blanks that align it as one.
fn masked(table: &[u8]) -> String {
    let mut lines = Vec::new();
    for (index, line) in std::str::from_utf8(table).unwrap().lines().enumerate() {
        let words = line.split_whitespace().map(|word| {
            let is_measured = index > 0 && !word.contains('|') && word.parse::<f64>().is_ok();
            if is_measured || (word == "-" && index > 2) { "#".to_owned() } else { word.to_owned() }
        });
        lines.push(words.collect::<Vec<_>>().join(" "));
    }
    lines.join("\n")
}

#[test]
fn the_table_has_a_row_for_each_chain_the_smallest_first() {
    let sandbox = sandbox();
    let chains =
        ["-c", "npy", "-c", "npy|shuffle|zstd", "-c", "npy|bitround(8)|shuffle|zstd", "-c", "npy|hex"];
    let args = [&["bench", "x.npy", "--time", "0", "--threads", "1"][..], &chains].concat();
    let table = sandbox.succeed(&args);
    assert_eq!(
        // Which chains are on the front is the machine's to say, but for the smallest and for one that grows.
        masked(&table).replace("\n* ", "\n"),
        "x.npy: <f4 256x16, 16384 bytes; medians of 3 rounds, 1 thread\n\
         \n\
         CHAIN RATIO ENCODE MB/s DECODE MB/s ENCODE MiB DECODE MiB\n\
         npy|bitround(bits=8)|shuffle|zstd (lossy) # # # # #\n\
         npy|shuffle|zstd # # # # #\n\
         npy # # # # #\n\
         npy|hex # # # # #"
    );
    let lines: Vec<&str> = std::str::from_utf8(&table).unwrap().lines().collect();
    assert!(lines[3].starts_with("*  npy|bitround"), "nothing is smaller: {}", lines[3]);
    // Columns are aligned: every row but the heading's is as wide.
    let widths: Vec<usize> = lines[2..].iter().map(|line| line.chars().count()).collect();
    assert!(widths.iter().all(|width| *width == widths[0]), "{widths:?}");
}

#[test]
fn without_chains_the_usual_ones_are_measured() {
    let report = parse(&sandbox().succeed(&["bench", "x.npy", "--time", "0", "--json"]));
    assert_eq!(keys(&report), ["chains", "dtype", "nbytes", "order", "rounds", "shape", "threads"]);
    assert_eq!(
        (&report["dtype"], &report["shape"], &report["order"], &report["nbytes"], &report["rounds"]),
        (&json!("<f4"), &json!([256, 16]), &json!("C"), &json!(16384), &json!(3))
    );
    let rows = report["chains"].as_array().unwrap();
    assert_eq!(rows.len(), 14);
    for row in rows {
        let expected = [
            "chain",
            "decode_memory",
            "decode_seconds",
            "encode_memory",
            "encode_seconds",
            "encoded_len",
            "front",
            "lossy",
            "ratio",
        ];
        assert_eq!(keys(row), expected);
        let ratio = 16384.0 / row["encoded_len"].as_f64().unwrap();
        assert!((row["ratio"].as_f64().unwrap() - ratio).abs() < 1e-9, "{row}");
        assert!(
            row["encode_seconds"].as_f64().unwrap() > 0.0 && row["decode_seconds"].as_f64().unwrap() > 0.0
        );
        assert_eq!(row["lossy"], false);
    }
    let better = |a: &Value, b: &Value| {
        a["ratio"].as_f64() > b["ratio"].as_f64()
            && a["encode_seconds"].as_f64() < b["encode_seconds"].as_f64()
            && a["decode_seconds"].as_f64() < b["decode_seconds"].as_f64()
    };
    for row in rows {
        let is_beaten = rows.iter().any(|other| better(other, row));
        assert!(!(is_beaten && row["front"] == true), "beaten, and on the front: {row}");
    }
}

#[test]
fn ratios_are_those_of_encode() {
    // Of lz4 the encoded bytes are promised: as a stream, as `encode` writes them, they are the same.
    let sandbox = sandbox();
    sandbox.succeed(&["encode", "-q", "-c", "raw|lz4", "x.npy", "-o", "x.lz4"]);
    let report = parse(&sandbox.succeed(&["bench", "x.npy", "--time", "0", "--json", "-c", "raw|lz4"]));
    assert_eq!(report["chains"][0]["encoded_len"], sandbox.read("x.lz4").len());
    assert_eq!(report["chains"][0]["chain"], "raw|lz4");
}

#[cfg(target_os = "linux")]
#[test]
fn memory_holds_at_least_the_result() {
    let sandbox = Sandbox::new();
    sandbox.write("x.npy", &npy("<f4", "(4194304,)", &vec![1; 16 << 20]));
    let report = parse(&sandbox.succeed(&["bench", "x.npy", "--time", "0", "--json", "-c", "npy"]));
    for key in ["encode_memory", "decode_memory"] {
        let bytes = report["chains"][0][key].as_u64().unwrap();
        // Counters of the kernel are a little behind.
        assert!((15 << 20..20 << 20).contains(&bytes), "{key}: {bytes}");
    }
}

#[test]
fn a_plot_is_drawn() {
    let sandbox = sandbox();
    sandbox.succeed(&["bench", "x.npy", "--time", "0", "-c", "npy|lz4", "-c", "npy|zstd", "--plot", "x.svg"]);
    let svg = String::from_utf8(sandbox.read("x.svg")).unwrap();
    assert!(
        svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.ends_with("</svg>\n"),
        "{svg}"
    );
    for text in [">encode: x.npy of &lt;f4 256x16</text>", ">decode: ", ">npy|lz4</text>", ">npy|zstd</text>"]
    {
        assert!(svg.contains(text), "{text}");
    }
    // Before any time is spent.
    let stderr = sandbox.fail(4, &["bench", "x.npy", "--time", "3600", "--plot", "no/such/folder.svg"]);
    assert!(stderr.starts_with("error: cannot write `no/such/folder.svg`: "), "{stderr}");
}

#[test]
fn arrays_come_from_archives_encodings_and_pipes_too() {
    let sandbox = sandbox();
    let shape = |args: &[&str]| {
        let args = [&["bench", "--time", "0", "--json", "-c", "npy"][..], args].concat();
        parse(&sandbox.succeed(&args))["shape"].clone()
    };
    sandbox.succeed(&["encode", "-q", "x.npy", "-o", "x.txt"]);
    assert_eq!(shape(&["x.txt"]), json!([256, 16]));
    sandbox.succeed(&["encode", "-q", "-c", "raw|zlib", "x.npy", "-o", "x.z"]);
    assert_eq!(shape(&["x.z", "--from", "raw(<f4)|zlib"]), json!([4096]));
    let args = ["bench", "--time", "0", "--json", "-c", "npy", "-"];
    let outcome = sandbox.run_with(&args, &sandbox.read("x.npy"));
    assert_eq!(parse(&outcome.stdout)["shape"], json!([256, 16]));

    let mut archive = NpzWriter::new(Cursor::new(Vec::new()));
    archive.add("a", &ArrayView::from_slice(&[1.0, 2.0], &[2]).unwrap()).unwrap();
    sandbox.write("one.npz", archive.finish().unwrap().get_ref());
    assert_eq!(shape(&["one.npz"]), json!([2]));
    let mut archive = NpzWriter::new(Cursor::new(Vec::new()));
    archive.add("a", &ArrayView::from_slice(&[1.0, 2.0], &[2]).unwrap()).unwrap();
    archive.add("b", &ArrayView::from_slice(&[1.0, 2.0, 3.0], &[3]).unwrap()).unwrap();
    sandbox.write("two.npz", archive.finish().unwrap().get_ref());
    assert_eq!(shape(&["two.npz", "--member", "b"]), json!([3]));
    assert_eq!(
        sandbox.fail(2, &["bench", "two.npz"]),
        "error: `two.npz` has 2 arrays\nhelp: name one with `--member`; there are: `a`, `b`\n"
    );
    assert_eq!(
        sandbox.fail(1, &["bench", "two.npz", "--member", "c"]),
        "error: `two.npz`: no array `c`\nhelp: there are: `a`, `b`\n"
    );
    assert_eq!(
        sandbox.fail(2, &["bench", "x.npy", "--member", "c"]),
        "error: `x.npy` is not a `.npz` archive, so it has no members\nhelp: leave `--member` out\n"
    );
}

#[test]
fn what_cannot_be_measured_is_said() {
    let sandbox = sandbox();
    assert!(
        sandbox
            .fail(2, &["bench", "no-such-file.npy", "-c", "npy|zst"])
            .starts_with("error: unknown stage `zst`\n"),
        "chains are looked at before files"
    );
    sandbox.write("empty.npy", &npy("<f4", "(0, 16)", b""));
    assert_eq!(
        sandbox.fail(1, &["bench", "empty.npy"]),
        "error: `empty.npy`: the array has no elements, so there is nothing to measure\n"
    );
    sandbox.write("notes.txt", b"some notes");
    sandbox.succeed(&["encode", "-q", "-c", "gzip", "notes.txt", "-o", "notes.gz"]);
    assert_eq!(
        sandbox.fail(1, &["bench", "notes.gz"]),
        "error: `notes.gz`: `gzip` holds plain bytes; expected an array\n"
    );
    assert_eq!(
        sandbox.fail(2, &["bench", "x.npy", "--time", "soon"]),
        "error: invalid value 'soon' for '--time <SECONDS>': expected a number of seconds from 0 to 86400, such as `10` \
         or `0.5`\n\nFor more information, try '--help'.\n"
    );
    // A chain that was asked for by name is not left out in silence.
    let stderr = sandbox.fail(1, &["bench", "x.npy", "-c", "npy", "-c", "npy|delta|zstd"]);
    assert!(stderr.starts_with("error: `x.npy`: "), "{stderr}");
    assert!(sandbox.fail(3, &["bench", "--max-bytes", "1KiB", "x.npy"]).contains("--max-bytes"));
}

#[test]
fn explain_sees_what_is_lost_inside() {
    let sandbox = Sandbox::new();
    let lossy = |chain| parse(&sandbox.succeed(&["explain", "--json", chain]))["lossy"].clone();
    assert_eq!(lossy("chunked(bitround(8)|zstd)"), true);
    assert_eq!(lossy("chunked(shuffle|zstd)"), false);
}

#[test]
fn a_chain_is_recommended_for_a_goal() {
    let sandbox = sandbox();
    for goal in ["fast", "balanced", "small"] {
        let found = parse(&sandbox.succeed(&["bench", "x.npy", "--recommend", goal, "--json"]));
        assert_eq!(keys(&found), ["chain", "encoded_len", "reason"]);
        assert!(found["encoded_len"].as_u64().unwrap() < 256 * 16 * 4, "{found}");
        let chain = found["chain"].as_str().unwrap();
        sandbox.succeed(&["encode", "--chain", chain, "x.npy", "-o", goal]);
        assert_eq!(found["encoded_len"], sandbox.read(goal).len());
    }
    let text = String::from_utf8(sandbox.succeed(&["bench", "x.npy", "--recommend"])).unwrap();
    assert!(text.contains("bytes of 16384"), "{text}");
}
