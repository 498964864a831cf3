"""requests and httpx against axum, and reqwest against Starlette: the examples of the crate ``ndcodec-http``."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import do_without
from equal import assert_same
from ndcodec.http import Chains, ResponseError
from served import served

requests = pytest.importorskip("requests", exc_type=ImportError)
httpx = pytest.importorskip("httpx", exc_type=ImportError)


@pytest.fixture(scope="module")
def examples():
    folder = os.environ.get("NDCODEC_HTTP_EXAMPLES")
    if not folder:
        do_without("no examples of ndcodec-http: `cargo xtask wheel` builds them")
    return Path(folder)


@pytest.fixture(scope="module")
def url(examples):
    process = subprocess.Popen([examples / "service"], stdout=subprocess.PIPE, text=True)
    with process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


ARRAYS = [
    np.random.default_rng(3).normal(size=(50, 70)),
    np.asfortranarray(np.arange(60, dtype=">i2").reshape(4, 15)),
    np.array(7),
    np.zeros((0, 3)),
    np.random.default_rng(3).normal(size=100_000),
    np.array([("é", 1.5)], dtype=[("ä", "U1"), ("b", "<f4")]),
]


@pytest.mark.parametrize("x", ARRAYS, ids=lambda x: str(x.shape))
@pytest.mark.parametrize("chain", ["npy|zstd", "npy|shuffle|lz4", "raw|zlib", "npy|zstd|base64"])
def test_python_against_axum(url, chain, x):
    if x.dtype.names and "shuffle" in chain:
        pytest.skip("`shuffle` takes no fields of text")
    chains = Chains(chain)
    body, headers = chains.request(x)
    with requests.Session() as session:
        session.trust_env = False
        assert_same(chains.read(session.post(url, data=body, headers=headers, stream=True)), x)
    assert_same(chains.read(httpx.post(url, content=body, headers=headers, trust_env=False)), x)
    as_json = {**headers, "Accept": "application/json"}
    response = httpx.post(url, content=body, headers=as_json, trust_env=False)
    assert_same(Chains("npy|zstd|base64").read(response), x)


def test_problems_are_read(url):
    body, headers = Chains("npy|lz4").request(ARRAYS[0])
    for changed, expected in [
        ({"Accept": "*/*"}, (415, "chain_not_allowed")),
        ({}, (406, "not_acceptable")),
        ({"Content-Type": "text/csv", "Accept": "*/*"}, (415, "media_type")),
    ]:
        with pytest.raises(ResponseError) as caught:
            Chains("npy").read(requests.post(url, data=body, headers={**headers, **changed}))
        assert (caught.value.status, caught.value.kind) == expected
        assert "npy|zstd" in caught.value.chains
    body, headers = Chains("npy|zstd").request(np.zeros(1 << 20))
    with pytest.raises(ResponseError) as caught:
        Chains("npy|zstd").read(requests.post(url, data=body, headers=headers))
    assert (caught.value.status, caught.value.kind, caught.value.members["limit"]) == (413, "limit", 1 << 20)


def test_reqwest_against_starlette(examples):
    pytest.importorskip("starlette", exc_type=ImportError)
    from ndcodec.http.starlette import ArrayResponse, install, read_array
    from starlette.applications import Starlette
    from starlette.routing import Route

    chains = Chains("npy|zstd", "npy|zstd|base64")

    async def double(request):
        return ArrayResponse(2 * await read_array(request, chains), chains)

    app = Starlette(routes=[Route("/", double, methods=["POST"])])
    install(app)
    with served(app) as url:
        done = subprocess.run([examples / "client", url + "/"], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["npy|zstd: ok", "npy|zstd|base64: ok"]
