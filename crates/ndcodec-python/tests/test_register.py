"""Stages written in Python."""

import lzma
import threading

import ndcodec
import numpy as np
import pytest

X = np.arange(100_000, dtype="<i4").reshape(1000, 100)


def setup_module():
    ndcodec.register("pyxz", encode=lzma.compress, decode=lzma.decompress, summary="LZMA, by Python")
    ndcodec.register("b16", encode=lambda b: b.hex().encode(), decode=lambda b: bytes.fromhex(b.decode()), is_text=True)


@pytest.mark.parametrize("chain", ["npy|pyxz", "npy|shuffle|pyxz|b16", "chunked(shuffle|pyxz,size=64KiB)", "npy|zstd|b16"])
def test_they_stand_in_any_chain(chain):
    data = ndcodec.encode(X, chain)
    np.testing.assert_array_equal(ndcodec.decode(data, chain), X)
    out = np.empty_like(X)
    np.testing.assert_array_equal(ndcodec.decode_into(data, out, chain), X)
    small = X[:1, :3]
    np.testing.assert_array_equal(ndcodec.decode(ndcodec.encode(small, chain), chain), small)


def test_the_bytes_are_the_function_s():
    assert lzma.decompress(ndcodec.encode(X, "raw|pyxz")) == X.tobytes()
    assert ndcodec.Chain("raw|b16").is_text
    assert ndcodec.encode_text(X[:1, :2], "raw|b16") == "0000000001000000"
    assert {stage.name: stage.summary for stage in ndcodec.stages()}["pyxz"] == "LZMA, by Python"


def test_what_they_raise_is_the_cause():
    with pytest.raises(ndcodec.StageError) as raised:
        ndcodec.decode(b"no such file", "npy|pyxz")
    error = raised.value
    assert (error.stage, error.index, error.kind, error.direction) == ("pyxz", 1, "corrupt", "decode")
    assert isinstance(error.__cause__, lzma.LZMAError)

    def interrupted(data):
        raise KeyboardInterrupt

    ndcodec.register("interrupted", encode=interrupted, decode=interrupted)
    with pytest.raises(KeyboardInterrupt):
        ndcodec.encode(X, "npy|interrupted")
    with pytest.raises(KeyboardInterrupt):
        ndcodec.encode(X, "chunked(interrupted,size=64KiB)")


def test_what_they_answer_must_be_bytes():
    ndcodec.register("wrong", encode=lambda b: "text", decode=lambda b: None)
    with pytest.raises(ndcodec.StageError, match="answered `str`, no bytes"):
        ndcodec.encode(X, "npy|wrong")
    ndcodec.register("no_text", encode=lambda b: b"\xff", decode=lambda b: b, is_text=True)
    with pytest.raises(ndcodec.StageError, match="ASCII"):
        ndcodec.encode(X, "npy|no_text")
    ndcodec.register("views", encode=memoryview, decode=bytearray)
    assert ndcodec.decode_bytes(ndcodec.encode_bytes(b"abc", "views"), "views") == b"abc"


def test_limits_hold_for_them():
    ndcodec.register("bomb", encode=lambda b: b[:1], decode=lambda b: bytes(10_000))
    with pytest.raises(ndcodec.LimitError):
        ndcodec.decode_bytes(b"x", "bomb", max_bytes=9_999)


def test_names():
    for name, match in [("zstd", "already"), ("pyxz", "already"), ("Not A Name", "name"), ("pickle", "dumps")]:
        with pytest.raises(ndcodec.NdcodecError, match=match):
            ndcodec.register(name, encode=bytes, decode=bytes)
    with pytest.raises(TypeError, match="`decode` cannot be called"):
        ndcodec.register("unmade", encode=bytes, decode=None)
    with pytest.raises(ndcodec.ChainError):
        ndcodec.Chain("npy|unmade")


def test_from_many_threads():
    failed = []

    def work():
        for _ in range(10):
            data = ndcodec.encode(X, "chunked(pyxz,size=128KiB)")
            if not np.array_equal(ndcodec.decode(data, "chunked(pyxz)"), X):
                failed.append(data)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_data_do_not_choose_a_registered_stage():
    data = ndcodec.encode(X, "chunked(pyxz,size=128KiB)")
    for chain in [None, "chunked", "chunked(shuffle|lz4)"]:
        with pytest.raises(ndcodec.StageError, match="the inner chain `pyxz`"):
            ndcodec.decode(data, chain) if chain else ndcodec.decode(data)
