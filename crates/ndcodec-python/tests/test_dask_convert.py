"""`convert` and `python -m ndcodec.dask convert`: many files or a store, with a report, and from where it stopped."""

import json
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
from clusters import cluster  # noqa: E402

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:.*:UserWarning:distributed"),
]

REPORT = "ndcodec-convert.json"
CHAIN = "chunked(shuffle|lz4)"


@pytest.fixture(scope="module")
def client():
    with cluster() as made:
        yield made


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fill(folder, count, size=20_000):
    for n in range(count):
        path = folder / f"{n % 7}" / f"x{n:03}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.arange(n, n + size).astype(["<i4", "<f8", ">i2"][n % 3]))


def entries(folder):
    return {entry["name"]: entry for entry in json.loads((folder / REPORT).read_text())["entries"]}


def test_files_of_all_kinds(client, tmp_path):
    src, dst = tmp_path / "src", tmp_path / "dst"
    fill(src, count=5)
    x = np.linspace(0, 1, 1000).reshape(10, 100)
    (src / "a.txt").write_text(ndcodec.encode_text(x, "npy|zstd|base64"))
    (src / "b.bin").write_bytes(ndcodec.encode(x, "auto"))
    np.savez_compressed(src / "c.npz", one=x, two=np.arange(3))
    (src / "empty").write_bytes(b"")
    (src / "junk.dat").write_bytes(b"this is not an array at all")
    (src / "cut.npy").write_bytes((src / "0" / "x000.npy").read_bytes()[:-1])
    np.save(src / "objects.npy", np.array([{}, None]), allow_pickle=True)
    ndcodec.save_npz(src / "slip.npz", {"../../slipped": x})
    nd.write(da.zeros(10), src / "store")
    os.symlink("/etc/passwd", src / "link")

    seen = []
    report = nd.convert(src, dst, CHAIN, client=client, progress=seen.append)
    assert (report.converted, report.kept) == (8, 0)
    failed = {failure.name: failure.error for failure in report.failed}
    assert failed.keys() == {"empty", "junk.dat", "cut.npy", "objects.npy", "slip.npz", "store", "link"}
    assert "StageError: cannot decode stage 0 `npy`: the header announces" in failed["cut.npy"]
    assert "cannot tell" in failed["junk.dat"]
    assert "object" in failed["objects.npy"]
    assert "is not a name below a folder" in failed["slip.npz"]
    assert failed["store"] == "it is an array in blocks: convert it by itself"
    assert "leads out of" in failed["link"]
    assert not list(tmp_path.rglob("*slipped*"))

    made = contents(dst)
    others = {"a.txt.nd", "b.bin.nd", "c.npz/one.nd", "c.npz/two.nd", REPORT}
    assert made.keys() == {f"{n}/x{n:03}.npy.nd" for n in range(5)} | others
    for name in ("a.txt.nd", "b.bin.nd", "c.npz/one.nd"):
        assert made[name] == ndcodec.encode(x, CHAIN)
    assert (seen[-1].done, seen[-1].failed, seen[-1].total) == (8, 7, 15)
    assert [one.done + one.failed for one in seen] == list(range(2, 16))
    found = entries(dst)
    assert found["junk.dat"]["error"] == failed["junk.dat"]
    assert found["a.txt"]["outputs"][0][:2] == ["a.txt.nd", len(made["a.txt.nd"])]

    # Again: nothing but what failed, what is new, what changed, and what is gone.
    np.save(src / "0" / "x000.npy", x)
    np.save(src / "new.npy", x)
    (src / "cut.npy").unlink()
    (dst / "a.txt.nd").unlink()
    again = nd.convert(src, dst, CHAIN, client=client)
    assert (again.converted, again.kept, len(again.failed)) == (3, 6, 6)
    assert (ndcodec.decode((dst / "0" / "x000.npy.nd").read_bytes()) == x).all()

    with pytest.raises(ndcodec.NdcodecError, match="holds what another conversion made"):
        nd.convert(src, dst, "npy|zstd", client=client)
    assert nd.convert(src, dst, "npy|zstd", client=client, restart=True).converted == 9
    assert ndcodec.detect((dst / "new.npy.nd").read_bytes()).chain == "npy|zstd"


