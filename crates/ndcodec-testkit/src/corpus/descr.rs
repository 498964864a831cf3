//! The manifest's dtypes: numpy's descrs as JSON, which has lists where Python has tuples.

use ndcodec_core::literal::{self, Literal};
use ndcodec_core::{DType, DTypeError};

/// The dtype of a manifest's column `dtype`: `<f4`, `float64`, or a descr list in JSON, such as
/// `[["a", "<i4"], ["b", "<f8", [2]]]`.
///
/// # Errors
/// As [`DType::parse`] and [`DType::from_descr`].
pub fn parse_dtype(text: &str) -> Result<DType, DTypeError> {
    if !text.starts_with('[') {
        return DType::parse(text);
    }
    // JSON's lists of strings and integers are Python literals too.
    let json = literal::parse(text.as_bytes()).map_err(DTypeError::Literal)?;
    DType::from_descr(&descr(json))
}

/// A descr: text, a list of fields, or a pair of a descr and the shape of a sub-array, which is a tuple in Python.
fn descr(json: Literal) -> Literal {
    match json {
        Literal::List(items) => match <[Literal; 2]>::try_from(items) {
            Ok([element, shape]) if is_shape(&shape) => Literal::Tuple(vec![descr(element), shape]),
            Ok(fields) => Literal::List(fields.map(field).into()),
            Err(fields) => Literal::List(fields.into_iter().map(field).collect()),
        },
        text => text,
    }
}

/// Name, descr, and the shape of a sub-array, if it is one.
fn field(json: Literal) -> Literal {
    let Literal::List(parts) = json else { return json };
    let parts = parts.into_iter().enumerate().map(|(index, part)| match (index, part) {
        // A title and a name.
        (0, Literal::List(names)) => Literal::Tuple(names),
        (1, part) => descr(part),
        (_, part) => part,
    });
    Literal::Tuple(parts.collect())
}

fn is_shape(json: &Literal) -> bool {
    match json {
        Literal::Int(_) => true,
        Literal::List(dims) => dims.iter().all(|dim| matches!(dim, Literal::Int(_))),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_become_tuples_where_python_has_them() {
        for (json, python) in [
            (r#"[["a", "<i4"], ["b", "<f8", [2]]]"#, "[('a', '<i4'), ('b', '<f8', (2,))]"),
            (r#"[["c", ["<f8", [5]], [2]]]"#, "[('c', ('<f8', (5,)), (2,))]"),
            (
                r#"[["x", [[["a", "|i1"], ["", "|V3"]], [3]], [4]]]"#,
                "[('x', ([('a', '|i1'), ('', '|V3')], (3,)), (4,))]",
            ),
            (r#"[[["title", "a\nb"], "<M8[25s]"]]"#, "[(('title', 'a\\nb'), '<M8[25s]')]"),
            (r#"[["", "|V8"]]"#, "[('', '|V8')]"),
            ("float64", "<f8"),
        ] {
            assert_eq!(parse_dtype(json).unwrap(), DType::parse(python).unwrap(), "{json}");
        }
        assert!(parse_dtype("|O").is_err());
        assert!(parse_dtype(r#"[["a"]]"#).is_err());
    }
}
