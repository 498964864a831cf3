"""As a numcodecs codec: the pattern of tests that numcodecs has for its own."""

import array
import json

import numpy as np
import pytest

numcodecs = pytest.importorskip("numcodecs", exc_type=ImportError)

import ndcodec  # noqa: E402
from ndcodec.numcodecs import NdCodec  # noqa: E402

PIPELINES = ["zstd", "zlib(9)", "lz4|crc32c", "shuffle(4)|zstd(1)", "base64", "gzip"]
CHAINS = ["npy", "npy|zstd|base64", "npy|shuffle|zlib", "chunked(shuffle|lz4)"]
CODECS = [NdCodec(text) for text in PIPELINES + CHAINS]


def arrays():
    rng = np.random.default_rng(42)
    yield np.arange(1000, dtype="i4")
    yield np.linspace(1000, 1001, 1000, dtype="f8")
    yield rng.normal(loc=1000, scale=1, size=(100, 10))
    yield rng.integers(0, 2, size=1000, dtype=bool).reshape(100, 10, order="F")
    yield rng.choice([b"a", b"bb", b"ccc"], size=1000).reshape(10, 10, 10)
    yield rng.integers(0, 2**60, size=1000, dtype="u8").view("M8[ns]")
    yield rng.integers(0, 2**60, size=1000, dtype="u8").view("m8[ns]")
    yield rng.integers(0, 2**25, size=1000, dtype="u8").view("M8[m]")
    yield rng.integers(-(2**63), -(2**63) + 20, size=1000, dtype="i8").view("m8[m]")
    yield np.array([], dtype="f4")
    yield np.arange(12, dtype=">i2").reshape(3, 4)
    yield np.zeros(7, dtype=[("a", "<i4"), ("b", "S3")])


def same_bytes(decoded, x):
    if isinstance(decoded, np.ndarray):
        decoded = decoded.tobytes("A")
    # What has gaps is encoded in C order.
    assert bytes(decoded) == (x.tobytes("A"))


@pytest.mark.parametrize("codec", CODECS, ids=str)
def test_encode_and_decode(codec):
    for x in arrays():
        if "shuffle(4)" in codec.chain and x.nbytes % 4:
            continue
        encoded = codec.encode(x)
        decoded = codec.decode(encoded)
        same_bytes(decoded, x)
        # Out of any kind of buffer.
        for data in [bytearray(encoded), memoryview(encoded), np.frombuffer(encoded, "u1"), array.array("B", encoded)]:
            same_bytes(codec.decode(data), x)
        # Into an array, of whatever shape.
        out = np.empty_like(x)
        assert codec.decode(encoded, out=out) is out
        same_bytes(out, x)
        out = np.empty(x.nbytes, "u1")
        codec.decode(encoded, out=out)
        same_bytes(out, x)
        # And buffers of no dtype in.
        if x.dtype.kind != "V":
            raw = x.tobytes("A")
            for data in [raw, bytearray(raw), memoryview(raw), array.array("B", raw)]:
                same_bytes(codec.decode(codec.encode(data)), np.frombuffer(raw, "u1"))


@pytest.mark.parametrize("text", CHAINS)
def test_chains_keep_dtype_and_shape(text):
    codec = NdCodec(text)
    for x in arrays():
        decoded = codec.decode(codec.encode(x))
        assert (decoded.dtype, decoded.shape) == (x.dtype, x.shape)
        np.testing.assert_array_equal(decoded, x)


@pytest.mark.parametrize("codec", CODECS, ids=str)
def test_configuration(codec):
    config = json.loads(json.dumps(codec.get_config()))
    assert config == {"id": "ndcodec", "chain": codec.chain}
    assert numcodecs.get_codec(config) == codec
    assert NdCodec.from_config({"chain": codec.chain}) == codec


def test_found_by_entry_point():
    assert type(numcodecs.get_codec({"id": "ndcodec", "chain": "npy|zstd"})) is NdCodec


