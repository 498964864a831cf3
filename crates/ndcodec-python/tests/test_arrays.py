"""Arrays of every dtype, shape and memory layout come back as they were."""

import hypothesis.extra.numpy as nps
import ndcodec
import numpy as np
import pytest
from equal import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st

CHAINS = [
    "npy",
    "npy|zstd|base64",
    "npy|shuffle|zlib",
    "chunked(shuffle|zstd)",
    "chunked(lz4,size=64KiB)|base64",
    "npy|lz4|hex|crc32c",
]

UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "25s"]
NUMBERS = "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16".split() + [
    np.dtype(np.longdouble).str[1:],
    np.dtype(np.clongdouble).str[1:],
]
SCALARS = [order + code for code in NUMBERS for order in "<>"]
SCALARS += [f"{order}{code}8[{unit}]" for unit in UNITS for code in "Mm" for order in "<>"]
SCALARS += ["<M8", ">m8", "S1", "S7", "<U1", ">U5", "V1", "V13"]
STRUCTS = {
    "plain": np.dtype([("a", "<i4"), ("b", ">f8")]),
    "padded": np.dtype([("a", "u1"), ("b", "<f8"), ("c", "<i2")], align=True),
    "offsets": np.dtype({"names": ["a", "b"], "formats": ["<i2", "u1"], "offsets": [3, 9], "itemsize": 17}),
    "nested": np.dtype([("p", [("x", "<f4"), ("y", "<f4")]), ("n", "<u8")]),
    "sub-array": np.dtype([("m", "<f4", (2, 3)), ("v", "S3", (4,))]),
    "sub-array of sub-array": np.dtype([("m", np.dtype(("<i2", (2,))), (3,))]),
    "titles": np.dtype([(("the title", "a"), "<i4"), (("another", "b"), "<M8[ns]")]),
    "unicode": np.dtype([("größe", "<U3"), ("名", "V2")]),
    "array of structs": np.dtype([("p", [("x", "<f4"), ("y", "u1")], (2,))], align=True),
}


def filled(dtype, shape, seed=0):
    """Any bytes: NaNs with payloads, negative zeros, dates that are invalid, bools of 0 and 1."""
    dtype = np.dtype(dtype)
    rng = np.random.default_rng(seed)
    count = int(np.prod(shape))
    raw = rng.integers(0, 256, size=count * dtype.itemsize, dtype=np.uint8)
    if dtype.kind == "b":
        raw &= 1
    if dtype.kind == "U":
        raw = raw.reshape(-1, 4)
        raw[:, :] = 0
        raw[:, 0 if dtype.str[0] == "<" else 3] = rng.integers(1, 127, size=len(raw))
    return np.frombuffer(raw.tobytes(), dtype=dtype, count=count).reshape(shape).copy()


@pytest.mark.parametrize("dtype", SCALARS)
@pytest.mark.parametrize("chain", CHAINS)
def test_every_scalar_dtype(chain, dtype):
    for shape in [(), (1,), (17, 3), (0, 4)]:
        x = filled(dtype, shape)
        assert_same(ndcodec.decode(ndcodec.encode(x, chain), chain), x)


@pytest.mark.parametrize("name", STRUCTS)
@pytest.mark.parametrize("chain", CHAINS)
def test_structs(chain, name):
    # Two of these hold text, for which any bytes will not do.
    x = np.zeros((5, 2), STRUCTS[name])
    if "unicode" not in name:
        x = filled(STRUCTS[name], (5, 2))
    back = ndcodec.decode(ndcodec.encode(x, chain), chain)
    assert back.dtype.fields == x.dtype.fields
    assert_same(back, x)


def test_a_struct_s_names_belong_to_its_array():
    data = ndcodec.encode(np.zeros(2, [("a", "<i4"), ("b", [("c", "u1")])]), "npy")
    one = ndcodec.decode(data)
    one.dtype.names = ("x", "y")
    one.dtype["y"].names = ("z",)
    assert ndcodec.decode(data).dtype == np.dtype([("a", "<i4"), ("b", [("c", "u1")])])


@pytest.mark.parametrize("dtype", ["S0", "U0", "V0", [], [("a", "V0")]])
def test_items_of_no_bytes(dtype):
    x = np.ndarray((3, 2), np.dtype(dtype))
    back = ndcodec.decode(ndcodec.encode(x, "npy|zstd"))
    assert (back.dtype, back.shape) == (x.dtype, x.shape)


@pytest.mark.parametrize("chain", CHAINS)
def test_memory_layouts(chain):
    x = np.arange(2 * 3 * 4, dtype="<f4").reshape(2, 3, 4)
    views = [x, x.T, np.asfortranarray(x), x[::-1], x[:, ::2], x[..., 1:3], x.transpose(1, 0, 2), x[:, 1]]
    views += [np.broadcast_to(x[0, 0], (5, 4)), x[:, :, :1], x[:0], np.array(3.5), x[0, 0, 0]]
    for view in views:
        back = ndcodec.decode(ndcodec.encode(view, chain), chain)
        np.testing.assert_array_equal(back, view)
        assert_same(back, np.asarray(view))


def test_what_numpy_says_of_order_stays():
    x = np.asfortranarray(np.arange(6).reshape(2, 3))
    back = ndcodec.decode(ndcodec.encode(x, "npy"))
    assert back.flags.f_contiguous and not back.flags.c_contiguous


