"""Zarr stores, of version 2 or 3, to Zarr v3 stores: each chunk by itself, or each shard of what is written."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import zarr

from ndcodec._errors import NdcodecError
from ndcodec.dask._convert import Failure, Job, Options, Unit
from ndcodec.dask._convert_files import check, matches
from ndcodec.zarr import NdCodecArray


@dataclass(frozen=True)
class _Store:
    """A store on its way to workers. The options are JSON, so that it is hashable."""

    url: str
    options: str

    @classmethod
    def of(cls, url: str | os.PathLike[str], options: Mapping[str, Any] | None) -> _Store:
        text = os.fspath(url)
        return cls(text if "://" in text else os.path.abspath(text), json.dumps(dict(options or {}), sort_keys=True))

    def open(self, mode: Literal["r", "r+"]) -> Any:
        return zarr.open(store=self.url, mode=mode, storage_options=json.loads(self.options) or None)


def job(
    src: str | os.PathLike[str],
    dst: str | os.PathLike[str],
    options: Options,
    include: Sequence[str],
    exclude: Sequence[str],
    src_options: Mapping[str, Any] | None,
    dst_options: Mapping[str, Any] | None,
    restart: bool,
) -> Job:
    """Makes the arrays of the destination, without a chunk."""
    if options.from_chain is not None:
        raise NdcodecError("`from_chain` is for files; a Zarr store names its own codecs")
    source, target = _Store.of(src, src_options), _Store.of(dst, dst_options)
    opened = source.open("r")
    arrays: list[tuple[str, Any]]
    if isinstance(opened, zarr.Array):
        arrays = [("", opened)]
    else:
        group = zarr.open_group(
            store=target.url, mode="a", zarr_format=3, storage_options=json.loads(target.options) or None
        )
        group.attrs.update(dict(opened.attrs))
        members = sorted(opened.members(max_depth=None))
        for name, member in members:
            if isinstance(member, zarr.Group):
                group.require_group(name).attrs.update(dict(member.attrs))
        arrays = [(name, member) for name, member in members if isinstance(member, zarr.Array)]
    units, refused = [], []
    for name, array in arrays:
        if name and (not matches(name, include) or matches(name, exclude)):
            continue
        try:
            made = _make(array, name, target, options, restart)
        except Exception as error:
            refused.append(Failure(name, f"{type(error).__name__}: {error}"))
            continue
        version = {"shape": list(array.shape), "dtype": str(array.dtype)}
        unit = made.shards or made.chunks
        for index in _grid(array.shape, unit):
            label = f"{name}/{'.'.join(map(str, index))}" if name else ".".join(map(str, index)) or "0"
            start = tuple(n * step for n, step in zip(index, unit))
            stop = tuple(min(n + step, length) for n, step, length in zip(start, unit, array.shape))
            args = (source, target, name, _Region(start, stop), options)
            units.append(Unit(label, version, _convert, args))
    return Job("zarr", units, refused)


@dataclass(frozen=True)
class _Region:
    """A part of an array; Dask would take a tuple for a task."""

    start: tuple[int, ...]
    stop: tuple[int, ...]

    @property
    def slices(self) -> tuple[slice, ...]:
        return tuple(map(slice, self.start, self.stop))


def _grid(shape: tuple[int, ...], unit: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return itertools.product(*(range(-(-length // step)) for length, step in zip(shape, unit)))


def _make(array: Any, name: str, target: _Store, options: Options, restart: bool) -> Any:
    """The array of the destination, as it was made by an earlier attempt or new."""
    serializer = NdCodecArray(options.chain.text)
    place: dict[str, Any] = {"store": target.url, "storage_options": json.loads(target.options) or None}
    if not restart:
        try:
            there = zarr.open_array(**place, path=name, mode="r+", zarr_format=3)
        except (FileNotFoundError, KeyError):
            pass
        else:
            same = (array.shape, array.dtype, array.chunks, array.shards) == (
                there.shape,
                there.dtype,
                there.chunks,
                there.shards,
            )
            if not same or there.serializer != serializer:
                raise NdcodecError("the destination holds another array of this name; `restart=True` replaces it")
            return there
    nbytes = int(np.prod(array.shards or array.chunks, dtype=object)) * array.dtype.itemsize
    if nbytes > options.max_bytes:
        raise NdcodecError(f"a chunk of {nbytes} bytes is more than `max_bytes={options.max_bytes}` allows")
    return zarr.create_array(
        **place,
        name=name or None,
        shape=array.shape,
        dtype=array.dtype,
        chunks=array.chunks,
        shards=array.shards,
        fill_value=array.fill_value,
        attributes=dict(array.attrs),
        dimension_names=getattr(array.metadata, "dimension_names", None),
        serializer=serializer,
        compressors=None,
        zarr_format=3,
        overwrite=restart,
    )


@lru_cache(maxsize=32)
def _opened(store: _Store, name: str, mode: Literal["r", "r+"]) -> Any:
    opened = store.open(mode)
    return opened[name] if name else opened


def _convert(source: _Store, target: _Store, name: str, region: _Region, options: Options) -> dict[str, Any]:
    """On a worker. What is wrong with one chunk is a result, and keeps no other from being converted."""
    try:
        x = np.asarray(_opened(source, name, "r")[region.slices])
        made = _opened(target, name, "r+")
        made[region.slices] = x
        if options.check:
            check(x, np.asarray(made[region.slices]), f"{name}{region.start}")
        return {"nbytes": x.nbytes, "encoded_len": 0}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
