//! Structs as dicts: `{'names': ['a', 'b'], 'formats': ['<i4', '<f8'], 'offsets': [0, 8], 'itemsize': 16}`, in which
//! `numpy.dtype` prints a struct that has gaps. No header has it.

use super::descr::{Reader, shape_dim};
use super::error::excerpt_literal;
use super::fields::Field;
use super::literal::Literal;
use super::{DType, DTypeError};

const KEYS: [&str; 6] = ["names", "formats", "offsets", "titles", "itemsize", "aligned"];

/// `depth` is the number of brackets already open.
pub(super) fn structure(reader: &Reader, dict: &Literal, depth: usize) -> Result<DType, DTypeError> {
    for (key, _) in dict.as_dict().unwrap_or_default() {
        if !key.as_str().is_some_and(|key| KEYS.contains(&key)) {
            return Err(DTypeError::DictKey { found: excerpt_literal(key) });
        }
    }
    let names = list(dict, "names", None)?.ok_or_else(|| wrong("names", "a list"))?;
    let list = |key| list(dict, key, Some(names.len()));
    let formats = list("formats")?.ok_or_else(|| wrong("formats", "a list as long as `names`"))?;
    let (offsets, titles) = (list("offsets")?, list("titles")?);
    let itemsize = dict.get("itemsize").map(|size| shape_dim(size).ok_or_else(|| wrong("itemsize", LENGTH)));
    let itemsize = itemsize.transpose()?;
    let is_aligned = match dict.get("aligned") {
        None => reader.is_aligned,
        Some(Literal::Bool(aligned)) => reader.is_aligned || *aligned,
        Some(_) => return Err(wrong("aligned", "`True` or `False`")),
    };
    if is_aligned && (offsets.is_none() || itemsize.is_none()) {
        return Err(open_offsets());
    }
    let reader = Reader { is_aligned, ..*reader };

    let mut fields = Vec::with_capacity(names.len());
    let mut end = 0_usize;
    for (index, (name, format)) in names.iter().zip(formats).enumerate() {
        let name = name.as_str().ok_or_else(|| wrong("names", "a list of strings"))?;
        let cell = reader.cell(format, depth + 2).map_err(|error| error.in_field(name))?;
        let offset = match offsets.and_then(|offsets| offsets.get(index)) {
            Some(offset) => shape_dim(offset).ok_or_else(|| wrong("offsets", "a list of lengths"))?,
            None => end,
        };
        let title = match titles.and_then(|titles| titles.get(index)) {
            None | Some(Literal::None) => None,
            Some(Literal::Str(title)) => Some(title.clone()),
            Some(_) => return Err(wrong("titles", "a list of strings and `None`")),
        };
        let field = Field::from_cell(name.to_owned(), title, cell, offset);
        end = end.max(offset.saturating_add(field.size()));
        fields.push(field);
    }
    DType::structure(fields, itemsize.unwrap_or(end))
}

const LENGTH: &str = "a number of bytes";

/// The list or tuple under a key, of this length if one is given.
fn list<'l>(
    dict: &'l Literal,
    key: &'static str,
    len: Option<usize>,
) -> Result<Option<&'l [Literal]>, DTypeError> {
    match dict.get(key) {
        None => Ok(None),
        Some(Literal::List(items) | Literal::Tuple(items)) if len.is_none_or(|len| len == items.len()) => {
            Ok(Some(items))
        }
        Some(_) => Err(wrong(key, if len.is_none() { "a list" } else { "a list as long as `names`" })),
    }
}

/// How C aligns fields is a matter of the compiler.
pub(super) fn open_offsets() -> DTypeError {
    wrong("aligned", "given with both `offsets` and `itemsize`, also in nested structs")
}

fn wrong(key: &'static str, expected: &'static str) -> DTypeError {
    DTypeError::DictValue { key, expected }
}
