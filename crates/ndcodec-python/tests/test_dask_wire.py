"""Arrays between workers, encoded."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from equal import assert_same

da = pytest.importorskip("dask.array", exc_type=ImportError)
pytest.importorskip("distributed", exc_type=ImportError)

import ndcodec  # noqa: E402
import ndcodec.dask as nd  # noqa: E402
from clusters import cluster  # noqa: E402
from distributed.protocol import deserialize, serialize  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def nothing_is_left():
    yield
    nd.unregister()


def sent(x, **options):
    header, frames = serialize(x, **options)
    # As they come from a socket.
    return header, [bytearray(memoryview(frame).cast("B")) for frame in frames]


def nbytes(frames):
    return sum(map(len, frames))


SMOOTH = np.arange(100_000, dtype="<i8")
NOISE = np.random.default_rng(1).integers(0, 256, 800_000, dtype="u1")


def arrays():
    yield SMOOTH
    yield SMOOTH.astype(">f4")
    yield np.asfortranarray(SMOOTH.reshape(100, 1000))
    yield SMOOTH.reshape(100, 10, 100)[:, ::2]
    yield SMOOTH.astype("M8[s]")
    yield np.zeros(50_000, dtype=[("a", "<i4"), ("b", "<f8", (2,))])
    yield SMOOTH.astype("S20")
    yield SMOOTH.astype("U10")
    yield (SMOOTH % 2).astype("?")
    yield SMOOTH + 1j


@pytest.mark.parametrize("chain", ["chunked(shuffle|lz4)", "auto", "npy|zstd", "npy|zlib|base64"])
def test_what_pays_is_encoded_and_comes_back(chain):
    nd.register(chain)
    for x in arrays():
        header, frames = sent(x)
        assert nbytes(frames) < 0.875 * x.nbytes
        back = deserialize(header, frames)
        order = "A" if x.flags.f_contiguous else "C"
        assert_same(back, np.array(x, order=order))


def test_what_does_not_pay_is_sent_as_it_was():
    plain = {n: sent(x) for n, x in enumerate(others())}
    nd.register()
    for n, x in enumerate(others()):
        header, frames = sent(x)
        assert (header, frames) == plain[n], n
        back = deserialize(header, frames)
        assert type(back) is type(x)
        np.testing.assert_array_equal(back, x)


def others():
    yield NOISE
    yield SMOOTH[:100]
    yield np.broadcast_to(np.arange(10.0), (10_000, 10))
    yield np.ma.masked_less(SMOOTH, 3)
    yield np.zeros(0)
    yield np.float64(3)
    yield np.array(["a", None] * 10_000, dtype=object)


def test_a_read_only_array_stays_so():
    x = SMOOTH.copy()
    x.flags.writeable = False
    nd.register()
    assert not deserialize(*sent(x)).flags.writeable


def test_a_chain_that_cannot_hold_an_array_lets_it_pass():
    nd.register("npy|delta|zstd")
    x = SMOOTH / 3
    header, frames = sent(x)
    assert nbytes(frames) == x.nbytes
    assert_same(deserialize(header, frames), x)


USES = [
    lambda x: x + 1,
    lambda x: np.ones(3) + x,
    lambda x: x.sum(),
    lambda x: np.sum(x),
    lambda x: x[0],
    lambda x: np.asarray(x),
    lambda x: list(x),
    lambda x: len(x),
    lambda x: np.concatenate([x, x]),
    lambda x: pickle.loads(pickle.dumps(x)).shape,
]


def test_limits():
    nd.register(max_bytes=1000)
    header, frames = sent(SMOOTH)
    assert nbytes(frames) == SMOOTH.nbytes
    nd.register()
    header, frames = sent(SMOOTH)
    nd.register(max_bytes=1000)
    for use in USES:
        with pytest.raises(ndcodec.NdcodecError, match="an array of 800000 bytes came encoded, more than the 1000"):
            use(deserialize(header, frames))


def test_claims_that_lie():
    from ndcodec.dask import _wire

    data = ndcodec.encode(SMOOTH, "npy|zstd")
    chain = _wire.CarriedChain.of("npy|zstd")
    with pytest.raises(ndcodec.LimitError):
        _wire._checked(chain, (10,), 80, True, ndcodec.encode(np.zeros(1 << 22), "npy|zstd"))
    with pytest.raises(ndcodec.NdcodecError, match="the array has the shape"):
        _wire._checked(chain, (1, 100_000), 800_000, True, data)


def test_damage_is_an_error():
    nd.register()
    header, frames = sent(SMOOTH)
    frames[-1][len(frames[-1]) // 2] ^= 1
    with pytest.raises(ndcodec.NdcodecError, match="was refused: StageError: .*checksum|was refused"):
        deserialize(header, frames).sum()


def test_what_is_no_chain_for_it():
    for chain, told in [
        ("raw|zstd", "has no header"),
        ("npy|bitround(3)", "`bitround` changes values"),
        ("chunked(bitround(3)|lz4)", "`bitround` changes values"),
        ("npy|zst", "unknown stage"),
    ]:
        with pytest.raises(ndcodec.NdcodecError, match=told):
            nd.register(chain)
    for options in [{"min_saving": 1}, {"min_bytes": -1}, {"min_saving": -0.1}]:
        with pytest.raises(ndcodec.NdcodecError, match="cannot be negative"):
            nd.register(**options)
    assert nbytes(sent(SMOOTH)[1]) == SMOOTH.nbytes


def test_the_family():
    nd.register()
    header, frames = sent(SMOOTH, serializers=["ndcodec", "dask", "pickle"])
    assert header["serializer"] == "ndcodec" and nbytes(frames) < SMOOTH.nbytes // 2
    assert_same(deserialize(header, frames), SMOOTH)
    assert sent("text", serializers=["ndcodec", "dask", "pickle"])[0]["serializer"] == "pickle"
    assert sent(NOISE, serializers=["ndcodec", "dask", "pickle"])[0]["serializer"] == "dask"


RECEIVER = """
import pickle, sys
from distributed.protocol import deserialize
x = deserialize(*pickle.load(sys.stdin.buffer))
print(x.sum(), x.flags.writeable, "ndcodec" in sys.modules)
"""


def test_a_process_that_registered_nothing_decodes():
    nd.register()
    data = pickle.dumps(sent(SMOOTH))
    done = subprocess.run([sys.executable, "-c", RECEIVER], input=data, capture_output=True)
    assert done.stdout.split() == [str(SMOOTH.sum()).encode(), b"True", b"True"], done.stderr
    without = "import sys; sys.modules['ndcodec'] = None\n" + RECEIVER
    done = subprocess.run([sys.executable, "-c", without], input=data, capture_output=True)
    assert done.returncode and b"No module named 'ndcodec" in done.stderr or b"import of ndcodec" in done.stderr


def test_an_array_that_a_worker_refuses_fails_its_task_and_hangs_nothing():
    with cluster() as client:
        nd.register(client=client)

        def smaller():
            import dataclasses

            from ndcodec.dask import _wire

            _wire._settings = dataclasses.replace(_wire._settings, max_bytes=1000)

        one, other = client.scheduler_info()["workers"]
        client.run(smaller, workers=[other])
        made = client.submit(lambda: np.arange(100_000), workers=[one])
        used = client.submit(lambda x: x.sum(), made, workers=[other])
        with pytest.raises(
            ndcodec.NdcodecError, match="an array that another worker sent was refused: .* more than the 1000"
        ):
            used.result(timeout=30)


def test_workers_send_to_each_other():
    with cluster() as client:
        nd.register("chunked(delta|lz4)", client=client, min_bytes=1)

        def counted(dask_worker):
            from ndcodec.dask import _wire

            inner = _wire._worth

            def worth(x):
                data = inner(x)
                dask_worker.encoded = getattr(dask_worker, "encoded", 0) + (data is not None)
                return data

            _wire._worth = worth

        client.run(counted)
        x = da.arange(4_000_000, chunks=500_000).reshape(2000, 2000).rechunk((250, 2000)).persist()
        y = x.rechunk((2000, 250)).T.rechunk((250, 2000)).T
        expected = np.arange(4_000_000).reshape(2000, 2000)
        assert (y.compute() == expected).all()
        encoded = client.run(lambda dask_worker: getattr(dask_worker, "encoded", 0))
        assert sum(encoded.values()) > 0, encoded
        # A worker that comes later has it too.
        client.cluster.scale(3)
        client.wait_for_workers(3)
        on = client.run(lambda: __import__("ndcodec.dask._wire", fromlist=["x"])._settings is not None)
        assert list(on.values()) == [True] * 3
        nd.unregister(client=client)
        assert set(client.run(lambda: __import__("ndcodec.dask._wire", fromlist=["x"])._settings).values()) == {None}
