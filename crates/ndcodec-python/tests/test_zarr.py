"""As codecs of Zarr v3."""

import json
import subprocess
import sys

import numpy as np
import pytest

zarr = pytest.importorskip("zarr", minversion="3.0", exc_type=ImportError)

import ndcodec  # noqa: E402
from ndcodec.zarr import NdCodecArray, NdCodecBytes  # noqa: E402

X = (np.arange(60 * 70, dtype="<f4") / 7).reshape(60, 70)

SERIALIZERS = ["npy|shuffle|zstd", "chunked(shuffle|lz4)", "raw|zlib", "npy|base64", "npy|delta|zstd|crc32c"]


@pytest.fixture(params=["plain", "fused"])
def codec_pipeline(request):
    """Newer zarr has a second pipeline, which calls codecs synchronously."""
    if request.param == "plain":
        yield
        return
    try:
        from zarr.core.codec_pipeline import FusedCodecPipeline
    except ImportError:
        pytest.skip("this zarr has one pipeline only")
    path = f"{FusedCodecPipeline.__module__}.{FusedCodecPipeline.__qualname__}"
    with zarr.config.set({"codec_pipeline.path": path}):
        yield


def arrays():
    yield X
    yield np.arange(500, dtype="<i8").reshape(20, 25)
    yield np.arange(500, dtype=">i2").reshape(20, 25)
    yield np.arange(60, dtype="u1").reshape(3, 4, 5)
    yield np.random.default_rng(1).integers(0, 2, size=(9, 9)).astype(bool)
    yield np.array([1 + 2j, 3 - 4j], dtype="c16")