def test_names(client, tmp_path):
    src = tmp_path / "src"
    fill(src, count=6)
    chosen = {"include": ["x00[0-3].npy"], "exclude": ["1/*"], "suffix": ""}
    assert nd.convert(src, tmp_path / "a", "npy|zstd", client=client, **chosen).converted == 3
    assert contents(tmp_path / "a").keys() == {"0/x000.npy", "2/x002.npy", "3/x003.npy", REPORT}
    with pytest.raises(ndcodec.NdcodecError, match=r"no file in .* matches '\*.h5'"):
        nd.convert(src, tmp_path / "b", include=["*.h5"], client=client)


def test_what_is_not_begun(client, tmp_path):
    src, dst = tmp_path / "src", tmp_path / "dst"
    fill(src, count=1)
    for inside in [src, src / "dst", tmp_path]:
        with pytest.raises(ndcodec.NdcodecError, match="inside of the other"):
            nd.convert(src, inside, client=client)
    with pytest.raises(ndcodec.ChainError, match="unknown stage `zst`"):
        nd.convert(src, dst, "npy|zst", client=client)
    with pytest.raises(ndcodec.NdcodecError, match="give a chain with a header"):
        nd.convert(src, dst, "raw|zstd", client=client)
    with pytest.raises(ndcodec.NdcodecError, match="at least 1, not 0"):
        nd.convert(src, dst, max_bytes=0, client=client)
    assert not dst.exists()
    dst.mkdir()
    head = b'{"format": "ndcodec-convert", "version": 1, "plan": {}, "entries": '
    for state in [b"", b"[]", b'{"format": "ndcodec-convert"}', head + b"[3]}", head + b"3}", head + b'[{"name": 1}]}']:
        (dst / REPORT).write_bytes(state)
        with pytest.raises(ndcodec.NdcodecError, match="is not what `convert` wrote"):
            nd.convert(src, dst, client=client)


def test_limits_and_lossy_chains(client, tmp_path):
    src = tmp_path / "src"
    src.mkdir()
    x = np.linspace(0, 1, 100)
    np.save(src / "large.npy", np.zeros(300_000))
    np.save(src / "small.npy", x)
    report = nd.convert(src, tmp_path / "dst", "npy|bitround(8)|zstd", max_bytes=1 << 20, client=client)
    assert report.converted == 1 and "LimitError" in report.failed[0].error
    back = ndcodec.decode((tmp_path / "dst" / "small.npy.nd").read_bytes(), "npy|bitround(8)|zstd")
    assert np.allclose(back, x, rtol=0.01) and (back != x).any()


def test_a_codec_that_loses_writes_nothing(client, tmp_path):
    ndcodec.register("loses", encode=lambda b: b, decode=lambda b: b[:-1] + b"x")
    fill(tmp_path / "src", count=1)
    report = nd.convert(tmp_path / "src", tmp_path / "dst", "npy|loses", client=client)
    assert "does not decode to what was encoded; it was not written" in report.failed[0].error
    assert contents(tmp_path / "dst").keys() == {REPORT}


def test_a_file_that_kills_its_worker_keeps_no_other_from_being_converted(tmp_path):
    def deadly(data):
        if len(data) == 13 * 8 + 128:
            os.kill(os.getpid(), signal.SIGKILL)
        return data

    ndcodec.register("deadly", encode=deadly, decode=lambda b: b)
    fill(tmp_path / "src", count=6)
    np.save(tmp_path / "src" / "bad.npy", np.arange(13))
    with cluster(failures=1) as client:
        report = nd.convert(tmp_path / "src", tmp_path / "dst", "npy|deadly", client=client)
    failed = {failure.name: failure.error for failure in report.failed}
    assert "KilledWorker" in failed["bad.npy"]
    # Others that were with it each time may be blamed too; none is lost from the report.
    assert report.converted + len(failed) == 7


def test_blocks_to_blocks(client, tmp_path):
    x = da.arange(100_000, chunks=10_000)
    nd.write(x, tmp_path / "src", "npy|zlib")
    assert nd.convert(tmp_path / "src", tmp_path / "dst", "auto", client=client).converted == 10
    assert nd.info(tmp_path / "dst").chain == "auto" and (nd.read(tmp_path / "dst").compute() == x.compute()).all()
    assert nd.convert(tmp_path / "src", tmp_path / "dst", "auto", client=client).kept == 10


