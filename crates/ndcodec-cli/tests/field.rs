//! What people met, by the library and by the program: `cargo xtask field` makes docs/field.md of what this logs.

#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

mod common;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use common::{Outcome, Sandbox, finish};
use ndcodec::npz::Npz;
use ndcodec::{Array, Chain, DType, Detected};
use ndcodec_testkit::corpus::{canonical_bytes, sha256_hex};
use ndcodec_testkit::{FieldCase, FieldOutcome, field_cases, field_folder_or_skip, field_place};
use serde_json::Value;

/// What came out: arrays, or a message.
type Came = Result<Vec<Array>, String>;

#[test]
fn every_case_by_the_library() {
    every_case("Rust", by_library);
}

#[test]
fn every_case_by_the_program() {
    every_case("CLI", by_program);
}

fn every_case(runner: &str, run: fn(&FieldCase, &Path) -> Came) {
    let Some(folder) = field_folder_or_skip() else { return };
    let mut failed = Vec::new();
    for case in field_cases().into_iter().filter(|case| !case.is_python()) {
        let place = field_place(&folder, case.folder);
        if case.outcome == FieldOutcome::AsNumpy {
            let wrong = as_numpy(&case, &place, run);
            log(runner, &case, &Ok(Vec::new()), wrong.is_empty());
            failed.extend(wrong);
            continue;
        }
        if let Some(command) = case.command() {
            if runner == "CLI" {
                let verdict = prints(&case, command);
                log(runner, &case, &Ok(Vec::new()), verdict.is_ok());
                failed.extend(verdict.err());
            }
            continue;
        }
        let came = run(&case, &place.join(case.input));
        let verdict = judge(&case, &place, &came);
        log(runner, &case, &came, verdict.is_ok());
        if let Err(problem) = verdict {
            let FieldCase { folder, input, chain, .. } = case;
            failed.push(format!("{folder}/{input} by {}: {problem}", chain.unwrap_or("detection")));
        }
    }
    assert!(failed.is_empty(), "{} cases fail in {runner}:\n{}", failed.len(), failed.join("\n"));
}

/// What is wrong in the files of a folder, of which `numpy-says.json` has what numpy makes of each.
fn as_numpy(case: &FieldCase, folder: &Path, run: fn(&FieldCase, &Path) -> Came) -> Vec<String> {
    let said: Value = serde_json::from_slice(&fs::read(folder.join("numpy-says.json")).unwrap()).unwrap();
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "npy"));
    files.sort();
    assert!(files.len() > 100, "{} files", files.len());
    let mut wrong = Vec::new();
    for path in &files {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let expected = said_of(&said, stem);
        let problem = match (&expected, run(case, path)) {
            (None, Err(_)) => continue,
            // numpy leaves unread what follows the array.
            (Some(_), Err(message)) if message.contains("the end of the array") => continue,
            (Some(expected), Ok(arrays)) => match compare(expected, &arrays[0]) {
                Ok(()) => continue,
                Err(problem) => problem,
            },
            (None, Ok(_)) => "it is read, and numpy refuses it".to_owned(),
            (Some(_), Err(message)) => format!("numpy reads it, and it is refused: {message}"),
        };
        wrong.push(format!("{}/{stem}: {problem}", case.folder));
    }
    wrong
}

/// What numpy reads in the file `000`, of a list of spellings, or `00.v1`, of a list of headers.
fn said_of(said: &Value, stem: &str) -> Option<Value> {
    let expected =
        |parts: &[Value]| serde_json::json!({"dtype": parts[0], "shape": parts[1], "sha256": parts[2]});
    match stem.split_once(".v") {
        None => {
            let spelling = said[0][stem.parse::<usize>().unwrap()].as_str().unwrap();
            said[1][spelling].as_array().map(|parts| expected(parts))
        }
        Some((index, version)) => {
            let is_it = |entry: &&Value| {
                entry[0].as_u64() == index.parse().ok() && entry[1].as_u64() == version.parse().ok()
            };
            let entry = said[1].as_array().unwrap().iter().find(is_it).unwrap();
            (!entry[2].is_null()).then(|| expected(&entry.as_array().unwrap()[2..]))
        }
    }
}

