//! Laws of descriptors, and the texts of a stage that the other laws are run on.

use ndcodec_core::{Chain, ParamDefault, ParamKind, ParamSpec, Pipeline, StageDescriptor, StageKind};

use super::subject::fail;

/// A descriptor says what a user must know, and nothing that contradicts itself: a name that can stand in a chain, a
/// line on the stage and on each parameter, distinct parameter names, ranges that are not empty, defaults within them.
pub fn check(stage: &StageDescriptor) {
    let fault = |case: &str, found: &str, expected: &str| -> ! {
        fail(stage.name(), "descriptor", case, found, expected)
    };
    let line = "one line without a full stop";
    let is_word = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if !is_word(stage.name()) {
        fault("name", &format!("`{}`", stage.name()), "a lower-case word");
    }
    if stage.package().is_empty() {
        fault("package", "it is empty", "the name of the package");
    }
    if !is_line(stage.summary()) {
        fault("summary", &format!("`{}`", stage.summary()), line);
    }
    let specs = stage.params();
    for (index, spec) in specs.iter().enumerate() {
        if !is_word(spec.name) {
            fault(spec.name, "the parameter's name", "a lower-case word");
        }
        if specs[..index].iter().any(|before| before.name == spec.name) {
            fault(spec.name, "two parameters have the name", "one");
        }
        if !is_line(spec.doc) {
            fault(spec.name, &format!("its doc is `{}`", spec.doc), line);
        }
        if spec.default == ParamDefault::Required
            && specs[..index].iter().any(|before| before.default != ParamDefault::Required)
        {
            fault(spec.name, "it is required and stands after one that is not", "required ones first");
        }
        if !is_default_in_range(spec) {
            fault(spec.name, &format!("its default is {:?}", spec.default), &spec.kind.to_string());
        }
    }
    if stage.kind() != StageKind::Codec && (stage.is_text() || stage.is_truncation_detected()) {
        let found = format!("a {} promises text or detected truncation", stage.kind());
        fault("promises", &found, "a codec");
    }
}

/// A stage prints as text that parses to the same stage, defaults left out or (`{:#}`) not.
pub fn text_round_trip(text: &str, kind: StageKind) {
    let print: fn(&str) -> Result<[String; 2], ndcodec_core::ChainError> = match kind {
        StageKind::Format => {
            |text| Chain::parse(text).map(|chain| [format!("{chain}"), format!("{chain:#}")])
        }
        _ if is_untyped_filter(text) => return,
        _ => |text| Pipeline::parse(text).map(|pipeline| [format!("{pipeline}"), format!("{pipeline:#}")]),
    };
    let printed =
        print(text).unwrap_or_else(|error| fail(text, "text_round_trip", "its text", error, "a stage"));
    for form in &printed {
        match print(form) {
            Ok(again) if again == printed => {}
            Ok([again, _]) => {
                fail(text, "text_round_trip", form, format_args!("it is read as `{again}`"), &printed[0])
            }
            Err(error) => fail(text, "text_round_trip", form, error, "that it is read"),
        }
    }
}

/// The texts that a stage is tested with: first its defaults (and the simplest value of what must be given), then each
/// parameter in turn at each of its extremes, the rest at their defaults.
pub fn texts(stage: &StageDescriptor) -> Vec<String> {
    let specs = stage.params();
    // A container cannot encode without its inner chain, whatever its decoder can infer.
    let required: Vec<String> = specs
        .iter()
        .filter(|spec| spec.default == ParamDefault::Required || matches!(spec.kind, ParamKind::Tail))
        .filter_map(|spec| Some(format!("{}={}", spec.name, extremes(spec).into_iter().next()?)))
        .collect();
    let text = |args: &[String]| match args {
        [] => stage.name().to_owned(),
        args => format!("{}({})", stage.name(), args.join(",")),
    };
    let mut texts = vec![text(&required)];
    for spec in specs {
        let key = format!("{}=", spec.name);
        let others: Vec<String> = required.iter().filter(|arg| !arg.starts_with(&key)).cloned().collect();
        let mut is_left_out = spec.kind == ParamKind::ItemType;
        for value in extremes(spec) {
            let args = [others.clone(), vec![format!("{key}{value}")]].concat();
            // Which types a filter takes is its own matter, but there is one.
            if spec.kind == ParamKind::ItemType && !is_typed(&text(&args)) {
                continue;
            }
            is_left_out = false;
            if !texts.contains(&text(&args)) {
                texts.push(text(&args));
            }
        }
        if is_left_out {
            fail(
                stage.name(),
                "descriptor",
                spec.name,
                format_args!("it refuses each of {:?}", extremes(spec)),
                "one of them at least",
            );
        }
    }
    texts
}

/// Whether a stage is given the type of its elements, so that a filter is a codec.
pub(super) fn is_typed(text: &str) -> bool {
    ndcodec_core::build_codec(text).is_ok()
}

fn is_untyped_filter(text: &str) -> bool {
    ndcodec_core::build_filter(text).is_ok()
}

/// The ends of a range, every word of a choice, and types of elements of several kinds. What a dtype or shape may be depends on the array; what stands here
/// fits the arrays of the laws.
fn extremes(spec: &ParamSpec) -> Vec<String> {
    match spec.kind {
        ParamKind::Int { min, max } => vec![min.to_string(), max.to_string()],
        ParamKind::Size { min, max } => vec![min.to_string(), max.to_string()],
        ParamKind::Flag => vec!["true".to_owned(), "false".to_owned()],
        ParamKind::Choice(words) => words.iter().map(|word| (*word).to_owned()).collect(),
        ParamKind::DType => vec!["<f4".to_owned(), ">i2".to_owned()],
        ParamKind::ItemType => ["4", "<i2", "<f4", ">f8"].map(str::to_owned).into(),
        ParamKind::Shape => vec!["?".to_owned(), "2x3".to_owned(), "?x3".to_owned()],
        ParamKind::Tail => simplest_codec().into_iter().collect(),
        _ => Vec::new(),
    }
}

/// A codec of this build that needs no parameters, for a stage that takes an inner chain.
fn simplest_codec() -> Option<String> {
    let known = ndcodec_core::stages();
    let is_simple = |stage: &&&StageDescriptor| {
        let specs = stage.params();
        stage.kind() == StageKind::Codec && specs.iter().all(|spec| spec.default != ParamDefault::Required)
    };
    known.iter().find(is_simple).map(|stage| stage.name().to_owned())
}

fn is_default_in_range(spec: &ParamSpec) -> bool {
    match (spec.kind, spec.default) {
        (_, ParamDefault::Required | ParamDefault::FromArray | ParamDefault::Inferred) => true,
        (ParamKind::Int { min, max }, ParamDefault::Int(value)) => (min..=max).contains(&value),
        (ParamKind::Size { min, max }, ParamDefault::Int(value)) => {
            u64::try_from(value).is_ok_and(|value| (min..=max).contains(&value))
        }
        (ParamKind::Flag, ParamDefault::Flag(_)) => true,
        (ParamKind::Choice(words), ParamDefault::Word(value)) => words.contains(&value),
        _ => false,
    }
}

fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains('\n') && !text.ends_with('.')
}