@pytest.mark.parametrize("text", SERIALIZERS)
def test_array_to_bytes(text, codec_pipeline):
    for x in arrays():
        if "delta" in text and x.dtype.kind not in "iu":
            continue
        store = zarr.storage.MemoryStore()
        chunks = tuple(max(1, n // 2 + 1) for n in x.shape)
        z = zarr.create_array(store, data=x, chunks=chunks, serializer=NdCodecArray(text), compressors=None)
        np.testing.assert_array_equal(z[:], x)
        again = zarr.open_array(store, mode="r")
        np.testing.assert_array_equal(again[:], x)
        np.testing.assert_array_equal(again[1:3], x[1:3])
        assert again.serializer == NdCodecArray(text)


@pytest.mark.parametrize("text", ["zstd", "shuffle(4)|lz4|crc32c", "base64", "gzip(1)"])
def test_bytes_to_bytes(text, codec_pipeline):
    store = zarr.storage.MemoryStore()
    zarr.create_array(store, data=X, chunks=(20, 20), compressors=NdCodecBytes(text))
    again = zarr.open_array(store, mode="r")
    np.testing.assert_array_equal(again[:], X)
    assert again.compressors == (NdCodecBytes(text),)


def test_both_and_sharding(codec_pipeline):
    for serializer in ["npy|shuffle", "raw", "chunked(lz4)"]:
        store = zarr.storage.MemoryStore()
        z = zarr.create_array(
            store,
            data=X,
            chunks=(10, 10),
            shards=(30, 40),
            serializer=NdCodecArray(serializer),
            compressors=NdCodecBytes("zstd|xxh3"),
        )
        np.testing.assert_array_equal(z[:], X)
        z[3:14, 5:33] = 1
        expected = X.copy()
        expected[3:14, 5:33] = 1
        again = zarr.open_array(store, mode="r")
        np.testing.assert_array_equal(again[:], expected)
        np.testing.assert_array_equal(again[12, 3:60:7], expected[12, 3:60:7])


def test_a_byte_order_that_the_chain_asks_for():
    x = np.arange(30, dtype="<i4").reshape(5, 6)
    store = zarr.storage.MemoryStore()
    zarr.create_array(store, data=x, serializer=NdCodecArray("raw(>i4)|zlib"), compressors=None, chunks=(5, 6))
    np.testing.assert_array_equal(zarr.open_array(store, mode="r")[:], x)


def test_metadata():
    codec = NdCodecArray("npy | zstd(level=3)")
    assert codec.chain == "npy|zstd" and hash(codec) == hash(NdCodecArray("npy|zstd"))
    assert codec.to_dict() == {"name": "ndcodec.array", "configuration": {"chain": "npy|zstd"}}
    assert NdCodecArray.from_dict(json.loads(json.dumps(codec.to_dict()))) == codec
    with pytest.raises(AttributeError):
        codec.chain = "raw"
    codec = NdCodecBytes("zstd|crc32c")
    assert NdCodecBytes.from_dict(codec.to_dict()) == codec
    assert zarr.registry.get_codec_class("ndcodec.array") is NdCodecArray
    assert zarr.registry.get_codec_class("ndcodec.bytes") is NdCodecBytes
    for data in [{"name": "ndcodec.array"}, {"name": "ndcodec.array", "configuration": {"chain": "npy", "level": 1}}]:
        with pytest.raises(ndcodec.NdcodecError, match="its `chain`, and nothing else"):
            NdCodecArray.from_dict(data)
    with pytest.raises(ndcodec.ChainError):
        NdCodecArray("zstd")
    with pytest.raises(ndcodec.ChainError):
        NdCodecBytes("npy|zstd")
    # What the chain cannot hold fails before there is an array.
    with pytest.raises(ndcodec.NdcodecError, match="delta"):
        zarr.create_array({}, shape=(3,), dtype="<f4", serializer=NdCodecArray("npy|delta"), compressors=None)


def store_with(folder, **codecs):
    z = zarr.create_array(folder, shape=X.shape, dtype=X.dtype, chunks=(60, 70), **codecs)
    z[:] = X
    (chunk,) = [path for path in folder.rglob("*") if path.is_file() and path.name != "zarr.json"]
    return chunk


READ = """
import sys, numpy as np, zarr
x = zarr.open_array(sys.argv[1], mode="r")[:]
print(x.dtype.str, x.shape, float(x.astype("f8").sum()))
"""


def read_fresh(folder):
    """By a process that knows of ndcodec only what is installed."""
    return subprocess.run([sys.executable, "-c", READ, str(folder)], capture_output=True, text=True)


@pytest.mark.parametrize(
    "codecs",
    [
        {"serializer": NdCodecArray("npy|shuffle|zstd|crc32c"), "compressors": None},
        {"serializer": NdCodecArray("chunked(shuffle|zstd)"), "compressors": None},
        {"compressors": NdCodecBytes("zstd|crc32c")},
        {"serializer": NdCodecArray("npy"), "compressors": NdCodecBytes("zlib")},
    ],
    ids=str,
)
def test_a_fresh_process_reads_the_store_and_sees_a_flipped_byte(tmp_path, codecs):
    chunk = store_with(tmp_path / "x.zarr", **codecs)
    done = read_fresh(tmp_path / "x.zarr")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["<f4", "(60,", "70)", str(float(X.astype("f8").sum()))]
    whole = chunk.read_bytes()
    for at in [len(whole) // 3, len(whole) // 2, len(whole) - 1]:
        broken = bytearray(whole)
        broken[at] ^= 0x10
        chunk.write_bytes(broken)
        with pytest.raises(ValueError):
            zarr.open_array(tmp_path / "x.zarr", mode="r")[:]
    done = read_fresh(tmp_path / "x.zarr")
    assert done.returncode != 0 and "ndcodec.StageError" in done.stderr
    # As is a chunk that ends early.
    chunk.write_bytes(whole[:-1])
    assert read_fresh(tmp_path / "x.zarr").returncode != 0


def test_a_chunk_of_another_array_is_an_error(tmp_path):
    chunk = store_with(tmp_path / "x.zarr", serializer=NdCodecArray("npy|zstd"), compressors=None)
    for other in [X.astype("<f8"), X[:30], X.astype("<i4")]:
        chunk.write_bytes(ndcodec.encode(other, "npy|zstd"))
        with pytest.raises(ndcodec.NdcodecError):
            zarr.open_array(tmp_path / "x.zarr", mode="r")[:]
    # Nor is there room for one that would be too large.
    chunk.write_bytes(ndcodec.encode(np.zeros(10_000_000), "npy|zstd"))
    with pytest.raises(ndcodec.LimitError):
        zarr.open_array(tmp_path / "x.zarr", mode="r")[:]
