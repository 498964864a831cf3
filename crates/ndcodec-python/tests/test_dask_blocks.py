"""Dask arrays in blocks of files under a manifest: what comes back, what goes on, and what is refused."""

import hashlib
import json
import os
import random

import numpy as np
import pytest
from equal import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st

da = pytest.importorskip("dask.array", exc_type=ImportError)
import dask  # noqa: E402
import ndcodec  # noqa: E402
import ndcodec.dask as nd  # noqa: E402

NAME = "ndcodec-blocks.json"
CHAINS = ["auto", "chunked(shuffle|lz4)", "npy|zstd|base64", "raw|zlib"]


@pytest.fixture(autouse=True)
def threads():
    with dask.config.set(scheduler="threads", num_workers=2):
        yield


def made(seed=1):
    return da.random.default_rng(seed).normal(size=(50, 70), chunks=(20, 30))


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def contents(folder):
    return {name: (folder / name).read_bytes() for name in files(folder)}


@pytest.mark.parametrize("chain", CHAINS)
def test_arrays_come_back(tmp_path, chain):
    struct = np.array([(i, i / 3) for i in range(7)], dtype=[("a", ">i4"), ("b", "<f8")])
    arrays = [
        made(),
        made().astype(">f4"),
        da.from_array(np.asfortranarray(np.arange(30.0).reshape(5, 6)), chunks=(5, 4)),
        da.from_array(np.array(3.5)),
        da.zeros((0, 3), chunks=(1, 2)),
        da.arange(10, chunks=(3, 3, 4)).astype("M8[s]"),
        da.from_array(struct, chunks=2),
        da.ones((3, 4, 5), chunks=(2, 3, 4), dtype="?"),
    ]
    for n, array in enumerate(arrays):
        folder = tmp_path / str(n)
        written = nd.write(array, folder, chain)
        assert (written.blocks, written.resumed, written.nbytes) == (array.npartitions, 0, array.nbytes)
        back = nd.read(folder)
        assert back.chunks == array.chunks and back.dtype == array.dtype
        assert_same(np.asarray(back.compute(), order="C"), np.asarray(array.compute(), order="C"))
        found = nd.info(folder)
        assert (found.chain, found.shape, found.encoded_len) == (chain, array.shape, written.encoded_len)
        assert (found.nbytes, found.generation) == (array.nbytes, 0)


def test_bfloat16(tmp_path):
    ml_dtypes = pytest.importorskip("ml_dtypes", exc_type=ImportError)
    x = da.arange(10, chunks=4).astype(ml_dtypes.bfloat16)
    nd.write(x, tmp_path, "auto")
    assert nd.read(tmp_path).dtype == ml_dtypes.bfloat16
    assert (nd.read(tmp_path).compute() == x.compute()).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=3), max_size=3), st.sampled_from(CHAINS))
def test_any_grid(tmp_path_factory, chunks, chain):
    shape = tuple(map(sum, chunks))
    x = np.arange(int(np.prod(shape)), dtype="<i4").reshape(shape)
    folder = tmp_path_factory.mktemp("grid")
    nd.write(da.from_array(x, chunks=tuple(map(tuple, chunks))), folder, chain)
    back = nd.read(folder)
    assert back.chunks == tuple(map(tuple, chunks))
    assert_same(np.asarray(back.compute(), order="C"), x)


def test_a_manifest_is_the_last_file(tmp_path):
    fails = {"block": True}

    def sometimes(block, block_info=None):
        if fails["block"] and block_info and block_info[0]["chunk-location"] == (0, 1):
            raise OSError("the disk of the source broke")
        return block

    x = made()
    y = x.map_blocks(sometimes, dtype=x.dtype, name="the-same")
    with dask.config.set(scheduler="sync"), pytest.raises(OSError, match="broke"):
        nd.write(y, tmp_path)
    left = files(tmp_path)
    assert left and NAME not in left
    with pytest.raises(FileNotFoundError, match="was not finished"):
        nd.read(tmp_path)

    # A block that was damaged meanwhile is made again, and so is one that a file system cut short.
    for name, data in zip(left, [b"", b"short"]):
        (tmp_path / name).write_bytes(data)
    fails["block"] = False
    written = nd.write(y, tmp_path)
    assert (written.blocks, written.resumed) == (9, len(left) - 2)
    assert (nd.read(tmp_path).compute() == x.compute()).all()

    # It is what one run would have made.
    nd.write(y, tmp_path / "once")
    once = contents(tmp_path / "once")
    assert {name: data for name, data in contents(tmp_path).items() if not name.startswith("once/")} == once


