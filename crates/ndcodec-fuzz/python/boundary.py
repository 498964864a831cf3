"""The Python boundary: whatever the bytes, texts and arrays, a call gives an array, a value or one of the package's own
errors, in the ways that agree with each other. `cargo xtask fuzz python` runs it, with atheris."""

import io
import json
import sys

import atheris
import numpy as np

with atheris.instrument_imports(include=["ndcodec"]):
    import ndcodec
    import ndcodec.http
    import ndcodec.numcodecs

LIMIT = 1 << 16
CHAINS = [
    "npy", "npy|zstd", "npy|zlib|base64", "npy|shuffle|lz4", "npy|gzip", "raw(<f8)|deflate", "raw(<f4)|zlib|base64",
    "chunked(shuffle|lz4)", "auto", "auto|base64", "npy|decimal|dict|zstd", "npy|columns|pco", "npy|predict|hex", "npy|dataurl",
    "raw(|u1)|prefix|crc32c",
]
CODECS = ["zstd", "zlib", "gzip", "deflate", "lz4", "base64", "hex", "dataurl", "crc32c|zstd", "prefix(u32)"]
DTYPES = ["<f8", ">f4", "<f2", "u1", "<i4", "?", "<c8", "S3", "<U2", "V5", "<M8[ns]", [("a", "<f4"), ("b", "u1")]]
#: What a call may raise for what it was given; the last is Python's own, of text with half a character.
ERRORS = (ndcodec.NdcodecError, MemoryError, UnicodeEncodeError)


def tried(call, *args, errors=ERRORS, **keywords):
    """What the call gives, or the error, which says something."""
    try:
        return call(*args, **keywords)
    except errors as error:
        message = str(error)
        assert message and "internal error" not in message, message
        return error


def same(a, b):
    assert isinstance(a, np.ndarray) == isinstance(b, np.ndarray), (a, b)
    if isinstance(a, np.ndarray):
        assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())


def decoding(given):
    chain, data = given.PickValueInList(CHAINS), given.ConsumeBytes(1 << 14)
    found = tried(ndcodec.decode, data, chain, max_bytes=LIMIT)
    same(found, tried(ndcodec.Chain(chain).decode, bytearray(data), max_bytes=LIMIT))
    if isinstance(found, np.ndarray):
        assert found.nbytes <= LIMIT
        out = np.empty_like(found)
        if out.flags.c_contiguous:
            same(found, np.asarray(ndcodec.decode_into(data, out, chain)))
    tried(ndcodec.decode, data, max_bytes=LIMIT)
    tried(ndcodec.decode_all, data, chain, max_bytes=LIMIT)
    tried(ndcodec.detect, data)
    tried(ndcodec.inspect, data, chain)
    tried(ndcodec.decode_rows, data, given.ConsumeIntInRange(0, 9), given.ConsumeIntInRange(0, 9), chain, max_bytes=LIMIT)
    tried(ndcodec.decode_bytes, data, given.PickValueInList(CODECS), max_bytes=LIMIT)


def texts(given):
    text = given.ConsumeUnicode(200)
    made = tried(ndcodec.Chain, text)
    if isinstance(made, ndcodec.Chain):
        assert str(ndcodec.Chain(str(made))) == str(made)
    tried(ndcodec.decode, given.ConsumeUnicode(500), given.PickValueInList(CHAINS), max_bytes=LIMIT)
    tried(ndcodec.encode, np.zeros(3), text)


def arrays(given):
    dtype = np.dtype(given.PickValueInList(DTYPES))
    payload = given.ConsumeBytes(2000)
    count = len(payload) // dtype.itemsize
    x = np.frombuffer(payload[: count * dtype.itemsize], dtype)
    if dtype == "?":
        x = x.view("u1") % 2 == 1
    rows = given.ConsumeIntInRange(1, 5)
    x = x[: count // rows * rows].reshape(rows, -1)
    x = [x, x.T, x[::-1], x[:, ::2], np.asfortranarray(x)][given.ConsumeIntInRange(0, 4)]
    chain = given.PickValueInList([chain for chain in CHAINS if not chain.startswith("raw")])
    encoded = tried(ndcodec.encode, x, chain)
    if isinstance(encoded, Exception):
        return
    found = ndcodec.decode(encoded, chain)
    assert found.dtype == x.dtype and found.shape == x.shape
    # Of a struct's padding nothing is promised.
    assert found.tobytes() == np.ascontiguousarray(x).tobytes()


def documents(given):
    chain = given.PickValueInList([*CHAINS, given.ConsumeUnicode(30)])
    document = [{"chain": chain, "data": given.ConsumeUnicode(300)}, {"x": {"chain": "npy|base64", "data": "k05VTVBZ"}}]
    text = json.dumps(document)
    tried(json.loads, text, object_hook=ndcodec.json_hook)
    tried(ndcodec.json_loads, text, max_bytes=LIMIT)
    errors = (*ERRORS, ValueError, RecursionError)
    tried(ndcodec.json_loads, given.ConsumeUnicode(300), max_bytes=LIMIT, errors=errors)


def codecs(given):
    config = {"chain": given.PickValueInList(["npy|zstd", "raw(<f8)|zlib", "npy|lz4", "chunked", "auto"])}
    codec = ndcodec.numcodecs.NdCodec.from_config(config)
    tried(codec.decode, given.ConsumeBytes(3000))


SERVICE = ndcodec.http.Chains("npy|zstd", "npy|zstd|base64", "auto", max_bytes=LIMIT)


def requests(given):
    header = given.PickValueInList([SERVICE.accept, "application/json", given.ConsumeUnicode(100)])
    errors = (*ERRORS, ndcodec.http.HttpError)
    found = tried(SERVICE.decode, given.ConsumeBytes(3000), header, errors=errors)
    assert not isinstance(found, np.ndarray) or found.nbytes <= LIMIT
    tried(SERVICE.allow, header, errors=errors)
    tried(SERVICE.encode, np.zeros(3), header, errors=errors)


def archives(given):
    archive = tried(ndcodec.load_npz, io.BytesIO(given.ConsumeBytes(5000)), max_bytes=LIMIT)
    if not isinstance(archive, Exception):
        tried(archive.members)
        tried(archive.read_all)


KINDS = [decoding, texts, arrays, documents, codecs, requests, archives]


def one(data: bytes) -> None:
    given = atheris.FuzzedDataProvider(data)
    KINDS[given.ConsumeIntInRange(0, len(KINDS) - 1)](given)


atheris.Setup(sys.argv, one)
atheris.Fuzz()
