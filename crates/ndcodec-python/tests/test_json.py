"""Arrays in JSON documents."""

import functools
import json

import ndcodec
import numpy as np
import pytest
from equal import assert_same


def test_arrays_anywhere_in_a_document():
    document = {
        "name": "run 7",
        "x": np.arange(6, dtype=">i2").reshape(2, 3),
        "deep": [{"y": np.array([np.nan, 1.5], "<f4")}, [np.asfortranarray(np.ones((2, 2)))], None, 3],
        "date": np.array(["2024-02-29"], "M8[D]"),
    }
    text = json.dumps(document, default=ndcodec.json_default)
    back = json.loads(text, object_hook=ndcodec.json_hook)
    assert_same(back["x"], document["x"])
    assert_same(back["deep"][0]["y"], document["deep"][0]["y"])
    assert_same(back["deep"][1][0], document["deep"][1][0])
    assert_same(back["date"], document["date"])
    assert (back["name"], back["deep"][2:]) == ("run 7", [None, 3])


def test_the_form_is_that_of_the_library():
    field = json.loads(json.dumps(np.zeros(2), default=ndcodec.json_default))
    assert list(field) == ["chain", "data"] and field["chain"] == "npy|zstd|base64"
    np.testing.assert_array_equal(ndcodec.decode(field["data"], field["chain"]), np.zeros(2))


def test_another_chain():
    x = np.arange(1000, dtype="<u2")
    default = functools.partial(ndcodec.json_default, chain="raw|zlib|base64")
    text = json.dumps({"x": x}, default=default)
    assert "1000" in json.loads(text)["x"]["chain"]
    assert_same(json.loads(text, object_hook=ndcodec.json_hook)["x"], x)
    with pytest.raises(ndcodec.NdcodecError, match="does not end in text"):
        json.dumps(x, default=functools.partial(ndcodec.json_default, chain="npy|zstd"))


def test_other_objects():
    with pytest.raises(TypeError, match="object of type set is not JSON serializable"):
        json.dumps({1, 2}, default=ndcodec.json_default)
    for document in [{"chain": "x"}, {"chain": "x", "data": 1}, {"chain": "x", "data": "y", "more": 1}, {}]:
        assert json.loads(json.dumps(document), object_hook=ndcodec.json_hook) == document


def test_documents_of_strangers():
    for field, error in [
        ({"chain": "npy|nope", "data": ""}, ndcodec.ChainError),
        ({"chain": "pickle|base64", "data": "gASVBQAAAAAAAABdlC4="}, ndcodec.ChainError),
        ({"chain": "npy|base64", "data": "AAAA"}, ndcodec.StageError),
        ({"chain": "npy|base64", "data": "\ud800"}, ndcodec.NdcodecError),
    ]:
        with pytest.raises(error):
            json.loads(json.dumps({"x": field}), object_hook=ndcodec.json_hook)


def test_escapes_and_nesting_of_any_writer():
    x = np.random.default_rng(1).integers(0, 256, 1000, "u1")
    text = json.dumps({"a": [{"b": {"c": x}}, [[x]]]}, default=functools.partial(ndcodec.json_default, chain="npy|base64"))
    assert "/" in text and "+" in text
    everything = "".join(f"\\u{ord(c):04x}" if c not in '{}[]":, ' else c for c in text)
    for escaped in [text, text.replace("/", "\\/"), text.replace("+", "\\u002B").replace("|", "\\u007c"), everything]:
        for back in [json.loads(escaped, object_hook=ndcodec.json_hook), ndcodec.json_loads(escaped)]:
            assert_same(back["a"][0]["b"]["c"], x)
            assert_same(back["a"][1][0][0], x)


@pytest.mark.parametrize("chain", ["ethereum", "", "raw", "markov", "supply|demand", "necklace (gold)", "zstd|base64", None, 3])
def test_foreign_objects_stay_as_they_are(chain):
    document = {"x": [{"chain": chain, "data": "0xabcdef"}], "chain": {"chain": chain, "data": "0x"}}
    assert json.loads(json.dumps(document), object_hook=ndcodec.json_hook) == document
    assert ndcodec.json_loads(json.dumps(document)) == document
