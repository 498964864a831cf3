"""What may be given: arrays of other libraries, files and paths; and what is said of what no chain keeps."""

import array
import io
import json
import mmap
import warnings

import ndcodec
import numpy as np
import pytest

X = np.arange(12, dtype="<f4").reshape(3, 4)


class OnlyDlpack:
    def __init__(self, x):
        self.x = x

    def __dlpack__(self, **keywords):
        return self.x.__dlpack__(**keywords)

    def __dlpack_device__(self):
        return self.x.__dlpack_device__()


class OnlyInterface:
    def __init__(self, x):
        self.x = x
        self.__array_interface__ = x.__array_interface__


class OnlyArray:
    def __init__(self, x):
        self.x = x

    def __array__(self, dtype=None, copy=None):
        return self.x


@pytest.mark.parametrize("kind", [OnlyDlpack, OnlyInterface, OnlyArray])
def test_arrays_by_any_protocol(kind):
    given = kind(X)
    assert ndcodec.encode(given, "npy") == ndcodec.encode(X, "npy")
    assert str(ndcodec.Chain("raw").resolved(given)) == "raw(<f4,3x4)"
    text = json.dumps({"x": given}, default=ndcodec.json_default)
    assert (json.loads(text, object_hook=ndcodec.json_hook)["x"] == X).all()


@pytest.mark.parametrize("kind", [OnlyDlpack, OnlyInterface])
def test_decoding_into_arrays_by_any_protocol(kind):
    x = np.zeros_like(X)
    out = kind(x)
    try:
        assert ndcodec.decode_into(ndcodec.encode(X, "npy|zstd"), out) is out
    except TypeError as error:
        # Older numpy takes memory by DLPack to read only.
        assert kind is OnlyDlpack and "read-only" in str(error)
    else:
        assert (x == X).all()
    # A copy would be written for nothing.
    with pytest.raises(TypeError, match="writeable buffer"):
        ndcodec.decode_into(ndcodec.encode(X, "npy"), OnlyArray(x))


def test_decoded_arrays_leave_by_any_protocol():
    y = ndcodec.decode(ndcodec.encode(X, "npy|zstd"))
    assert (np.from_dlpack(y) == X).all()
    assert np.shares_memory(np.asarray(OnlyInterface(y)), y)


def test_files_paths_and_maps(tmp_path):
    data = ndcodec.encode(X, "npy|zstd|base64")
    path = tmp_path / "x.txt"
    path.write_bytes(data)
    assert (ndcodec.decode(path) == X).all()
    assert ndcodec.detect(path).chain == "npy|zstd|base64"
    assert ndcodec.inspect(path).shape == (3, 4)
    assert (ndcodec.decode(io.BytesIO(data)) == X).all()
    assert (ndcodec.decode(io.StringIO(data.decode())) == X).all()
    with open(path, "rb") as file:
        assert (ndcodec.decode(file) == X).all()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            assert (ndcodec.decode(mapped) == X).all()
            assert (ndcodec.decode_rows(mapped, 1, 2) == X[1:2]).all()
    with open(path, encoding="ascii") as file:
        assert (ndcodec.decode(file, "npy|zstd|base64") == X).all()
    out = np.empty_like(X)
    assert (ndcodec.decode_into(path, out) == X).all()
    assert ndcodec.decode_bytes(path, "zstd|base64") == ndcodec.encode(X, "npy")
    with pytest.raises(FileNotFoundError):
        ndcodec.decode(tmp_path / "absent")
    # From where it stands.
    file = io.BytesIO(b"head" + data)
    file.seek(4)
    assert (ndcodec.decode(file) == X).all()
    packed = tmp_path / "object"
    packed.write_bytes(ndcodec.dumps({"a": 1}))
    assert ndcodec.loads(packed, allow_pickle=True) == {"a": 1}
    with open(packed, "rb") as file:
        assert ndcodec.loads(file, allow_pickle=True) == {"a": 1}

    class Odd:
        def read(self):
            return 7

    with pytest.raises(TypeError, match="neither bytes nor text"):
        ndcodec.decode(Odd())


def test_text_of_any_object():
    text = ndcodec.dumps_text({"any": [1, 2]})
    assert isinstance(text, str) and ndcodec.loads(text, allow_pickle=True) == {"any": [1, 2]}
    assert ndcodec.dumps({"a": 1}).decode() == ndcodec.dumps_text({"a": 1})
    for chain in ["pickle", "pickle|zstd"]:
        with pytest.raises(ndcodec.NdcodecError, match="base64"):
            ndcodec.dumps_text(1, chain)
    assert ndcodec.encode_bytes_text(b"abc", "hex") == "616263"
    with pytest.raises(ndcodec.NdcodecError, match="does not end in text"):
        ndcodec.encode_bytes_text(b"abc", "zstd")


