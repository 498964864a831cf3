"""Arrays of jax, in and out. It is installed for the newest Python only."""

import json
import sys

import numpy as np
import pytest

if sys.version_info < (3, 13):
    pytest.skip("jax is installed for Python 3.13 only", allow_module_level=True)

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import ndcodec  # noqa: E402

DTYPES = ["float32", "float16", "int8", "uint32", "bool", "complex64"]
# Those that numpy's header has no word for.
EXTENSIONS = ["bfloat16", "float8_e4m3fn", "float8_e5m2", "int4"]


def array(dtype: str) -> jax.Array:
    x = jnp.arange(24).reshape(4, 6) % 7
    return (x % 2 == 0) if dtype == "bool" else x.astype(dtype)


def assert_equal(given: jax.Array, decoded: np.ndarray) -> None:
    assert decoded.dtype == given.dtype and decoded.shape == given.shape
    again = jnp.asarray(decoded)
    assert again.dtype == given.dtype and bool((again == given).all())


@pytest.mark.parametrize("chain", ["npy|zstd", "chunked(shuffle|lz4)", "auto|base64"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_come_back(chain, dtype):
    x = array(dtype)
    data = ndcodec.encode(x, chain)
    assert data == ndcodec.encode(np.asarray(x), chain)
    assert_equal(x, ndcodec.decode(data, chain))


@pytest.mark.parametrize("dtype", EXTENSIONS)
def test_types_of_machine_learning_come_back(dtype):
    x = array(dtype)
    for chain in ["chunked(shuffle|zstd)", "auto", f"npy({dtype})|zstd", f"raw({dtype},4x6)|zstd"]:
        assert_equal(x, ndcodec.decode(ndcodec.encode(x, chain), chain))
    with pytest.warns(UserWarning, match=dtype):
        ndcodec.encode(x, "npy|zstd")


def test_documents_and_trees():
    weights = {"layers": [{"w": array("bfloat16"), "b": array("float32")}], "step": jnp.int32(7)}
    text = json.dumps(weights, default=ndcodec.json_default)
    again = json.loads(text, object_hook=ndcodec.json_hook)
    equal = jax.tree.map(lambda x, y: bool((jnp.asarray(y) == x).all()), weights, again)
    assert all(jax.tree.leaves(equal))
    assert again["layers"][0]["w"].dtype == jnp.bfloat16


class OnlyDlpack:
    """An array of jax without what numpy knows besides."""

    def __init__(self, x: jax.Array):
        self.x = x

    def __dlpack__(self, **keywords):
        return self.x.__dlpack__(**keywords)

    def __dlpack_device__(self):
        return self.x.__dlpack_device__()


@pytest.mark.parametrize("dtype", ["float32", "int8", "complex64"])
def test_dlpack_both_ways(dtype):
    x = array(dtype)
    data = ndcodec.encode(OnlyDlpack(x), "npy|zstd")
    assert data == ndcodec.encode(x, "npy|zstd")
    assert_equal(x, ndcodec.decode(data))
    again = jax.dlpack.from_dlpack(ndcodec.decode(data))
    assert again.dtype == x.dtype and bool((again == x).all())


def test_arrays_of_jax_are_never_written_to():
    x = array("float32")
    with pytest.raises((TypeError, ValueError), match="read-only|writeable"):
        ndcodec.decode_into(ndcodec.encode(x + 1, "npy"), x)
    assert bool((x == array("float32")).all())


def test_what_has_no_bytes_is_an_error():
    with pytest.raises(TypeError):
        ndcodec.encode(jax.random.key(0), "npy")
    with pytest.raises(jax.errors.TracerArrayConversionError):
        jax.jit(lambda x: ndcodec.encode(x, "npy"))(array("float32"))