def test_read_only_and_unaligned_inputs():
    x = np.arange(10, dtype="<i4")
    x.flags.writeable = False
    assert_same(ndcodec.decode(ndcodec.encode(x, "npy")), x)
    unaligned = np.frombuffer(b"x" + x.tobytes(), dtype="<i4", offset=1)
    assert not unaligned.flags.aligned
    np.testing.assert_array_equal(ndcodec.decode(ndcodec.encode(unaligned, "npy|zstd")), x)


def test_what_is_written_is_what_numpy_saves(tmp_path):
    for x in [np.arange(5.0), np.asfortranarray(np.ones((3, 2), ">i2")), np.zeros(3, STRUCTS["titles"])]:
        np.save(tmp_path / "x.npy", x)
        assert ndcodec.encode(x, "npy") == (tmp_path / "x.npy").read_bytes()


def test_anything_that_numpy_makes_an_array_of():
    np.testing.assert_array_equal(ndcodec.decode(ndcodec.encode([[1, 2], [3, 4]], "npy")), [[1, 2], [3, 4]])
    assert ndcodec.decode(ndcodec.encode(np.float32(1.5), "npy")).shape == ()
    assert ndcodec.decode(ndcodec.encode(memoryview(b"abc"), "npy")).tolist() == [97, 98, 99]


def test_memory_mapped_files(tmp_path):
    x = np.arange(1000, dtype="<i8").reshape(100, 10)
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert_same(ndcodec.decode(ndcodec.encode(mapped, "npy|zstd")), x)


def test_what_would_lose_something_is_refused():
    for x in [np.array([None]), np.array([{}, []], dtype=object), np.zeros(2, [("a", "O")])]:
        with pytest.raises(ndcodec.NdcodecError, match="dumps"):
            ndcodec.encode(x, "npy")
    with pytest.raises(ndcodec.NdcodecError, match="mask"):
        ndcodec.encode(np.ma.array([1, 2], mask=[True, False]), "npy")
    overlapping = np.dtype({"names": ["a", "b"], "formats": ["<i4", "<i2"], "offsets": [0, 2]})
    with pytest.raises(ndcodec.NdcodecError, match="before the end"):
        ndcodec.encode(np.zeros(2, overlapping), "npy")
    if hasattr(np.dtypes, "StringDType"):
        with pytest.raises(ndcodec.NdcodecError, match="StringDType"):
            ndcodec.encode(np.array(["a"], dtype=np.dtypes.StringDType()), "npy")
    for x in [b"abc", bytearray(b"abc"), "abc"]:
        with pytest.raises(TypeError, match="encode_bytes"):
            ndcodec.encode(x, "npy")


def test_pickled_objects_in_a_file_are_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.array([None, {}]), allow_pickle=True)
    with pytest.raises(ndcodec.StageError) as raised:
        ndcodec.decode((tmp_path / "x.npy").read_bytes(), "npy")
    assert raised.value.kind == "refused"


def test_scalars_of_ml_dtypes():
    ml_dtypes = pytest.importorskip("ml_dtypes", exc_type=ImportError)
    x = np.arange(16).astype(ml_dtypes.bfloat16)
    chain = ndcodec.Chain("npy|zstd").resolved(x)
    assert str(chain) == "npy(bfloat16)|zstd"
    assert_same(chain.decode(chain.encode(x)), x)
    x = np.arange(16).astype(ml_dtypes.float8_e5m2)
    chain = ndcodec.Chain("raw|base64").resolved(x)
    assert_same(chain.decode(chain.encode(x)), x)


def test_an_array_s_memory_is_its_own():
    data = ndcodec.encode(np.arange(100_000), "npy|zstd")
    one, two = ndcodec.decode(data), ndcodec.decode(data)
    one[:] = 7
    assert not np.shares_memory(one, two) and two[3] == 3
    part = one[10:20]
    del one
    # What is decoded next may use memory that was given back, and must not use what a view still shows.
    others = [ndcodec.decode(data) for _ in range(5)]
    assert (part == 7).all() and all(other[3] == 3 for other in others)


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.0.0", reason="numpy 1 has 32 dimensions at most")
def test_many_dimensions():
    x = np.ones((1,) * 64)
    assert_same(ndcodec.decode(ndcodec.encode(x, "npy")), x)


def dtypes():
    scalars = st.one_of(
        nps.scalar_dtypes(),
        nps.byte_string_dtypes(min_len=1),
        nps.unicode_string_dtypes(min_len=1),
    )
    fields = nps.array_dtypes(scalars, max_size=4, allow_subarrays=True)
    return st.one_of(scalars, fields)


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(CHAINS))
def test_any_array(data, chain):
    dtype = data.draw(dtypes())
    x = data.draw(nps.arrays(dtype, nps.array_shapes(min_dims=0, max_side=6, min_side=0), fill=st.nothing()))
    if data.draw(st.booleans()):
        x = x.T
    assert_same(ndcodec.decode(ndcodec.encode(x, chain), chain), x)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(CHAINS))
def test_no_bytes_crash_a_decoder(data, chain):
    for line in [chain, None]:
        try:
            ndcodec.decode(data, line)
        except ndcodec.NdcodecError as error:
            assert str(error)
            assert "internal error" not in str(error)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_flipped_bit_of_chunked_goes_unseen(data):
    x = np.arange(50, dtype="<u2")
    encoded = bytearray(ndcodec.encode(x, "chunked(shuffle|zstd)"))
    at = data.draw(st.integers(0, len(encoded) * 8 - 1))
    encoded[at // 8] ^= 1 << at % 8
    with pytest.raises(ndcodec.StageError):
        ndcodec.decode(encoded, "chunked(shuffle|zstd)")
