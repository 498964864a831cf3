//! `encode`, `decode` and `convert`: what goes in comes out.

mod common;

use common::{Sandbox, array, npy, parse, payload};

#[test]
fn an_array_becomes_text_and_comes_back() {
    let (sandbox, bytes) = Sandbox::with_array();
    sandbox.succeed(&["encode", "x.npy", "-o", "x.txt"]);
    let text = String::from_utf8(sandbox.read("x.txt")).unwrap();
    assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)), "{text}");
    // Without `--chain` it is detected.
    sandbox.succeed(&["decode", "x.txt", "-o", "detected.npy"]);
    assert_eq!(sandbox.read("detected.npy"), bytes);
    sandbox.succeed(&["decode", "--chain", "npy|zstd|base64", "x.txt", "-o", "told.npy"]);
    assert_eq!(sandbox.read("told.npy"), bytes);
}

#[test]
fn every_chain_comes_back() {
    let (sandbox, bytes) = Sandbox::with_array();
    let tails =
        ["", "|zlib", "|gzip(level=9)", "|deflate", "|zstd(level=19)", "|lz4", "|lz4(framing=block)", "|hex"];
    for tail in tails {
        for format in ["npy", "raw(<f8,2x3)"] {
            let chain = format!("{format}{tail}|base64");
            sandbox.succeed(&["encode", "-q", "-c", &chain, "x.npy", "-o", "x.bin"]);
            assert_eq!(sandbox.succeed(&["decode", "-q", "-c", &chain, "x.bin"]), bytes, "{chain}");
        }
    }
}

#[test]
fn standard_input_and_output_are_pipes() {
    let sandbox = Sandbox::new();
    let encoded = sandbox.run_with(&["encode", "-q", "-"], &array());
    assert_eq!((encoded.status, encoded.stderr.as_str()), (0, ""));
    // Text gets no newline in a pipe: strict readers would refuse it.
    assert!(!encoded.stdout.ends_with(b"\n"));
    let decoded = sandbox.run_with(&["decode", "-q", "-", "-o", "-"], &encoded.stdout);
    assert_eq!((decoded.status, decoded.stdout), (0, array()));
}

#[test]
fn a_shape_that_only_the_whole_data_tell_is_written_before_them() {
    let (sandbox, _) = Sandbox::with_array();
    let zlib = sandbox.succeed(&["encode", "-q", "-c", "raw|zlib|base64", "x.npy"]);
    sandbox.write("x.zlib", &zlib);
    let decoded = sandbox.run(&["decode", "-c", "raw(<f8)|zlib|base64", "x.zlib", "-o", "flat.npy"]);
    assert_eq!(sandbox.read("flat.npy"), npy("<f8", "(6,)", &payload()));
    let len = zlib.len();
    let thousandths = (176_000 + len / 2) / len;
    let ratio = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    assert_eq!(
        decoded.stderr,
        format!("decoded {len} bytes to 176 (ratio {ratio}): raw(<f8,6)|zlib|base64\n")
    );
    let rows = sandbox.succeed(&["decode", "-q", "-c", "raw(<f8,?x3)|zlib|base64", "x.zlib"]);
    assert_eq!(rows, array());
    assert_eq!(sandbox.files(), ["flat.npy", "x.npy", "x.zlib"]);
}

#[test]
fn a_chain_without_a_format_takes_and_gives_plain_bytes() {
    let sandbox = Sandbox::new();
    sandbox.write("notes.txt", b"no array at all\n");
    let encoded = sandbox.run(&["encode", "--chain", "gzip|base64", "notes.txt", "-o", "notes.b64"]);
    assert_eq!(encoded.status, 0);
    assert!(encoded.stderr.ends_with(": gzip|base64\n"), "{}", encoded.stderr);
    for args in [&["decode", "-q", "notes.b64"][..], &["decode", "-q", "--chain", "gzip|base64", "notes.b64"]]
    {
        assert_eq!(sandbox.succeed(args), b"no array at all\n", "{args:?}");
    }
    sandbox.succeed(&["convert", "--from", "gzip|base64", "--to", "zstd", "notes.b64", "-o", "notes.zst"]);
    assert_eq!(sandbox.succeed(&["decode", "notes.zst"]), b"no array at all\n");
    // No byte is data too.
    sandbox.write("nothing", b"");
    let nothing = sandbox.run(&["encode", "-c", "hex", "nothing"]);
    assert_eq!(
        (nothing.status, nothing.stdout.len(), nothing.stderr.as_str()),
        (0, 0, "encoded 0 bytes to 0: hex\n")
    );
}

#[test]
fn arrays_are_converted_from_chain_to_chain() {
    let (sandbox, bytes) = Sandbox::with_array();
    sandbox.succeed(&["encode", "x.npy", "-o", "x.txt"]);
    let told = ["convert", "--from", "npy|zstd|base64", "--to", "npy|lz4", "x.txt", "-o", "x.lz4"];
    let outcome = sandbox.run(&told);
    assert_eq!(outcome.status, 0);
    assert!(outcome.stderr.starts_with("converted "), "{}", outcome.stderr);
    assert!(outcome.stderr.ends_with("): npy|zstd|base64 to npy|lz4\n"), "{}", outcome.stderr);
    sandbox.succeed(&["convert", "--to", "raw|hex", "x.lz4", "-o", "x.hex"]);
    assert_eq!(sandbox.succeed(&["decode", "-c", "raw(<f8,2x3)|hex", "x.hex"]), bytes);
}