@pytest.mark.parametrize(
    ("scalar", "text"),
    [
        (np.int8(-3), "-3"),
        (np.uint64(2**64 - 1), str(2**64 - 1)),
        (np.float16(0.5), "0.5"),
        (np.float32(0.1), repr(float(np.float32(0.1)))),
        (np.bool_(True), "true"),
    ],
)
def test_numpy_scalars_become_numbers(scalar, text):
    assert json.dumps(scalar, default=ndcodec.json_default) == text


def test_scalars_that_no_number_holds_stay_arrays():
    for scalar in [np.complex64(1 + 2j), np.datetime64("2020-01-01"), np.timedelta64(3, "s"), np.longdouble(1) / 3]:
        text = json.dumps(scalar, default=ndcodec.json_default)
        assert json.loads(text, object_hook=ndcodec.json_hook) == scalar


def test_typed_memory_in_documents():
    for x in [array.array("d", [1.5, 2.5]), memoryview(np.array([1.5, 2.5]))]:
        text = json.dumps({"x": x}, default=ndcodec.json_default)
        assert (json.loads(text, object_hook=ndcodec.json_hook)["x"] == [1.5, 2.5]).all()
    for other in [object(), np.ndarray, {1}, b"bytes"]:
        with pytest.raises(TypeError, match="not JSON serializable"):
            json.dumps(other, default=ndcodec.json_default)


def test_metadata_of_a_dtype_is_missed():
    plain = np.dtype("f8", metadata={"unit": "m"})
    nested = np.dtype([("a", plain), ("b", "i4")])
    for dtype in [plain, nested, np.dtype([("c", nested, (2,))])]:
        with pytest.warns(UserWarning, match="metadata"):
            ndcodec.encode(np.zeros(3, dtype), "npy")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning):
            ndcodec.encode_text(np.zeros(3, plain), "npy|base64")
        ndcodec.encode(np.zeros(3, [("a", "f8"), ("b", "i4")]), "npy")


@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn", "float8_e5m2", "int4"])
def test_what_npy_stores_as_void_is_said(name):
    ml_dtypes = pytest.importorskip("ml_dtypes", exc_type=ImportError)
    x = np.arange(4).astype(getattr(ml_dtypes, name))
    for _ in range(2):
        with pytest.warns(UserWarning, match=rf"npy\({name}\)"):
            data = ndcodec.encode(x, "npy|zstd")
    assert ndcodec.decode(data, f"npy({name})|zstd").dtype == x.dtype
    with pytest.warns(UserWarning, match=rf"npy\({name}\)"):
        ndcodec.encode(x, "npy|shuffle|zstd")
    struct = np.zeros(3, [("a", x.dtype), ("b", "<i4")])
    with pytest.warns(UserWarning, match=r"npy\("):
        ndcodec.encode(struct, "npy")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for chain in [f"npy({name})|zstd", "chunked(zstd)", f"raw({name})"]:
            data = ndcodec.encode(x, chain)
            assert ndcodec.decode(data, chain).dtype == x.dtype
        # What names the chain beside the data names the dtype, too.
        text = json.dumps(x, default=ndcodec.json_default)
        assert json.loads(text, object_hook=ndcodec.json_hook).dtype == x.dtype


def test_columns_of_pandas():
    pandas = pytest.importorskip("pandas", exc_type=ImportError)
    column = pandas.Series([1.5, 2.5], name="a")
    assert (ndcodec.decode(ndcodec.encode(column, "npy|zstd")) == [1.5, 2.5]).all()
    text = json.dumps({"x": column}, default=ndcodec.json_default)
    assert (json.loads(text, object_hook=ndcodec.json_hook)["x"] == [1.5, 2.5]).all()
    table = pandas.DataFrame({"a": [1, 2], "b": [3, 4]})
    assert (ndcodec.decode(ndcodec.encode(table, "npy")) == table.to_numpy()).all()
    dates = pandas.Series(pandas.to_datetime(["2020-01-01", "2021-02-03"]))
    assert (pandas.Series(ndcodec.decode(ndcodec.encode(dates, "npy"))) == dates).all()
    # What is missing has no bytes.
    with pytest.raises(ndcodec.NdcodecError, match="Python objects"):
        ndcodec.encode(pandas.Series(["a", None], dtype=object), "npy")


def test_columns_of_polars():
    polars = pytest.importorskip("polars", exc_type=ImportError)
    column = polars.Series("a", [1.5, 2.5])
    again = polars.Series("a", ndcodec.decode(ndcodec.encode(column, "npy|zstd")))
    assert again.equals(column)
    text = json.dumps({"x": column}, default=ndcodec.json_default)
    assert (json.loads(text, object_hook=ndcodec.json_hook)["x"] == [1.5, 2.5]).all()


def test_arrays_of_xarray():
    xarray = pytest.importorskip("xarray", exc_type=ImportError)
    x = xarray.DataArray(X, dims=("y", "x"), attrs={"unit": "m"})
    again = x.copy(data=ndcodec.decode(ndcodec.encode(x, "npy|shuffle|zstd")))
    xarray.testing.assert_identical(again, x)
    text = json.dumps({"x": x}, default=ndcodec.json_default)
    assert (json.loads(text, object_hook=ndcodec.json_hook)["x"] == X).all()
