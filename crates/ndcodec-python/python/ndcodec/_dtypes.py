"""dtypes from the text that the chain language has for them."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from ndcodec._errors import NdcodecError


def from_text(text: str) -> np.dtype[Any]:
    """The dtype that a chain calls ``text``: ``<M8[ns]``, ``bfloat16``, ``[('a', '<i4'), ('', '|V4')]``."""
    return _from_descr(ast.literal_eval(text) if text.startswith("[") else text)


def _from_descr(descr: Any) -> np.dtype[Any]:
    if isinstance(descr, str):
        return _scalar(descr)
    if isinstance(descr, tuple):
        return np.dtype((_from_descr(descr[0]), descr[1]))
    names, titles, formats, offsets = [], [], [], []
    offset = 0
    for name, *rest in descr:
        title, name = name if isinstance(name, tuple) else (None, name)
        dtype = _from_descr(rest[0])
        if len(rest) > 1:
            dtype = np.dtype((dtype, rest[1]))
        # Void without a name is padding, as in the header of a `.npy` file.
        is_padding = name == "" and title is None and dtype.type is np.void and dtype.names is None
        if not is_padding:
            names.append(name)
            titles.append(title)
            formats.append(dtype)
            offsets.append(offset)
        offset += dtype.itemsize
    parts: Any = {"names": names, "formats": formats, "offsets": offsets, "itemsize": offset}
    if any(title is not None for title in titles):
        parts["titles"] = titles
    made: np.dtype[Any] = np.dtype(parts)
    return made


def _scalar(text: str) -> np.dtype[Any]:
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
