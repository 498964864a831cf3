"""Either language's clients against either language's service, on the loopback: the examples of ``docs/http.md``."""

import gzip
import time

import ndcodec
import numpy as np
import pytest
from equal import assert_same
from ndcodec.http import MEDIA_TYPE, Chains, ResponseError
from served import posted_by_rust, served, served_by_rust
from test_arrays import SCALARS, STRUCTS, filled

requests = pytest.importorskip("requests", exc_type=ImportError)
httpx = pytest.importorskip("httpx", exc_type=ImportError)
pytest.importorskip("starlette", exc_type=ImportError)

from ndcodec.http.starlette import ArrayResponse, install, read_array  # noqa: E402
from starlette.applications import Starlette  # noqa: E402
from starlette.responses import Response  # noqa: E402
from starlette.routing import Route  # noqa: E402

#: Those of the example `echo`, and its limit.
CHAINS = Chains("npy|zstd", "npy|shuffle|lz4", "raw|zlib", "npy|zstd|base64", max_bytes=16 << 20)
SECONDS = 5


def python_echo():
    async def echo(request):
        return ArrayResponse(await read_array(request, CHAINS), CHAINS)

    app = Starlette(routes=[Route("/echo", echo, methods=["POST"])])
    install(app)
    return app


@pytest.fixture(scope="module")
def services():
    with served_by_rust() as rust, served(python_echo()) as python:
        yield {"rust": rust + "/echo", "python": python + "/echo"}


@pytest.fixture(scope="module")
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture(scope="module")
def client():
    with httpx.Client(trust_env=False) as client:
        yield client


def layouts():
    """Every dtype in C order, many of them in Fortran order, and each kind of shape."""
    for dtype in SCALARS:
        yield filled(dtype, (3, 5))
        yield np.asfortranarray(filled(dtype, (5, 3)))
    for name, dtype in STRUCTS.items():
        yield np.zeros((5, 2), dtype) if name == "unicode" else filled(dtype, (5, 2))
    for shape in [(), (1,), (0, 3), (2, 3, 4, 5)]:
        yield filled(">f4", shape)
        yield np.asfortranarray(filled("<i2", shape))
    # Larger than what is sent, and decoded, at once.
    yield np.random.default_rng(3).normal(size=(300, 700))
    yield np.asfortranarray(np.random.default_rng(3).normal(size=(300, 700)).astype(">f8"))


@pytest.mark.parametrize("chain", CHAINS.texts)
def test_python_against_rust(services, session, client, chain):
    chains = Chains(chain)
    travelled = 0
    for x in layouts():
        try:
            body, headers = chains.request(x)
        except ndcodec.NdcodecError as error:
            # `shuffle` has no planes of elements whose fields differ, which the sender hears.
            assert "shuffle" in chain and "shuffle" in str(error), error
            continue
        travelled += 1
        assert_same(chains.read(session.post(services["rust"], data=body, headers=headers, stream=True)), x)
        as_json = {**headers, "Accept": "application/json"}
        response = client.post(services["rust"], content=body, headers=as_json)
        assert_same(CHAINS.from_document(response.json()), x)
        document = {**as_json, "Content-Type": "application/json"}
        response = client.post(services["rust"], content=response.content, headers=document)
        assert_same(CHAINS.read(response), x)
    assert travelled > 100


def test_rust_against_python(services, tmp_path):
    for number, x in enumerate(layouts()):
        # Each run is a process of its own, so every other dtype goes in C order, and those between in Fortran order.
        if number % 4 in (1, 2):
            continue
        given, out = tmp_path / f"{number}.npy", tmp_path / f"{number}.out.npy"
        given.write_bytes(ndcodec.encode(x, "npy"))
        # The services differ in nothing that a client sees.
        done = posted_by_rust(services["python" if number % 8 else "rust"], given, out)
        assert (done.returncode, done.stderr) == (0, "")
        assert out.read_bytes() == given.read_bytes()


def type_of(chain):
    return {"Content-Type": f'{MEDIA_TYPE}; chain="{chain}"'}


