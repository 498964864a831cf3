"""Every limit that an error names is raised by the keyword that it names, in each function that decodes."""

import asyncio
import io
import json
import re

import ndcodec
import numpy as np
import pytest

NUMBERS = np.random.default_rng(1).integers(0, 1 << 62, 5000)
WIDE = np.zeros(4, [(f"column{i}", "<f4") for i in range(500)])
LARGE = np.random.default_rng(2).integers(0, 256, 3 << 20, "u1")


def raised(call, limit, low):
    """Call with a limit that must be passed, then with more of what the error names, until it succeeds."""
    most = low
    while True:
        try:
            result = call(**{limit: most})
            break
        except ndcodec.LimitError as error:
            assert error.limit == limit
            assert re.search(f"larger `{limit}`", str(error)), error
            assert most < 1 << 32, error
            most *= 4
    assert most > low, f"{limit}={low} does not hold"
    return result


def calls(data, chain, shape):
    made = ndcodec.Chain(chain)
    out = np.empty(shape.shape, shape.dtype)
    yield "decode", lambda **limits: ndcodec.decode(data, chain, **limits)
    yield "Chain.decode", lambda **limits: made.decode(data, **limits)
    yield "decode_into", lambda **limits: ndcodec.decode_into(data, out, chain, **limits)
    yield "Chain.decode_into", lambda **limits: made.decode_into(data, out, **limits)
    yield "decode_rows", lambda **limits: ndcodec.decode_rows(data, 0, 3, chain, **limits)
    yield "Chain.decode_rows", lambda **limits: made.decode_rows(data, 0, 3, **limits)
    if chain.startswith("npy"):
        yield "decode_all", lambda **limits: ndcodec.decode_all(data, chain, **limits)
        yield "decode_iter", lambda **limits: list(ndcodec.decode_iter(data, chain, **limits))


@pytest.mark.parametrize("chain", ["npy", "npy|zstd", "npy|zstd|base64", "npy|shuffle|lz4", "chunked(zlib)", "auto", "raw(<i8)|gzip"])
def test_max_bytes(chain):
    data = ndcodec.encode(NUMBERS, chain)
    for name, call in calls(data, chain, NUMBERS):
        # Rows take no more than they have, or the chunks that hold them; only codecs around the format decode the whole.
        if chain.startswith("npy|") or not name.endswith("rows"):
            raised(call, "max_bytes", 1000)
    pipeline = ndcodec.Pipeline("zstd|base64")
    text = pipeline.encode(NUMBERS)
    assert raised(lambda **limits: pipeline.decode(text, **limits), "max_bytes", 1000) == NUMBERS.tobytes()
    assert raised(lambda **limits: ndcodec.decode_bytes(text, "zstd|base64", **limits), "max_bytes", 1000) == NUMBERS.tobytes()


@pytest.mark.parametrize("chain", ["npy", "npy|zstd", "npy|zlib|base64", "npy|shuffle|zstd", "chunked(lz4)", "auto"])
def test_max_header(chain):
    data = ndcodec.encode(WIDE, chain)
    for _, call in calls(data, chain, WIDE):
        raised(call, "max_header", 100)
    assert raised(lambda **limits: ndcodec.inspect(data, chain, **limits), "max_header", 100).shape == (4,)


@pytest.mark.parametrize("chain", ["npy", "npy|zstd|base64", "npy|shuffle|zstd", "chunked(lz4)", "auto"])
def test_max_header_of_what_is_written(chain):
    x = np.zeros(3, [(f"{i:0200}", "<f8") for i in range(2000)])
    made = ndcodec.Chain(chain)
    encoders = [
        lambda **limits: ndcodec.encode(x, chain, **limits),
        lambda **limits: made.encode(x, **limits),
        lambda **limits: ndcodec.encode(x, chain, progress=lambda done, total: None, **limits),
        lambda **limits: asyncio.run(ndcodec.aencode(x, chain, **limits)),
    ]
    if chain.endswith("base64"):
        encoders += [lambda **limits: ndcodec.encode_text(x, chain, **limits), lambda **limits: made.encode_text(x, **limits)]
    for encode in encoders:
        with pytest.raises(ndcodec.LimitError, match="`max_header`") as caught:
            encode()
        assert (caught.value.limit, caught.value.direction) == ("max_header", "encode")
        data = raised(encode, "max_header", 100)
        y = raised(lambda data=data, **limits: ndcodec.decode(data, chain, **limits), "max_header", 100)
        np.testing.assert_array_equal(y, x)
    room = bytearray(1 << 21)
    assert raised(lambda **limits: ndcodec.encode_into(x, room, chain, **limits), "max_header", 100)
    assert raised(lambda **limits: made.encode_into(x, room, **limits), "max_header", 100)
    file = io.BytesIO()
    raised(lambda **limits: ndcodec.save_npz(file, {"x": x}, **limits), "max_header", 100)
    y = raised(lambda **limits: ndcodec.load_npz(file.getvalue(), **limits)["x"], "max_header", 100)
    np.testing.assert_array_equal(y, x)


def test_max_window():
    chain = "npy|zstd(1,window=21)"
    data = ndcodec.encode(LARGE, chain)
    (y,) = raised(lambda **limits: ndcodec.decode_all(data, chain, **limits), "max_window", 1 << 20)
    np.testing.assert_array_equal(y, LARGE)


@pytest.mark.parametrize("compression", ["stored", "deflate", "zstd"])
def test_archives(compression):
    for array, limit, low in [(NUMBERS, "max_bytes", 1000), (WIDE, "max_header", 100)]:
        file = io.BytesIO()
        ndcodec.save_npz(file, {"x": array}, compression=compression)
        found = raised(lambda **limits: ndcodec.load_npz(file.getvalue(), **limits)["x"], limit, low)
        np.testing.assert_array_equal(found, array)


def test_documents():
    text = json.dumps({"x": NUMBERS}, default=ndcodec.json_default)
    document = raised(lambda **limits: ndcodec.json_loads(text, **limits), "max_bytes", 1000)
    np.testing.assert_array_equal(document["x"], NUMBERS)


def test_none_lifts_all():
    assert ndcodec.decode(ndcodec.encode(WIDE, "npy|zstd"), max_bytes=None).shape == (4,)
    x = ndcodec.decode_all(ndcodec.encode(LARGE, "npy|zstd(1,window=21)"), max_bytes=None)[0]
    np.testing.assert_array_equal(x, LARGE)
