//! What Python gives: arrays to encode; encoded data as `bytes`, `str` or any buffer; room to write into.

use std::ops::Range;

use ndcodec::{ArrayView, DType, Error, Layout, Order};
use numpy::{PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::PyUserWarning;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyBytes, PyString, PyType};

use crate::cache::{self, ChainLine};
use crate::raw::Pinned;
use crate::{dtypes, errors, raw, run};

/// An array to encode, contiguous in one order or the other.
pub(crate) struct Given<'py> {
    array: Bound<'py, PyUntypedArray>,
    layout: Layout,
    /// The length of the encoded form, where the chain's bound has always been that so far.
    pub(crate) exact: Option<usize>,
}

impl<'py> Given<'py> {
    /// Takes an ndarray as it is, copies one that is strided to C order, and has numpy convert anything else.
    pub(crate) fn new(object: &Bound<'py, PyAny>, line: &ChainLine) -> PyResult<Self> {
        let array = ndarray(object)?;
        // A copy comes first: dtype, shape and memory are those of one array.
        let array = if array.is_contiguous() { array } else { raw::c_ordered(&array)? };
        let dtype = dtypes::from_numpy(&array.dtype())?;
        let bound = run::quick(object.py(), || line.layout(dtype, array.shape(), order_of(&array)))?;
        let cache::Known { layout, exact, void } = bound;
        if let Some(stage) = void {
            let (dtype, text) = (layout.dtype(), &line.text);
            let void = format!("`npy` stores the dtype `{dtype}` as void");
            warn(object.py(), &format!("{void}; begin the chain `{text}` with `{stage}` to have it back"))?;
        }
        if dtypes::has_metadata(&array.dtype())? {
            warn(object.py(), "the metadata of the array's dtype are not encoded, by any chain")?;
        }
        Ok(Self { array, layout, exact })
    }

    /// The array's memory for another thread.
    pub(crate) fn pinned(&self) -> Pinned {
        Pinned::new(&self.array)
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(crate) fn view(&self) -> PyResult<ArrayView<'_>> {
        // If the array has changed meanwhile, the length differs, and that is an error.
        let payload = raw::payload(&self.array);
        let view = ArrayView::new(self.layout.clone(), payload);
        view.map_err(|error| errors::to_python(self.array.py(), &Error::from(error)))
    }
}

fn warn(py: Python<'_>, message: &str) -> PyResult<()> {
    let message = std::ffi::CString::new(message)?;
    PyErr::warn(py, &py.get_type::<PyUserWarning>(), &message, 1)
}

/// The layout alone, for which no element is moved.
pub(crate) fn layout(object: &Bound<'_, PyAny>) -> PyResult<Layout> {
    let array = ndarray(object)?;
    let dtype = dtypes::from_numpy(&array.dtype())?;
    layout_of(&array, dtype)
}

fn layout_of(array: &Bound<'_, PyUntypedArray>, dtype: DType) -> PyResult<Layout> {
    Layout::new(dtype, array.shape(), order_of(array))
        .map_err(|error| errors::to_python(array.py(), &Error::from(error)))
}

fn order_of(array: &Bound<'_, PyUntypedArray>) -> Order {
    if array.is_fortran_contiguous() && !array.is_c_contiguous() { Order::Fortran } else { Order::C }
}

fn ndarray<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
    let py = object.py();
    let array = match object.cast::<PyUntypedArray>() {
        Ok(array) => array.clone(),
        Err(_) if is_bytes_or_text(object) => {
            return Err(errors::wrong_type(format!(
                "`{}` is not an array; encode bytes by `encode_bytes`",
                errors::type_name(object)
            )));
        }
        Err(_) => {
            static ASARRAY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
            static FROM_DLPACK: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
            let maker = if is_dlpack_only(object)? {
                FROM_DLPACK.import(py, "numpy", "from_dlpack")?
            } else {
                ASARRAY.import(py, "numpy", "asarray")?
            };
            return Ok(maker.call1((object,))?.cast_into::<PyUntypedArray>()?);
        }
    };
    if !raw::is_exactly_ndarray(&array) {
        static MASKED: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        if array.is_instance(MASKED.import(py, "numpy.ma", "MaskedArray")?)? {
            return Err(errors::plain(
                py,
                "a masked array would lose its mask; encode `x.filled()`, or `x.data` and `x.mask`",
            ));
        }
    }
    Ok(array)
}

