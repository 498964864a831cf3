"""dtypes without fields, from the text that the chain language has for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ndcodec._errors import NdcodecError


def from_text(text: str) -> np.dtype[Any]:
    """The dtype without fields that a chain calls ``text``: ``<M8[ns]``, ``bfloat16``."""
    try:
        return np.dtype(text)
    except TypeError:
        name = text.lstrip("<>")
    try:
        import ml_dtypes
    except ImportError:
        raise NdcodecError(f"elements of type `{name}` need the package `ml_dtypes`") from None
    scalar = getattr(ml_dtypes, name, None)
    if scalar is None:
        raise NdcodecError(f"this version of the package `ml_dtypes` has no `{name}`")
    dtype: np.dtype[Any] = np.dtype(scalar)
    return dtype.newbyteorder(">") if text.startswith(">") else dtype
