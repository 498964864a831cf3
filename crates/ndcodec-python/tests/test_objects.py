"""Any Python object, by `dumps` and `loads`."""

import collections
import pickle
import subprocess
import sys

import ndcodec
import numpy as np
import pytest

Point = collections.namedtuple("Point", "x y")


@pytest.mark.parametrize("chain", ["pickle", "pickle|zstd|base64", "pickle | zlib", "pickle|lz4|crc32c"])
def test_round_trip(chain):
    for obj in [None, 1, "text", [1, {"a": (2.5, b"x")}], Point(1, 2), np.array([None, {}, "a"], dtype=object)]:
        back = ndcodec.loads(ndcodec.dumps(obj, chain), chain, allow_pickle=True)
        assert type(back) is type(obj) and (back == obj if not isinstance(obj, np.ndarray) else (back == obj).all())


def test_the_pickle_is_python_s_own_at_protocol_5():
    assert ndcodec.dumps([1], "pickle") == pickle.dumps([1], protocol=5)
    assert pickle.loads(ndcodec.decode_bytes(ndcodec.dumps({"a": 1}), "zstd|base64")) == {"a": 1}


def test_detected():
    for chain in ["pickle", "pickle|zstd", "pickle|zstd|base64", "pickle|gzip|base64"]:
        assert ndcodec.loads(ndcodec.dumps(["x"] * 100, chain), allow_pickle=True) == ["x"] * 100
    with pytest.raises(ndcodec.NdcodecError, match="`decode`"):
        ndcodec.loads(ndcodec.encode(np.arange(3), "npy|zstd"), allow_pickle=True)


class Ran:
    """Unpickled, this would write a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_refused_by_default(tmp_path):
    data = ndcodec.dumps(Ran(tmp_path / "ran"), "pickle|zstd|base64")
    for call in [ndcodec.loads, lambda data: ndcodec.loads(data, "pickle|zstd|base64")]:
        with pytest.raises(ndcodec.NdcodecError, match="allow_pickle=True"):
            call(data)
    # Nor does anything else that reads data ever load it.
    for call in [ndcodec.decode, ndcodec.inspect, ndcodec.detect]:
        try:
            call(data)
        except ndcodec.NdcodecError:
            pass
    assert not (tmp_path / "ran").exists()
    with pytest.raises(TypeError):
        ndcodec.loads(data, "pickle|zstd|base64", True)


def test_chains_that_are_none():
    for chain in ["npy|zstd", "zstd", "", "pickle|npy", "pickle|zst", "pickle|pickle", "pickle|"]:
        with pytest.raises(ndcodec.ChainError) as raised:
            ndcodec.dumps(1, chain)
        assert raised.value.chain == chain
    with pytest.raises(ndcodec.ChainError) as raised:
        ndcodec.dumps(1, "pickle|zst|base64")
    error = raised.value
    assert error.chain[slice(*error.span)] == "zst"
    assert "\n  |  pickle|zst|base64\n  |         ^^^\n" in str(error)
    for chain in ["pickle|zstd", "npy|pickle"]:
        with pytest.raises(ndcodec.ChainError, match="`dumps` and `loads`"):
            ndcodec.encode(np.arange(3), chain)


def test_bad_data():
    data = ndcodec.dumps(list(range(1000)), "pickle")
    for bad in [data[:-1], data[:100], b"", b"\x80", b"no pickle at all"]:
        with pytest.raises(ndcodec.NdcodecError):
            ndcodec.loads(bad, "pickle", allow_pickle=True)
        with pytest.raises(ndcodec.NdcodecError):
            ndcodec.loads(bad, allow_pickle=True)
    with pytest.raises(ndcodec.LimitError):
        ndcodec.loads(ndcodec.dumps(bytes(10_000)), allow_pickle=True, max_bytes=1000)
    with pytest.raises(ndcodec.NdcodecError, match="not text"):
        ndcodec.loads("text", "pickle", allow_pickle=True)


def test_what_dill_made_loads_where_dill_is():
    dill = pytest.importorskip("dill", exc_type=ImportError)
    made = subprocess.run(
        [
            sys.executable,
            "-c",
            "import dill, ndcodec, sys\n"
            "factor = 3\n"
            "def triple(x): return factor * x\n"
            "data = dill.dumps(triple, recurse=True)\n"
            "sys.stdout.buffer.write(ndcodec.encode_bytes(data, 'zstd|base64'))",
        ],
        capture_output=True,
        check=True,
    )
    assert dill is not None
    triple = ndcodec.loads(made.stdout, "pickle|zstd|base64", allow_pickle=True)
    assert triple(7) == 21