def test_resuming_computes_no_block_that_is_there(tmp_path):
    count = []

    def counted(block):
        count.append(1)
        return block

    x = made().map_blocks(counted, dtype="<f8", name="counted")
    count.clear()  # Dask tried it on no block, to see what it gives.
    nd.write(x, tmp_path)
    assert len(count) == 9
    (tmp_path / NAME).unlink()
    assert nd.write(x, tmp_path).resumed == 9 and len(count) == 9
    (tmp_path / NAME).unlink()
    folder = nd.write(x, tmp_path, verify=False).folder
    (tmp_path / NAME).unlink()
    next((tmp_path / folder).iterdir()).unlink()
    assert nd.write(x, tmp_path).resumed == 8 and len(count) == 10
    # Another array, another chain, other chunks: none of its blocks is taken.
    (tmp_path / NAME).unlink()
    assert nd.write(x.rechunk((10, 70)), tmp_path).resumed == 0
    (tmp_path / NAME).unlink()
    assert nd.write(x, tmp_path, "npy|lz4").resumed == 0


def test_modes(tmp_path):
    x, y = made(1), made(2)
    first = nd.write(x, tmp_path, identity="x")
    with pytest.raises(ndcodec.NdcodecError, match='holds this array already; `mode="overwrite"` replaces it'):
        nd.write(x, tmp_path, identity="x")
    assert nd.write(x, tmp_path, identity="x", mode="keep") == nd.Written(
        9, 9, x.nbytes, first.encoded_len, first.folder
    )
    with pytest.raises(ndcodec.NdcodecError, match="holds another array already"):
        nd.write(y, tmp_path, identity="y", mode="keep")

    old = nd.read(tmp_path)
    second = nd.write(y, tmp_path, identity="x", mode="overwrite")
    assert second.resumed == 0 and second.folder.startswith("1-") and nd.info(tmp_path).generation == 1
    assert (nd.read(tmp_path) == y).all().compute()
    # Who opened the old array still has it, until it is cleaned up.
    assert (old == x).all().compute()
    assert len(nd.clean(tmp_path)) == 9
    assert not (tmp_path / first.folder).exists() and nd.clean(tmp_path) == []
    with pytest.raises(ndcodec.NdcodecError, match="is missing: there is no"):
        old.compute()
    assert (nd.read(tmp_path) == y).all().compute()
    with pytest.raises(ndcodec.NdcodecError, match="`mode` is `create`, `keep` or `overwrite`, not 'w'"):
        nd.write(x, tmp_path, mode="w")


def test_cleaning_removes_what_a_killed_writer_left_and_nothing_else(tmp_path):
    written = nd.write(made(), tmp_path)
    folder = tmp_path / written.folder
    block = next(folder.iterdir()).name
    (folder / f".{block[:100]}.{'0' * 32}.tmp").write_bytes(b"half")
    (folder / f"0.0-{'a' * 64}").write_bytes(b"a block of an attempt that lost")
    (folder / "notes.txt").write_bytes(b"mine")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / f"0.0-{'a' * 64}").write_bytes(b"mine too")
    assert len(nd.clean(tmp_path)) == 2
    assert (folder / "notes.txt").exists() and (tmp_path / "other" / f"0.0-{'a' * 64}").exists()
    assert (nd.read(tmp_path) == made()).all().compute()


def test_a_graph_to_compute_later(tmp_path):
    later = nd.write(made(), tmp_path, compute=False)
    assert files(tmp_path) == []
    assert later.compute().blocks == 9
    assert (nd.read(tmp_path) == made()).all().compute()


