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
        with pytest.raises(ndcodec.NdcodecError, match="may have only `chain`"):
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


class Counting(zarr.storage.MemoryStore):
    """A store that counts the bytes of chunks that are read."""

    read = 0

    async def get(self, key, prototype=None, byte_range=None):
        data = await super().get(key, prototype, byte_range)
        if data is not None and "zarr.json" not in key:
            self.read += len(data)
        return data


SELECTIONS = [
    np.s_[10:13],
    np.s_[10],
    np.s_[59, 69],
    np.s_[3:50:7, 5:60:9],
    np.s_[5:6, ::3],
    np.s_[...],
    np.s_[0:0],
    np.s_[:, 3],
]


@pytest.mark.parametrize("text", ["npy", "raw", "chunked(shuffle|lz4,size=64KiB)", "auto", "npy|zstd"])
def test_rows_of_a_chunk_are_read_alone(text, codec_pipeline):
    big = (np.arange(600 * 700, dtype="<f4") / 7).reshape(600, 700)
    store = Counting()
    zarr.create_array(store, data=big, chunks=(300, 700), serializer=NdCodecArray(text), compressors=None)
    z = zarr.open_array(store, mode="r")
    for selection in SELECTIONS:
        np.testing.assert_array_equal(z[selection], big[selection])
    for rows in [[7, 3, 299], [0, 599], np.array([True] + [False] * 598 + [True])]:
        np.testing.assert_array_equal(z.oindex[rows, :], big[rows])
        np.testing.assert_array_equal(z.oindex[rows, 5], big[rows, 5])
    np.testing.assert_array_equal(z.vindex[[5, 400], [6, 7]], big[[5, 400], [6, 7]])
    whole = sum(len(data) for key, data in store._store_dict.items() if "zarr.json" not in key)
    store.read = 0
    np.testing.assert_array_equal(z[310:312], big[310:312])
    if "Fused" in zarr.config.get("codec_pipeline.path"):
        # It reads parts of a chunk by codecs that need no event loop, and has no public name for that.
        assert store.read <= whole
    elif text in ("npy", "raw"):
        assert store.read < 2 * 2800 + 1000
    elif text.startswith("chunked"):
        assert store.read < whole / 3
    # A chunk that is not there has the fill value.
    empty = zarr.create_array(Counting(), shape=(9, 9), dtype="f4", serializer=NdCodecArray(text), compressors=None, fill_value=3)
    np.testing.assert_array_equal(empty[2:4], np.full((2, 9), 3))


def test_damage_is_seen_where_rows_are_read_alone():
    store = zarr.storage.MemoryStore()
    zarr.create_array(store, data=X, chunks=X.shape, serializer=NdCodecArray("chunked(lz4)"), compressors=None)
    (key,) = [key for key in store._store_dict if "zarr.json" not in key]
    whole = store._store_dict[key].to_bytes()
    for bad in [whole[:-1], whole[:100], ndcodec.encode(X[:30], "chunked(lz4)"), ndcodec.encode(X.astype("f8"), "chunked(lz4)")]:
        store._store_dict[key] = zarr.core.buffer.cpu.Buffer.from_bytes(bad)
        with pytest.raises(ndcodec.NdcodecError):
            zarr.open_array(store, mode="r")[59:60]


@pytest.mark.parametrize("index", [["raw", "crc32c"], ["npy", "xxh3"], ["raw(<u8)|base64", ""]])
def test_codecs_of_fixed_size_serve_the_index_of_shards(index, codec_pipeline):
    first, then = index
    codecs = [NdCodecArray(first), *([NdCodecBytes(then)] if then else [])]
    assert all(codec.is_fixed_size for codec in codecs)
    sharding = zarr.codecs.ShardingCodec(chunk_shape=(10, 10), codecs=[NdCodecArray("npy|zstd")], index_codecs=codecs)
    store = zarr.storage.MemoryStore()
    zarr.create_array(store, data=X, chunks=(30, 40), serializer=sharding, compressors=None)
    again = zarr.open_array(store, mode="r")
    np.testing.assert_array_equal(again[:], X)
    np.testing.assert_array_equal(again[11:13, 5], X[11:13, 5])


def test_codecs_of_other_sizes_say_so():
    for codec in [NdCodecArray("npy|zstd"), NdCodecBytes("zstd"), NdCodecArray("chunked(lz4)")]:
        assert not codec.is_fixed_size
    with pytest.raises(NotImplementedError, match="depends on the bytes"):
        NdCodecBytes("zstd").compute_encoded_size(16, None)
    assert NdCodecBytes("crc32c").compute_encoded_size(16, None) == 20
    assert NdCodecBytes("hex|prefix").compute_encoded_size(16, None) == 36
