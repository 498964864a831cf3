//! What to do about headers that numpy refuses as well, and that some software writes.

use ndcodec_core::literal::Literal;

/// For what is not a Python literal from `rest` on.
pub(super) fn of_literal(rest: &[u8]) -> Option<&'static str> {
    let starts = |word: &str| rest.starts_with(word.as_bytes());
    if starts("np.") || starts("numpy.") {
        return Some(
            "numpy scalars, `np.int64(…)`, stand where plain numbers should: numpy wrote them for a shape that was given \
             as such, and does not read them; the elements behind the header are `raw`",
        );
    }
    if starts("<") {
        return Some(
            "`<class …>` is what Python prints for a type: the dtype had metadata, which no header can hold",
        );
    }
    if starts("true") || starts("false") || starts("null") {
        return Some(
            "`true`, `false` and `null` are of JSON; in a header they are `True`, `False` and `None`",
        );
    }
    None
}

/// For a descr that is not a dtype.
pub(super) fn of_descr(descr: &Literal) -> Option<&'static str> {
    let has_metadata = has_dict(descr);
    has_metadata.then_some(
        "the dict beside a dtype is its metadata, which numpy wrote by mistake and does not read; write the array anew with \
         a dtype that has none",
    )
}

/// Whether a dict stands beside a dtype.
fn has_dict(descr: &Literal) -> bool {
    match descr {
        Literal::Tuple(items) if items.len() == 2 && matches!(items[1], Literal::Dict(_)) => true,
        Literal::Tuple(items) | Literal::List(items) => items.iter().any(has_dict),
        _ => false,
    }
}
