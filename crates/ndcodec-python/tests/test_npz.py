"""Archives: read lazily, one bad member hides no other, and numpy reads what is written."""

import hashlib
import io
import json
import os
import stat
import struct
import sys
import threading
import zipfile
import zlib
from pathlib import Path

import ndcodec
import numpy as np
import pytest
from conftest import do_without
from equal import assert_same
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

ARRAYS = {
    "x": np.arange(12.0).reshape(3, 4),
    "f": np.asfortranarray(np.arange(6, dtype=">i2").reshape(2, 3)),
    "a/b": np.array("naïve ☃"),
    "ünï": np.zeros((0, 3), "f4"),
    "s": np.zeros(2, [("a", "<i4"), ("b", "S3")]),
    "kernel:0": np.random.default_rng(0).integers(0, 255, 100_000, "u1"),
}
COMPRESSIONS = ["stored", "deflate", "zstd"]


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def saved(arrays, **how):
    file = io.BytesIO()
    ndcodec.save_npz(file, arrays, **how)
    return file.getvalue()


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_what_is_saved_is_loaded(tmp_path, compression):
    path = tmp_path / "x.npz"
    ndcodec.save_npz(path, ARRAYS, compression=compression)
    for source in [path, str(path), path.read_bytes(), bytearray(path.read_bytes()), io.BytesIO(path.read_bytes())]:
        with ndcodec.load_npz(source) as archive:
            assert list(archive) == archive.files == list(ARRAYS)
            assert len(archive) == 6 and "x" in archive and "y" not in archive and 3 not in archive
            for name, array in ARRAYS.items():
                assert_same(archive[name], array)
            assert archive["x"].flags.writeable
            assert [m.compression for m in archive.members()] == [compression] * 6
    with open(path, "rb") as file:
        assert_same(ndcodec.load_npz(file)["x"], ARRAYS["x"])


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_saves_is_loaded(tmp_path, save):
    save(tmp_path / "x.npz", **ARRAYS)
    archive = ndcodec.load_npz(tmp_path / "x.npz")
    arrays, errors = archive.read_all()
    assert errors == {} and list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert_same(arrays[name], array)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_numpy_loads_what_is_saved(compression):
    if compression == "zstd" and sys.version_info < (3, 14):
        pytest.skip("Python's zipfile has zstd from 3.14 on")
    with np.load(io.BytesIO(saved(ARRAYS, compression=compression))) as archive:
        for name, array in ARRAYS.items():
            assert_same(archive[name], array)


@given(
    arrays=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20),
        hnp.arrays(st.one_of(hnp.integer_dtypes(), hnp.floating_dtypes(), hnp.unicode_string_dtypes(max_len=5)), (3, 2)),
        max_size=4,
    ),
    compression=st.sampled_from(COMPRESSIONS),
)
def test_any_names_and_arrays_come_back(arrays, compression):
    # `x` and `x.npy` are two names here and two members there.
    loaded, errors = ndcodec.load_npz(saved(arrays, compression=compression)).read_all()
    assert errors == {} and list(loaded) == list(arrays)
    for name, array in arrays.items():
        assert_same(loaded[name], array)


def test_levels():
    array = {"x": np.random.default_rng(1).integers(0, 50, 20_000).cumsum()}
    assert len(saved(array, compression="zstd", level=19)) < len(saved(array, compression="zstd", level=-100))
    assert len(saved(array, compression="deflate", level=9)) <= len(saved(array, compression="deflate", level=1))
    for compression, level in [("stored", 1), ("deflate", 0), ("deflate", 10), ("zstd", 23)]:
        with pytest.raises(ndcodec.NdcodecError, match=str(level)):
            saved(array, compression=compression, level=level)
    with pytest.raises(ndcodec.NdcodecError, match="`compression` is `bzip2`, and must be `stored`, `deflate` or `zstd`"):
        saved(array, compression="bzip2")


def test_saving_is_deterministic_and_whole_or_not_at_all(tmp_path):
    assert saved(ARRAYS) == saved(ARRAYS)
    path = tmp_path / "x.npz"
    ndcodec.save_npz(path, {"x": ARRAYS["x"]})
    path.chmod(0o640)
    before = path.read_bytes()
    for bad in [np.array([None]), np.ma.masked_array([1])]:
        with pytest.raises(ndcodec.NdcodecError):
            ndcodec.save_npz(path, {"x": ARRAYS["x"], "bad": bad})
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["x.npz"]
    ndcodec.save_npz(path, {"y": ARRAYS["x"]})
    assert list(ndcodec.load_npz(path)) == ["y"]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        (tmp_path / "link").symlink_to(path)
        ndcodec.save_npz(tmp_path / "link", {"z": ARRAYS["x"]})
        assert (tmp_path / "link").is_symlink() and list(ndcodec.load_npz(path)) == ["z"]


