"""`ndcodec.http`: what is taken from strangers, what is sent, and what is said otherwise. No framework is needed."""

import json
import pickle

import ndcodec
import numpy as np
import pytest
from equal import assert_same
from hypothesis import given
from hypothesis import strategies as st
from ndcodec.http import COMMON, MEDIA_TYPE, Chains, HttpError, ResponseError

CHAINS = Chains("npy|zstd", "raw|zlib", "npy|crc32c|base64", max_bytes=100_000)
X = np.arange(1000, dtype="<f4").reshape(10, 100)


def refused(call, *args):
    with pytest.raises(HttpError) as caught:
        call(*args)
    return caught.value.status, caught.value.kind


def of_chain(chain):
    return f'{MEDIA_TYPE}; chain="{chain}"'


@pytest.mark.parametrize(
    "x",
    [X, np.asfortranarray(X.astype(">i2")), np.array(3), np.zeros((0, 3)), np.array([("é", 1)], dtype=[("ä", "U1"), ("b", "i4")])],
    ids=["f4", "fortran", "scalar", "empty", "struct"],
)
@pytest.mark.parametrize("chain", ["npy|zstd", "raw|zlib", "npy|crc32c|base64"])
def test_arrays_travel(x, chain):
    body, headers = CHAINS.request(x, chain)
    assert headers["Content-Type"].isascii() and headers["Accept"] == CHAINS.accept
    assert_same(CHAINS.decode(body, headers["Content-Type"]), x)
    body, headers = CHAINS.encode(x, "application/json")
    assert json.loads(body).keys() == {"chain", "data"} and headers["Vary"] == "Accept"
    assert_same(CHAINS.decode(body, "application/json; charset=utf-8"), x)


def test_only_listed_chains_are_taken():
    data = ndcodec.encode(X, "npy|zstd(level=9)")
    assert_same(CHAINS.decode(data, of_chain("npy|zstd(level=9)")), X)
    for chain in ["npy", "npy|lz4", "npy|zstd|hex", "raw|zstd", "chunked(zstd)", "auto", "pickle|zstd", "npy|no"]:
        assert refused(CHAINS.decode, data, of_chain(chain)) == (415, "chain_not_allowed"), chain
    for chain in ["", "npy|", "npy|zstd(level=99)"]:
        assert refused(CHAINS.decode, data, of_chain(chain)) == (400, "chain"), chain
    with pytest.raises(HttpError, match="`npy\\|lz4` is not accepted here") as caught:
        CHAINS.allow("npy|lz4")
    assert caught.value.headers()["Accept"].count(MEDIA_TYPE) == 3


def test_data_name_nothing_that_is_not_listed():
    chains = Chains("npy|zstd", "npy|shuffle")
    for data in [ndcodec.encode(X, "npy|shuffle|zstd"), ndcodec.encode(X, "chunked(shuffle|lz4)")]:
        with pytest.raises(ndcodec.NdcodecError):
            chains.decode(data, of_chain("npy|zstd"))
    assert_same(Chains("chunked").decode(ndcodec.encode(X, "chunked(shuffle|lz4)"), of_chain("chunked")), X)
    with pytest.raises(ndcodec.NdcodecError):
        Chains("chunked(shuffle|zstd)").decode(
            ndcodec.encode(X, "chunked(shuffle|lz4)"), of_chain("chunked(shuffle|zstd)")
        )


def test_stages_written_in_python_are_taken_if_listed():
    ndcodec.register("reversed_http", encode=lambda data: data[::-1], decode=lambda data: data[::-1])
    chains = Chains("npy|reversed_http")
    body, headers = chains.request(X)
    assert_same(chains.decode(body, headers["Content-Type"]), X)
    assert refused(CHAINS.decode, body, headers["Content-Type"]) == (415, "chain_not_allowed")


def test_types_and_bodies_that_are_not_taken():
    body, headers = CHAINS.request(X)
    for content_type, expected in [
        (None, (415, "media_type")),
        ("application/octet-stream", (415, "media_type")),
        ("nonsense", (400, "header")),
        (MEDIA_TYPE, (400, "header")),
    ]:
        assert refused(CHAINS.decode, body, content_type) == expected
    for text, expected in [
        (b"{", (400, "json")),
        (b"\xff", (400, "json")),
        (b"[" * 100_000, (400, "json")),
        (b"[1]", (422, "json")),
        (b'{"chain": "npy", "data": 1}', (422, "json")),
        (b'{"chain": "npy|base64", "data": ""}', (415, "chain_not_allowed")),
    ]:
        assert refused(CHAINS.decode, text, "application/json") == expected, text[:50]
    assert refused(Chains("npy|zstd").decode, b"{}", "application/json") == (415, "media_type")