/// Whether an object has an array that `numpy.asarray` would not see.
fn is_dlpack_only(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let others = ["__array__", "__array_interface__", "__array_struct__", "__buffer__"];
    Ok(object.hasattr("__dlpack__")? && !others.iter().any(|name| object.hasattr(*name).unwrap_or(false)))
}

fn is_bytes_or_text(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyBytes>()
        || object.is_instance_of::<PyByteArray>()
        || object.is_instance_of::<PyString>()
}

/// Bytes from outside, kept alive while they are read.
pub(crate) enum Encoded<'py> {
    Bytes(Bound<'py, PyBytes>),
    Text(Bound<'py, PyString>),
    Array(Bound<'py, PyUntypedArray>),
}

impl<'py> Encoded<'py> {
    /// Takes `bytes`, `str`, an ndarray or any other buffer; copies only what is not contiguous.
    pub(crate) fn new(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Self::Bytes(bytes.clone()));
        }
        if let Ok(text) = object.cast::<PyString>() {
            if text.to_str().is_err() {
                return Err(errors::plain(
                    object.py(),
                    "the text holds lone surrogates, so it encodes nothing",
                ));
            }
            return Ok(Self::Text(text.clone()));
        }
        Self::buffer(object)
    }

    /// Like [`new`](Self::new), but `str` is refused: which bytes it stands for is not ours to say.
    pub(crate) fn bytes_only(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        if object.is_instance_of::<PyString>() {
            return Err(errors::wrong_type("`str` is not bytes; give `text.encode()`"));
        }
        Self::new(object)
    }

    fn buffer(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(array) = object.cast::<PyUntypedArray>() {
            if array.dtype().has_object() {
                return Err(errors::wrong_type("an array of Python objects has no bytes"));
            }
            let array = if array.is_contiguous() { array.clone() } else { raw::c_ordered(array)? };
            return Ok(Self::Array(array));
        }
        let refused = match raw::from_buffer(object) {
            Ok(array) => return Ok(Self::Array(array)),
            Err(error) => error,
        };
        let py = object.py();
        if let Some(content) = content_of(object)? {
            return Self::new(&content);
        }
        static MEMORYVIEW: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let memoryview = MEMORYVIEW.import(py, "builtins", "memoryview")?;
        match memoryview.call1((object,)) {
            // numpy refuses views with gaps.
            Ok(view) => match view.call_method0("tobytes")?.cast_into::<PyBytes>() {
                Ok(bytes) => Ok(Self::Bytes(bytes)),
                Err(_) => Err(refused),
            },
            Err(_) => Err(errors::wrong_type(expected_bytes(object))),
        }
    }

    /// The bytes as Python's own; copied unless they are that already.
    pub(crate) fn into_bytes(self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(match self {
            Self::Bytes(bytes) => bytes,
            other => PyBytes::new(py, other.as_slice()),
        })
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes.as_bytes(),
            Self::Text(text) => text.to_str().map_or(&[], str::as_bytes),
            Self::Array(array) => raw::payload(array),
        }
    }

    /// The bytes for another thread.
    pub(crate) fn pinned(&self, py: Python<'py>) -> PyResult<Pinned> {
        match self {
            Self::Array(array) => Ok(Pinned::new(array)),
            Self::Bytes(bytes) => Ok(Pinned::new(&raw::from_buffer(bytes)?)),
            Self::Text(text) => {
                Ok(Pinned::new(&raw::from_buffer(&PyBytes::new(py, text.to_str()?.as_bytes()))?))
            }
        }
    }

    /// The bytes; copied where they lie in the memory that is about to be written.
    pub(crate) fn apart_from(&self, out: &[u8]) -> std::borrow::Cow<'_, [u8]> {
        apart(self.as_slice(), out)
    }
}

