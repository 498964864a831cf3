//! All `unsafe` of this crate: the memory of numpy arrays and of `bytes`, seen as slices.
//!
//! numpy and CPython hand out pointers; without these few functions every array would be copied once more on its
//! way in and out, which at 64 MiB costs as much as encoding it in base64.
#![expect(unsafe_code, reason = "pointers of numpy and CPython become slices here, and nowhere else")]

use std::ffi::{CStr, c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use numpy::npyffi::{self, NpyTypes, PY_ARRAY_API, get_type_object};
use numpy::{PyArrayDescr, PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3::{Py, ffi};

/// The memory of a contiguous array, in the order in which it lies. Its length is that of the array at this moment, and of
/// nothing that was read of it before: an array may change its dtype and shape whenever Python runs.
///
/// Like everything that releases the interpreter over an array, this trusts the program not to change the array from
/// another thread meanwhile. numpy's own functions do the same.
pub(crate) fn payload<'a>(array: &'a Bound<'_, PyUntypedArray>) -> &'a [u8] {
    let (data, nbytes) = (data_pointer(array), nbytes(array));
    if nbytes == 0 || data.is_null() || !array.is_contiguous() {
        return &[];
    }
    // SAFETY: a contiguous array owns itemsize × shape bytes from `data`, and is borrowed for as long as the slice.
    unsafe { std::slice::from_raw_parts(data, nbytes) }
}

/// The memory of a contiguous array for another thread, with the array that keeps it.
pub(crate) struct Pinned {
    data: *const u8,
    len: usize,
    #[expect(dead_code, reason = "it is there to be kept")]
    owner: Py<PyUntypedArray>,
}

// SAFETY: the memory is only read, and stays where it is for as long as the array has another owner.
unsafe impl Send for Pinned {}

impl Pinned {
    pub(crate) fn new(array: &Bound<'_, PyUntypedArray>) -> Self {
        let payload = payload(array);
        Self { data: payload.as_ptr(), len: payload.len(), owner: array.clone().unbind() }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: as in `payload`, and numpy resizes no array that has a second owner.
        unsafe { std::slice::from_raw_parts(self.data, self.len) }
    }
}

/// The bytes of an array's elements.
pub(crate) fn nbytes(array: &Bound<'_, PyUntypedArray>) -> usize {
    array.len() * array.dtype().itemsize()
}

/// The memory of a contiguous and writeable array; no bytes if it is not.
///
/// # Safety
/// No other slice of this memory may be in use while this one is.
#[expect(clippy::mut_from_ref, reason = "the memory is numpy's, not the reference's")]
pub(crate) unsafe fn payload_mut<'a>(array: &'a Bound<'_, PyUntypedArray>) -> &'a mut [u8] {
    let (data, nbytes) = (data_pointer(array), nbytes(array));
    if nbytes == 0 || data.is_null() || !array.is_contiguous() || !is_writeable(array) {
        return &mut [];
    }
    // SAFETY: as in `payload`; numpy says that it may be written, and the caller that nobody else holds it.
    unsafe { std::slice::from_raw_parts_mut(data, nbytes) }
}

fn data_pointer(array: &Bound<'_, PyUntypedArray>) -> *mut u8 {
    // SAFETY: the object is an array, so its struct is there to be read.
    unsafe { (*array.as_array_ptr()).fields.data.cast() }
}

/// Whether numpy lets the array be written.
pub(crate) fn is_writeable(array: &Bound<'_, PyUntypedArray>) -> bool {
    // SAFETY: the object is an array, so its struct is there to be read.
    let flags = unsafe { (*array.as_array_ptr()).fields.flags };
    flags & npyffi::NPY_ARRAY_WRITEABLE != 0
}

/// Whether it is an `ndarray` itself and of no subclass, which may hold more than its elements.
pub(crate) fn is_exactly_ndarray(array: &Bound<'_, PyUntypedArray>) -> bool {
    // SAFETY: only the type of a live object is read.
    unsafe { npyffi::array::PyArray_CheckExact(array.py(), array.as_ptr()) != 0 }
}

/// A copy of the array in C order, as an `ndarray` and no subclass: one of those could run Python while it is made.
pub(crate) fn c_ordered<'py>(array: &Bound<'py, PyUntypedArray>) -> PyResult<Bound<'py, PyUntypedArray>> {
    const FLAGS: c_int =
        npyffi::NPY_ARRAY_C_CONTIGUOUS | npyffi::NPY_ARRAY_ENSUREARRAY | npyffi::NPY_ARRAY_ENSURECOPY;
    let py = array.py();
    // SAFETY: without a dtype numpy keeps the array's; it returns a new array, or null with an error set.
    unsafe {
        let copy = PY_ARRAY_API.PyArray_FromArray(py, array.as_array_ptr(), ptr::null_mut(), FLAGS);
        Ok(Bound::from_owned_ptr_or_err(py, copy)?.cast_into_unchecked())
    }
}

