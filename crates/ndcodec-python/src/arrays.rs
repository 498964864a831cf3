//! Decoded arrays on their way to Python, without a second copy if they are large.

use std::ops::Range;

use ndcodec::{Buffer, Layout, Order};
use numpy::{PyArrayDescr, PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::memory::{self, Owner};
use crate::{dtypes, errors, raw};

/// Up to here an array is copied into memory of numpy's own, which costs less than an object that owns ours.
const COPIED: usize = 8 << 10;
/// A buffer may be so many bytes larger than twice its array before that is copied out of it.
const SLACK: usize = 64 << 10;

/// A writeable, aligned ndarray of the elements that lie at `payload` in `buffer`.
pub(crate) fn to_numpy<'py>(
    py: Python<'py>,
    layout: &Layout,
    mut buffer: Buffer,
    payload: Range<usize>,
) -> PyResult<Bound<'py, PyUntypedArray>> {
    let dtype = dtypes::to_numpy(py, layout.dtype())?;
    let is_fortran = layout.order() == Order::Fortran;
    let has_size = dtype.itemsize() > 0;
    if payload.len() > COPIED && buffer.capacity() <= payload.len() * 2 + SLACK && has_size {
        buffer.truncate(payload.end);
        return over(dtype, layout, buffer, payload.start).map_err(|error| refused(py, layout, &error));
    }
    let array = if has_size {
        raw::new_array(dtype, layout.shape(), is_fortran)
    } else {
        unsized_array(dtype, layout)
    };
    let array = array.map_err(|error| refused(py, layout, &error))?;
    fill(&array, &buffer[payload]);
    memory::give(buffer);
    Ok(array)
}

/// Copies elements into an array that was just made for them.
#[expect(unsafe_code, reason = "numpy's memory is seen as a slice")]
fn fill(array: &Bound<'_, PyUntypedArray>, elements: &[u8]) {
    // SAFETY: nobody else has seen the array.
    let room = unsafe { raw::payload_mut(array) };
    if room.len() == elements.len() {
        raw::copy(array.py(), elements, room);
    }
}

#[expect(unsafe_code, reason = "hands the buffer's memory to numpy, with its owner")]
fn over<'py>(
    dtype: Bound<'py, PyArrayDescr>,
    layout: &Layout,
    buffer: Buffer,
    start: usize,
) -> PyResult<Bound<'py, PyUntypedArray>> {
    let py = dtype.py();
    let is_fortran = layout.order() == Order::Fortran;
    let (owner, data) = Owner::new(buffer);
    let owner = Py::new(py, owner)?.into_any();
    // SAFETY: the payload begins `start` bytes into the owner's buffer, at a multiple of 64, and has the layout's
    // length; the owner never touches it again until it is dropped.
    unsafe { raw::array_over(dtype, layout.shape(), is_fortran, data.add(start), owner) }
}

/// numpy takes a dtype of no bytes for one whose size is still open, unless it is asked in Python.
fn unsized_array<'py>(
    dtype: Bound<'py, PyArrayDescr>,
    layout: &Layout,
) -> PyResult<Bound<'py, PyUntypedArray>> {
    let numpy = dtype.py().import("numpy")?;
    let array = numpy.call_method1("ndarray", (layout.shape().to_vec(), dtype))?;
    Ok(array.cast_into::<PyUntypedArray>()?)
}

fn refused(py: Python<'_>, layout: &Layout, error: &PyErr) -> PyErr {
    let (shape, dtype) = (layout.shape_text(), layout.dtype());
    let raised =
        errors::plain(py, format!("numpy has no array of shape {shape} and dtype `{dtype}`: {error}"));
    raised.set_cause(py, Some(error.clone_ref(py)));
    raised
}

/// Whether `out` is what a decoded array of this layout can be written into.
pub(crate) fn check_room(py: Python<'_>, layout: &Layout, out: &Bound<'_, PyUntypedArray>) -> PyResult<()> {
    let dtype = dtypes::from_numpy(&out.dtype())?;
    if out.shape() != layout.shape() || dtype != *layout.dtype() {
        return Err(errors::plain(
            py,
            format!(
                "the data hold an array of shape {} and dtype `{}`, but `out` has shape {} and dtype `{dtype}`",
                layout.shape_text(),
                layout.dtype(),
                shape_text(out.shape()),
            ),
        ));
    }
    Ok(())
}

fn shape_text(shape: &[usize]) -> String {
    if shape.is_empty() {
        return "scalar".to_owned();
    }
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join("x")
}
