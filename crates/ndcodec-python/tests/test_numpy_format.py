"""What numpy's own tests of its file format round-trip, we do, and read what numpy wrote of it."""

import io

import ndcodec
import numpy as np
import pytest
from equal import assert_same

theirs = pytest.importorskip("numpy.lib.tests.test_format", exc_type=ImportError)

ARRAYS = [array for array in theirs.basic_arrays + theirs.record_arrays if not array.dtype.hasobject]


def test_there_are_such_arrays():
    assert len(ARRAYS) > 140


@pytest.mark.parametrize("chain", ["npy", "npy|zstd|base64", "chunked(shuffle|zstd)"])
def test_round_trip(chain):
    for array in ARRAYS:
        assert_same(ndcodec.decode(ndcodec.encode(array, chain), chain), array)


def test_the_same_bytes_both_ways():
    for array in ARRAYS:
        file = io.BytesIO()
        np.lib.format.write_array(file, array)
        assert ndcodec.encode(array, "npy") == file.getvalue()
        assert_same(ndcodec.decode(file.getvalue(), "npy"), array)


def test_truncated():
    for array in ARRAYS:
        for data in [ndcodec.encode(array, "npy")[:-1], ndcodec.encode(array, "npy|zstd")[:-1]]:
            with pytest.raises(ndcodec.StageError):
                ndcodec.decode(data, "npy" if data[:1] == b"\x93" else "npy|zstd")


def test_objects_are_refused():
    objects = [array for array in theirs.basic_arrays + theirs.record_arrays if array.dtype.hasobject]
    assert objects
    for array in objects:
        with pytest.raises(ndcodec.NdcodecError, match="dumps"):
            ndcodec.encode(array, "npy")
        file = io.BytesIO()
        np.lib.format.write_array(file, array)
        with pytest.raises(ndcodec.StageError):
            ndcodec.decode(file.getvalue(), "npy")


def test_long_text_items_and_large_headers():
    long = np.ones(1, dtype=np.dtype((str, np.lib.format.BUFFER_SIZE + 1)))
    assert_same(ndcodec.decode(ndcodec.encode(long, "npy|zstd")), long)
    # Version 2.0, whose header is longer than 65,535 bytes; numpy too reads it only if that is allowed.
    wide = np.zeros(3, [(f"{i:0100}", "<f8") for i in range(1000)])
    data = ndcodec.encode(wide, "npy")
    assert data[6:8] == b"\x02\x00"
    assert_same(ndcodec.decode(data, "npy"), wide)
    with pytest.raises(ndcodec.LimitError, match="`max_header`"):
        ndcodec.decode(data, "npy", max_header=65_535)
    assert_same(ndcodec.decode(data, "npy", max_header=1 << 20), wide)


def test_names_that_are_not_latin():
    x = np.zeros(2, [("Ångström", "<f4"), ("整数", "<i4")])
    assert ndcodec.encode(x, "npy")[6:8] == b"\x03\x00"
    assert_same(ndcodec.decode(ndcodec.encode(x, "npy")), x)
