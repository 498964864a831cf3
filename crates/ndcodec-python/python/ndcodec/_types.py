"""Types for annotations."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Union

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
