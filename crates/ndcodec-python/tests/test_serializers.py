"""Arrays in orjson and msgpack."""

import functools

import numpy as np
import pytest
from equal import assert_same
from ndcodec.http import Chains, HttpError

ARRAYS = [
    np.arange(6, dtype=">i2").reshape(2, 3),
    np.asfortranarray(np.ones((2, 3))),
    np.array(["2024-02-29"], "M8[D]"),
    np.zeros((0, 4)),
]


def test_orjson():
    orjson = pytest.importorskip("orjson", exc_type=ImportError)
    import ndcodec.orjson as ours

    document = {"a": ARRAYS[:2], "deep": [[{"x": ARRAYS[2]}], ARRAYS[3]], "chain": "of events", "n": None}
    back = ours.loads(orjson.dumps(document, default=ours.default))
    for found, x in zip([*back["a"], back["deep"][0][0]["x"], back["deep"][1]], ARRAYS):
        assert_same(found, x)
    assert (back["chain"], back["n"]) == ("of events", None)
    assert_same(ours.loads(orjson.dumps(ARRAYS[0], default=ours.default)), ARRAYS[0])
    by_lz4 = functools.partial(ours.default, chain="npy|lz4|base64")
    with pytest.raises(HttpError, match="not accepted here"):
        ours.loads(orjson.dumps([ARRAYS[0]], default=by_lz4))
    assert_same(ours.loads(orjson.dumps([ARRAYS[0]], default=by_lz4), Chains("npy|lz4|base64"))[0], ARRAYS[0])
    # As deep as orjson reads, without recursion of ours.
    deep = b"[" * 1000 + b"]" * 1000
    assert isinstance(ours.loads(deep), list)


def test_msgpack():
    msgpack = pytest.importorskip("msgpack", exc_type=ImportError)
    import ndcodec.msgpack as ours

    packed = msgpack.packb({"a": ARRAYS, "n": [np.float32(1.5), np.int64(7), np.bool_(False)]}, default=ours.default)
    back = msgpack.unpackb(packed, ext_hook=ours.ext_hook)
    for found, x in zip(back["a"], ARRAYS):
        assert_same(found, x)
    assert back["n"] == [1.5, 7, False]
    by_lz4 = functools.partial(ours.default, chain="raw|lz4", code=5)
    packed = msgpack.packb(ARRAYS, default=by_lz4)
    hook = functools.partial(ours.ext_hook, chains=Chains("raw|lz4"), of_code=5)
    for found, x in zip(msgpack.unpackb(packed, ext_hook=hook), ARRAYS):
        assert_same(found, x)
    assert msgpack.unpackb(packed, ext_hook=ours.ext_hook)[0].code == 5
    with pytest.raises(TypeError, match="cannot serialize `set`"):
        msgpack.packb({1}, default=ours.default)
    for data in [b"", b"\x00", b"\xff\xff", b"\x04\x00npy", b"\x01\x00\xff", b"\x03\x00npy", b"\x07\x00npy|hex"]:
        with pytest.raises(ValueError):
            ours.ext_hook(ours.CODE, data)