/// The bytes of any object with the buffer protocol, as an array of `uint8` that keeps it alive and locked.
pub(crate) fn from_buffer<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
    let py = object.py();
    let bytes = numpy::dtype::<u8>(py);
    // SAFETY: the call steals the reference to the dtype, and returns an array, or null with an error set.
    unsafe {
        let array = PY_ARRAY_API.PyArray_FromBuffer(py, object.as_ptr(), bytes.into_dtype_ptr(), -1, 0);
        Ok(Bound::from_owned_ptr_or_err(py, array)?.cast_into_unchecked())
    }
}

/// numpy's own dtype of a type number.
pub(crate) fn builtin_dtype(py: Python<'_>, number: c_int) -> PyResult<Bound<'_, PyArrayDescr>> {
    // SAFETY: numpy returns a reference to a dtype, or null with an error set.
    unsafe {
        let dtype = PY_ARRAY_API.PyArray_DescrFromType(py, number);
        Ok(Bound::from_owned_ptr_or_err(py, dtype.cast())?.cast_into_unchecked())
    }
}

/// The same dtype in the byte order that is not this machine's.
pub(crate) fn byte_swapped<'py>(dtype: &Bound<'py, PyArrayDescr>) -> PyResult<Bound<'py, PyArrayDescr>> {
    let py = dtype.py();
    // SAFETY: numpy returns a new dtype, or null with an error set. `s` swaps.
    unsafe {
        #[expect(clippy::cast_possible_wrap, reason = "an ASCII letter")]
        let swapped = PY_ARRAY_API.PyArray_DescrNewByteorder(py, dtype.as_dtype_ptr(), b's' as _);
        Ok(Bound::from_owned_ptr_or_err(py, swapped.cast())?.cast_into_unchecked())
    }
}

/// A new array that numpy allocates, with unspecified elements.
pub(crate) fn new_array<'py>(
    dtype: Bound<'py, PyArrayDescr>,
    shape: &[usize],
    is_fortran: bool,
) -> PyResult<Bound<'py, PyUntypedArray>> {
    let flags = if is_fortran { npyffi::NPY_ARRAY_F_CONTIGUOUS } else { 0 };
    // SAFETY: without data, numpy allocates what dtype and shape need.
    unsafe { from_descr(dtype, shape, ptr::null_mut(), flags) }
}

/// A new array over memory that `owner` keeps: the `nbytes` from `data` on, which nobody else touches.
///
/// # Safety
/// `data` must be valid for itemsize × shape bytes, aligned for the dtype, for as long as `owner` lives.
pub(crate) unsafe fn array_over<'py>(
    dtype: Bound<'py, PyArrayDescr>,
    shape: &[usize],
    is_fortran: bool,
    data: *mut u8,
    owner: Py<PyAny>,
) -> PyResult<Bound<'py, PyUntypedArray>> {
    let py = dtype.py();
    let flags = if is_fortran { npyffi::NPY_ARRAY_FARRAY } else { npyffi::NPY_ARRAY_CARRAY };
    // SAFETY: the caller vouches for `data`; the base object is set at once, and its reference is stolen.
    unsafe {
        let array = from_descr(dtype, shape, data, flags)?;
        if PY_ARRAY_API.PyArray_SetBaseObject(py, array.as_array_ptr(), owner.into_ptr()) < 0 {
            return Err(PyErr::fetch(py));
        }
        Ok(array)
    }
}