@pytest.mark.parametrize("codec", CODECS, ids=str)
def test_repr_and_pickling(codec):
    import pickle

    assert eval(repr(codec)) == codec
    assert pickle.loads(pickle.dumps(codec)) == codec
    assert codec != NdCodec("xxh3|zstd(22)")


def test_errors():
    with pytest.raises(ndcodec.ChainError, match="unknown stage"):
        NdCodec("npy|nope")
    codec = NdCodec("npy|zstd|crc32c")
    data = bytearray(codec.encode(np.arange(100)))
    data[30] ^= 1
    with pytest.raises(ValueError, match="crc32c"):
        codec.decode(bytes(data))
    for codec in [NdCodec("npy|zstd"), NdCodec("zstd")]:
        encoded = codec.encode(np.arange(10))
        for size in [0, 9, 11]:
            with pytest.raises(ValueError):
                codec.decode(encoded, out=np.empty(size, dtype="i8"))
        read_only = np.empty(10, dtype="i8")
        read_only.flags.writeable = False
        with pytest.raises(TypeError, match="read-only"):
            codec.decode(encoded, out=read_only)


@pytest.mark.parametrize("codec", CODECS, ids=str)
def test_the_contract_of_numcodecs_errors(codec):
    encoded = codec.encode(np.arange(10))
    # Bad data are a `RuntimeError` there, and a `StageError` here.
    for bad in [b"", encoded[:-1], b"xxxx" + encoded, encoded[: len(encoded) // 2]]:
        try:
            decoded = codec.decode(bad)
        except RuntimeError as error:
            assert isinstance(error, ndcodec.StageError) and isinstance(error, ValueError)
            assert error.stage and error.direction == "decode"
        else:
            # Other digits are other bytes, and no bytes may be the encoded form of none.
            assert codec.chain in ("base64", "lz4|crc32c", "gzip", "zstd", "zlib(level=9)") and len(decoded) != 80
    # Elements that lie elsewhere have no bytes, going in or coming out; and what is not memory, or not ours, is not a room.
    for objects in [np.array(["foo", "bar"], dtype=object), np.array([None, {}])]:
        with pytest.raises(TypeError):
            codec.encode(objects)
        with pytest.raises(TypeError):
            codec.decode(objects)
    for out in [np.empty(10, dtype=object), bytes(80), "text", 123]:
        with pytest.raises(TypeError):
            codec.decode(encoded, out=out)
    out = bytearray(80)
    codec.decode(encoded, out=out)
    assert np.frombuffer(out, "i8").tolist() == list(range(10))
    for size in [0, 79, 81]:
        with pytest.raises(ValueError):
            codec.decode(encoded, out=bytearray(size))


def test_limits_are_runtime_errors_too():
    codec = NdCodec("zstd")
    # A header of a megabyte may stand before the elements.
    encoded = codec.encode(np.zeros(1 << 20))
    ndcodec.configure_storage(max_bytes=100)
    try:
        with pytest.raises(RuntimeError) as raised:
            codec.decode(encoded)
    finally:
        ndcodec.configure_storage()
    assert isinstance(raised.value, ndcodec.LimitError) and raised.value.limit == "max_bytes"
    import pickle

    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def test_as_the_compressor_of_a_zarr_v2_array():
    zarr = pytest.importorskip("zarr", exc_type=ImportError)
    x = np.arange(10_000, dtype="<f4").reshape(100, 100)
    for text in ["npy|zstd", "shuffle(4)|lz4"]:
        store = {}
        z = zarr.create_array(
            store, shape=x.shape, dtype=x.dtype, chunks=(30, 40), zarr_format=2, compressors=NdCodec(text)
        )
        z[:] = x
        again = zarr.open_array(store, mode="r")
        np.testing.assert_array_equal(again[:], x)
        assert again.compressors == (NdCodec(text),)