def test_what_is_not_written(tmp_path):
    x = made()
    with pytest.raises(TypeError, match="`write` takes a dask array, not ndarray"):
        nd.write(np.zeros(3), tmp_path)
    with pytest.raises(ndcodec.NdcodecError, match="not known: .* call `compute_chunk_sizes"):
        nd.write(x[x > 0], tmp_path)
    with pytest.raises(ndcodec.NdcodecError, match="1600 bytes, more than `max_block_bytes=100`"):
        nd.write(da.zeros(200, chunks=200), tmp_path, max_block_bytes=100)
    with pytest.raises(ndcodec.NdcodecError, match="200 blocks, more than `max_blocks=100`"):
        nd.write(da.zeros(200, chunks=1), tmp_path, max_blocks=100)
    with pytest.raises(ndcodec.ChainError, match="unknown stage `zst`"):
        nd.write(x, tmp_path, "npy|zst")
    with pytest.raises(ndcodec.NdcodecError, match="delta"):
        nd.write(x.astype("S3"), tmp_path, "npy|delta")
    with pytest.raises(ndcodec.NdcodecError):
        nd.write(da.from_array(np.array([None, 1]), chunks=2), tmp_path, "npy")
    with pytest.raises(ndcodec.NdcodecError, match="the chain has 20 stages, more than the 16"):
        nd.write(x, tmp_path, "npy" + "|zlib" * 19)
    assert files(tmp_path) == []


def test_blocks_that_are_not_what_dask_was_told(tmp_path):
    x = made()
    for function, what in [
        (lambda b: b.astype("<f4"), "dtype float32 and shape"),
        (lambda b: b[:1], r"shape \(1, "),
        (lambda b: np.ma.masked_less(b, 0), "is a masked array"),
        (lambda b: [b], "is list, and only numpy arrays"),
    ]:
        with pytest.raises(ndcodec.NdcodecError, match=what):
            nd.write(x.map_blocks(function, dtype=x.dtype, meta=np.empty((0, 0))), tmp_path)
    assert not (tmp_path / NAME).exists()


def test_damage_is_seen_in_every_byte(tmp_path):
    nd.write(da.arange(1000, chunks=500), tmp_path, "raw")
    for name in files(tmp_path):
        path = tmp_path / name
        good = path.read_bytes()
        places = range(len(good)) if name == NAME else random.Random(1).sample(range(len(good)), 20)
        for at in places:
            bad = bytearray(good)
            bad[at] ^= 1
            path.write_bytes(bad)
            try:
                back = nd.read(tmp_path).compute()
            except (ndcodec.NdcodecError, FileNotFoundError):
                continue
            # White space of the manifest.
            assert (back == np.arange(1000)).all() and name == NAME
        for bad in [good[:-2], good + b"x", b""]:
            path.write_bytes(bad)
            with pytest.raises(ndcodec.NdcodecError):
                nd.read(tmp_path).compute()
        path.unlink()
        with pytest.raises((ndcodec.NdcodecError, FileNotFoundError)):
            nd.read(tmp_path).compute()
        path.write_bytes(good)


