"""Types for annotations."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Protocol, Union

import numpy.typing as npt

if TYPE_CHECKING:
    if sys.version_info >= (3, 12):
        from collections.abc import Buffer as _Buffer
    else:
        from typing_extensions import Buffer as _Buffer
else:
    # Before Python 3.12 it has no name at run time.
    _Buffer = Union[bytes, bytearray, memoryview]

Array = npt.NDArray[Any]
"""Any array."""

Buffer = Union[_Buffer, Array]
"""Any object with the buffer protocol; arrays of dates have none, and serve as well."""


class ReadableFile(Protocol):
    """An open file, of bytes or of text."""

    def read(self) -> Any: ...


EncodedBytes = Union[Buffer, "os.PathLike[str]", ReadableFile]
"""Bytes in memory, or those of a file."""

Encoded = Union[str, EncodedBytes]
"""Encoded data: in memory, or those of a file. A ``str`` is text, and no path."""
