"""Files to files."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ndcodec._errors import NdcodecError
from ndcodec._ndcodec import decode
from ndcodec._npz import load_npz
from ndcodec._types import Array
from ndcodec.dask import _manifest
from ndcodec.dask._convert import REPORT, STATE, Failure, Job, Options, Unit
from ndcodec.dask._places import Place, check_name, is_aside

_STORES = {
    "zarr.json": "a Zarr store",
    ".zarray": "a Zarr store",
    ".zgroup": "a Zarr store",
    _manifest.NAME: "an array in blocks",
}


def job(source: Place, target: Place, options: Options, include: Sequence[str], exclude: Sequence[str]) -> Job:
    files = list(source.walk())
    stores: dict[str, str] = {}
    for name, _ in files:
        folder, _, last = name.rpartition("/")
        if last in _STORES and not _store_around(folder, stores):
            stores[folder] = _STORES[last]
    refused = [Failure(store, f"it is {what}: convert it by itself") for store, what in stores.items()]
    units = []
    for name, version in files:
        if _store_around(name, stores) or is_aside(name.rpartition("/")[2]):
            continue
        if name == REPORT or name.startswith(STATE + "/"):
            continue
        if matches(name, include) and not matches(name, exclude):
            units.append(Unit(name, version, _convert, (source, target, name, options)))
    if not units and not refused:
        raise NdcodecError(f"no file in `{source}` matches {' or '.join(map(repr, include))}")
    return Job("files", units, refused)


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a pattern is for the whole name, or for its last part."""
    return any(fnmatchcase(name, one) or fnmatchcase(name.rpartition("/")[2], one) for one in patterns)


def _store_around(name: str, stores: dict[str, str]) -> bool:
    while name:
        if name in stores:
            return True
        name = name.rpartition("/")[0]
    return False


def _convert(source: Place, target: Place, name: str, options: Options) -> dict[str, Any]:
    """On a worker. What is wrong with one file is a result, and keeps no other from being converted."""
    try:
        return _converted(source, target, name, options)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def _converted(source: Place, target: Place, name: str, options: Options) -> dict[str, Any]:
    data = source.get(name, _manifest.MAX_GROWTH * options.max_bytes + _manifest.MAX_FRONT)
    chain = options.chain.open()
    outputs = []
    nbytes = 0
    for out, x in _arrays(name, data, options):
        nbytes += x.nbytes
        encoded = chain.encode(x, threads=options.threads)
        if options.check:
            check(x, chain.decode(encoded, threads=options.threads, max_bytes=None), out)
        target.put(out, encoded)
        outputs.append([out, len(encoded), hashlib.sha256(encoded).hexdigest()])
    return {"outputs": outputs, "nbytes": nbytes, "encoded_len": sum(length for _, length, _ in outputs)}


def _arrays(name: str, data: bytes, options: Options) -> Iterator[tuple[str, Array]]:
    if options.from_chain is not None:
        chain = options.from_chain.open()
        yield name + options.suffix, chain.decode(data, threads=options.threads, max_bytes=options.max_bytes)
    elif data[:4] == b"PK\x03\x04" or data[:4] == b"PK\x05\x06":
        with load_npz(io.BytesIO(data), max_bytes=options.max_bytes) as archive:
            # All or none: what cannot be read is found before anything is written.
            for member in archive:
                check_name(f"{name}/{member}{options.suffix}")
                archive[member]
            for member in archive:
                yield f"{name}/{member}{options.suffix}", archive[member]
    else:
        yield name + options.suffix, decode(data, threads=options.threads, max_bytes=options.max_bytes)


def check(x: Array, back: Array, name: str) -> None:
    if back.dtype != x.dtype or back.shape != x.shape or back.tobytes() != x.tobytes():
        raise NdcodecError(f"`{name}` does not decode to what was encoded; it was not written")
