"""Whether an array came back as it was."""

import numpy as np


def assert_same(back, x):
    """dtype, shape, order and every bit, NaN payloads too; writeable and aligned."""
    assert type(back) is np.ndarray
    assert back.dtype == x.dtype
    assert back.dtype.str == x.dtype.str
    assert back.shape == x.shape
    is_fortran = x.flags.f_contiguous and not x.flags.c_contiguous
    assert back.flags.f_contiguous if is_fortran else back.flags.c_contiguous
    assert back.tobytes("A") == (x.tobytes("F") if is_fortran else x.tobytes("C"))
    assert back.flags.writeable and back.flags.aligned