def hostile():
    """Changes to a manifest of two blocks of 500 numbers, and what the error says."""
    sha = "a" * 64
    yield {"folder": "../0-" + "a" * 32}, "`folder` is not a name of a folder"
    yield {"folder": "/etc"}, "`folder` is not a name of a folder"
    yield {"folder": "0-" + "a" * 32 + "/.."}, "`folder` is not a name of a folder"
    yield {"folder": "0-" + "a" * 32 + "\n"}, "`folder` is not a name of a folder"
    yield {"folder": 3}, "`folder` is not text"
    yield {"blocks": [[8, "../../../etc/passwd"], [8, sha]]}, "gives block 0 no SHA-256"
    yield {"blocks": [[8, sha + "/.."], [8, sha]]}, "gives block 0 no SHA-256"
    yield {"blocks": [[8, sha.upper()], [8, sha]]}, "gives block 0 no SHA-256"
    yield {"blocks": [[8, sha], [-1, sha]]}, "gives block 1 -1 bytes"
    yield {"blocks": [[8, sha], [1 << 60, sha]]}, "and its shape allows 1064576"
    yield {"blocks": [[8, sha], [True, sha]]}, "no length and digest for block 1"
    yield {"blocks": [[8, sha], [8.0, sha]]}, "no length and digest for block 1"
    yield {"blocks": [[8, sha], [8, sha, 1]]}, "no length and digest for block 1"
    yield {"blocks": [[8, sha]]}, "lists 1, and `chunks` make 2"
    yield {"blocks": {"0": [8, sha]}}, "lists none, and `chunks` make 2"
    yield {"shape": [1001]}, "has 1000 in axis 0, where `shape` has 1001"
    yield {"shape": [1000, 1]}, "is not a list of 2 lists"
    yield {"shape": [True]}, "`shape` is not a list of lengths"
    yield {"shape": [-1], "chunks": [[-2, 1]]}, "`shape` is not a list of lengths"
    yield {"shape": [1e3]}, "`shape` is not a list of lengths"
    yield {"shape": [1 << 63]}, "`shape` is not a list of lengths"
    yield {"shape": [0] * 65, "chunks": [[0]] * 65}, "has 65 dimensions, more than 64"
    yield {"chunks": [[1000, 0, 0]]}, "lists 2, and `chunks` make 3"
    yield {"chunks": [[500, -1, 501]]}, "`chunks` is not a list of lengths"
    yield {"chunks": [[]], "shape": [0]}, "where `shape` has 0"
    yield {"chunks": [[1] * 2000] * 3, "shape": [2000] * 3}, "8000000000 blocks, more than `max_blocks=1048576`"
    yield {"chunks": [[1 << 61, 1 << 61]], "shape": [1 << 62]}, "more than `max_block_bytes=1073741824`"
    yield {"dtype": "O"}, "`O` is not a dtype"
    yield {"dtype": "<i8,0)|zlib|raw(<i8"}, "is not a dtype"
    yield {"dtype": "__import__('os').system('true')"}, "is not a dtype"
    yield {"dtype": "int64"}, "is not a dtype: it is written `raw\\(<i8,0\\)`"
    yield {"dtype": "<i4"}, "holds dtype int64 and shape|gives block"
    yield {"chain": "npy"}, "."
    yield {"chain": "npy|zst"}, "unknown stage `zst`"
    yield {"chain": "pickle"}, "."
    yield {"chain": "npy" + "|zlib" * 100}, "101 stages, more than the 16"
    yield {"chain": "npy" + " " * 5000}, "5003 characters, more than the 4096"
    yield {"version": 2}, "has version 2, and this reads version 1"
    yield {"version": True}, "has version True"
    yield {"format": "zarr"}, "its format is `ndcodec-blocks`"
    yield {"path": "/etc/passwd"}, "its key 'path' is unknown"
    yield {"chunks": None}, "`chunks` is not a list"


@pytest.mark.parametrize("change", list(hostile()), ids=lambda change: str(change)[:60])
def test_hostile_manifests(tmp_path, change):
    nd.write(da.arange(1000, chunks=500), tmp_path, "chunked(lz4)")
    manifest = json.loads((tmp_path / NAME).read_text())
    (tmp_path / NAME).write_text(json.dumps({**manifest, **change[0]}))
    with pytest.raises(ndcodec.NdcodecError, match=change[1]):
        nd.read(tmp_path).compute()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        "{",
        "[" * 100_000,
        '{"format": "ndcodec-blocks", "format": "x"}',
        '{"a": NaN}',
        '{"a": 1' + "0" * 9999 + "}",
        "\xff",
        "\0",
    ],
    ids=lambda text: text[:20] or "empty",
)
def test_what_is_no_manifest(tmp_path, text):
    (tmp_path / NAME).write_bytes(text.encode("latin-1"))
    with pytest.raises(ndcodec.NdcodecError):
        nd.read(tmp_path)


def test_shapes_that_lie_with_a_digest_that_does_not(tmp_path):
    """The block is whole, and its file says another shape than its place."""
    nd.write(da.arange(1000, chunks=500), tmp_path, "chunked(lz4)")
    manifest = json.loads((tmp_path / NAME).read_text())
    for shape, chunks in [([2, 500], [[1, 1], [500]]), ([900], [[400, 500]]), ([1100], [[600, 500]])]:
        (tmp_path / NAME).write_text(json.dumps({**manifest, "shape": shape, "chunks": chunks}))
        # The names of the files hold the place in the grid, so that they are put where the manifest says.
        folder = tmp_path / manifest["folder"]
        for n, (_, digest) in enumerate(manifest["blocks"]):
            for at in (f"{n}.0", str(n)):
                data = (folder / f"{n}-{digest}").read_bytes()
                (folder / f"{at}-{digest}").write_bytes(data)
        with pytest.raises(ndcodec.NdcodecError, match="holds dtype int64 and shape|max_bytes"):
            nd.read(tmp_path).compute()


