"""The functions and classes, their options and errors."""

import array
import concurrent.futures
import copy
import gzip
import io
import mmap
import pickle

import ndcodec
import numpy as np
import pytest

X = np.arange(600, dtype="<f4").reshape(20, 30)


def test_text_is_str_and_bytes_are_bytes():
    chain = "npy|zstd|base64"
    text = ndcodec.encode_text(X, chain)
    assert type(text) is str and text.encode() == ndcodec.encode(X, chain)
    np.testing.assert_array_equal(ndcodec.decode(text, chain), X)
    with pytest.raises(ndcodec.NdcodecError, match="put `base64` at its end"):
        ndcodec.encode_text(X, "npy|zstd")


def test_any_buffer_decodes(tmp_path):
    data = ndcodec.encode(X, "npy|zstd")
    buffers = [data, bytearray(data), memoryview(data), array.array("B", data), np.frombuffer(data, "u1")]
    gaps = bytearray(2 * len(data))
    gaps[::2] = data
    buffers += [memoryview(gaps)[::2], np.frombuffer(gaps, "u1")[::2]]
    (tmp_path / "x").write_bytes(data)
    with open(tmp_path / "x", "rb") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            np.testing.assert_array_equal(ndcodec.decode(mapped), X)
    for buffer in buffers:
        np.testing.assert_array_equal(ndcodec.decode(buffer, "npy|zstd"), X)
    for wrong in [None, 7, ["a"], object()]:
        with pytest.raises(TypeError, match="expected bytes, str, a buffer, a path or a file"):
            ndcodec.decode(wrong, "npy|zstd")


def test_a_bytearray_is_locked_while_it_is_read_and_free_after():
    data = bytearray(ndcodec.encode(X, "npy"))
    ndcodec.decode(data)
    data.append(1)


def test_detection():
    for chain in ["npy", "npy|zstd|base64", "npy|zlib|base64", "npy|shuffle|gzip", "chunked(shuffle|lz4)|base64"]:
        data = ndcodec.encode(X, chain)
        np.testing.assert_array_equal(ndcodec.decode(data), X)
        assert ndcodec.detect(data).chain is not None
        assert ndcodec.inspect(data).shape == (20, 30)
    found = ndcodec.detect(gzip.compress(b"just text, no array"))
    assert (found.chain, found.pipeline) == (None, "gzip")
    with pytest.raises(ndcodec.NdcodecError, match="`gzip`.*no format"):
        ndcodec.decode(gzip.compress(b"just text, no array"))
    with pytest.raises(ndcodec.NdcodecError, match="name the chain"):
        ndcodec.decode(bytes(range(100, 200)))
    with pytest.raises(ndcodec.NdcodecError, match="no data"):
        ndcodec.decode(b"")


def test_inspect():
    data = ndcodec.encode(np.asfortranarray(X), "npy|shuffle|zlib|base64")
    found = ndcodec.inspect(data[:400], "npy|zlib|base64")
    assert (found.dtype, found.shape, found.order, found.nbytes) == (X.dtype, (20, 30), "F", X.nbytes)
    assert found.filters == "shuffle" and found.header_len % 64 == 0
    assert ndcodec.inspect(X.tobytes(), "raw(<f4)").shape in [(600,), (None,)]


def test_chain_objects():
    chain = ndcodec.Chain(" npy | zstd(level=3) | base64 ")
    assert str(chain) == "npy|zstd|base64" and repr(chain) == "Chain('npy|zstd|base64')"
    same = ndcodec.Chain("npy|zstd(3)|base64()")
    assert chain == same and hash(chain) == hash(same) and chain != ndcodec.Chain("npy|base64")
    assert chain != "npy|zstd|base64" and len({chain, same}) == 1
    for other in [pickle.loads(pickle.dumps(chain)), copy.copy(chain), copy.deepcopy(chain)]:
        assert other == chain
    np.testing.assert_array_equal(chain.decode(chain.encode_text(X)), X)
    assert ndcodec.encode(X, chain) == chain.encode(X) == ndcodec.encode(X, "npy|zstd|base64")
    assert chain.stages == ("npy", "zstd", "base64") and chain.is_text
    with pytest.raises(TypeError):
        type("Sub", (ndcodec.Chain,), {})
    with pytest.raises(AttributeError):
        chain.stages = ()
    with pytest.raises(TypeError, match="`str` or `Chain`"):
        ndcodec.encode(X, 7)


