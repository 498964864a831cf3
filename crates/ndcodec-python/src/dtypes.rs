//! numpy's dtypes to the library's and back. Numbers, the common case, never pass through text.

use std::collections::HashMap;
use std::ffi::c_int;
use std::sync::{Mutex, PoisonError};

use ndcodec::dtype::{Field, Kind};
use ndcodec::{ByteOrder, DType};
use numpy::{PyArrayDescr, PyArrayDescrMethods};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::{errors, raw};

/// numpy's type numbers, which are part of its binary interface.
mod number {
    use std::ffi::c_int;

    pub(super) const OBJECT: c_int = 17;
    /// The first that belongs to a package other than numpy.
    pub(super) const USER: c_int = 256;
    pub(super) const STRING_DTYPE: c_int = 2056;
}

/// The library's dtype for numpy's.
pub(crate) fn from_numpy(dtype: &Bound<'_, PyArrayDescr>) -> PyResult<DType> {
    let number = dtype.num();
    let order = match dtype.byteorder() {
        b'<' => ByteOrder::Little,
        b'>' => ByteOrder::Big,
        b'=' => ByteOrder::NATIVE,
        _ => ByteOrder::NotApplicable,
    };
    let itemsize = dtype.itemsize();
    let kind = match number {
        0 => Kind::Bool,
        1 | 3 | 5 | 7 | 9 => Kind::Int,
        2 | 4 | 6 | 8 | 10 => Kind::UInt,
        11 | 12 | 23 => Kind::Float,
        13 if itemsize == 8 => Kind::Float,
        13 => Kind::LongDouble,
        14 | 15 => Kind::Complex,
        16 if itemsize == 16 => Kind::Complex,
        16 => Kind::ComplexLongDouble,
        18 => Kind::Bytes,
        19 => Kind::Str,
        20 if dtype.has_fields() || !dtype.getattr("names")?.is_none() => return structure(dtype),
        20 => Kind::Void,
        _ => return other(dtype, number),
    };
    DType::scalar(kind, itemsize, order).map_err(|error| errors::plain(dtype.py(), error.to_string()))
}

/// Dates, which have a unit, and types of other packages.
fn other(dtype: &Bound<'_, PyArrayDescr>, number: c_int) -> PyResult<DType> {
    let py = dtype.py();
    if number == number::OBJECT {
        return Err(objects(py));
    }
    if number == number::STRING_DTYPE {
        return Err(errors::plain(
            py,
            "the elements of `StringDType` lie outside of the array; make it one of fixed length by \
             `x.astype(\"U\")`, or encode any Python object by `dumps`",
        ));
    }
    let attribute = if number >= number::USER { "name" } else { "str" };
    let mut text: String = dtype.getattr(attribute)?.extract()?;
    if number >= number::USER && dtype.byteorder() == b'>' {
        text.insert(0, '>');
    }
    // A name is anybody's; the bytes are numpy's.
    let parsed = DType::parse(&text).ok().filter(|parsed| parsed.itemsize() == dtype.itemsize());
    parsed.ok_or_else(|| errors::plain(py, format!("no chain can hold the dtype `{text}`")))
}

