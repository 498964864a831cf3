"""Dask arrays over worker processes: results are equal and nothing is lost when a worker is killed."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

da = pytest.importorskip("dask.array", exc_type=ImportError)
pytest.importorskip("distributed", exc_type=ImportError)

import ndcodec  # noqa: E402
import ndcodec.dask as nd  # noqa: E402
from clusters import Killer, cluster, pids  # noqa: E402

# Of Dask's own: sockets and processes that are left to the garbage collector when a worker was killed.
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:.*:UserWarning:distributed"),
]

NAME = "ndcodec-blocks.json"


@pytest.fixture(scope="module")
def client():
    with cluster() as made:
        yield made


def slow(seconds=0.03):
    def function(block):
        time.sleep(seconds)
        return block * 2

    return function


def made(blocks=40):
    x = da.arange(blocks * 5000, chunks=5000)
    return x.map_blocks(slow(), dtype=x.dtype, name=f"slow-{blocks}"), np.arange(blocks * 5000) * 2


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def blocks_in(folder):
    return len(list(folder.glob("0-*/[0-9]*")))


def test_a_worker_killed_in_the_middle_of_a_write(client, tmp_path):
    x, expected = made()
    with Killer(client, lambda: blocks_in(tmp_path / "killed") >= 10):
        assert nd.write(x, tmp_path / "killed", "chunked(shuffle|lz4)").blocks == 40
    assert (nd.read(tmp_path / "killed").compute() == expected).all()
    nd.clean(tmp_path / "killed")
    nd.write(x, tmp_path / "whole", "chunked(shuffle|lz4)")
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_a_worker_killed_in_the_middle_of_a_computation(client, tmp_path):
    x, expected = made()
    nd.write(x, tmp_path / "x", "auto")
    log = tmp_path / "log"
    log.mkdir()

    def logged(block):
        (log / f"{time.time_ns()}-{os.getpid()}").write_bytes(b"")
        time.sleep(0.03)
        return block

    y = nd.read(tmp_path / "x").map_blocks(logged, dtype=x.dtype)
    with Killer(client, lambda: len(os.listdir(log)) >= 10):
        result = y.rechunk(7000).compute()
    assert (result == expected).all()
    # It cost a repeat of the blocks of that worker, and no more.
    assert 40 <= len(os.listdir(log)) <= 80


def test_a_zarr_store_and_a_killed_worker(client, tmp_path):
    zarr = pytest.importorskip("zarr", minversion="3.0", exc_type=ImportError)
    x, expected = made()
    chunks = lambda folder: len(list(folder.rglob("c/*")))  # noqa: E731
    with Killer(client, lambda: chunks(tmp_path / "z") >= 10):
        nd.to_zarr(x, tmp_path / "z", "chunked(shuffle|lz4)")
    assert chunks(tmp_path / "z") == 40
    assert (zarr.open_array(tmp_path / "z", mode="r")[:] == expected).all()
    back = da.from_zarr(str(tmp_path / "z"))
    assert back.chunks == x.chunks and (back.compute() == expected).all()


def test_zarr_stores(client, tmp_path):
    zarr = pytest.importorskip("zarr", minversion="3.0", exc_type=ImportError)
    x = da.random.default_rng(1).normal(size=(50, 70), chunks=(20, 40))
    nd.to_zarr(x, tmp_path / "a", chunks=(10, 20), shards=(20, 40), compressors="zstd", attributes={"unit": "m"})
    found = zarr.open_array(tmp_path / "a", mode="r")
    assert (found[:] == x.compute()).all() and found.shards == (20, 40) and found.attrs["unit"] == "m"
    nd.to_zarr(x, tmp_path / "group", name="inner/x")
    assert (da.from_zarr(str(tmp_path / "group"), component="inner/x") == x).all().compute()
    for options, told in [
        ({"chunks": (15, 40)}, "20, 20, 10"),
        ({"chunks": (10, 10), "shards": (20, 30)}, "shards of 30 would have parts in two"),
        ({"chunks": (10,)}, "2 positive lengths"),
    ]:
        with pytest.raises(ndcodec.NdcodecError, match=told):
            nd.to_zarr(x, tmp_path / "b", **options)
    with pytest.raises(ndcodec.NdcodecError, match="parts in two of them"):
        nd.to_zarr(da.zeros((10,), chunks=((3, 4, 3),)), tmp_path / "b")
    assert not (tmp_path / "b").exists()


WRITER = """
import sys, time, dask.array as da, ndcodec.dask as nd
def slow(block):
    time.sleep(0.02)
    return block * 2