def test_limits():
    body, headers = CHAINS.request(np.zeros(100_000))
    with pytest.raises(ndcodec.LimitError) as caught:
        CHAINS.decode(body, headers["Content-Type"])
    problem = CHAINS._error(caught.value).document()
    assert (problem["status"], problem["kind"], problem["limit"]) == (413, "limit", 100_000)
    small = Chains("npy|zstd", max_body=10)
    assert refused(small.decode, body, headers["Content-Type"]) == (413, "body_limit")
    assert Chains("npy|zstd", max_bytes=None).max_body is None


def test_errors_have_a_status_each():
    damaged = bytearray(CHAINS.request(X, "npy|crc32c|base64").body)
    damaged[300:304] = b"////"
    short = CHAINS.request(X).body[:40]
    for data, chain, expected in [
        (short, "npy|zstd", (422, "truncated")),
        (bytes(damaged), "npy|crc32c|base64", (422, "checksum")),
    ]:
        with pytest.raises(ndcodec.StageError) as caught:
            CHAINS.decode(data, of_chain(chain))
        error = HttpError.of(caught.value)
        assert (error.status, error.kind) == expected
        assert error.document()["stage"] in ("zstd", "crc32c") and error.document()["type"] == "about:blank"
        again = pickle.loads(pickle.dumps(error))
        assert again.document() == error.document() and again.headers() == error.headers()
    assert HttpError.of(ndcodec.NdcodecError("x")).status == 422
    with pytest.raises(ndcodec.ChainError) as caught:
        ndcodec.Chain("npy|")
    assert HttpError.of(caught.value).status == 400


def test_accept_chooses():
    chosen = {
        None: "npy|zstd",
        "*/*": "npy|zstd",
        "application/json": "json",
        of_chain("raw|zlib"): "raw(<f4,10x100)|zlib",
        f'{of_chain("npy|zstd")};q=0.1, {of_chain("npy|crc32c|base64")};q=0.2': "npy|crc32c|base64",
        f'{of_chain("npy|zstd")};q=0, */*': "raw(<f4,10x100)|zlib",
    }
    for accept, chain in chosen.items():
        kind = CHAINS.encode(X, accept).headers["Content-Type"]
        assert kind == ("application/json" if chain == "json" else of_chain(chain)), accept
    for accept in ["text/html", "*/*;q=0", of_chain("npy|lz4")]:
        assert refused(CHAINS.encode, X, accept) == (406, "not_acceptable")


@given(st.lists(st.sampled_from(COMMON.texts), min_size=1, unique=True), st.lists(st.sampled_from(COMMON.texts), min_size=1, unique=True))
def test_what_is_chosen_can_be_read(ours, theirs):
    service, client = Chains(*ours), Chains(*theirs)
    try:
        body, headers = service.encode(X, client.accept)
    except HttpError as error:
        assert error.status == 406 and not set(ours) & set(theirs)
    else:
        assert_same(client.decode(body, headers["Content-Type"]), X)


@given(st.text())
def test_no_text_breaks_it(text):
    for call in [CHAINS.allow, CHAINS._chains.content, CHAINS._chains.choose]:
        try:
            call(text)
        except HttpError as error:
            assert error.status in (400, 406, 415)


def test_chains_are_values():
    again = pickle.loads(pickle.dumps(CHAINS))
    assert again.texts == CHAINS.texts and again.max_body == CHAINS.max_body
    assert eval(repr(CHAINS)).accept == CHAINS.accept
    with pytest.raises(TypeError):
        Chains()
    with pytest.raises(ndcodec.ChainError):
        Chains("npy|nope")


def test_json_hook():
    text = json.dumps({"x": X, "deep": [{"chain": "of events"}]}, default=ndcodec.json_default)
    back = json.loads(text, object_hook=COMMON.json_hook)
    assert_same(back["x"], X)
    assert back["deep"] == [{"chain": "of events"}]
    with pytest.raises(HttpError, match="not accepted here"):
        json.loads(text, object_hook=Chains("npy|base64").json_hook)


def test_responses_with_an_error():
    sent = HttpError(415, "chain_not_allowed", "no", chains=["npy"])
    body = json.dumps(sent.document()).encode()
    error = ResponseError.of_response(415, "Application/Problem+JSON; charset=utf-8", body)
    assert (error.status, error.kind, str(error), error.chains) == (415, "chain_not_allowed", "no", ["npy"])
    # The status of the response holds, and no body is trusted to be a document.
    assert ResponseError.of_response(502, "application/problem+json", body).status == 502
    odd = [b"", b"[]", b"null", b"{", b"[" * 100_000, b'{"self": 1, "status": "x", "kind": null, "cls": 2}', b"\xff"]
    for body in odd:
        error = ResponseError.of_response(500, "application/problem+json", body)
        assert error.status == 500 and isinstance(error, ndcodec.NdcodecError)
    assert str(ResponseError.of_response(404, "text/html", b"<p>")) == "the service returned 404"
