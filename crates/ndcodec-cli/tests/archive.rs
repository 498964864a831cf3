//! `.npz` archives: `inspect` lists them, `decode` writes each array to a file of its own.

#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

mod common;
#[path = "../../ndcodec-npz/tests/common/mod.rs"]
mod zips;

use std::fs;
use std::io::Cursor;
use std::path::Path;

use common::{Sandbox, npy, parse};
use ndcodec::npz::{MemberEncoding, NpzWriter};
use ndcodec::{Array, Chain};
use ndcodec_testkit::{Corpus, skip};
use serde_json::json;
use zips::Bad;

fn array(bytes: &[u8]) -> Array {
    Chain::parse("npy").unwrap().decode(bytes).unwrap()
}

/// An archive of these arrays.
fn npz(encoding: MemberEncoding, arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = NpzWriter::new(Cursor::new(Vec::new())).with_encoding(encoding);
    for (name, bytes) in arrays {
        writer.add(name, &array(bytes).view()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn two() -> [(&'static str, Vec<u8>); 2] {
    [("x", common::array()), ("a/longer", npy("|u1", "(3,)", &[1, 2, 3]))]
}

/// The names in a folder.
fn files_below(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn inspect_lists_the_arrays() {
    let sandbox = Sandbox::new();
    let bytes = npz(MemberEncoding::Stored, &two());
    sandbox.write("x.npz", &bytes);
    assert_eq!(
        String::from_utf8(sandbox.succeed(&["inspect", "x.npz"])).unwrap(),
        "x         <f8  2x3  C  48 bytes  stored\n\
         a/longer  |u1  3    C  3 bytes   stored\n"
    );
    let report = parse(&sandbox.succeed(&["inspect", "--json", "x.npz"]));
    assert_eq!(report["kind"], "archive");
    assert_eq!(report["encoded_len"], bytes.len());
    assert_eq!(
        report["members"][0],
        json!({
            "name": "x", "dtype": "<f8", "shape": [2, 3], "order": "C", "nbytes": 48, "encoding": "stored",
            "encoded_len": 176, "error": null,
        })
    );
    sandbox.write("empty.npz", &npz(MemberEncoding::Stored, &[]));
    assert_eq!(sandbox.succeed(&["inspect", "empty.npz"]), b"an archive without arrays\n");
    let outcome = sandbox.run_with(&["inspect", "--json", "-"], &bytes);
    assert_eq!((outcome.status, parse(&outcome.stdout)), (0, report));
}

#[test]
fn decode_writes_each_array_to_a_file() {
    for encoding in [MemberEncoding::Stored, MemberEncoding::Deflated, MemberEncoding::Zstd] {
        let sandbox = Sandbox::new();
        sandbox.write("x.npz", &npz(encoding, &two()));
        let outcome = sandbox.run(&["decode", "x.npz", "-o", "out/deep"]);
        assert_eq!(
            (outcome.status, outcome.stderr.as_str()),
            (0, "decoded 2 arrays of 51 bytes to `out/deep`\n")
        );
        for (name, bytes) in two() {
            assert_eq!(sandbox.read(&format!("out/deep/{name}.npy")), bytes);
        }
        let stderr = sandbox.fail(2, &["decode", "x.npz"]);
        assert!(stderr.contains("help: name it with `-o`"), "{stderr}");
        let stderr = sandbox.fail(3, &["decode", "--max-bytes", "50", "x.npz", "-o", "small"]);
        assert!(stderr.contains("`--max-bytes`"), "{stderr}");
        assert_eq!(sandbox.files(), ["out", "x.npz"]);
    }
}

#[test]
fn an_archive_may_come_through_a_pipe() {
    let sandbox = Sandbox::new();
    let bytes = npz(MemberEncoding::Deflated, &two());
    let outcome = sandbox.run_with(&["decode", "-", "-o", "out"], &bytes);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, "decoded 2 arrays of 51 bytes to `out`\n"));
    for (name, bytes) in two() {
        assert_eq!(sandbox.read(&format!("out/{name}.npy")), bytes);
    }
    let outcome = sandbox.run_with(&["decode", "--max-bytes", "100", "-", "-o", "none"], &bytes);
    assert_eq!(outcome.status, 3);
    assert_eq!(
        outcome.stderr,
        "error: standard input: the archive has more bytes than the limit of 100\n\
         help: raise it with `--max-bytes`; `--max-bytes none` lifts every limit\n"
    );
    let outcome = sandbox.run_with(&["decode", "-", "-o", "none"], &bytes[..bytes.len() - 1]);
    assert_eq!(outcome.status, 1, "{}", outcome.stderr);
    assert_eq!(sandbox.files(), ["out"]);
}

#[test]
fn an_archive_in_place_of_an_array_is_told_of() {
    let sandbox = Sandbox::new();
    sandbox.write("x.npz", &npz(MemberEncoding::Stored, &two()));
    for args in [&["encode", "x.npz", "-o", "out"][..], &["convert", "--to", "npy", "x.npz", "-o", "out"]] {
        let stderr = sandbox.fail(1, args);
        let help = "\nhelp: `ndcodec decode IN -o FOLDER` takes the arrays out of an archive\n";
        assert!(stderr.ends_with(help), "{stderr}");
    }
    assert_eq!(sandbox.files(), ["x.npz"]);
}

#[test]
fn one_member_goes_to_a_file_or_a_pipe() {
    let sandbox = Sandbox::new();
    let bytes =
        npz(MemberEncoding::Zstd, &[("../odd:name", common::array()), ("x", npy("|u1", "(1,)", &[1]))]);
    sandbox.write("x.npz", &bytes);
    let outcome = sandbox.run(&["decode", "x.npz", "--member", "../odd:name", "-o", "odd.npy"]);
    assert_eq!(
        (outcome.status, outcome.stderr.as_str()),
        (0, "decoded `../odd:name` of 48 bytes from `x.npz`\n")
    );
    assert_eq!(sandbox.read("odd.npy"), common::array());
    assert_eq!(sandbox.succeed(&["decode", "-q", "x.npz", "--member", "x"]), npy("|u1", "(1,)", &[1]));
    assert_eq!(
        sandbox.fail(1, &["decode", "x.npz", "--member", "y", "-o", "y.npy"]),
        "error: `x.npz`: the archive has no array `y`; it has `../odd:name`, `x`\n"
    );
    sandbox.fail(3, &["decode", "x.npz", "--max-bytes", "100", "--member", "../odd:name", "-o", "y.npy"]);
    sandbox.write("x.npy", &common::array());
    let stderr = sandbox.fail(2, &["decode", "x.npy", "--member", "x", "-o", "y.npy"]);
    assert!(stderr.starts_with("error: `x.npy` is not a `.npz` archive, so it has no members\n"), "{stderr}");
    sandbox.fail(2, &["decode", "x.npz", "--member", "x", "--rows", "0..1"]);
    assert_eq!(sandbox.files(), ["odd.npy", "x.npy", "x.npz"]);
}

#[test]
fn a_name_that_leads_elsewhere_leaves_its_array_out() {
    for name in ["../escape", "/escape", "a/../../escape", "x/..", "\u{1b}[2J", "a//b"] {
        let sandbox = Sandbox::new();
        let members = [("x", common::array()), (name, common::array())];
        sandbox.write("x.npz", &npz(MemberEncoding::Stored, &members));
        let stderr = sandbox.fail(1, &["decode", "x.npz", "-o", "out"]);
        let shown = name.replace('\u{1b}', "\\u{1b}");
        assert!(stderr.starts_with(&format!("not decoded: `{shown}`: it ")), "{stderr}");
        assert!(stderr.contains("\ndecoded 1 array of 48 bytes to `out`\n"), "{stderr}");
        assert!(stderr.ends_with("\nerror: `x.npz`: 1 of 2 arrays cannot be decoded\n"), "{stderr}");
        assert_eq!(sandbox.files(), ["out", "x.npz"], "{name}");
        assert_eq!(files_below(&sandbox.path("out")), ["x.npy"]);
    }
}

#[cfg(unix)]
#[test]
fn names_that_this_system_holds_are_extracted() {
    let sandbox = Sandbox::new();
    let names = ["dense/kernel:0", "aux", "C:\\x", "a.", "-o", "what?"];
    let members: Vec<_> = names.iter().map(|name| (*name, common::array())).collect();
    sandbox.write("x.npz", &npz(MemberEncoding::Stored, &members));
    sandbox.succeed(&["decode", "x.npz", "-o", "out"]);
    for name in names {
        assert_eq!(sandbox.read(&format!("out/{name}.npy")), common::array(), "{name}");
    }
}

/// Of every pair of a good member and a bad one the good one is decoded, and the bad one named with the reason.
#[test]
fn a_bad_member_hides_no_good_one() {
    for bad in Bad::ALL {
        for (index, (good, bytes)) in zips::good_members("good.npy").into_iter().enumerate() {
            let sandbox = Sandbox::new();
            let (mut members, reason) = bad.members();
            members.insert(if index % 2 == 0 { 0 } else { members.len() }, good);
            sandbox.write("x.npz", &zips::archive(&members));
            let status = if bad.is_limit() { 3 } else { 1 };
            let stderr = sandbox.fail(status, &["decode", "x.npz", "-o", "out"]);
            let named = format!("not decoded: `{}`: ", bad.name());
            let line = stderr.lines().next().unwrap();
            assert!(line.starts_with(&named) && line.contains(reason), "{bad:?}: {stderr}");
            assert_eq!(line.contains("; raise it with `--max-"), bad.is_limit(), "{bad:?}: {stderr}");
            assert!(stderr.contains("decoded 1 array of "), "{bad:?}: {stderr}");
            let (_, help) = stderr.split_once("error: `x.npz`: 1 of 2 arrays cannot be decoded\n").unwrap();
            assert_eq!(help.starts_with("help: raise it with `--max-"), bad.is_limit(), "{bad:?}: {stderr}");
            assert_eq!(help.is_empty(), !bad.is_limit(), "{bad:?}: {stderr}");
            assert_eq!(files_below(&sandbox.path("out")), ["good.npy"], "{bad:?}");
            assert_eq!(sandbox.read("out/good.npy"), bytes);
            assert_eq!(sandbox.succeed(&["decode", "-q", "x.npz", "--member", "good"]), bytes);

            let listed = String::from_utf8(sandbox.succeed(&["inspect", "x.npz"])).unwrap();
            assert_eq!(listed.lines().count(), members.len(), "{listed}");
            assert!(
                listed.lines().any(|line| line.starts_with("good") && line.contains("  C  ")),
                "{listed}"
            );
            if !bad.has_good_header() {
                assert!(
                    listed.lines().any(|line| line.starts_with("bad") && line.contains(reason)),
                    "{bad:?}: {listed}"
                );
            }
        }
    }
}

#[test]
fn limits_leave_out_what_passes_them_alone() {
    let sandbox = Sandbox::new();
    sandbox.write("x.npz", &npz(MemberEncoding::Stored, &two()));
    let stderr = sandbox.fail(3, &["decode", "--max-bytes", "140", "x.npz", "-o", "out"]);
    assert!(stderr.starts_with("not decoded: `x`: "), "{stderr}");
    assert!(stderr.contains("more than the limit of 140; raise it with `--max-bytes`; "), "{stderr}");
    assert_eq!(sandbox.read("out/a/longer.npy"), two()[1].1);
}

/// A file takes a block of the disk, and time, however little is in it.
#[test]
fn many_small_files_count_as_blocks() {
    let sandbox = Sandbox::new();
    let names: Vec<String> = (0..300).map(|i| i.to_string()).collect();
    let members: Vec<_> = names.iter().map(|name| (name.as_str(), common::array())).collect();
    sandbox.write("x.npz", &npz(MemberEncoding::Stored, &members));
    sandbox.write("x.npy", &common::array().repeat(300));
    let nbytes = common::array().len() - 128;
    let total = 256 * nbytes + 44 * 4096;
    let limit = (total - 1).to_string();
    let how = format!(
        "`x.npz`: the arrays take {total} bytes in 300 files, of which those beyond 256 count as 4096 or more, more than \
         the limit of {limit}\n"
    );
    let stderr = sandbox.fail(3, &["decode", "--max-bytes", &limit, "x.npz", "-o", "out"]);
    assert!(stderr.starts_with(&format!("error: {how}")), "{stderr}");
    assert_eq!(sandbox.files(), ["x.npy", "x.npz"]);
    let stderr = sandbox.fail(3, &["decode", "--all", "--max-bytes", &limit, "x.npy", "-o", "out"]);
    assert!(stderr.contains("those beyond 256 count as 4096 or more"), "{stderr}");
    assert!(stderr.contains("(in array 299; the 299 before it are written)"), "{stderr}");
    for command in [&["decode", "x.npz", "-o", "out"][..], &["decode", "--all", "x.npy", "-o", "out"]] {
        sandbox.succeed(&[command, &["--max-bytes", &total.to_string()]].concat());
    }
}

/// Names that no system holds cost no time and no screens of text.
#[test]
fn long_names_are_cut_in_what_is_told() {
    let sandbox = Sandbox::new();
    let deep = "a/".repeat(32_000);
    let members: Vec<_> = (0..16).map(|i| (format!("{deep}{i}"), common::array())).collect();
    let members: Vec<_> = members.iter().map(|(name, array)| (name.as_str(), array.clone())).collect();
    sandbox.write("x.npz", &npz(MemberEncoding::Stored, &members));
    let start = std::time::Instant::now();
    let stderr = sandbox.fail(1, &["decode", "x.npz", "-o", "out"]);
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    assert_eq!(stderr.lines().count(), 17);
    assert!(stderr.len() < 3000 && stderr.contains("a/…`: its path has more than 4096 bytes\n"), "{stderr}");
    let listed = String::from_utf8(sandbox.succeed(&["inspect", "x.npz"])).unwrap();
    assert!(listed.len() < 3000 && listed.contains("a/…  <f8"), "{listed}");
    assert_eq!(sandbox.files(), ["x.npz"]);
}

/// A folder or a file that is a link leads elsewhere: nothing is written through it.
#[cfg(unix)]
#[test]
fn extraction_follows_no_link() {
    use std::os::unix::fs::symlink;

    let sandbox = Sandbox::new();
    let members = [("a/b/x", common::array()), ("-o", common::array()), ("y", common::array())];
    sandbox.write("x.npz", &npz(MemberEncoding::Stored, &members));
    sandbox.write("victim.txt", b"as it was");
    fs::create_dir_all(sandbox.path("out/a")).unwrap();
    fs::create_dir(sandbox.path("elsewhere")).unwrap();
    symlink(sandbox.path("elsewhere"), sandbox.path("out/a/b")).unwrap();
    symlink(sandbox.path("victim.txt"), sandbox.path("out/-o.npy")).unwrap();
    fs::create_dir(sandbox.path("out/y.npy")).unwrap();
    let stderr = sandbox.fail(1, &["decode", "x.npz", "-o", "out"]);
    assert_eq!(
        stderr,
        "not decoded: `a/b/x`: it has no place in `out`: `out/a/b` is a link, and links are not followed\n\
         not decoded: `y`: it has no place in `out`: `out/y.npy` is not a file\n\
         decoded 1 array of 48 bytes to `out`\n\
         error: `x.npz`: 2 of 3 arrays cannot be decoded\n"
    );
    assert_eq!(sandbox.read("victim.txt"), b"as it was");
    assert_eq!(files_below(&sandbox.path("elsewhere")), Vec::<String>::new());
    // The link itself is replaced.
    assert!(fs::symlink_metadata(sandbox.path("out/-o.npy")).unwrap().is_file());
    assert_eq!(sandbox.read("out/-o.npy"), common::array());
    // The folder that the user names may be one.
    symlink("elsewhere", sandbox.path("link")).unwrap();
    sandbox.succeed(&["decode", "x.npz", "-o", "link"]);
    assert_eq!(files_below(&sandbox.path("elsewhere")), ["-o.npy", "a", "y.npy"]);
    assert_eq!(sandbox.files(), ["elsewhere", "link", "out", "victim.txt", "x.npz"]);
}

/// Files of the field, which stand beside the corpus, and those of a security review.
#[test]
fn archives_of_the_field_are_decoded() {
    let Some(corpus) = Corpus::find() else {
        return skip("no corpus, and no ../shared/field beside it");
    };
    let shared = corpus.root().parent().unwrap().to_owned();
    if !shared.join("field").exists() || !shared.join("attacks").exists() {
        return skip("no ../shared/field and ../shared/attacks beside the checkout");
    }
    let decode = |path: &str| {
        let sandbox = Sandbox::new();
        let outcome = sandbox.run(&["decode", shared.join(path).to_str().unwrap(), "-o", "out"]);
        let files =
            if sandbox.files() == ["out"] { files_below(&sandbox.path("out")) } else { sandbox.files() };
        (outcome.status, files, outcome.stderr)
    };
    let (status, files, stderr) = decode("field/57-npz-names/tf.npz");
    assert_eq!((status, files.len()), if cfg!(unix) { (0, 2) } else { (1, 1) }, "{stderr}");
    let (status, files, stderr) = decode("field/56-npz-writers/names.npz");
    assert_eq!(status, 1);
    assert_eq!(files, ["a.npy", "sub"], "{stderr}");
    assert!(
        stderr.contains("`../evil`: it has the part") && stderr.contains("`notes.txt`: a `.npy` begins"),
        "{stderr}"
    );
    let (status, files, stderr) = decode("field/11-pytriton-npz-in-S/cut.npz");
    assert_eq!((status, files.len()), (1, 0));
    assert!(
        stderr.ends_with("cut.npz`: the archive is not usable: the input ends inside the archive\n"),
        "{stderr}"
    );
    for number in 0..=14 {
        let (status, files, stderr) = decode(&format!("attacks/a4_{number:02}.npz"));
        assert_eq!((status == 0, files.len()), (status == 0, usize::from(status == 0)), "{number}: {stderr}");
        assert!(status == 0 || status == 1, "{number}: {stderr}");
    }
    for (name, expected) in [("sym", &[][..]), ("dup", &[]), ("dev", &["d.npy"]), ("filefolder", &["a.npy"])]
    {
        assert_eq!(decode(&format!("attacks/a4_{name}.npz")).1, expected, "{name}");
    }
    let (status, files, stderr) = decode("attacks/a8.npz");
    // Its frame wants a window of 2 GiB, and holds 16 MiB.
    assert_eq!((status, files.len()), (0, 1), "{stderr}");
}

#[test]
fn damage_is_bad_data() {
    let sandbox = Sandbox::new();
    let mut bytes = npz(MemberEncoding::Stored, &two());
    let at = bytes.windows(3).position(|part| part == [1, 2, 3]).unwrap();
    bytes[at] = 9;
    sandbox.write("x.npz", &bytes);
    let stderr = sandbox.fail(1, &["decode", "x.npz", "-o", "out"]);
    assert!(stderr.starts_with("not decoded: `a/longer`: the CRC-32 is "), "{stderr}");
    assert_eq!(files_below(&sandbox.path("out")), ["x.npy"]);
    sandbox.write("x.npz", &bytes[..bytes.len() - 1]);
    sandbox.fail(1, &["inspect", "x.npz"]);
    sandbox.fail(1, &["decode", "x.npz", "-o", "out"]);
}
