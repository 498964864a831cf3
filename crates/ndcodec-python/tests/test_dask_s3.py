"""Blocks, Zarr stores and conversions in an object store: a server of S3's protocol on loopback."""

import json
import logging

import numpy as np
import pytest

da = pytest.importorskip("dask.array", exc_type=ImportError)
pytest.importorskip("distributed", exc_type=ImportError)
pytest.importorskip("s3fs", exc_type=ImportError)
pytest.importorskip("moto.server", exc_type=ImportError)

import ndcodec  # noqa: E402
import ndcodec.dask as nd  # noqa: E402
from clusters import Killer, cluster  # noqa: E402

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:.*:UserWarning:distributed"),
]


@pytest.fixture(scope="module")
def options():
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        server.start()
        host, port = server.get_host_and_port()
        yield {"key": "test", "secret": "test", "endpoint_url": f"http://{host}:{port}"}
        server.stop()


@pytest.fixture
def bucket(options, request):
    import s3fs

    filesystem = s3fs.S3FileSystem(**options)
    name = request.node.name.replace("_", "-")[:60]
    filesystem.mkdir(name)
    return filesystem, name, f"s3://{name}/run"


def objects(filesystem, bucket):
    filesystem.invalidate_cache()
    return {path: filesystem.cat_file(path) for path in filesystem.find(bucket)}


def test_blocks(options, bucket):
    filesystem, name, url = bucket
    x = da.random.default_rng(1).normal(size=(50, 70), chunks=(20, 30))
    written = nd.write(x, url, "auto", storage_options=options)
    assert len(objects(filesystem, name)) == 10
    assert (nd.read(url, storage_options=options) == x).all().compute()
    assert nd.info(url, storage_options=options).encoded_len == written.encoded_len

    # What a killed writer leaves: some blocks and no manifest; one of them is damaged.
    manifest = f"{name}/run/ndcodec-blocks.json"
    whole = objects(filesystem, name)
    filesystem.rm_file(manifest)
    blocks = sorted(path for path in whole if path != manifest)
    filesystem.rm_file(blocks[0])
    filesystem.pipe_file(blocks[1], b"damaged")
    with pytest.raises(FileNotFoundError, match="was not finished"):
        nd.read(url, storage_options=options)
    assert nd.write(x, url, "auto", storage_options=options).resumed == 7
    assert objects(filesystem, name) == whole

    nd.write(x + 1, url, "auto", mode="overwrite", storage_options=options)
    assert len(nd.clean(url, storage_options=options)) == 9
    assert len(objects(filesystem, name)) == 10
    assert (nd.read(url, storage_options=options) == x + 1).all().compute()


def test_hostile_manifests_and_damage(options, bucket):
    filesystem, name, url = bucket
    nd.write(da.arange(100, chunks=50), url, "npy", storage_options=options)
    manifest = f"{name}/run/ndcodec-blocks.json"
    good = json.loads(filesystem.cat_file(manifest))
    for change in [{"folder": "../0-" + "a" * 32}, {"shape": [101]}, {"blocks": [[1, "x"], [1, "y"]]}]:
        filesystem.pipe_file(manifest, json.dumps({**good, **change}).encode())
        with pytest.raises(ndcodec.NdcodecError, match="the manifest is wrong"):
            nd.read(url, storage_options=options)
    filesystem.pipe_file(manifest, json.dumps(good).encode())
    block = next(path for path in objects(filesystem, name) if path != manifest)
    data = filesystem.cat_file(block)
    for bad in [data[:-1], data + b"x", data[:-1] + b"x", b""]:
        filesystem.pipe_file(block, bad)
        with pytest.raises(ndcodec.NdcodecError, match="bytes|damaged"):
            nd.read(url, storage_options=options).compute()


def test_a_worker_killed_in_the_middle_of_a_write(options, bucket):
    import time

    filesystem, name, url = bucket

    def slow(block):
        time.sleep(0.05)
        return block * 2

    x = da.arange(30 * 1000, chunks=1000).map_blocks(slow, dtype="i8", name="slow-s3")
    with cluster() as client:
        with Killer(client, lambda: len(objects(filesystem, name)) >= 5):
            assert nd.write(x, url, "chunked(shuffle|lz4)", storage_options=options).blocks == 30
        assert (nd.read(url, storage_options=options).compute() == np.arange(30 * 1000) * 2).all()
        assert len(objects(filesystem, name)) == 31

        # From the store to a folder of it, by another chain, on the same cluster.
        target = f"s3://{name}/other"
        report = nd.convert(url, target, "npy|zstd", src_options=options, dst_options=options, client=client)
        assert report.converted == 30
        assert (nd.read(target, storage_options=options).compute() == np.arange(30 * 1000) * 2).all()


def test_converting_files(options, bucket, tmp_path):
    filesystem, name, url = bucket
    for n in range(5):
        np.save(tmp_path / f"x{n}.npy", np.arange(n * 1000))
    (tmp_path / "junk").write_bytes(b"no array at all")
    with cluster() as client:
        arguments = {"client": client, "dst_options": options}
        report = nd.convert(tmp_path, url, "npy|zstd", **arguments)
        assert report.converted == 5 and [failure.name for failure in report.failed] == ["junk"]
        assert len(objects(filesystem, name)) == 6
        assert nd.convert(tmp_path, url, "npy|zstd", **arguments).kept == 5
        # Back again, from the store.
        back = nd.convert(
            url, tmp_path / "back", "npy", suffix=".npy", include=["*.nd"], src_options=options, client=client
        )
        assert back.converted == 5
        assert (
            nd.convert(
                url, tmp_path / "back", "npy", suffix=".npy", include=["*.nd"], src_options=options, client=client
            ).kept
            == 5
        )
    assert (np.load(tmp_path / "back" / "x3.npy.nd.npy") == np.arange(3000)).all()


def test_zarr(options, bucket):
    pytest.importorskip("zarr", minversion="3.0", exc_type=ImportError)
    _, _, url = bucket
    x = da.random.default_rng(1).normal(size=(50, 70), chunks=(20, 30))
    nd.to_zarr(x, url, "npy|shuffle|zstd", storage_options=options)
    assert (da.from_zarr(url, storage_options=options) == x).all().compute()