if __name__ == "__main__":
    from clusters import cluster
    with cluster():
        x = da.arange(40 * 5000, chunks=5000).map_blocks(slow, dtype="i8", name="slow")
        print(nd.write(x, sys.argv[1], "auto"), flush=True)
"""


def test_a_writer_that_is_killed_goes_on(tmp_path):
    script = tmp_path / "writer.py"
    script.write_text(WRITER)
    environment = {**os.environ, "PYTHONPATH": os.path.dirname(__file__)}
    command = [sys.executable, str(script), str(tmp_path / "x")]
    first = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 120
    while blocks_in(tmp_path / "x") < 10:
        assert first.poll() is None and time.monotonic() < end
        time.sleep(0.002)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert not (tmp_path / "x" / NAME).exists()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    resumed = int(done.stdout.partition("resumed=")[2].partition(",")[0])
    assert 10 <= resumed < 40
    assert (nd.read(tmp_path / "x").compute(scheduler="sync") == np.arange(40 * 5000) * 2).all()
    nd.clean(tmp_path / "x")
    assert len(contents(tmp_path / "x")) == 41


def test_a_python_stage_travels(client, tmp_path):
    key = 0x55
    ndcodec.register(
        "masked_by", encode=lambda b: bytes(c ^ key for c in b), decode=lambda b: bytes(c ^ key for c in b)
    )
    x = da.arange(1000, chunks=100)
    nd.write(x, tmp_path / "x", "npy|masked_by")
    assert (nd.read(tmp_path / "x", chain="npy|masked_by") == x).all().compute()


def test_a_python_stage_that_cannot_travel_fails_on_the_worker(client, tmp_path):
    import threading

    lock = threading.Lock()

    def locked(data):
        with lock:
            return data

    ndcodec.register("locked", encode=locked, decode=locked)
    x = da.arange(1000, chunks=100)
    start = time.monotonic()
    with pytest.raises(ndcodec.ChainError, match="unknown stage `locked`") as raised:
        nd.write(x, tmp_path / "x", "npy|locked")
    assert time.monotonic() - start < 20
    assert "in the process that runs this task" in str(raised.value)
    assert "cannot be pickled" in str(raised.value) and "register it in each worker" in str(raised.value)

    # Registered there, it runs.
    def there():
        import ndcodec

        ndcodec.register("locked", encode=lambda b: b, decode=lambda b: b)

    client.run(there)
    nd.write(x, tmp_path / "x", "npy|locked")
    assert (nd.read(tmp_path / "x", chain="npy|locked") == x).all().compute()


def test_a_stage_whose_module_a_worker_lacks(client, tmp_path, monkeypatch):
    (tmp_path / "only_here.py").write_text("def encode(b): return b\ndef decode(b): return b\n")
    monkeypatch.syspath_prepend(tmp_path)
    import only_here

    ndcodec.register("only_here", encode=only_here.encode, decode=only_here.decode)
    with pytest.raises(ndcodec.NdcodecError, match="No module named 'only_here'; install their module there"):
        nd.write(da.arange(1000, chunks=100), tmp_path / "x", "npy|only_here")


def test_more_than_the_workers_hold(tmp_path):
    """Twice what both may use: blocks come and go."""
    limit = 420 << 20
    with cluster(memory_limit=limit) as client:
        assert len(pids(client)) == 2
        x = da.arange(208 << 20, chunks=2 << 20)
        assert x.nbytes > 3.9 * limit
        nd.write(x, tmp_path / "x", "chunked(delta|lz4)")
        y = nd.read(tmp_path / "x")
        n = x.shape[0]
        assert int(y.sum().compute()) == n * (n - 1) // 2
        assert bool((y == x).all().compute())