def test_resolved_chains_decode_alone():
    for text in ["raw|zlib|base64", "npy|zstd", "chunked(shuffle|zstd)"]:
        chain = ndcodec.Chain(text)
        resolved = chain.resolved(X)
        np.testing.assert_array_equal(resolved.decode(chain.encode(X)), X)
    assert "20x30" in str(ndcodec.Chain("raw|zlib").resolved(X))
    # Nothing is moved for it, so it works on what would not fit in memory.
    assert ndcodec.Chain("raw").resolved(np.broadcast_to(np.float32(0), (1 << 40,))) == ndcodec.Chain(
        f"raw(<f4,{1 << 40})"
    )


def test_pipelines():
    pipeline = ndcodec.Pipeline("zstd|base64")
    assert repr(pipeline) == "Pipeline('zstd|base64')" and pipeline == pickle.loads(pickle.dumps(pipeline))
    assert hash(pipeline) == hash(ndcodec.Pipeline("zstd(3)|base64"))
    for data in [b"", b"abc" * 1000, bytearray(b"x"), memoryview(b"y" * 70_000), X]:
        encoded = ndcodec.encode_bytes(data, "zstd|base64")
        assert encoded == pipeline.encode(data) and pipeline.encode_text(data).encode() == encoded
        expected = data.tobytes() if data is X else bytes(data)
        assert ndcodec.decode_bytes(encoded, pipeline) == expected == pipeline.decode(encoded.decode())
        room = bytearray(len(expected) + 9)
        assert pipeline.decode_into(encoded, room) == len(expected) and room[: len(expected)] == expected
        room = bytearray(len(encoded))
        assert pipeline.encode_into(data, room) == len(encoded) and room == encoded
    with pytest.raises(TypeError, match="text.encode"):
        ndcodec.encode_bytes("text", "zstd")
    with pytest.raises(ndcodec.LimitError):
        ndcodec.decode_bytes(ndcodec.encode_bytes(bytes(1000), "zstd"), "zstd", max_bytes=999)
    with pytest.raises(ndcodec.ChainError, match="pipeline takes bytes"):
        ndcodec.Pipeline("npy|zstd")
    with pytest.raises(ndcodec.NdcodecError, match="does not end in text"):
        ndcodec.Pipeline("zstd").encode_text(b"")


def test_decode_into():
    for chain in ["npy", "npy|zstd|base64", "npy|shuffle|zstd", "chunked(shuffle|lz4)", "raw(<f4,20x30)|zlib"]:
        data = ndcodec.encode(X, chain)
        out = np.full_like(X, -1)
        assert ndcodec.decode_into(data, out, chain) is out
        np.testing.assert_array_equal(out, X)
        # Other orders and gaps.
        for out in [np.empty_like(X, order="F"), np.empty((20, 60), "<f4")[:, ::2], np.empty((40, 30), "<f4")[::-2]]:
            ndcodec.decode_into(data, out, chain)
            np.testing.assert_array_equal(out, X)
        room = bytearray(X.nbytes)
        ndcodec.decode_into(data, room, chain)
        assert room == X.tobytes()
    data = ndcodec.encode(np.asfortranarray(X), "npy")
    out = np.empty_like(X)
    np.testing.assert_array_equal(ndcodec.decode_into(data, out), X)


def test_decode_into_what_does_not_fit():
    data = ndcodec.encode(X, "npy|zstd")
    for out in [np.empty((30, 20), "<f4"), np.empty((20, 30), ">f4"), np.empty((20, 30), "<i4"), np.empty(600, "<f4")]:
        with pytest.raises(ndcodec.NdcodecError, match="but `out` has shape"):
            ndcodec.decode_into(data, out)
    for out in [np.empty((20, 31), "<f4"), np.empty((20, 29), "<f4"), bytearray(X.nbytes - 1), bytearray(X.nbytes + 1)]:
        with pytest.raises(ndcodec.NdcodecError, match=f"{X.nbytes}|at least"):
            ndcodec.decode_into(data, out)
    read_only = np.empty_like(X)
    read_only.flags.writeable = False
    for out in [read_only, bytes(X.nbytes), memoryview(bytes(X.nbytes))]:
        with pytest.raises(TypeError, match="read-only"):
            ndcodec.decode_into(data, out)
    with pytest.raises(TypeError, match="found `str`"):
        ndcodec.decode_into(data, "text")


