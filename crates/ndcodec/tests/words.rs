//! `words.md`, which rustdoc shows in the module `words`, is what the descriptors say: `cargo xtask words` writes it.
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

use std::fmt::Write as _;
use std::path::Path;

use ndcodec::stage::{ParamDefault, ParamKind, ParamSpec, StageDescriptor, StageKind};
use ndcodec::words::BUILT_IN;

#[test]
fn the_page_is_what_the_descriptors_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("words.md");
    let page = page(BUILT_IN);
    if std::env::var_os("NDCODEC_WRITE_WORDS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let differs = found.lines().zip(page.lines()).find(|(found, made)| found != made);
    assert!(found == page, "`cargo xtask words` writes the page anew; first it differs in {differs:?}");
}

#[test]
fn every_word_has_what_a_reader_needs() {
    assert!(BUILT_IN.len() >= 28, "{} words", BUILT_IN.len());
    for stage in BUILT_IN {
        assert!(!stage.summary().is_empty(), "{stage:?} has no summary");
        for param in stage.params() {
            assert!(!param.doc.is_empty(), "`{}` of {stage:?} is not documented", param.name);
        }
    }
}

fn page(stages: &[&StageDescriptor]) -> String {
    let mut page =
        "# The built-in words\n\nMade from the descriptors of the stages by `cargo xtask words`.\n\
        Parameters stand in the order in which they may be given without their names.\n"
            .to_owned();
    for (kind, title, about) in [
        (StageKind::Format, "Formats", "A format begins a chain: it turns an array into bytes."),
        (StageKind::Filter, "Filters", "A filter rewrites an array so that codecs find more in it."),
        (StageKind::Codec, "Codecs", "A codec turns bytes into bytes."),
    ] {
        write!(page, "\n## {title}\n\n{about}\n").unwrap();
        stages.iter().filter(|stage| stage.kind() == kind).for_each(|stage| word(&mut page, stage));
    }
    page
}

fn word(page: &mut String, stage: &StageDescriptor) {
    write!(page, "\n### `{}`\n\n**{}**\n\n", stage.name(), stage.summary()).unwrap();
    if !stage.specification().is_empty() {
        writeln!(page, "Specification: {}.", linked(stage.specification())).unwrap();
    }
    let promises = promises(stage);
    if !promises.is_empty() {
        writeln!(page, "{}.", capital(&promises.join("; "))).unwrap();
    }
    if stage.params().is_empty() {
        page.push_str("It has no parameters.\n");
        return;
    }
    page.push_str(
        "\n| parameter | values | if it is not given | what it does |\n| --- | --- | --- | --- |\n",
    );
    for param in stage.params() {
        let cells =
            [format!("`{}`", param.name), param.kind.to_string(), default(param), param.doc.to_owned()];
        writeln!(page, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | ")).unwrap();
    }
}

fn promises(stage: &StageDescriptor) -> Vec<&'static str> {
    let is_lossless_filter = stage.kind() == StageKind::Filter && !stage.is_lossy();
    [
        (stage.is_text(), "its output is text"),
        (stage.is_streaming(), "it streams in bounded memory"),
        (stage.has_stable_bytes(), "its bytes are the same in every version"),
        (stage.is_truncation_detected(), "it detects that data were cut"),
        (stage.is_lossy(), "it is lossy"),
        (is_lossless_filter, "it gives back every bit"),
        (stage.is_container(), "it encodes the elements by an inner chain"),
        (stage.is_named_by_data(), "a header may name it"),
        (stage.is_zero_padded(), "zeros may follow its data"),
    ]
    .into_iter()
    .filter_map(|(holds, promise)| holds.then_some(promise))
    .collect()
}

fn default(param: &ParamSpec) -> String {
    match (param.default, param.kind) {
        (ParamDefault::Required, _) => "it must be given".to_owned(),
        (ParamDefault::FromArray, _) => "the array's".to_owned(),
        (ParamDefault::Inferred, _) => "inferred".to_owned(),
        (ParamDefault::Int(value), ParamKind::Size { .. }) if value > 0 && value % (1 << 20) == 0 => {
            format!("`{}MiB`", value >> 20)
        }
        (ParamDefault::Int(value), ParamKind::Size { .. }) if value > 0 && value % (1 << 10) == 0 => {
            format!("`{}KiB`", value >> 10)
        }
        (ParamDefault::Int(value), _) => format!("`{value}`"),
        (ParamDefault::Flag(value), _) => format!("`{value}`"),
        (ParamDefault::Word(value), _) => format!("`{value}`"),
        (other, _) => unreachable!("{other:?} is not printed"),
    }
}

fn linked(specification: &str) -> String {
    let is_address = specification.starts_with("https://") || specification.starts_with("http://");
    if is_address { format!("<{specification}>") } else { specification.to_owned() }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.clone()).collect()
}
