"""`NdArray` as a field of pydantic models."""

import json
from typing import Annotated, Optional

import ndcodec
import numpy as np
import pytest
from equal import assert_same
from ndcodec.http import Chains

pydantic = pytest.importorskip("pydantic", exc_type=ImportError)

from ndcodec.pydantic import NdArray  # noqa: E402


class Run(pydantic.BaseModel):
    name: str = "run 7"
    x: NdArray["<f4", (None, 3)]
    y: Optional[NdArray[np.integer]] = None


def test_there_and_back():
    x = np.arange(6, dtype="<f4").reshape(2, 3)
    run = Run(x=x, y=np.array([1, 2], ">i8"))
    assert run.x is x and run.model_dump()["x"] is x
    document = json.loads(run.model_dump_json())
    assert document["x"]["chain"] == "npy|zstd|base64" and run.model_dump(mode="json") == document
    back = Run.model_validate_json(run.model_dump_json())
    assert_same(back.x, x)
    assert_same(back.y, run.y)
    assert Run.model_validate(document).y.dtype == ">i8"
    assert Run(x=x).model_dump_json().endswith('"y":null}')


def test_the_other_byte_order_is_converted():
    x = np.arange(6, dtype=">f4").reshape(2, 3)
    run = Run(x=x)
    assert run.x.dtype == "<f4" and (run.x == x).all()


@pytest.mark.parametrize(
    ("value", "kind", "reason"),
    [
        (np.zeros((2, 3)), "ndarray_dtype", "expected dtype float32, found float64"),
        (np.zeros((2, 2), "<f4"), "ndarray_shape", "expected shape (?, 3), found (2, 2)"),
        (np.zeros(3, "<f4"), "ndarray_shape", "expected shape (?, 3), found (3,)"),
        ([[1, 2, 3]], "ndarray_json", "expected a JSON object of the texts `chain` and `data`"),
        ({"chain": "npy|base64"}, "ndarray_json", "expected a JSON object"),
        ({"chain": "npy|lz4|base64", "data": ""}, "ndarray_chain_not_allowed", "the chain `npy|lz4|base64` is not accepted"),
        ({"chain": "npy|", "data": ""}, "ndarray_chain", "{"),
        ({"chain": "npy|base64", "data": "AAAA"}, "ndarray_corrupt", "npy"),
        ({"chain": "npy|base64", "data": "\ud800"}, "ndarray_array", "surrogate"),
        (None, "ndarray_json", "expected"),
    ],
)
def test_what_is_refused(value, kind, reason):
    with pytest.raises(pydantic.ValidationError) as caught:
        Run(x=value)
    (error,) = caught.value.errors()
    assert error["type"] == kind or kind in ("ndarray_corrupt", "ndarray_array")
    assert error["loc"] == ("x",)
    if reason != "{":
        assert reason in error["msg"] or kind == "ndarray_array"


def test_chains_and_limits_are_the_service_s():
    chains = Chains("raw|zlib|base64", "npy|zlib|base64", max_bytes=100)
    adapter = pydantic.TypeAdapter(NdArray[None, None, chains])
    x = np.arange(10)
    assert json.loads(adapter.dump_json(x))["chain"] == "raw(<i8,10)|zlib|base64"
    assert_same(adapter.validate_json(adapter.dump_json(x)), x)
    bomb = json.dumps(np.zeros(1000), default=lambda a: {"chain": "npy|zlib|base64", "data": ndcodec.encode_text(a, "npy|zlib|base64")})
    with pytest.raises(pydantic.ValidationError, match="ndarray_limit"):
        adapter.validate_json(bomb)
    with pytest.raises(TypeError, match="ends in text"):
        NdArray(chains=Chains("npy|zstd"))


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        ((), [()], [(1,)]),
        ((None,), [(0,), (7,)], [(), (1, 1)]),
        ((2, None), [(2, 0), (2, 5)], [(3, 5), (2,)]),
        ((..., 3), [(3,), (1, 2, 3)], [(), (3, 1)]),
        ((2, ..., 3), [(2, 3), (2, 9, 9, 3)], [(2,), (3,), (2, 2)]),
        ((...,), [(), (1, 2)], []),
    ],
)
def test_shapes(pattern, fitting, other):
    adapter = pydantic.TypeAdapter(NdArray[None, pattern])
    for shape in fitting:
        assert adapter.validate_python(np.zeros(shape)).shape == shape
    for shape in other:
        with pytest.raises(pydantic.ValidationError, match="ndarray_shape"):
            adapter.validate_python(np.zeros(shape))
    with pytest.raises(TypeError, match="once"):
        NdArray(None, (..., ...))


def test_the_json_schema():
    for mode in ["validation", "serialization"]:
        schema = Run.model_json_schema(mode=mode)["properties"]["x"]
        assert schema["type"] == "object" and schema["required"] == ["chain", "data"]
        assert "dtype float32 and shape (?, 3)" in schema["description"]
        assert "npy|zstd|base64" in schema["properties"]["chain"]["examples"]


def test_long_and_short_are_one():
    long = pydantic.TypeAdapter(Annotated[np.ndarray, NdArray("<f4", (None, 3))])
    assert_same(long.validate_python(np.zeros((1, 3), "<f4")), np.zeros((1, 3), "<f4"))
    assert NdArray("<f4") == NdArray(np.float32) and hash(NdArray("<f4")) == hash(NdArray(np.float32))
    assert repr(NdArray(np.floating, (2, ..., None))) == "NdArray(dtype=floating, shape=(2, ..., ?))"


def test_a_field_of_any_array():
    class Any(pydantic.BaseModel):
        x: NdArray
        more: list[NdArray] = []

    for x in [np.zeros((2, 3)), np.array(3), np.array(["a"])]:
        assert_same(Any.model_validate_json(Any(x=x, more=[x]).model_dump_json()).more[0], x)
    assert Any.model_json_schema()["properties"]["x"]["description"] == "an array of dtype any and shape any"
    with pytest.raises(pydantic.ValidationError, match="expected a JSON object"):
        Any(x=[1])


def test_what_cannot_be_a_field():
    for shape, reason in [((3, -1), "not -1"), ((3.0,), "not 3.0"), ((..., 3, ...), "once"), (("a",), "not 'a'")]:
        with pytest.raises(TypeError, match=reason):
            NdArray[float, shape]
    with pytest.raises(TypeError, match="Python objects"):
        NdArray["O"]
    with pytest.raises(TypeError, match="ends in text"):
        NdArray[float, None, Chains("npy|zstd")]
    # As numpy has it, a number is the shape of one dimension.
    assert_same(pydantic.TypeAdapter(NdArray[float, 3]).validate_python(np.zeros(3)), np.zeros(3))