unsafe fn from_descr<'py>(
    dtype: Bound<'py, PyArrayDescr>,
    shape: &[usize],
    data: *mut u8,
    flags: c_int,
) -> PyResult<Bound<'py, PyUntypedArray>> {
    let py = dtype.py();
    let mut dims: Vec<npyffi::npy_intp> = shape.iter().map(|dim| dim.cast_signed()).collect();
    let ndim = c_int::try_from(dims.len()).unwrap_or(c_int::MAX);
    // SAFETY: the reference to the dtype is stolen; the dims are only read. The caller vouches for `data`.
    unsafe {
        let subtype = get_type_object(py, NpyTypes::PyArray_Type);
        let array = PY_ARRAY_API.PyArray_NewFromDescr(
            py,
            subtype,
            dtype.into_dtype_ptr(),
            ndim,
            dims.as_mut_ptr(),
            ptr::null_mut(),
            data.cast(),
            flags,
            ptr::null_mut(),
        );
        Ok(Bound::from_owned_ptr_or_err(py, array)?.cast_into_unchecked())
    }
}

/// New `bytes` of `len` bytes at most, which `fill` writes from the beginning, answering how many.
///
/// The limited API has no way to shorten `bytes`, so fewer than `len` are copied.
pub(crate) fn bytes_with<'py>(
    py: Python<'py>,
    len: usize,
    fill: impl FnOnce(&mut [u8]) -> PyResult<usize>,
) -> PyResult<Bound<'py, PyBytes>> {
    // SAFETY: CPython returns new `bytes` that only we know, with room for `len` bytes of any value, or null with
    // an error set. Zeroing them first would be a pass over fresh memory; no stage reads what it has not written.
    unsafe {
        let object = ffi::PyBytes_FromStringAndSize(ptr::null(), len.cast_signed());
        let bytes: Bound<'py, PyBytes> = Bound::from_owned_ptr_or_err(py, object)?.cast_into_unchecked();
        let data: *mut u8 = ffi::PyBytes_AsString(bytes.as_ptr()).cast();
        let room = std::slice::from_raw_parts_mut(data, len);
        ndcodec_core::in_huge_pages(room);
        let written = fill(room)?;
        if written == len {
            return Ok(bytes);
        }
        copied(py, std::slice::from_raw_parts(data, written.min(len)))
    }
}

/// New `bytes` with this content.
pub(crate) fn copied<'py>(py: Python<'py>, content: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    bytes_with(py, content.len(), |room| {
        copy(py, content, room);
        Ok(content.len())
    })
}

/// Copying this much takes about a millisecond, for which others wait.
const LONG: usize = 1 << 20;

/// Copies `from` to `to`, which is as long, with the interpreter released if that takes long.
pub(crate) fn copy(py: Python<'_>, from: &[u8], to: &mut [u8]) {
    if from.len() < LONG {
        to.copy_from_slice(from);
    } else {
        py.detach(|| to.copy_from_slice(from));
    }
}

/// A `str` of ASCII text.
pub(crate) fn text<'py>(py: Python<'py>, ascii: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    if ascii.len() >= LONG && text_maker().is_some() && py.detach(|| ascii.is_ascii()) {
        return text_with(py, ascii.len(), |room| {
            copy(py, ascii, room);
            Ok(ascii.len())
        });
    }
    // SAFETY: CPython copies and checks the bytes, and returns a `str`, or null with an error set.
    unsafe {
        let object =
            ffi::PyUnicode_DecodeASCII(ascii.as_ptr().cast(), ascii.len().cast_signed(), ptr::null());
        Bound::from_owned_ptr_or_err(py, object)
    }
}