def hostile():
    """What strangers send: its name, the body, the headers, and what is returned."""
    x = np.random.default_rng(5).normal(size=100)
    good = ndcodec.encode(x, "npy|zstd")
    json = {"Content-Type": "application/json"}
    zeros = np.zeros(64 << 20, "u1")
    lie = ndcodec.encode(np.zeros(3), "npy") + bytes(8 << 20)
    flipped = bytearray(ndcodec.encode(x, "raw|zlib"))
    flipped[-1] ^= 1
    yield "bomb", ndcodec.encode(zeros, "npy|zstd"), type_of("npy|zstd"), 413, "limit"
    yield "bomb of zlib", ndcodec.encode(zeros, "raw(u1)|zlib"), type_of("raw(u1,67108864)|zlib"), 413, "limit"
    yield "bomb without a length", ndcodec.encode(zeros, "raw(u1)|zlib"), type_of("raw(u1)|zlib"), 413, "limit"
    yield "bomb behind a header", ndcodec.encode_bytes(lie, "zstd"), type_of("npy|zstd"), 422, "trailing"
    bomb = ndcodec.encode_text(zeros, "npy|zstd|base64")
    yield "bomb in JSON", f'{{"chain": "npy|zstd|base64", "data": "{bomb}"}}'.encode(), json, 413, "limit"
    yield "long body", bytes(40 << 20), type_of("npy|zstd"), 413, "body_limit"
    yield "another type", good, {"Content-Type": "text/csv"}, 415, "media_type"
    yield "no type", good, {}, 415, "media_type"
    yield "another chain", good, type_of("npy|lz4"), 415, "chain_not_allowed"
    yield "a chain of Python's", good, type_of("pickle|zstd"), 415, "chain_not_allowed"
    yield "a coding", gzip.compress(good), {**type_of("npy|zstd"), "Content-Encoding": "gzip"}, 415, "content_coding"
    yield "cut", good[:-9], type_of("npy|zstd"), 422, "truncated"
    yield "nothing", b"", type_of("npy|zstd"), 422, "truncated"
    yield "more", good + b"x", type_of("npy|zstd"), 422, "trailing"
    yield "flipped", bytes(flipped), type_of("raw(<f8,100)|zlib"), 422, "checksum"
    yield "damaged JSON field", b'{"chain": "npy|zstd|base64", "data": "AAAA=AAA"}', json, 422, "corrupt"
    for text in ["[1]", '["npy|zstd|base64", ""]', '{"chain": "npy"}', '{"chain": 1, "data": ""}', "null", "1" * 5000]:
        yield f"JSON {text[:30]}", text.encode(), json, 422, "json"
    yield "a name twice", b'{"chain": "npy|zstd|base64", "data": "", "data": ""}', json, 422, "json"
    yield "a lone surrogate", b'{"chain": "\\ud800", "data": ""}', json, 422, "json"
    for text in [b"NaN", "{}".encode("utf-16"), b"\xff", b"", b'\xef\xbb\xbf{}']:
        yield f"no JSON {text[:30]}", text, json, 400, "json"
    yield "no JSON", b"{", json, 400, "json"
    yield "deep JSON", b"[" * 100_000, json, 400, "json"
    yield "no parameter", good, {"Content-Type": MEDIA_TYPE}, 400, "header"
    yield "no end of the string", good, {"Content-Type": f'{MEDIA_TYPE}; chain="npy'}, 400, "header"
    yield "no chain", good, type_of("npy|zstd("), 400, "chain"
    yield "not acceptable", good, {**type_of("npy|zstd"), "Accept": "text/html"}, 406, "not_acceptable"


HOSTILE = list(hostile())


def pieces(body):
    for at in range(0, len(body), 50_000):
        yield body[at : at + 50_000]


@pytest.mark.parametrize(("body", "headers", "status", "kind"), [pytest.param(*row[1:], id=row[0]) for row in HOSTILE])
def test_what_both_refuse(services, session, client, body, headers, status, kind):
    documents = []
    for url in services.values():
        start = time.monotonic()
        response = client.post(url, content=body, headers={"Accept": "*/*", **headers})
        assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
        document = response.json()
        if kind == "json":
            # Where it is wrong, each parser says in its own words.
            assert document.pop("detail")
        documents.append((document, response.headers.get("Accept"), response.headers.get("Accept-Encoding")))
        with pytest.raises(ResponseError) as caught:
            CHAINS.read(response)
        assert (caught.value.status, caught.value.kind) == (status, kind)
        # And in pieces, without a length: it is decoded as it comes.
        try:
            response = session.post(url, data=pieces(body), headers={"Accept": "*/*", **headers})
        except requests.ConnectionError:
            # A service that has refused need not read the rest.
            assert len(body) > 1 << 20
        else:
            # Without a length, a body that is too long may be decoded before its end is seen.
            expected = [(status, kind), (422, "corrupt")] if kind == "body_limit" else [(status, kind)]
            assert (response.status_code, response.json()["kind"]) in expected
        assert time.monotonic() - start < SECONDS
    assert documents[0] == documents[1]


def test_rust_refuses_what_a_service_sends(tmp_path):
    """A hostile service, or one that fails: the client names the problem, and writes nothing."""
    rows = [row for row in HOSTILE if row[4] not in ("not_acceptable", "json")]

    def respond(number):
        _, body, headers, _, _ = rows[number]
        return lambda request: Response(body, headers=headers)

    routes = [Route(f"/{number}", respond(number), methods=["POST"]) for number in range(len(rows))]
    given, out = tmp_path / "x.npy", tmp_path / "y.npy"
    np.save(given, np.arange(3))
    with served(Starlette(routes=routes)) as url:
        for number, (name, _, _, _, _) in enumerate(rows):
            start = time.monotonic()
            done = posted_by_rust(f"{url}/{number}", given, out)
            assert done.returncode == 1 and done.stderr.startswith("Error: \"") and "panicked" not in done.stderr, name
            assert time.monotonic() - start < SECONDS and not out.exists()
        done = posted_by_rust(f"{url}/nowhere", given, out)
    assert done.stderr == 'Error: "the service returned 404 Not Found"\n'
