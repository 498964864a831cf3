"""What counts as an array, and as a number, where a document may hold anything."""

from __future__ import annotations

import array
from typing import Any

import numpy as np

from ndcodec._types import Array

_NUMBERS: tuple[type[Any], ...] = (np.bool_, np.integer, np.float16, np.float32, np.float64)
_PROTOCOLS = ("__array__", "__array_interface__", "__array_struct__", "__dlpack__")


def is_number(obj: Any) -> bool:
    """Whether ``obj`` is a scalar of numpy's that Python's own ``int``, ``float`` or ``bool`` can hold."""
    return isinstance(obj, _NUMBERS) and not isinstance(obj, np.timedelta64)


def is_array(obj: Any) -> bool:
    """Whether ``obj`` is an array of numpy or of another library, or typed memory."""
    if isinstance(obj, (np.ndarray, np.generic, array.array, memoryview)):
        return True
    # A class has these as functions, and is not an array.
    return not isinstance(obj, type) and any(hasattr(obj, name) for name in _PROTOCOLS)


def as_array(obj: Any) -> Array:
    """The array that `is_array` found."""
    if isinstance(obj, np.ndarray):
        return obj
    if hasattr(obj, "__dlpack__") and not any(hasattr(obj, name) for name in _PROTOCOLS[:3]):
        return np.from_dlpack(obj)
    return np.asarray(obj)