def test_a_zarr_store(client, tmp_path):
    zarr = pytest.importorskip("zarr", minversion="3.0", exc_type=ImportError)
    src, dst, chain = tmp_path / "src", tmp_path / "dst", "npy|shuffle|zstd"
    group = zarr.open_group(src, mode="w", zarr_format=2)
    group.attrs["title"] = "run 7"
    x = np.random.default_rng(1).integers(0, 9, (50, 70))
    options = {"chunks": (20, 30), "fill_value": -1, "attributes": {"unit": "m"}}
    group.create_array("one", shape=x.shape, dtype=x.dtype, **options)[:] = x
    two = group.create_group("inner").create_array("two", shape=(5,), dtype="<f4", chunks=(2,))
    two[:2] = [1, np.nan]
    report = nd.convert(src, dst, chain, client=client)
    assert (report.converted, report.failed) == (12, ())
    made = zarr.open_group(dst, mode="r")
    assert made.metadata.zarr_format == 3 and made.attrs["title"] == "run 7" and made["one"].attrs["unit"] == "m"
    assert (made["one"][:] == x).all() and made["one"].fill_value == -1 and made["one"].chunks == (20, 30)
    assert made["one"].serializer.chain == chain
    np.testing.assert_array_equal(made["inner/two"][:], two[:])
    assert nd.convert(src, dst, chain, client=client).kept == 12

    # A chunk that is damaged is a failure of that chunk.
    (src / "one" / "0.0").write_bytes(b"junk")
    bad = nd.convert(src, tmp_path / "other", chain, client=client)
    assert bad.converted == 11 and [failure.name for failure in bad.failed] == ["one/0.0"]


def started(*args, **options):
    line = [sys.executable, "-m", "ndcodec.dask", "convert", *map(str, args)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def run(*args):
    process = started(*args)
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


def killed_when(dst, least, *args):
    """The command, killed once so many files are there; all of its processes at once, as an outage does it."""
    process = started(*args, start_new_session=True)
    end = time.monotonic() + 120
    try:
        while sum(1 for path in dst.rglob("*") if path.is_file()) < least:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
            time.sleep(0.002)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_a_converter_that_is_killed_goes_on_and_ends_with_the_same_bytes(tmp_path):
    src, killed, once = tmp_path / "src", tmp_path / "killed", tmp_path / "once"
    fill(src, count=50, size=30_000)
    (src / "junk").write_bytes(b"this is not an array at all")
    arguments = ["--chain", "npy|shuffle|zstd(9)", "--workers", 2]
    for least in (8, 25):
        killed_when(killed, least, src, killed, *arguments)
        assert not (killed / REPORT).exists()
    # What a kill in the middle of a file leaves.
    (killed / "0" / f".x000.npy.nd.{'0' * 32}.tmp").write_bytes(b"half")
    status, out, err = run(src, killed, *arguments)
    assert status == 1 and "failed: junk: " in err, err
    status, out, err = run(src, once, *arguments)
    assert status == 1 and out.startswith("50 converted: "), out + err
    assert contents(killed) == contents(once)
    assert len(contents(once)) == 51


def test_a_converter_of_a_zarr_store_that_is_killed(tmp_path):
    zarr = pytest.importorskip("zarr", minversion="3.0", exc_type=ImportError)
    x = np.arange(60_000).reshape(60, 1000)
    zarr.create_array(tmp_path / "src", data=x, chunks=(4, 500))
    arguments = ["--workers", 2, "--chain", "npy|lz4"]
    killed_when(tmp_path / "killed", 10, tmp_path / "src", tmp_path / "killed", *arguments)
    for name in ("killed", "once"):
        status, _, err = run(tmp_path / "src", tmp_path / name, *arguments)
        assert status == 0, err
    assert contents(tmp_path / "killed") == contents(tmp_path / "once")
    assert (zarr.open_array(tmp_path / "once", mode="r")[:] == x).all()


def test_the_command(tmp_path):
    src, dst = tmp_path / "src", tmp_path / "dst"
    fill(src, count=3)
    assert run(src, dst, "--workers", 1, "--quiet") == (0, "", "")
    assert run(src, dst, "--workers", 1) == (0, "0 converted, 3 were before: 0 B\n", "")
    for args, expected, told in [
        (["--chain", "npy|zst"], 2, "unknown stage `zst`"),
        (["--workers", "0"], 2, "'0' is not a positive number"),
        (["--src-options", "[]"], 2, "expected a JSON object"),
        (["--chain", "npy", "--workers", 1], 1, "holds what another conversion made"),
        (["--include", "*.h5", "--workers", 1], 1, "no file in"),
    ]:
        status, out, err = run(src, dst, *args)
        assert status == expected and told in err and "Traceback" not in err, (args, status, err)