/// A new `str` of `len` ASCII characters at most, which `fill` writes from the beginning, answering how many.
///
/// What `fill` writes must be ASCII, as the text of every stage that says so is; a stage written in Python is held to it.
pub(crate) fn text_with<'py>(
    py: Python<'py>,
    len: usize,
    fill: impl FnOnce(&mut [u8]) -> PyResult<usize>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(new) = text_maker().filter(|_| len >= SHORT) else {
        let mut room = vec![0; len];
        let written = fill(&mut room)?;
        return text(py, &room[..written]);
    };
    // SAFETY: CPython returns a new `str` that only we know, with room for `len` ASCII characters of any value, or null
    // with an error set. The UTF-8 form of an ASCII text is its own memory. It is seen only when all was written.
    unsafe {
        let object: Bound<'py, PyAny> = Bound::from_owned_ptr_or_err(py, new(len.cast_signed(), 127))?;
        let mut size = 0;
        let data = ffi::PyUnicode_AsUTF8AndSize(object.as_ptr(), &raw mut size);
        if data.is_null() || size != len.cast_signed() {
            return Err(PyErr::fetch(py));
        }
        let room = std::slice::from_raw_parts_mut(data.cast_mut().cast::<u8>(), len);
        ndcodec_core::in_huge_pages(room);
        let written = fill(room)?;
        debug_assert!(py.detach(|| room[..written].is_ascii()), "what a stage calls text is ASCII");
        if written == len { Ok(object) } else { text(py, &room[..written.min(len)]) }
    }
}

/// Texts of one character or none are shared by the whole interpreter; far above is where a copy begins to cost.
const SHORT: usize = 256;

/// Whether a dtype, of which no part is looked at, carries metadata.
pub(crate) fn has_metadata(dtype: &Bound<'_, PyArrayDescr>) -> bool {
    // SAFETY: only a field of a live dtype is read.
    unsafe { !npyffi::PyDataType_METADATA(dtype.py(), dtype.as_dtype_ptr()).is_null() }
}

/// numpy's own number for its arrays in `tracemalloc`, `np.lib.tracemalloc_domain`.
const DOMAIN: u32 = 389_047;

type Track = unsafe extern "C" fn(u32, usize, usize) -> c_int;
type Untrack = unsafe extern "C" fn(u32, usize) -> c_int;

/// Tells `tracemalloc` of memory that an array has from now on. It costs nothing where nobody traces.
pub(crate) fn track(data: *const u8, bytes: usize) {
    static TRACK: OnceLock<Option<Track>> = OnceLock::new();
    // SAFETY: the signature has been the same since Python 3.7.
    let track =
        *TRACK.get_or_init(|| unsafe { symbol(c"PyTraceMalloc_Track").map(|s| std::mem::transmute(s)) });
    if let Some(track) = track {
        // SAFETY: it only takes note.
        unsafe { track(DOMAIN, data.addr(), bytes) };
    }
}

/// Tells `tracemalloc` that the array of this memory is gone.
pub(crate) fn untrack(data: *const u8) {
    static UNTRACK: OnceLock<Option<Untrack>> = OnceLock::new();
    // SAFETY: as above.
    let untrack =
        *UNTRACK.get_or_init(|| unsafe { symbol(c"PyTraceMalloc_Untrack").map(|s| std::mem::transmute(s)) });
    if let Some(untrack) = untrack {
        // SAFETY: it only takes note.
        unsafe { untrack(DOMAIN, data.addr()) };
    }
}

/// A function of CPython's that every version exports, and the limited API leaves out.
fn symbol(name: &CStr) -> Option<NonNull<c_void>> {
    #[cfg(unix)]
    // SAFETY: the name is looked up in what the process has loaded.
    return NonNull::new(unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) });
    #[cfg(not(unix))]
    {
        let _ = name;
        None
    }
}

type NewText = unsafe extern "C" fn(ffi::Py_ssize_t, u32) -> *mut ffi::PyObject;

/// CPython's `PyUnicode_New`, which every version has and exports, but the limited API leaves out; without it a text
/// must be copied into its `str`, which takes as long as encoding it.
fn text_maker() -> Option<NewText> {
    static FOUND: OnceLock<Option<NewText>> = OnceLock::new();
    // SAFETY: the signature has been the same since Python 3.3.
    *FOUND.get_or_init(|| unsafe { symbol(c"PyUnicode_New").map(|s| std::mem::transmute(s)) })
}
