"""Stages written in Python."""

import concurrent.futures
import lzma
import multiprocessing
import pickle
import subprocess
import sys
import threading
import zlib

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


def test_what_they_return_must_be_bytes():
    ndcodec.register("wrong", encode=lambda b: "text", decode=lambda b: None)
    with pytest.raises(ndcodec.StageError, match="returned `str`; expected bytes"):
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


def rotate(data, by, mode, is_odd):
    assert mode in ("up", "down") and is_odd in (True, False)
    step = by if mode == "up" else -by
    return bytes((byte + step) % 256 for byte in data)


def back(data, by, mode, is_odd):
    return rotate(data, -by, mode, is_odd)


def test_parameters_stand_in_the_chain_and_reach_the_functions():
    params = {"by": range(1, 256), "mode": ("up", "down"), "is_odd": False, "seed": 7}
    with_seed = lambda function: lambda data, seed, **rest: function(data, **rest)  # noqa: E731
    ndcodec.register("turned", encode=with_seed(rotate), decode=with_seed(back), params=params)
    described = {stage.name: stage for stage in ndcodec.stages()}["turned"].params
    assert [(param.name, param.default) for param in described] == [("by", "1"), ("mode", "up"), ("is_odd", "false"), ("seed", "7")]
    assert ndcodec.encode_bytes(b"HAL", "turned") == b"IBM"
    assert ndcodec.encode_bytes(b"IBM", "turned(mode=down)") == b"HAL"
    assert ndcodec.encode_bytes(b"HAL", "turned(2)") == b"JCN"
    chain = "npy|shuffle|turned(by=200,mode=down,is_odd=true)|zstd"
    np.testing.assert_array_equal(ndcodec.decode(ndcodec.encode(X, chain), chain), X)
    inner = "chunked(turned(by=9),size=64KiB)"
    np.testing.assert_array_equal(ndcodec.decode(ndcodec.encode(X, inner), inner), X)
    assert str(ndcodec.Pipeline("turned(by=1,mode=up)")) == "turned"
    for wrong in ["turned(by=0)", "turned(by=256)", "turned(mode=left)", "turned(to=1)", "turned(is_odd=1)"]:
        with pytest.raises(ndcodec.ChainError):
            ndcodec.Pipeline(wrong)


def test_parameters_that_cannot_be():
    for params, raised in [
        ({"Level": 1}, ndcodec.NdcodecError),
        ({"level": 1.5}, TypeError),
        ({"level": "fast"}, TypeError),
        ({"level": ()}, TypeError),
        ({"level": range(0)}, TypeError),
        ({"level": ("a|b",)}, ndcodec.NdcodecError),
    ]:
        with pytest.raises(raised):
            ndcodec.register("unmade", encode=bytes, decode=bytes, params=params)
    with pytest.raises(ndcodec.ChainError, match="`ndcodec.register` makes a stage of two Python functions"):
        ndcodec.Chain("npy|unmade")


def test_they_work_in_a_pool_of_threads():
    chain = ndcodec.Chain("npy|shuffle|pyxz")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        encoded = list(pool.map(chain.encode, [X + i for i in range(8)]))
        decoded = list(pool.map(chain.decode, encoded))
    for i, x in enumerate(decoded):
        np.testing.assert_array_equal(x, X + i)


def test_a_pickled_chain_takes_its_stages_to_a_spawned_process():
    ndcodec.register("spawned", encode=zlib.compress, decode=zlib.decompress)
    chain = ndcodec.Chain("npy|shuffle|spawned")
    assert pickle.loads(pickle.dumps(chain)) == chain
    code = """
import pickle, sys, numpy as np, ndcodec
try:
    ndcodec.Chain("npy|spawned")
except ndcodec.ChainError as error:
    assert "ndcodec.register" in error.help, error.help
chain = pickle.loads(bytes.fromhex(sys.argv[1]))
x = np.arange(100.0)
assert (chain.decode(chain.encode(x)) == x).all()
print(str(chain))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, pickle.dumps(chain).hex()], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "npy|shuffle|spawned\n"), done.stderr


LOADED = """
import pickle, sys, numpy as np, ndcodec
try:
    chain = pickle.loads(bytes.fromhex(sys.argv[1]))
except ndcodec.NdcodecError as error:
    print(error)
else:
    x = np.arange(100.0)
    assert (chain.decode(chain.encode(x)) == x).all()
    print(chain)
"""


def loaded(chain):
    """What another process says of a pickled chain."""
    command = [sys.executable, "-c", LOADED, pickle.dumps(chain).hex()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_functions_that_pickle_refuses_travel_by_cloudpickle():
    pytest.importorskip("cloudpickle", exc_type=ImportError)
    key = 7
    ndcodec.register("by_lambda", encode=lambda b: bytes(x ^ key for x in b), decode=lambda b: bytes(x ^ key for x in b))
    chain = ndcodec.Chain("npy|by_lambda")
    assert pickle.loads(pickle.dumps(chain)) == chain
    assert loaded(chain) == "npy|by_lambda\n"


def test_or_the_other_process_says_what_is_missing(monkeypatch):
    # As if it were not installed.
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    ndcodec.register("stays_here", encode=lambda b: b, decode=lambda b: b)
    chain = ndcodec.Chain("npy|stays_here")
    assert pickle.loads(pickle.dumps(chain)) == chain
    said = loaded(chain)
    for part in ["`npy|stays_here`", "the stages stays_here", "lambda", "ndcodec.register", "cloudpickle"]:
        assert part in said, said


SPAWNED = '''
import concurrent.futures
import multiprocessing
import sys
import zlib

import ndcodec
import numpy as np

X = np.arange(10_000.0).reshape(100, 100)


def turned(data, by):
    return bytes((byte + by) % 256 for byte in data)


def turned_back(data, by):
    return turned(data, -by)


def register():
    ndcodec.register("turned", encode=turned, decode=turned_back, params={"by": range(1, 256)})


def by_chain(chain, x):
    return chain.encode(x)


def by_text(text, x):
    try:
        return ndcodec.encode(x, text)
    except ndcodec.ChainError as error:
        return error.help


def back(chain, data):
    return ndcodec.decode(data, chain)


def check(submit):
    chain = ndcodec.Chain("npy|turned(by=7)|zlib")
    data = [submit(by_chain, chain, X + i) for i in range(4)]
    assert data == [chain.encode(X + i) for i in range(4)]
    for i, one in enumerate(data):
        assert (submit(back, chain, one) == X + i).all()


if __name__ == "__main__":
    register()
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2) as pool:
        # A process that was spawned knows nothing of the stage, and says how to make it known.
        help = pool.apply(by_text, ("npy|turned", X))
        assert sys.argv[1] == "fork" or "`ndcodec.register`" in help, help
        check(lambda *call: pool.apply(call[0], call[1:]))
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        check(lambda *call: pool.submit(*call).result())
    with context.Pool(2, initializer=register) if sys.argv[1] != "fork" else context.Pool(2) as pool:
        data = pool.apply(by_text, ("npy|turned", X))
        assert (ndcodec.decode(data, "npy|turned") == X).all()
    print("ok")
'''


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_they_work_in_processes_of_multiprocessing(tmp_path, method):
    script = tmp_path / "spawned.py"
    script.write_text(SPAWNED)
    done = subprocess.run([sys.executable, script, method], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "ok\n"), done.stderr
