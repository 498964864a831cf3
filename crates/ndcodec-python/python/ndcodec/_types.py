"""Types for annotations."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Union

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    if sys.version_info >= (3, 12):
        from collections.abc import Buffer
    else:
        from typing_extensions import Buffer
else:
    # Any object with the buffer protocol; before Python 3.12 it has no name at run time.
    Buffer = Union[bytes, bytearray, memoryview, np.ndarray]

Array = npt.NDArray[Any]
"""Any array."""