def test_a_bomb_in_a_block(tmp_path):
    bomb = ndcodec.encode(np.zeros(64 << 20, dtype="u1"), "npy|zstd")
    nd.write(da.zeros(1000, dtype="u1", chunks=1000), tmp_path, "npy|zstd")
    manifest = json.loads((tmp_path / NAME).read_text())
    digest = hashlib.sha256(bomb).hexdigest()
    (tmp_path / manifest["folder"] / f"0-{digest}").write_bytes(bomb)
    (tmp_path / NAME).write_text(json.dumps({**manifest, "blocks": [[len(bomb), digest]]}))
    with pytest.raises(ndcodec.LimitError):
        nd.read(tmp_path).compute()


def test_limits_of_reading(tmp_path):
    nd.write(da.zeros(1000, chunks=100), tmp_path)
    for limit, value in [("max_blocks", 9), ("max_block_bytes", 799)]:
        with pytest.raises(ndcodec.NdcodecError, match=f"more than `{limit}={value}` allows"):
            nd.read(tmp_path, **{limit: value})
        nd.read(tmp_path, **{limit: value + 1})
    with pytest.raises(ndcodec.NdcodecError, match="more than the 100 that are read"):
        nd.read(tmp_path, max_manifest_bytes=100)
    with pytest.raises(ndcodec.NdcodecError, match="zstd|auto"):
        nd.read(tmp_path, stages=["npy"]).compute()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_links_and_pipes(tmp_path):
    array = tmp_path / "array"
    nd.write(da.arange(10, chunks=10), array, "raw")
    (name,) = [name for name in files(array) if name != NAME]
    block = array / name
    data = block.read_bytes()
    outside = tmp_path / "secret"
    outside.write_bytes(data)
    block.unlink()
    block.symlink_to(outside)
    with pytest.raises(ndcodec.NdcodecError, match="leads out of"):
        nd.read(array).compute()
    block.unlink()
    os.mkfifo(block)
    with pytest.raises(ndcodec.NdcodecError, match="is not a regular file"):
        nd.read(array).compute()
    (array / NAME).unlink()
    os.mkfifo(array / NAME)
    with pytest.raises(ndcodec.NdcodecError, match="is not a regular file"):
        nd.read(array)


def test_stages_written_in_python(tmp_path):
    ndcodec.register("mirrored", encode=lambda b: b[::-1], decode=lambda b: b[::-1])
    x = made()
    nd.write(x, tmp_path, "npy|mirrored")
    with pytest.raises(ndcodec.NdcodecError, match="`mirrored` is written in Python: name the chain yourself"):
        nd.read(tmp_path)
    assert (nd.read(tmp_path, chain="npy | mirrored") == x).all().compute()
    assert (nd.read(tmp_path, stages=["npy", "mirrored"]) == x).all().compute()
    with pytest.raises(ndcodec.NdcodecError, match=r"was written by `npy\|mirrored`, not by `npy`"):
        nd.read(tmp_path, chain="npy")


def test_bits_that_are_rounded(tmp_path):
    x = made()
    nd.write(x, tmp_path, "npy|bitround(10)|zstd")
    assert np.allclose(nd.read(tmp_path).compute(), x.compute(), rtol=1e-3)


def test_urls(tmp_path):
    x = made()
    nd.write(x, f"file://{tmp_path}/a%20b")
    assert (tmp_path / "a b" / NAME).is_file()
    assert (nd.read(f"file://{tmp_path}/a%20b") == x).all().compute()
    nd.write(x, "memory://ndcodec-test/x")
    assert (nd.read("memory://ndcodec-test/x") == x).all().compute()
    assert nd.write(x, "memory://ndcodec-test/x", mode="keep").resumed == 9
    nd.write(x, "memory://ndcodec-test/x", mode="overwrite")
    assert len(nd.clean("memory://ndcodec-test/x")) == 9
    assert (nd.read("memory://ndcodec-test/x") == x).all().compute()
    with pytest.raises(ndcodec.NdcodecError, match="`storage_options` are for URLs"):
        nd.write(x, tmp_path / "b", storage_options={"key": "k"})
