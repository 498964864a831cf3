"""requests and httpx against FastAPI and Starlette, on the loopback."""

import asyncio
import gzip
import json
from typing import Annotated

import numpy as np
import pytest
from equal import assert_same
from ndcodec.http import Chains, HttpError, ResponseError
from served import served

fastapi = pytest.importorskip("fastapi", exc_type=ImportError)
httpx = pytest.importorskip("httpx", exc_type=ImportError)
requests = pytest.importorskip("requests", exc_type=ImportError)

from ndcodec.http.starlette import ArrayResponse, array_body, install, openapi_body, read_array  # noqa: E402

CHAINS = Chains("npy|zstd", "npy|lz4", "npy|zstd|base64", max_bytes=1 << 20)
X = np.random.default_rng(5).normal(size=(50, 70))


def make():
    app = fastapi.FastAPI()
    install(app)

    @app.post("/double", openapi_extra=openapi_body(CHAINS))
    async def double(x: Annotated[np.ndarray, fastapi.Depends(array_body(CHAINS))]):
        return ArrayResponse(x * 2, CHAINS, headers={"X-Shape": str(x.shape)})

    @app.post("/starlette")
    async def starlette(request: fastapi.Request):
        return ArrayResponse(2 * await read_array(request, CHAINS), CHAINS, status_code=201)

    @app.get("/large")
    def large():
        return ArrayResponse(np.frombuffer(np.random.default_rng(1).bytes(1 << 22), "u1"), Chains("npy|zstd"))

    @app.get("/bomb")
    def bomb():
        return ArrayResponse(np.zeros(1 << 22), Chains("npy|zstd"))

    return app


@pytest.fixture(scope="module")
def url():
    with served(make()) as url:
        yield url


@pytest.fixture(scope="module")
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.mark.parametrize("path", ["/double", "/starlette"])
def test_requests_and_httpx(url, session, path):
    for chain in CHAINS.texts:
        body, headers = CHAINS.request(X, chain)
        response = session.post(url + path, data=body, headers=headers)
        assert response.headers["Vary"] == "Accept" and response.headers["Content-Type"].endswith('chain="npy|zstd"')
        assert_same(CHAINS.read(response), X * 2)
        assert_same(CHAINS.read(session.post(url + path, data=body, headers=headers, stream=True)), X * 2)
        assert_same(CHAINS.read(httpx.post(url + path, content=body, headers=headers, trust_env=False)), X * 2)
    only_json = {**CHAINS.request(X).headers, "Accept": "application/json"}
    response = session.post(url + path, data=CHAINS.request(X).body, headers=only_json)
    assert_same(CHAINS.from_document(response.json()), X * 2)


def test_json_in(url, session):
    document = json.loads(CHAINS.encode(X, "application/json").body)
    assert_same(CHAINS.read(session.post(url + "/double", json=document)), X * 2)


def test_asynchronously(url):
    body, headers = CHAINS.request(X)

    async def main():
        async with httpx.AsyncClient(trust_env=False) as client:
            plain = CHAINS.read(await client.post(url + "/double", content=body, headers=headers))
            async with client.stream("POST", url + "/double", content=body, headers=headers) as response:
                return plain, await CHAINS.aread(response)

    for y in asyncio.run(main()):
        assert_same(y, X * 2)


def pieces(body):
    for at in range(0, len(body), 1000):
        yield body[at : at + 1000]


def test_what_is_refused(url, session):
    body, headers = CHAINS.request(X)
    kind = headers["Content-Type"]
    noise = Chains("npy", max_bytes=None).request(np.zeros(1 << 21, "u1")).body
    bomb = Chains("npy|zstd", max_bytes=None).request(np.zeros(1 << 21, "u1")).body
    other = kind.replace("zstd", "zlib")
    for data, changed, expected in [
        (body, {"Content-Type": other}, (415, "chain_not_allowed")),
        (body, {"Content-Type": "text/csv"}, (415, "media_type")),
        (gzip.compress(body), {"Content-Encoding": "gzip"}, (415, "content_coding")),
        (body[:-9], {}, (422, "truncated")),
        (body, {"Content-Type": kind[:-1]}, (400, "header")),
        (b"{", {"Content-Type": "application/json"}, (400, "json")),
        (b"{}", {"Content-Type": "application/json"}, (422, "json")),
        (noise + noise, {}, (413, "body_limit")),
        (pieces(noise + noise), {}, (413, "body_limit")),
        (bomb, {}, (413, "limit")),
        (body, {"Accept": "text/html"}, (406, "not_acceptable")),
    ]:
        response = session.post(url + "/double", data=data, headers={**headers, **changed})
        with pytest.raises(ResponseError) as caught:
            CHAINS.read(response)
        assert (caught.value.status, caught.value.kind) == expected == (response.status_code, response.json()["kind"])
        assert response.headers["Content-Type"] == "application/problem+json"
        if expected[1] == "chain_not_allowed":
            assert response.headers["Accept"].startswith(kind) and caught.value.chains == CHAINS.texts
    assert session.get(url + "/nowhere").status_code == 404


def test_a_client_has_limits_too(url, session):
    for get in [session.get, lambda url, stream: httpx.get(url, trust_env=False)]:
        with pytest.raises(HttpError, match="more than the limit of 2162688 bytes"):
            CHAINS.read(get(url + "/large", stream=True))
        with pytest.raises(ValueError, match="max_bytes"):
            CHAINS.read(get(url + "/bomb", stream=True))


def test_without_install_the_status_is_right():
    app = fastapi.FastAPI()

    @app.post("/")
    async def root(x: Annotated[np.ndarray, fastapi.Depends(array_body(CHAINS))]):
        return ArrayResponse(x, CHAINS)

    with served(app) as url:
        response = httpx.post(url, content=b"x", headers={"Content-Type": "text/csv"}, trust_env=False)
    assert response.status_code == 415 and "text/csv" in response.json()["detail"]
    assert response.headers["Accept"].startswith("application/vnd.ndcodec")


def test_the_schema_says_what_is_taken(url, session):
    body = session.get(url + "/openapi.json").json()["paths"]["/double"]["post"]["requestBody"]
    assert set(body["content"]) == {"application/vnd.ndcodec", "application/json"}
    assert "`npy|lz4`" in body["description"]