/// Whether a dtype or a field in it carries metadata, which numpy keeps in no file either.
pub(crate) fn has_metadata(dtype: &Bound<'_, PyArrayDescr>) -> PyResult<bool> {
    if raw::has_metadata(dtype) {
        return Ok(true);
    }
    if !dtype.has_fields() {
        return Ok(dtype.has_subarray() && has_metadata(&dtype.base())?);
    }
    for entry in dtype.getattr("fields")?.call_method0("values")?.try_iter()? {
        if has_metadata(&entry?.get_item(0)?.cast_into()?)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn objects(py: Python<'_>) -> PyErr {
    errors::plain(
        py,
        "an array of Python objects has no bytes of its own; give it a dtype by `x.astype(…)`, or encode any \
         Python object by `dumps`",
    )
}

fn structure(dtype: &Bound<'_, PyArrayDescr>) -> PyResult<DType> {
    let py = dtype.py();
    if dtype.has_object() {
        return Err(objects(py));
    }
    let names = dtype.getattr("names")?;
    let fields = dtype.getattr("fields")?;
    let mut parts = Vec::new();
    for name in names.try_iter()? {
        let name = name?;
        let entry = fields.get_item(&name)?.cast_into::<PyTuple>()?;
        let name: String = name.extract()?;
        let offset: usize = entry.get_item(1)?.extract()?;
        let (mut element, mut shapes) = (entry.get_item(0)?.cast_into::<PyArrayDescr>()?, Vec::new());
        while element.has_subarray() {
            shapes.push(element.shape());
            element = element.base();
        }
        let mut field = Field::new(name.as_str(), from_numpy(&element)?, offset);
        for shape in shapes.iter().rev() {
            field = field.with_shape(shape).map_err(|error| errors::plain(py, error.to_string()))?;
        }
        if let Ok(title) = entry.get_item(2)
            && !title.is_none()
        {
            let title: String = title.extract().map_err(|_| {
                errors::plain(
                    py,
                    format!("the title of field `{name}` is not text, and no header can hold it"),
                )
            })?;
            field = field.with_title(title);
        }
        parts.push(field);
    }
    DType::structure(parts, dtype.itemsize())
        .map_err(|error| errors::plain(py, format!("no header can hold the struct: {error}")))
}

/// numpy's dtype for the library's.
pub(crate) fn to_numpy<'py>(py: Python<'py>, dtype: &DType) -> PyResult<Bound<'py, PyArrayDescr>> {
    let number = match (dtype.kind(), dtype.itemsize()) {
        (Kind::Bool, _) => 0,
        (Kind::Int, 1) => 1,
        (Kind::UInt, 1) => 2,
        (Kind::Int, 2) => 3,
        (Kind::UInt, 2) => 4,
        (Kind::Int, 4) => 5,
        (Kind::UInt, 4) => 6,
        // `long` where it has 8 bytes, for that is what numpy itself makes of `<i8`.
        (Kind::Int, 8) => {
            if size_of::<std::ffi::c_long>() == 8 {
                7
            } else {
                9
            }
        }
        (Kind::UInt, 8) => {
            if size_of::<std::ffi::c_long>() == 8 {
                8
            } else {
                10
            }
        }
        (Kind::Float, 2) => 23,
        (Kind::Float, 4) => 11,
        (Kind::Float, 8) => 12,
        (Kind::Complex, 8) => 14,
        (Kind::Complex, 16) => 15,
        _ => return kept(py, dtype),
    };
    let native = raw::builtin_dtype(py, number)?;
    if dtype.is_native() { Ok(native) } else { raw::byte_swapped(&native) }
}

/// dtypes that numpy makes from text, which takes it longer than a small array takes to decode.
static KEPT: Mutex<Option<HashMap<DType, Py<PyArrayDescr>>>> = Mutex::new(None);
const MOST_KEPT: usize = 64;

fn kept<'py>(py: Python<'py>, dtype: &DType) -> PyResult<Bound<'py, PyArrayDescr>> {
    // The names of a struct's fields may be assigned to, so each array has a struct of its own.
    if let Some(fields) = dtype.fields() {
        return structure_to_numpy(py, fields, dtype.itemsize());
    }
    let lock = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = lock().as_ref().and_then(|kept| kept.get(dtype)) {
        return Ok(found.bind(py).clone());
    }
    // Not under the lock: importing may run any Python code, which may come back here.
    let made = from_text(py, &dtype.to_string())?;
    let mut kept = lock();
    let kept = kept.get_or_insert_default();
    if kept.len() >= MOST_KEPT {
        kept.clear();
    }
    kept.insert(dtype.clone(), made.clone().unbind());
    Ok(made)
}

/// By its parts: Python's parser needs 12 µs for each field of a text.
fn structure_to_numpy<'py>(
    py: Python<'py>,
    fields: &[Field],
    itemsize: usize,
) -> PyResult<Bound<'py, PyArrayDescr>> {
    let mut formats = Vec::new();
    for field in fields {
        let mut format = to_numpy(py, field.dtype())?;
        for shape in field.sub_arrays() {
            format = PyArrayDescr::new(py, (format, PyTuple::new(py, shape)?))?;
        }
        formats.push(format);
    }
    let parts = PyDict::new(py);
    parts.set_item("names", PyList::new(py, fields.iter().map(Field::name))?)?;
    parts.set_item("formats", formats)?;
    parts.set_item("offsets", PyList::new(py, fields.iter().map(Field::offset))?)?;
    parts.set_item("itemsize", itemsize)?;
    if fields.iter().any(|field| field.title().is_some()) {
        parts.set_item("titles", PyList::new(py, fields.iter().map(Field::title))?)?;
    }
    PyArrayDescr::new(py, parts)
}

fn from_text<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyArrayDescr>> {
    static FROM_TEXT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = FROM_TEXT.import(py, "ndcodec._dtypes", "from_text")?;
    Ok(make.call1((text,))?.cast_into::<PyArrayDescr>()?)
}