def test_encode_into():
    for chain in ["npy", "npy|zstd|base64", "chunked(lz4)"]:
        expected = ndcodec.encode(X, chain)
        for room in [bytearray(len(expected)), np.empty(len(expected) + 100, "u1"), memoryview(bytearray(9000))]:
            n = ndcodec.encode_into(X, room, chain)
            assert n == len(expected) and bytes(room[:n]) == expected
        with pytest.raises(ndcodec.StageError) as raised:
            ndcodec.encode_into(X, bytearray(len(expected) - 1), chain)
        assert raised.value.kind == "output_full"
        with pytest.raises(TypeError, match="read-only"):
            ndcodec.encode_into(X, bytes(len(expected)), chain)


def test_input_and_output_may_be_the_same_memory():
    room = np.zeros(4096, "u1")
    n = ndcodec.encode_into(X, room, "npy|base64")
    target = room[:2400].view("<f4").reshape(20, 30)
    ndcodec.decode_into(room[:n], target, "npy|base64")
    np.testing.assert_array_equal(target, X)
    room[:2400].view("<f4").reshape(20, 30)[...] = X
    n = ndcodec.encode_into(room[:2400].view("<f4").reshape(20, 30), room, "npy|base64")
    assert bytes(room[:n]) == ndcodec.encode(X, "npy|base64")


def test_decode_rows():
    for chain in ["chunked(shuffle|zstd,size=64KiB)", "npy", "npy|zstd|base64"]:
        x = np.arange(100_000, dtype="<i4").reshape(10_000, 10)
        data = ndcodec.encode(x, chain)
        for start, stop in [(0, 0), (0, 1), (100, 200), (9_999, 10_000), (0, 10_000)]:
            rows = ndcodec.decode_rows(data, start, stop, chain)
            np.testing.assert_array_equal(rows, x[start:stop])
            assert rows.flags.writeable
        np.testing.assert_array_equal(ndcodec.decode_rows(data, 5, 7), x[5:7])
        for start, stop in [(0, 10_001), (5, 4), (-1, 3)]:
            with pytest.raises(ndcodec.NdcodecError, match="rows|there are none"):
                ndcodec.decode_rows(data, start, stop, chain)


def test_rows_of_chunked_are_read_where_they_are():
    x = np.arange(1 << 18, dtype="<i4").reshape(-1, 64)
    data = bytearray(ndcodec.encode(x, "chunked(lz4,size=64KiB)"))
    # What lies in another chunk may be broken.
    data[100] ^= 0xFF
    np.testing.assert_array_equal(ndcodec.decode_rows(data, 3000, 3010, "chunked(lz4,size=64KiB)"), x[3000:3010])


def test_threads_do_not_change_the_bytes():
    x = np.arange(1 << 19, dtype="<f8")
    one = ndcodec.encode(x, "chunked(shuffle|zstd)", threads=1)
    assert one == ndcodec.encode(x, "chunked(shuffle|zstd)") == ndcodec.encode(x, "chunked(shuffle|zstd)", threads=7)
    for threads in [None, 1, 2, 100]:
        np.testing.assert_array_equal(ndcodec.decode(one, threads=threads), x)
    for threads in [0, -1]:
        with pytest.raises(ndcodec.NdcodecError, match="`threads` is"):
            ndcodec.encode(x, "npy", threads=threads)


def test_limits():
    data = ndcodec.encode(np.zeros(1 << 20), "npy|zstd|base64")
    assert len(data) < 1000
    with pytest.raises(ndcodec.LimitError) as raised:
        ndcodec.decode(data, max_bytes=1 << 20)
    error = raised.value
    assert (error.kind, error.direction) == ("limit", "decode") and "max_bytes" in str(error)
    assert ndcodec.decode(data, max_bytes=None).nbytes == 8 << 20
    with pytest.raises(ndcodec.NdcodecError, match="negative"):
        ndcodec.decode(data, max_bytes=-1)
    # A header that claims the world allocates nothing.
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }"
    claim = b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + header.ljust(117) + b"\n"
    with pytest.raises(ndcodec.StageError):
        ndcodec.decode(claim, "npy")


