//! Errors as objects, from which the package makes its `NdcodecError`.

#[cfg(not(feature = "full"))]
use ndcodec::ErrorKind;
use ndcodec::error::{ChainErrorKind, DTypeError};
use ndcodec::{ArrayError, ChainError, Error, StageError};
use wasm_bindgen::JsValue;

use crate::object::{Fields, list};

/// What functions return that may fail.
pub(crate) type Outcome<T = JsValue> = Result<T, JsValue>;

/// The object for `error`.
pub(crate) fn thrown(error: impl Into<Error>) -> JsValue {
    let error = error.into();
    let is_not_built = matches!(&error, Error::Chain(error) if error.kind() == ChainErrorKind::NotBuilt);
    let help = if is_not_built { Some(LOAD_FULL) } else { error.help() };
    let message = match (is_not_built, error.help()) {
        // A feature is for those who build this themselves.
        (true, Some(feature)) => error.report().replace(feature, LOAD_FULL),
        _ => error.report(),
    };
    let fields = Fields::new()
        .with("message", message)
        .with("kind", error.kind().name())
        .with("fault", error.fault().name())
        .with("help", help)
        .with("limit", error.limit().map(|limit| camel_case(limit.name())));
    match &error {
        Error::Chain(error) => of_chain(fields, error),
        Error::Stage(error) => of_stage(fields, error),
        _ => fields,
    }
    .done()
}

/// The object for a text that is not a dtype.
pub(crate) fn no_dtype(error: DTypeError) -> JsValue {
    thrown(ArrayError::from(error))
}

/// The object for what the caller did wrong before a stage ran.
pub(crate) fn misuse(message: &str) -> JsValue {
    Fields::new().with("message", message).with("kind", "array").with("fault", "caller").done()
}

/// The object for what the other module has.
#[cfg(not(feature = "full"))]
pub(crate) fn unsupported(message: &str) -> JsValue {
    let kind = ErrorKind::Unsupported;
    Fields::new()
        .with("message", format!("{message}\nhelp: {LOAD_FULL}"))
        .with("kind", kind.name())
        .with("fault", kind.fault().name())
        .with("help", LOAD_FULL)
        .done()
}

/// What to do about a word that this module does not have.
const LOAD_FULL: &str = "`await load(\"full\")` loads every word";

fn of_chain(fields: Fields, error: &ChainError) -> Fields {
    let text = error.text();
    // JavaScript counts UTF-16 units.
    let at = |byte: usize| text.get(..byte).map_or(0, |before| before.encode_utf16().count());
    let span = error.span();
    fields
        .with("chain", text)
        .with("reason", error.message())
        .with("span", list([at(span.start), at(span.end)]))
}

fn of_stage(fields: Fields, error: &StageError) -> Fields {
    fields
        .with("stage", error.name())
        .with("index", error.index())
        .with("direction", error.direction().to_string())
        .with("offset", error.offset())
}

/// `maxBytes` of `max_bytes`: the names of options are those of JavaScript.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let (head, rest) = word.split_at(1);
        text + &head.to_ascii_uppercase() + rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_have_the_names_of_options() {
        assert_eq!(camel_case("max_bytes"), "maxBytes");
        assert_eq!(camel_case("max"), "max");
    }
}