def test_mistakes(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        ndcodec.load_npz(tmp_path / "none.npz")
    assert caught.value.filename == str(tmp_path / "none.npz")
    with pytest.raises((IsADirectoryError, PermissionError)):
        ndcodec.load_npz(tmp_path)
    with pytest.raises(FileNotFoundError):
        ndcodec.save_npz(tmp_path / "no" / "x.npz", {})
    with pytest.raises(TypeError, match="mapping"):
        ndcodec.save_npz(tmp_path / "x.npz", [np.arange(3)])
    with pytest.raises(TypeError, match="name is text"):
        ndcodec.save_npz(tmp_path / "x.npz", {1: np.arange(3)})
    with pytest.raises(TypeError, match="binary mode"):
        ndcodec.load_npz(io.StringIO("x"))
    with pytest.raises(ndcodec.NdcodecError, match="it is cut off, or no zip archive"):
        ndcodec.load_npz(b"no archive")
    assert os.listdir(tmp_path) == []
    archive = ndcodec.load_npz(saved(ARRAYS))
    with pytest.raises(KeyError, match="y"):
        archive["y"]
    assert archive.get("y") is None
    archive.close()
    assert "closed" in repr(archive)
    with pytest.raises(ndcodec.NdcodecError, match="closed"):
        archive["x"]


def test_limits():
    data = saved({"x": np.zeros(1 << 20, "u1"), "y": np.zeros(10, "u1")}, compression="deflate")
    arrays, errors = ndcodec.load_npz(data, max_bytes=1000).read_all()
    assert list(arrays) == ["y"] and isinstance(errors["x"], ndcodec.LimitError)
    assert len(ndcodec.load_npz(data, max_bytes=None)["x"]) == 1 << 20
    many = saved({str(i): np.zeros(1) for i in range(2000)})
    with pytest.raises(ndcodec.LimitError, match="2000 members, more than the limit of 65536"):
        ndcodec.load_npz(many, max_bytes=1000)


def test_threads_read_from_one_archive(tmp_path):
    ndcodec.save_npz(tmp_path / "x.npz", ARRAYS, compression="zstd")
    archive = ndcodec.load_npz(tmp_path / "x.npz")
    failed = []

    def read():
        for _ in range(20):
            for name, array in ARRAYS.items():
                try:
                    assert_same(archive[name], array)
                except BaseException as error:
                    failed.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def zipped(*members):
    """An archive of these members: name, data, and what is otherwise than they say: method, flags, crc, length."""
    out, directory = b"", b""
    for name, data, wrong in members:
        fields = struct.pack(
            "<HHHHHIIIHH",
            20,
            wrong.get("flags", 0x800),
            wrong.get("method", 0),
            0,
            33,
            wrong.get("crc", zlib.crc32(data)),
            len(data),
            wrong.get("length", len(data)),
            len(name),
            0,
        )
        directory += b"PK\x01\x02\x14\x03" + fields + bytes(10) + struct.pack("<I", len(out)) + name
        out += b"PK\x03\x04" + fields + name + data
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(out), 0)
    return out + directory + b"PK\x05\x06" + end


ONE = npy(np.arange(100, dtype="u1"))
HUGE = ONE.replace(b"(100,), }        ", b"(2000000000,), } ") + bytes(2000)


def deflated(data):
    # Behind the two bytes of zlib's header.
    return zlib.compress(data)[2:-4]


def framed(data):
    """A zstd frame of one block that is not compressed."""
    return b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(data)) + struct.pack("<I", len(data) << 3 | 1)[:3] + data


def member(name, data, **wrong):
    """A member whose sums are those of `data`, whatever its bytes are."""
    return name, wrong.pop("encoded", data), {"crc": zlib.crc32(data), "length": len(data), **wrong}


def bad(data=ONE, **wrong):
    return [member(b"bad.npy", data, **wrong)]


GOOD = {
    (encoding, array.dtype.str): (member(b"good.npy", npy(array), method=method, encoded=encode(npy(array))), array)
    for array in [np.arange(7), np.zeros((0, 3), ">f4"), np.array("2020", "M8[s]"), np.asfortranarray(np.eye(3, 2, dtype="c8"))]
    for encoding, method, encode in [("stored", 0, bytes), ("deflate", 8, deflated), ("zstd", 93, framed)]
}
BAD = {
    "wrong CRC": (bad(crc=1), "CRC-32"),
    "truncated": (bad(ONE[:-1]), "228"),
    "trailing": (bad(ONE + b"x"), "bytes follow the end of the array"),
    "wrong length": (bad(method=8, encoded=deflated(ONE), length=230), "230"),
    "cut stream": (bad(method=8, encoded=deflated(ONE)[:20]), "ends inside"),
    "no stream": (bad(method=8, encoded=b"\xff" * 50), "deflate"),
    "cut frame": (bad(method=93, encoded=framed(ONE)[:100]), "ends inside"),
    "bzip2": (bad(method=12), "bzip2"),
    "lzma": (bad(method=14), "lzma"),
    "unknown method": (bad(method=250), "250"),
    "encrypted": (bad(flags=0x801), "it is encrypted"),
    "objects": (bad(npy(np.array([None]))), "Python objects"),
    "no magic": (bad(b"hello"), "NUMPY"),
    "empty": (bad(b""), "ends inside the header"),
    "version": (bad(ONE.replace(b"NUMPY\1", b"NUMPY\7")), "version 7.0"),
    "cut header": (bad(ONE[:60]), "ends inside the header"),
    "header": (bad(ONE.replace(b"{'descr'", b"['descr'")), "the header is "),
    "dtype": (bad(ONE.replace(b"'|u1'", b"'<q9'")), "unknown dtype `<q9`"),
    "shape": (bad(ONE.replace(b"(100,)", b"(-10,)")), "`-10`"),
    "line end": (bad(ONE.replace(b"\n", b"\r\n", 1)), "copy it again, as binary"),
    "too large": (bad(HUGE, method=8, encoded=deflated(HUGE), length=2_000_000_128), "max_bytes"),
    "wide header": (bad(b"\x93NUMPY\2\0\0\0\x10\0" + b" " * (1 << 20)), "max_header"),
    "duplicate": (bad() * 2, "2 arrays of the name"),
}


