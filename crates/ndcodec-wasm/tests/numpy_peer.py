"""numpy's side of the round trips: `make FOLDER`, `check FOLDER`, or `serve`, which prints its port."""

import gzip
import http.server
import io
import json
import sys
import zlib
from base64 import b64encode
from pathlib import Path

import numpy as np


def arrays():
    """Arrays of every dtype that JavaScript can hold, with what is special in each."""
    rng = np.random.default_rng(18)
    for order in "<>":
        for name in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
            info = np.iinfo(name)
            x = rng.integers(info.min, info.max, (3, 4, 5), dtype=name, endpoint=True)
            x.flat[:2] = info.min, info.max
            yield f"{order}{name}", x.astype(order + name)
        for name in ["f2", "f4", "f8", "c8", "c16"]:
            x = (1000 * rng.normal(size=(4, 6))).astype(order + name)
            x.flat[:5] = np.nan, -np.inf, -0.0, 5e-324, 1
            yield f"{order}{name}", x
        for unit in ["Y", "D", "s", "ns", "25us"]:
            yield f"{order}M8[{unit}]", np.array([0, -1, 10**9, np.iinfo("i8").min]).astype(f"{order}M8[{unit}]")
        yield f"{order}m8[ms]", np.array([[1, -1]]).astype(f"{order}m8[ms]")
        yield f"{order}U3", np.array(["", "a", "äöü", "😀b"]).astype(f"{order}U3")
        fields = [("t", f"{order}i4"), ("x", f"{order}f8", (2,)), ("n", [("a", "S3"), ("b", f"{order}u2")])]
        table = np.zeros(5, fields)
        table["t"], table["x"][:, 1], table["n"]["a"] = range(5), 0.5, b"ab"
        yield f"{order}struct", table
        aligned = np.zeros(2, np.dtype([("a", "i1"), ("b", f"{order}f8")], align=True))
        aligned["a"], aligned["b"] = 1, 2.5
        yield f"{order}aligned", aligned
    yield "bool", np.array([[True, False]])
    yield "bytes", np.array([b"", b"abc", b"a\0c"])
    yield "void", np.array([b"\0\1\2"], "V3")
    yield "scalar", np.array(2.5)
    yield "empty", np.zeros((0, 3), "f4")
    yield "fortran", np.asfortranarray(np.arange(24).reshape(2, 3, 4))
    yield "fortran table", np.asfortranarray(np.zeros((2, 3), "i2,f4"))


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def bytes_of(a):
    """The bytes of all elements, without padding, which numpy leaves as it was."""
    return [a[name].tobytes() for name in a.dtype.names] if a.dtype.names else a.tobytes()


def is_same(a, b):
    same = a.dtype == b.dtype and a.shape == b.shape and bytes_of(a) == bytes_of(b)
    return same and a.flags.f_contiguous == b.flags.f_contiguous


def make(folder):
    for index, (_, array) in enumerate(arrays()):
        np.save(folder / f"{index}.npy", array)


def check(folder):
    known = list(arrays())
    wrong = []
    for index, (name, array) in enumerate(known):
        back = np.load(io.BytesIO((folder / f"{index}.npy.back").read_bytes()), allow_pickle=False)
        if not is_same(array, back):
            wrong.append(f"{name}: {array!r} came back as {back!r}")
    print(f"{len(known) - len(wrong)} of {len(known)} are the same")
    print("\n".join(wrong))
    sys.exit(bool(wrong))


class Handler(http.server.BaseHTTPRequestHandler):
    known = {str(index): array for index, (_, array) in enumerate(arrays())}

    def do_GET(self):
        if self.path == "/":
            return self.respond(json.dumps(list(self.known)).encode())
        data = npy(self.known[self.path[1:]])
        # One is text, the other is not.
        if int(self.path[1:]) % 2:
            return self.respond(b64encode(zlib.compress(data)), "npy|zlib|base64")
        return self.respond(gzip.compress(data), "npy|gzip")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        back = np.load(io.BytesIO(gzip.decompress(body)), allow_pickle=False)
        array = self.known[self.path[1:]]
        self.respond(b"the same" if is_same(array, back) else f"{array!r} came back as {back!r}".encode())

    def respond(self, body, chain=None):
        self.send_response(200)
        if chain:
            self.send_header("ndcodec-chain", chain)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    {"make": make, "check": check}[sys.argv[1]](Path(sys.argv[2]))
