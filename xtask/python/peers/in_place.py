"""A plugin of pytest: while the tests of numcodecs and zarr-python run, their codecs encode and decode by ndcodec.

Classes, names and configurations stay theirs; what makes and reads bytes is `NdCodec`, `NdCodecArray` and `NdCodecBytes`.
`cargo xtask peers` runs it. Which tests fail is compared with `numcodecs.txt` and
`zarr.txt`, both ways, and a codec that no test used is a failure too.
"""

from __future__ import annotations

import collections
import importlib
from pathlib import Path

import pytest
from ndcodec.numcodecs import NdCodec

CALLS: collections.Counter[str] = collections.Counter()
FAILED: set[str] = set()
PASSED: set[str] = set()


def zstd(codec):
    # Theirs takes 0 for the default, and the highest level for all above it.
    checksum = "true" if codec.checksum else "false"
    return f"zstd(level={min(codec.level or 3, 22)},checksum={checksum})"


def shuffle(codec):
    # Theirs does nothing by 0 and 1.
    return f"shuffle({codec.elementsize})" if codec.elementsize > 1 else None


def checksum_behind(codec):
    # Ours stands behind the data, as CRC32C's does.
    return codec.codec_id if codec.location == "end" else None


#: Each class of numcodecs and the pipeline that does what a codec of it does; `None` leaves it to numcodecs.
NUMCODECS = {
    "zlib.Zlib": lambda codec: f"zlib({6 if codec.level == -1 else codec.level})",
    "gzip.GZip": lambda codec: f"gzip({6 if codec.level == -1 else codec.level})",
    "zstd.Zstd": zstd,
    "lz4.LZ4": lambda codec: "lz4(framing=sized)",
    "shuffle.Shuffle": shuffle,
    "checksum32.CRC32": checksum_behind,
    "checksum32.Adler32": checksum_behind,
    "checksum32.CRC32C": checksum_behind,
    "base64.Base64": lambda codec: "base64",
}


def replace_in_numcodecs(name, line_of):
    module, _, of = name.partition(".")
    cls = getattr(importlib.import_module(f"numcodecs.{module}"), of)
    encode, decode = cls.encode, cls.decode

    def encode_by_us(self, buf, *args, **kwargs):
        line = line_of(self)
        if line is None:
            return encode(self, buf, *args, **kwargs)
        CALLS[name] += 1
        return NdCodec(line).encode(buf, *args, **kwargs)

    def decode_by_us(self, buf, out=None):
        line = line_of(self)
        if line is None:
            return decode(self, buf, out)
        CALLS[name] += 1
        return NdCodec(line).decode(buf, out)

    cls.encode, cls.decode = encode_by_us, decode_by_us


def array_by_us(codec, chunk_spec):
    """Zarr's `bytes` is `raw`, in the byte order that its configuration gives."""
    from ndcodec.zarr import NdCodecArray

    dtype = chunk_spec.dtype.to_native_dtype()
    if codec.endian != "big":
        return NdCodecArray("raw")
    # A chain in another byte order than Zarr's own says its dtype.
    return NdCodecArray(f"raw({dtype.newbyteorder('>').str})") if dtype.names is None and not dtype.subdtype else None


def replace_in_zarr():
    from ndcodec.zarr import NdCodecBytes
    from zarr import codecs

    def zstd_by_us(codec, chunk_spec):
        return NdCodecBytes(zstd(codec))

    rows = {
        codecs.BytesCodec: array_by_us,
        codecs.Crc32cCodec: lambda codec, chunk_spec: NdCodecBytes("crc32c"),
        codecs.GzipCodec: lambda codec, chunk_spec: NdCodecBytes(f"gzip({codec.level})"),
        codecs.ZstdCodec: zstd_by_us,
    }
    for cls, ours_of in rows.items():
        replace_methods(cls, ours_of)
    return [cls.__name__ for cls in rows]


def replace_methods(cls, ours_of):
    theirs = {name: getattr(cls, name) for name in ("_encode_sync", "_decode_sync")}

    def by_us(name):
        def method(self, chunk, chunk_spec):
            ours = ours_of(self, chunk_spec)
            if ours is None:
                return theirs[name](self, chunk, chunk_spec)
            CALLS[cls.__name__] += 1
            return getattr(ours, name)(chunk, chunk_spec)

        return method

    def size(self, length, chunk_spec):
        return ours_of(self, chunk_spec).compute_encoded_size(length, chunk_spec)

    for name in theirs:
        setattr(cls, name, by_us(name))
    if cls.is_fixed_size:
        cls.compute_encoded_size = size


def pytest_addoption(parser):
    parser.addoption("--expected", type=Path, required=True, help="the failures that are known, each with its reason")


def pytest_configure(config):
    used = list(NUMCODECS)
    for name, line_of in NUMCODECS.items():
        replace_in_numcodecs(name, line_of)
    if "zarr" in config.getoption("expected").name:
        # Zarr's own formats use two of numcodecs' codecs; the rest is not its tests' matter.
        used = ["zstd.Zstd", "gzip.GZip", *replace_in_zarr()]
    config.stash[KEY] = used


KEY = pytest.StashKey[list]()
SAID = pytest.StashKey[list]()


def pytest_runtest_logreport(report):
    if report.failed:
        FAILED.add(report.nodeid)
    elif report.when == "call" and report.passed:
        PASSED.add(report.nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """What a worker of pytest-xdist counted."""
    CALLS.update(node.workeroutput["calls"])


def pytest_sessionfinish(session):
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["calls"] = dict(CALLS)
        return
    lines = config.getoption("expected").read_text(encoding="utf-8").splitlines()
    rows = [line.partition("  # ") for line in lines if line and not line.startswith("#")]
    said = [f"{name}: a known failure needs a reason, behind two blanks and `#`" for name, _, why in rows if not why]
    known = {name for name, _, _ in rows}
    said += [f"{name}: fails, and is not among the known failures" for name in sorted(FAILED - known)]
    said += [f"{name}: does not fail, and is among the known failures" for name in sorted(known - FAILED)]
    said += [f"{name}: no test used ours in its place" for name in config.stash[KEY] if not CALLS[name]]
    config.stash[SAID] = said or [
        f"{len(PASSED)} tests pass with our codecs in place, which made or read {CALLS.total()} buffers; "
        f"{len(known)} fail for known reasons"
    ]
    session.exitstatus = 1 if said else 0


def pytest_terminal_summary(terminalreporter, config):
    for line in config.stash.get(SAID, []):
        terminalreporter.write_line(line)