#[test]
fn the_summary_is_one_line_and_quiet_leaves_it_out() {
    let (sandbox, _) = Sandbox::with_array();
    let outcome = sandbox.run(&["encode", "--chain", "raw|hex", "x.npy", "-o", "x.hex"]);
    assert_eq!(outcome.stderr, "encoded 176 bytes to 96 (ratio 1.833): raw(<f8,2x3)|hex\n");
    assert_eq!(outcome.stdout, b"");
    let quiet = sandbox.run(&["encode", "--quiet", "--chain", "raw|hex", "x.npy", "-o", "x.hex"]);
    assert_eq!((quiet.status, quiet.stderr.as_str()), (0, ""));
}

#[test]
fn fortran_order_empty_arrays_and_scalars_pass_through() {
    let sandbox = Sandbox::new();
    let fortran = String::from_utf8(npy("<i2", "(2, 3)", b"").split_off(10)).unwrap();
    let fortran = fortran.replace("False", "True ");
    let fortran = [&npy("<i2", "(2, 3)", b"")[..10], fortran.as_bytes(), &[7; 12]].concat();
    for (name, bytes) in [
        ("empty.npy", npy("<f4", "(0, 3)", b"")),
        ("scalar.npy", npy("<f4", "()", &[1, 2, 3, 4])),
        ("fortran.npy", fortran),
    ] {
        sandbox.write(name, &bytes);
        let text = sandbox.run(&["encode", name]);
        let back = sandbox.run_with(&["decode", "-"], &text.stdout);
        assert_eq!(back.status, 0, "{name}: {}", back.stderr);
        // Blanks in the header may differ; what it says and the payload may not.
        sandbox.write("back.npy", &back.stdout);
        let inspect = |name| sandbox.succeed(&["inspect", "--json", "--chain", "npy", name]);
        let (before, after) = (parse(&inspect(name)), parse(&inspect("back.npy")));
        for key in ["dtype", "shape", "order", "nbytes"] {
            assert_eq!(before[key], after[key], "{name}: {key}");
        }
        let nbytes = usize::try_from(before["nbytes"].as_u64().unwrap()).unwrap();
        assert_eq!(back.stdout[back.stdout.len() - nbytes..], bytes[bytes.len() - nbytes..], "{name}");
    }
}

/// As several calls of `np.save` leave them in one file.
#[test]
fn several_arrays_in_one_file_are_decoded_one_by_one() {
    let (sandbox, bytes) = Sandbox::with_array();
    let other = common::npy("<i2", "(3,)", &[1, 0, 2, 0, 3, 0]);
    sandbox.write("several.npy", &[&bytes[..], &other, &bytes].concat());
    for chain in ["npy", "npy|zstd", "npy|gzip|base64"] {
        let codecs = chain.strip_prefix("npy|");
        match codecs {
            Some(codecs) => {
                sandbox.succeed(&["encode", "-q", "-c", codecs, "several.npy", "-o", "several"]);
            }
            None => sandbox.write("several", &sandbox.read("several.npy")),
        }
        assert_eq!(
            String::from_utf8(sandbox.succeed(&["inspect", "several"])).unwrap(),
            "0  <f8  2x3  C  48 bytes\n1  <i2  3  C  6 bytes\n2  <f8  2x3  C  48 bytes\n"
        );
        for args in [
            &["decode", "--all", "several", "-o", "out"][..],
            &["decode", "--all", "-c", chain, "several", "-o", "out"],
        ] {
            let outcome = sandbox.run(args);
            assert_eq!(
                (outcome.status, outcome.stderr),
                (0, format!("decoded 3 arrays of 102 bytes to `out`: {chain}\n"))
            );
            assert_eq!(sandbox.read("out/0.npy"), bytes);
            assert_eq!(sandbox.read("out/1.npy"), other);
            assert_eq!(sandbox.read("out/2.npy"), bytes);
            std::fs::remove_dir_all(sandbox.path("out")).unwrap();
        }
        let stderr = sandbox.fail(1, &["decode", "several", "-o", "y.npy"]);
        assert!(stderr.contains("`decode --all` on the command line"), "{stderr}");
    }
    // What follows and is not an array is an error, and what stands before it is there.
    sandbox.write("torn.npy", &[&bytes[..], &bytes[..50]].concat());
    let stderr = sandbox.fail(1, &["decode", "--all", "torn.npy", "-o", "out"]);
    assert!(stderr.contains("(in array 1; the 1 before it are written)"), "{stderr}");
    assert_eq!(sandbox.read("out/0.npy"), bytes);
    sandbox.fail(2, &["decode", "--all", "several.npy"]);
    sandbox.fail(3, &["decode", "--all", "--max-bytes", "300", "several.npy", "-o", "out"]);
}