def test_errors_say_where():
    with pytest.raises(ndcodec.ChainError) as raised:
        ndcodec.Chain("npy|größe|base64")
    assert raised.value.span == (4, 9)
    with pytest.raises(ndcodec.ChainError) as raised:
        ndcodec.decode(b"", "npy|zst(level=19)|base64")
    error = raised.value
    assert error.chain[slice(*error.span)] == "zst" and "`zstd`" in error.help
    assert str(error).startswith("unknown stage `zst`\n  |  npy|zst(level=19)|base64\n  |      ^^^\nhelp: ")
    with pytest.raises(ndcodec.StageError) as raised:
        ndcodec.decode("AAAA!AAA", "raw(u1)|base64")
    error = raised.value
    assert (error.stage, error.index, error.kind, error.offset) == ("base64", 1, "corrupt", 4)
    with pytest.raises(ndcodec.StageError) as raised:
        ndcodec.decode(ndcodec.encode(X, "npy|zstd")[:-3], "npy|zstd")
    assert raised.value.kind == "truncated"
    with pytest.raises(ndcodec.StageError) as raised:
        ndcodec.decode(ndcodec.encode(X, "npy|crc32c")[:-1] + b"x", "npy|crc32c")
    assert raised.value.kind == "checksum"
    assert isinstance(error, ndcodec.NdcodecError) and issubclass(ndcodec.NdcodecError, ValueError)


def test_errors_travel_between_processes():
    for call in [lambda: ndcodec.Chain("npy|nope"), lambda: ndcodec.decode("AAA", "raw(u1)|base64")]:
        with pytest.raises(ndcodec.NdcodecError) as raised:
            call()
        back = pickle.loads(pickle.dumps(raised.value))
        assert type(back) is type(raised.value) and str(back) == str(raised.value)
        assert vars(back) == vars(raised.value)


def test_many_chains_are_parsed_again_when_they_were_forgotten():
    for _ in range(2):
        for level in range(1, 20):
            for size in [4, 8, 16, 20]:
                chain = f"npy|zstd({level})|base64"
                assert ndcodec.decode(ndcodec.encode(X[:size], chain), chain).shape == (size, 30)


def test_one_chain_in_many_threads():
    chain = ndcodec.Chain("npy|shuffle|zstd|base64")
    arrays = [np.full((100 + i, 50), i, dtype="<i4") for i in range(32)]

    def there_and_back(x):
        for _ in range(20):
            np.testing.assert_array_equal(chain.decode(chain.encode(x)), x)
        return True

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert all(pool.map(there_and_back, arrays))


def test_stages_are_described():
    stages = {stage.name: stage for stage in ndcodec.stages()}
    assert {"npy", "raw", "chunked", "shuffle", "delta", "zstd", "zlib", "gzip", "lz4", "base64", "crc32c"} <= set(stages)
    assert stages["npy"].kind == "format" and stages["shuffle"].kind == "filter" and stages["zstd"].kind == "codec"
    level = stages["zstd"].params[0]
    assert (level.name, level.default) == ("level", "3") and "22" in level.values
    assert stages["base64"].is_text and stages["bitround"].is_lossy
    assert all(stage.summary and stage.package for stage in stages.values() if stage.package.startswith("ndcodec"))


def test_arrays_in_a_row_are_listed_by_their_headers():
    arrays = [np.arange(3), np.eye(2, dtype="<f4"), np.zeros((0, 5)), np.zeros(1 << 20)]
    file = io.BytesIO()
    for x in arrays:
        np.save(file, x)
    data = file.getvalue()
    for chain, encoded in [(None, data), ("npy|gzip", ndcodec.encode_bytes(data, "gzip"))]:
        found = ndcodec.inspect_all(encoded, chain)
        assert [(one.dtype, one.shape) for one in found] == [(x.dtype, x.shape) for x in arrays]
    assert len(ndcodec.inspect_all(data, max_bytes=100)) == 4
    with pytest.raises(ndcodec.StageError, match="the data end after"):
        ndcodec.inspect_all(data[:-1])
    assert [one.shape for one in ndcodec.inspect_all(ndcodec.encode(arrays[0], "chunked(zstd)"))] == [(3,)]