fn expected_bytes(object: &Bound<'_, PyAny>) -> String {
    format!("expected bytes, str, a buffer, a path or a file, found `{}`", errors::type_name(object))
}

/// What is in the file that a path names, or that is open: from where it stands to its end.
fn content_of<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let content = if object.hasattr("__fspath__")? {
        let file = object.py().import("io")?.call_method1("open", (object, "rb"))?;
        let content = file.call_method0("read");
        file.call_method0("close")?;
        content?
    } else if object.hasattr("read")? {
        object.call_method0("read")?
    } else {
        return Ok(None);
    };
    if is_bytes_or_text(&content) {
        return Ok(Some(content));
    }
    let (file, found) = (errors::type_name(object), errors::type_name(&content));
    Err(errors::wrong_type(format!("`read()` of `{file}` gave `{found}`, neither bytes nor text")))
}

/// `bytes`, copied where they overlap `out`.
pub(crate) fn apart<'a>(bytes: &'a [u8], out: &[u8]) -> std::borrow::Cow<'a, [u8]> {
    let range = |slice: &[u8]| -> Range<usize> {
        let start = slice.as_ptr().addr();
        start..start + slice.len()
    };
    let (a, b) = (range(bytes), range(out));
    if a.start < b.end && b.start < a.end { bytes.to_vec().into() } else { bytes.into() }
}

/// The memory of an array that is not a ndarray, as one; never a copy, into which writing would be for nothing.
fn shared<'py>(object: &Bound<'py, PyAny>) -> Option<Bound<'py, PyUntypedArray>> {
    let numpy = object.py().import("numpy").ok()?;
    let has = |name: &str| object.hasattr(name).unwrap_or(false);
    let array = if has("__array_interface__") || has("__array_struct__") {
        numpy.call_method1("asarray", (object,))
    } else if has("__dlpack__") {
        numpy.call_method1("from_dlpack", (object,))
    } else {
        return None;
    };
    array.ok()?.cast_into::<PyUntypedArray>().ok().filter(|array| !array.dtype().has_object())
}

/// Memory to write into: an ndarray, or any writeable buffer as an array of `uint8`.
pub(crate) struct Room<'py> {
    pub(crate) array: Bound<'py, PyUntypedArray>,
    pub(crate) is_ndarray: bool,
}

impl<'py> Room<'py> {
    /// Room for bytes, which lie one after the other.
    pub(crate) fn contiguous(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        let room = Self::new(object)?;
        if !room.is_contiguous() {
            return Err(errors::plain(object.py(), "bytes need an `out` whose memory is contiguous"));
        }
        Ok(room)
    }

    pub(crate) fn new(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        let (array, is_ndarray) = match object.cast::<PyUntypedArray>() {
            Ok(array) if array.dtype().has_object() => {
                return Err(errors::wrong_type("an array of Python objects cannot be written into"));
            }
            Ok(array) => (array.clone(), true),
            Err(_) => match raw::from_buffer(object).or_else(|error| shared(object).ok_or(error)) {
                Ok(array) => (array, false),
                Err(_) => {
                    return Err(errors::wrong_type(format!(
                        "expected an array or a writeable buffer, found `{}`",
                        errors::type_name(object)
                    )));
                }
            },
        };
        if !raw::is_writeable(&array) {
            return Err(errors::wrong_type(format!(
                "`{}` is read-only and cannot be written into",
                errors::type_name(object)
            )));
        }
        Ok(Self { array, is_ndarray })
    }

    pub(crate) fn is_contiguous(&self) -> bool {
        self.array.is_contiguous()
    }

    /// The memory of a contiguous one.
    ///
    /// # Safety
    /// No other slice of this memory may be in use while this one is: another `Room` of it, or the array itself.
    #[expect(unsafe_code, reason = "numpy's memory is seen as a slice")]
    pub(crate) unsafe fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: the caller vouches for it.
        unsafe { raw::payload_mut(&self.array) }
    }

    pub(crate) fn nbytes(&self) -> usize {
        raw::nbytes(&self.array)
    }

    pub(crate) fn layout(&self) -> PyResult<Layout> {
        layout_of(&self.array, dtypes::from_numpy(&self.array.dtype())?)
    }
}
