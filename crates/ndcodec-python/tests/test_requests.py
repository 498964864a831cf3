"""The question itself: arrays through `requests` to a server and back, without a file."""

import http.server
import json
import threading

import ndcodec
import numpy as np
import pytest
from equal import assert_same

requests = pytest.importorskip("requests", exc_type=ImportError)

CHAIN = "npy|zstd|base64"


class Doubling(http.server.BaseHTTPRequestHandler):
    """Returns twice the array that was posted: as JSON where it came so, else as a binary body."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Type"] == "application/json":
            document = json.loads(body, object_hook=ndcodec.json_hook)
            document["x"] = document["x"] * 2
            answer, kind = json.dumps(document, default=ndcodec.json_default).encode(), "application/json"
        else:
            x = ndcodec.decode(body, self.headers["X-Chain"])
            answer, kind = ndcodec.encode(x * 2, self.headers["X-Chain"]), "application/octet-stream"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def url():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Doubling)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session


def arrays():
    rng = np.random.default_rng(3)
    yield rng.normal(size=(50, 70))
    yield rng.integers(0, 1000, size=(3, 4, 5), dtype="<u2")
    yield np.asfortranarray(rng.normal(size=(20, 30)).astype(">f4"))
    yield np.array(7, dtype="i8")


def test_as_json_text(url, session):
    for x in arrays():
        document = {"name": "run 7", "x": {"chain": CHAIN, "data": ndcodec.encode_text(x, CHAIN)}}
        answer = session.post(url, json=document).json()
        assert answer["name"] == "run 7"
        if isinstance(answer["x"], int):
            # What numpy made of an array of no dimensions is a scalar, and that a number.
            assert answer["x"] == doubled(x)
            continue
        assert_same(ndcodec.decode(answer["x"]["data"], answer["x"]["chain"]), doubled(x))


def test_as_a_binary_body(url, session):
    for chain in ["npy|shuffle|zstd", "chunked(shuffle|lz4)", CHAIN]:
        for x in arrays():
            answer = session.post(url, data=ndcodec.encode(x, chain), headers={"X-Chain": chain})
            assert answer.headers["Content-Type"] == "application/octet-stream"
            assert_same(ndcodec.decode(answer.content, chain), doubled(x))


def doubled(x):
    return np.asarray(x * 2)
