//! Whatever file an array came from, numpy reads from ours the same dtype, shape, order and bytes.

#![allow(missing_docs, clippy::panic, clippy::unwrap_used, reason = "a test")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use ndcodec_core::{Chain, DecodeLimits, DecodeOptions, Layout};
use ndcodec_npy as _;
use ndcodec_testkit::corpus::sha256_hex;
use ndcodec_testkit::{Outcome, corpus_or_skip, python_or_skip};

/// Reads names of files, and returns what `numpy.load` makes of each. One Python for all.
const LOAD: &str = "
import hashlib, sys, warnings
import numpy as np
from numpy.lib.format import dtype_to_descr
warnings.simplefilter('ignore')
for line in sys.stdin:
    a = np.load(line.rstrip('\\n'), allow_pickle=False, max_header_size=1 << 24)
    order = 'F' if a.flags.f_contiguous and not a.flags.c_contiguous else 'C'
    shape = 'x'.join(map(str, a.shape)) or 'scalar'
    print(ascii(dtype_to_descr(a.dtype)), shape, order, hashlib.sha256(a.tobytes('A')).hexdigest(), flush=True)
";

/// What Python's `ascii` makes of `text`, which Python printed.
fn ascii(text: &str) -> String {
    let escape = |c: char| match u32::from(c) {
        0..=0x7f => c.to_string(),
        code @ 0x80..=0xff => format!("\\x{code:02x}"),
        code @ 0x100..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    };
    text.chars().map(escape).collect()
}

fn expected(layout: &Layout, payload: &[u8]) -> String {
    let descr = ascii(&layout.dtype().descr());
    format!("{descr} {} {} {}", layout.shape_text(), layout.order(), sha256_hex(payload))
}

#[test]
fn numpy_reads_back_every_array_of_the_corpus() {
    let (Some(corpus), Some(python)) = (corpus_or_skip(), python_or_skip()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("written.npy");
    let mut judge =
        Command::new(python).args(["-c", LOAD]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut ask = judge.stdin.take().unwrap();
    let mut replies = BufReader::new(judge.stdout.take().unwrap()).lines();
    let npy = Chain::parse("npy").unwrap();
    let options = DecodeOptions::new().with_limits(DecodeLimits::new().with_max_header(1 << 24));
    let mut count = 0;
    for row in corpus.of_kind("npy").filter(|row| row.outcome == Outcome::Decode) {
        let array = npy.decode_with(&row.read(), &options).unwrap();
        std::fs::write(&path, npy.encode(&array.view()).unwrap()).unwrap();
        writeln!(ask, "{}", path.display()).unwrap();
        let answer = replies.next().unwrap_or_else(|| panic!("no answer for {}", row.path)).unwrap();
        assert_eq!(answer, expected(array.layout(), array.payload()), "{}", row.path);
        count += 1;
    }
    drop(ask);
    assert!(judge.wait().unwrap().success());
    println!("numpy reads back {count} arrays");
    assert!(count > 0);
}
