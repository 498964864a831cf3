"""Dask arrays to Zarr v3 stores whose chunks a chain encodes: `to_zarr`. `dask.array.from_zarr` reads them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import dask.array as da

from ndcodec._errors import NdcodecError
from ndcodec._ndcodec import Chain

__all__ = ["to_zarr"]


def to_zarr(
    array: da.Array,
    store: Any,
    chain: str | Chain = "npy|shuffle|zstd|crc32c",
    *,
    name: str | None = None,
    chunks: Sequence[int] | None = None,
    shards: Sequence[int] | None = None,
    compressors: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    compute: bool = True,
    **array_options: Any,
) -> Any:
    """Write a Dask array to an array of a Zarr v3 store, whose chunks ``chain`` encodes.

    ``store`` is a path, a URL or what else zarr takes for one. ``chunks`` are those of the Dask array unless given, and
    no chunk or shard may have parts in two blocks, since two workers would then write it at once. ``compressors`` is a
    pipeline for the bytes that come out of ``chain``. What else zarr's ``create_array`` takes, such as ``attributes`` and
    ``dimension_names``, is passed on.

    Zarr's metadata come first, and a store has no mark that says that it is whole: where a reader must not see a part of
    an array for all of it, use `write`, or compare zarr's ``nchunks_initialized``.

    >>> import dask.array as da, ndcodec.dask, tempfile
    >>> x = da.arange(1000, chunks=250)
    >>> folder = tempfile.mkdtemp()
    >>> _ = ndcodec.dask.to_zarr(x, folder, overwrite=True)
    >>> bool((da.from_zarr(folder) == x).all().compute())
    True
    """
    import zarr

    from ndcodec.zarr import NdCodecArray, NdCodecBytes

    if any(n != n for axis in array.chunks for n in axis):
        raise NdcodecError("the lengths of the blocks are not known; call `compute_chunk_sizes()` first")
    written = _lengths(array, chunks) if chunks is not None else tuple(max(axis) or 1 for axis in array.chunks)
    unit = written if shards is None else _lengths(array, shards)
    for axis, (lengths, length) in enumerate(zip(array.chunks, unit)):
        if any(n % length for n in lengths[:-1]):
            what = "chunks" if shards is None else "shards"
            raise NdcodecError(
                f"the blocks along axis {axis} are {_shown(lengths)} long, and {what} of {length} would have parts in two of "
                f"them; `rechunk` the array to multiples of {length}"
            )
    target = zarr.create_array(
        os.fspath(store) if isinstance(store, os.PathLike) else store,
        name=name,
        shape=tuple(map(int, array.shape)),
        dtype=array.dtype,
        chunks=written,
        shards=None if shards is None else unit,
        serializer=NdCodecArray(str(chain)),
        compressors=None if compressors is None else NdCodecBytes(compressors),
        storage_options=None if storage_options is None else dict(storage_options),
        overwrite=overwrite,
        zarr_format=3,
        **array_options,
    )
    return da.store(array, target, lock=False, compute=compute)


def _lengths(array: da.Array, given: Sequence[int]) -> tuple[int, ...]:
    lengths = tuple(int(n) for n in given)
    if len(lengths) != array.ndim or any(n < 1 for n in lengths):
        raise NdcodecError(f"chunks and shards are {array.ndim} positive lengths, not {lengths}")
    return lengths


def _shown(lengths: tuple[int, ...]) -> str:
    return str(lengths) if len(lengths) <= 8 else f"{str(lengths[:8])[:-1]}, …)"
