//! The other direction: what we write on the measured arrays of the corpus, read by other software.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use ndcodec::{Array, Chain};
use ndcodec_testkit::corpus::{canonical_bytes, sha256_hex};
use ndcodec_testkit::{corpus_or_skip, python_or_skip};

/// Our chain, and the same in the words of `peer_read.py`.
const CHAINS: &[(&str, &str)] = &[
    ("npy", "npy"),
    ("npy|base64", "npy|base64"),
    ("npy|base64(alphabet=url)", "npy|base64url"),
    ("npy|zstd", "npy|zstd"),
    ("npy|zstd(level=19,checksum=true)|base64", "npy|zstd|base64"),
    ("npy|zstd(level=-5)", "npy|zstd"),
    ("npy|lz4|base64", "npy|lz4|base64"),
    ("npy|lz4(block=4MiB,checksum=true)", "npy|lz4"),
    ("npy|lz4(framing=sized)", "npy|lz4block"),
    ("npy|zlib|base64", "npy|zlib|base64"),
    ("npy|zlib(level=0)", "npy|zlib"),
    ("npy|gzip(level=9)|base64", "npy|gzip|base64"),
    ("npy|deflate(level=1)", "npy|deflate"),
    ("npy|zlib|gzip|zstd|lz4", "npy|zlib|gzip|zstd|lz4"),
    ("raw", "raw"),
    ("raw|zlib|base64", "raw|zlib|base64"),
    ("raw|zstd", "raw|zstd"),
];

/// Reads lines of chain, file, dtype, shape and order, and returns each with `peer_read.py`'s own line. One Python for
/// all, since starting it takes longer than most of the work.
const JUDGE: &str = "
import json, sys
sys.path.insert(0, sys.argv[1])
import peer_read
for line in sys.stdin:
    chain, file, dtype, shape, order = line.rstrip('\\n').split('\\t')
    shape = tuple(int(x) for x in shape.split(',') if x)
    array = peer_read.decode(chain, open(file, 'rb').read(), dtype, shape, order)
    print(json.dumps(peer_read.info(array)), flush=True)
";

#[test]
fn other_software_reads_what_we_write() {
    let (Some(corpus), Some(python)) = (corpus_or_skip(), python_or_skip()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("encoded");
    let mut judge = Command::new(python)
        .args(["-c", JUDGE, corpus.root().join("scripts").to_str().unwrap()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ask = judge.stdin.take().unwrap();
    let mut replies = BufReader::new(judge.stdout.take().unwrap()).lines();
    let mut read = 0;
    for row in corpus.of_kind("real") {
        let array: Array = Chain::parse("npy").unwrap().decode(&row.read()).unwrap();
        let expected = sha256_hex(&canonical_bytes(&array.view()));
        let shape: Vec<String> = array.shape().iter().map(usize::to_string).collect();
        let (dtype, shape, order) = (array.dtype(), shape.join(","), array.layout().order());
        for (i, (ours, theirs)) in CHAINS.iter().enumerate() {
            let chain = Chain::parse(ours).unwrap();
            if i % 2 == 0 {
                std::fs::write(&file, chain.encode(&array.view()).unwrap()).unwrap();
            } else {
                chain.encode_to(&array.view(), std::fs::File::create(&file).unwrap()).unwrap();
            }
            writeln!(ask, "{theirs}\t{}\t{dtype}\t{shape}\t{order}", file.display()).unwrap();
            let answer =
                replies.next().unwrap_or_else(|| panic!("no answer for {ours} on {}", row.path)).unwrap();
            assert!(answer.contains(&expected), "{ours} on {}: {answer}", row.path);
            read += 1;
        }
    }
    drop(ask);
    assert!(judge.wait().unwrap().success());
    assert_eq!(read, corpus.of_kind("real").count() * CHAINS.len());
}