/// Whether a command of the program prints what it must.
fn prints(case: &FieldCase, command: &str) -> Result<(), String> {
    let FieldOutcome::Printed(words) = case.outcome else { return Err(format!("no words: {case:?}")) };
    let args: Vec<&str> = command.split_whitespace().collect();
    let outcome = Sandbox::new().run(&args);
    let printed = String::from_utf8_lossy(&outcome.stdout).into_owned() + &outcome.stderr;
    let is_right = outcome.status == 0 && printed.contains(words);
    if is_right { Ok(()) } else { Err(format!("`{command}` ends with {}: {printed}", outcome.status)) }
}

/// A line for `cargo xtask field`, where it asks for it.
fn log(runner: &str, case: &FieldCase, came: &Came, is_right: bool) {
    let Some(path) = std::env::var_os("NDCODEC_FIELD_LOG") else { return };
    let said = came.as_ref().err().map(String::as_str).unwrap_or_default();
    let line = serde_json::json!({
        "runner": runner, "folder": case.folder, "input": case.input, "chain": case.chain, "is_right": is_right,
        "said": said,
    });
    let mut log = OpenOptions::new().create(true).append(true).open(path).unwrap();
    log.write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Whether what came out is what must.
fn judge(case: &FieldCase, folder: &Path, came: &Came) -> Result<(), String> {
    let expected: Value = match fs::read(folder.join("expected.json")) {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap(),
        Err(_) => Value::Null,
    };
    match (&case.outcome, came) {
        (FieldOutcome::Arrays(keys), Ok(arrays)) => {
            if keys.len() != arrays.len() {
                return Err(format!("{} arrays, not {}", arrays.len(), keys.len()));
            }
            keys.iter().zip(arrays).try_for_each(|(key, array)| compare(&expected[key], array))
        }
        (FieldOutcome::Member(_, key) | FieldOutcome::Either(key, _), Ok(arrays)) => {
            compare(&expected[key], &arrays[0])
        }
        (
            FieldOutcome::Refused(words) | FieldOutcome::BadMember(_, words) | FieldOutcome::Either(_, words),
            Err(message),
        ) => {
            let has_words = message.contains(words);
            if has_words { Ok(()) } else { Err(format!("the words `{words}` are not in: {message}")) }
        }
        (_, Ok(_)) => Err("it is read, and should be refused".to_owned()),
        (_, Err(message)) => Err(format!("it is refused: {message}")),
    }
}

/// Whether an array has the dtype (byte order aside), shape and elements that `expected.json` gives.
fn compare(expected: &Value, array: &Array) -> Result<(), String> {
    let shape: Vec<usize> =
        serde_json::from_value(expected["shape"].clone()).map_err(|error| error.to_string())?;
    if array.shape() != shape {
        return Err(format!("shape {:?}, not {shape:?}", array.shape()));
    }
    let sha256 = sha256_hex(&canonical(array));
    if sha256 != expected["sha256"].as_str().unwrap_or_default() {
        let dtype = array.dtype();
        return Err(format!("the elements of dtype {dtype} are not those of {}", expected["dtype"]));
    }
    // Of extension scalars the cases have the bits.
    let dtype = DType::parse(expected["dtype"].as_str().unwrap_or_default()).ok();
    if dtype
        .is_some_and(|dtype| dtype.itemsize() != array.dtype().itemsize() && array.dtype().fields().is_none())
    {
        return Err(format!("dtype {}, not {}", array.dtype(), expected["dtype"]));
    }
    Ok(())
}

/// The elements as those who made the cases hash them: little-endian, of a struct one field after the other.
fn canonical(array: &Array) -> Vec<u8> {
    fn fields(dtype: &DType, elements: &[&[u8]]) -> Vec<u8> {
        match dtype.fields() {
            None => elements.concat(),
            Some(all) => {
                let part = |field: &ndcodec::dtype::Field| {
                    let parts: Vec<&[u8]> =
                        elements.iter().map(|bytes| &bytes[field.offset()..][..field.size()]).collect();
                    fields(field.dtype(), &parts)
                };
                all.iter().flat_map(part).collect()
            }
        }
    }
    if array.dtype().fields().is_none() {
        return canonical_bytes(&array.view());
    }
    let elements: Vec<&[u8]> = array.payload().chunks_exact(array.dtype().itemsize().max(1)).collect();
    fields(array.dtype(), &elements)
}

fn by_library(case: &FieldCase, path: &Path) -> Came {
    let bytes = fs::read(path).unwrap();
    if let FieldOutcome::Member(name, _) | FieldOutcome::BadMember(name, _) = &case.outcome {
        let npz = Npz::open(std::io::Cursor::new(bytes)).map_err(|error| error.report())?;
        return npz.read(name).map(|array| vec![array]).map_err(|error| error.report());
    }
    if case.input.ends_with(".npz") {
        return Npz::open(std::io::Cursor::new(bytes)).map(|_| Vec::new()).map_err(|error| error.report());
    }
    let chain = match case.chain {
        Some(text) => Chain::parse(text).map_err(|error| error.to_string())?,
        None => match ndcodec::detect(&bytes) {
            Detected::Chain(chain) => chain,
            Detected::Pipeline { pipeline, inside, known, .. } => {
                let decoded = pipeline.decode(&bytes).map_err(|error| error.report())?;
                let known = known.map(|known| known.to_string());
                return Err(format!(
                    "no array: `{pipeline}` gives {} bytes, {inside:?}; {known:?}",
                    decoded.len()
                ));
            }
            Detected::Unknown { guess, begins, known, .. } => {
                let known = known.map(|known| known.to_string()).unwrap_or_default();
                let guess = guess.map(|guess| guess.to_string());
                return Err(format!(
                    "unknown: {begins:?}, it may be `{}`; {known}",
                    guess.unwrap_or_default()
                ));
            }
            other => return Err(format!("{other:?}")),
        },
    };
    if matches!(&case.outcome, FieldOutcome::Arrays(keys) if keys.len() > 1) {
        let arrays = chain.decode_all(&bytes).map_err(|error| error.report())?;
        return arrays.collect::<Result<_, _>>().map_err(|error| error.report());
    }
    let at_once = chain.decode(&bytes).map_err(|error| error.report());
    // In one piece and as a stream, the same array and the same help.
    let streamed = chain.decode_from(&bytes[..]).map_err(|error| error.report());
    let help = |report: &str| report.split_once("\nhelp: ").map(|(_, help)| help.to_owned());
    match (&at_once, &streamed) {
        (Ok(a), Ok(b)) => assert_eq!((a.layout(), a.payload()), (b.layout(), b.payload()), "{case:?}"),
        (Err(a), Err(b)) => assert_eq!(help(a), help(b), "{case:?}: {a}\nbut as a stream {b}"),
        (Ok(_), Err(report)) if matches!(case.outcome, FieldOutcome::Either(..)) => {
            return Err(report.clone());
        }
        (a, b) => return Err(format!("{:?} but as a stream {:?}", a.as_ref().err(), b.as_ref().err())),
    }
    at_once.map(|array| vec![array])
}

fn by_program(case: &FieldCase, path: &Path) -> Came {
    let sandbox = Sandbox::new();
    let path = path.to_str().unwrap();
    let mut args = vec!["decode", path];
    if let Some(chain) = case.chain {
        args.extend(["--chain", chain]);
    }
    let several = matches!(&case.outcome, FieldOutcome::Arrays(keys) if keys.len() > 1);
    match &case.outcome {
        FieldOutcome::Member(name, _) | FieldOutcome::BadMember(name, _) => {
            args.extend(["--member", name, "-o", "out.npy"]);
        }
        _ if case.input.ends_with(".npz") => args.extend(["-o", "out"]),
        _ if several => args.extend(["--all", "-o", "out"]),
        _ => args.extend(["-o", "out.npy"]),
    }
    let Outcome { status, stderr, .. } = finish(sandbox.command(&args), b"");
    if status != 0 {
        assert!(!sandbox.files().contains(&"out.npy".to_owned()), "{case:?} left a file");
        // The words must not be those of the path.
        return Err(stderr.replace(path, "FILE"));
    }
    let read = |name: &str| Chain::parse("npy").unwrap().decode(&sandbox.read(name)).unwrap();
    if several {
        return Ok((0..fs::read_dir(sandbox.path("out")).unwrap().count())
            .map(|index| read(&format!("out/{index}.npy")))
            .collect());
    }
    if case.input.ends_with(".npz") && !sandbox.files().contains(&"out.npy".to_owned()) {
        return Ok(Vec::new());
    }
    // Extension scalars are void in a `.npy`; their bits are what is compared.
    Ok(vec![read("out.npy")])
}