@pytest.mark.parametrize("good", GOOD, ids="-".join)
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_member_hides_no_good_one(kind, good):
    members, reason = BAD[kind]
    good, array = GOOD[good]
    for archive in ([good, *members], [*members, good]):
        archive = ndcodec.load_npz(zipped(*archive))
        assert sorted(archive) == ["bad", "good"]
        assert_same(archive["good"], array)
        with pytest.raises(ndcodec.NdcodecError, match=reason) as caught:
            archive["bad"]
        assert "`bad" in str(caught.value) and "stage" not in str(caught.value)
        assert isinstance(caught.value, ndcodec.LimitError) == (kind in ("too large", "wide header"))
        arrays, errors = archive.read_all()
        assert list(arrays) == ["good"] and list(errors) == ["bad"] and reason in str(errors["bad"])
        assert [m.name for m in archive.members() if m.error is None and m.name == "good"] == ["good"]


def test_a_name_that_is_no_file_is_a_name():
    archive = ndcodec.load_npz(zipped((b"../x.npy", ONE, {}), (b"aux.npy", ONE, {})))
    assert list(archive) == ["../x", "aux"] and archive["../x"].shape == (100,)


def test_members_say_what_headers_say():
    good, bad = ndcodec.load_npz(zipped((b"x.npy", ONE, {}), (b"readme", b"hello", {}))).members()
    assert (good.name, good.dtype, good.shape, good.order) == ("x", np.dtype("u1"), (100,), "C")
    assert (good.nbytes, good.compression, good.encoded_len, good.error) == (100, "stored", 228, None)
    assert (bad.name, bad.dtype, bad.shape, bad.nbytes) == ("readme", None, None, None)
    assert isinstance(bad.error, ndcodec.StageError) and bad.error.stage == "npz" and bad.error.kind == "corrupt"


def shared(corpus, name):
    folder = Path(corpus).parent / name
    if not folder.is_dir():
        do_without(f"no {name} beside the corpus")
    return folder


def test_archives_of_the_field(corpus):
    field = shared(corpus, "field")
    for path, name, key in [
        ("56-npz-writers/streamed.npz", "a", "a"),
        ("56-npz-writers/cnpy.npz", "a", "a"),
        ("56-npz-writers/prefixed.npz", "a", "a"),
        ("56-npz-writers/comment.npz", "a", "a"),
        ("57-npz-names/tf.npz", "dense/kernel:0", "a"),
        ("57-npz-names/tf.npz", "dense/bias:0", "b"),
        ("11-pytriton-npz-in-S/whole.npz", "embeddings", "e"),
    ]:
        expected = json.loads((field / path).with_name("expected.json").read_text())[key]
        array = ndcodec.load_npz(field / path)[name]
        assert array.dtype.str == expected["dtype"] and list(array.shape) == expected["shape"]
        assert hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest() == expected["sha256"], path
    with pytest.raises(ndcodec.NdcodecError, match="the input ends inside the archive"):
        ndcodec.load_npz(field / "11-pytriton-npz-in-S" / "cut.npz")
    arrays, errors = ndcodec.load_npz(field / "56-npz-writers" / "names.npz").read_all()
    assert set(arrays) == {"a", "sub/dir/b", "../evil"} and set(errors) == {"notes.txt"}


def test_a_window_has_a_limit(corpus):
    # It wants 2 GiB, and holds 16 MiB.
    path = shared(corpus, "attacks") / "a8.npz"
    assert ndcodec.load_npz(path)["x"].nbytes == 16 << 20
    with pytest.raises(ndcodec.LimitError, match="a window larger than the limit of 1048576 bytes.*`max_window`"):
        ndcodec.load_npz(path, max_window=1 << 20)["x"]


def test_python_writes_what_is_loaded():
    """Members of any method that Python's `zipfile` has: those that cannot be read are named."""
    methods = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as z:
        for method in methods:
            z.writestr(f"{method}.npy", ONE, method)
    arrays, errors = ndcodec.load_npz(file).read_all()
    assert list(arrays) == ["0", "8"] and list(errors) == ["12", "14"]
    assert "bzip2" in str(errors["12"]) and "lzma" in str(errors["14"])
