"""Arrays in blocks: `write`, `read`, `info` and `clean`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import dask.array as da
import numpy as np
from dask.base import compute as computed
from dask.base import optimize, tokenize
from dask.delayed import Delayed, delayed
from dask.highlevelgraph import HighLevelGraph

from ndcodec._errors import NdcodecError
from ndcodec._ndcodec import Chain
from ndcodec._types import Array
from ndcodec.dask import _manifest
from ndcodec.dask._chains import CarriedChain, as_written, named_by_data
from ndcodec.dask._manifest import Block, Chunks, Index, Manifest, index_text
from ndcodec.dask._places import OversizeError, Place, place_of

__all__ = ["Written", "clean", "info", "read", "write"]

MAX_BLOCKS = 1 << 20
MAX_BLOCK_BYTES = 1 << 30
MAX_MANIFEST_BYTES = 256 << 20


@dataclass(frozen=True)
class Written:
    """What `write` did."""

    #: All blocks of the array.
    blocks: int
    #: How many of them were there already, whole, from an earlier attempt.
    resumed: int
    #: The bytes of all elements, and those of all files.
    nbytes: int
    encoded_len: int
    #: The folder of the blocks, below the destination.
    folder: str


def write(
    array: da.Array,
    dest: str | os.PathLike[str],
    chain: str | Chain = "auto",
    *,
    mode: Literal["create", "keep", "overwrite"] = "create",
    identity: str | None = None,
    verify: bool = True,
    threads: int = 1,
    storage_options: Mapping[str, Any] | None = None,
    max_block_bytes: int | None = MAX_BLOCK_BYTES,
    max_blocks: int | None = MAX_BLOCKS,
    compute: bool = True,
) -> Any:
    """Write each block of a Dask array as a file that ``chain`` encodes, and then a manifest, below a path or URL.

    A file appears whole or not at all, under a name that contains its SHA-256. The manifest is written last, so `read`
    sees the whole array or none. If a call was killed, the same call continues with the blocks that exist, after it
    checked their content (``verify=False`` checks only the names). An array is the same if its ``identity``, dtype,
    chunks and chain are the same. By default, the identity is the name that Dask gives to the array.

    A destination with a whole array is refused, unless ``mode`` is ``keep``, which leaves the array as it is if it has this
    identity, or ``overwrite``, which writes all blocks anew and lets readers see the old array until then; `clean` removes
    it. Returns a `Written`, or with ``compute=False`` the `dask.delayed.Delayed` of one.

    >>> import dask.array as da, ndcodec.dask, tempfile
    >>> x = da.arange(1_000_000, chunks=250_000)
    >>> folder = tempfile.mkdtemp()
    >>> ndcodec.dask.write(x, folder, "chunked(shuffle|zstd)").blocks
    4
    >>> y = ndcodec.dask.read(folder)
    >>> bool((x == y).all().compute()), y.chunks == x.chunks
    (True, True)
    """
    if not isinstance(array, da.Array):
        raise TypeError(f"`write` takes a dask array, not {type(array).__name__}; `dask.array.from_array` makes one")
    if mode not in ("create", "keep", "overwrite"):
        raise NdcodecError(f"`mode` is `create`, `keep` or `overwrite`, not {mode!r}")
    place = place_of(dest, storage_options)
    carried = CarriedChain.of(chain)
    chunks = _known_chunks(array)
    _manifest.check_blocks(chunks, array.dtype, max_blocks, max_block_bytes)
    # What the chain cannot hold should fail here, not at the first block.
    as_written(carried.open(), array.dtype, (0,) * array.ndim).encode(np.empty((0,) * array.ndim, array.dtype))
    identity = array.name if identity is None else identity
    there = _manifest_at(place, max_blocks=None, max_block_bytes=None)
    generation = 0
    if there is not None:
        generation = there.generation + 1
        same = _manifest.folder_of(there.generation, identity, carried.open(), array.dtype, chunks) == there.folder
        if mode == "create" or (mode == "keep" and not same):
            told = "this array" if same else "another array"
            raise NdcodecError(f'`{place}` holds {told} already; `mode="overwrite"` replaces it')
        if mode == "keep":
            kept = Written(len(there.blocks), len(there.blocks), there.nbytes, there.encoded_len, there.folder)
            return kept if compute else delayed(kept, pure=False)
    folder = _manifest.folder_of(generation, identity, carried.open(), array.dtype, chunks)
    target = _Target(place, folder, carried, array.dtype, chunks, threads)
    done = _resumed(target, verify)
    task = _graph(array, target, done)
    return task.compute() if compute else task


def read(
    src: str | os.PathLike[str],
    *,
    chain: str | Chain | None = None,
    stages: Sequence[str] | None = None,
    threads: int = 1,
    storage_options: Mapping[str, Any] | None = None,
    max_block_bytes: int | None = MAX_BLOCK_BYTES,
    max_blocks: int | None = MAX_BLOCKS,
    max_manifest_bytes: int | None = MAX_MANIFEST_BYTES,
) -> da.Array:
    """The Dask array that `write` wrote; only its manifest is read now.

    The task that reads a block refuses it unless its length and SHA-256 are those of the manifest, and its dtype and
    shape are those of its place. ``stages`` names the only stages that may run. If the chain has stages that are
    written in Python, you must give it, and it must be the manifest's chain. ``None`` lifts a limit, for arrays whose
    writer you trust.
    """
    place = place_of(src, storage_options)
    found = _whole(place, max_manifest_bytes, max_blocks, max_block_bytes)
    if chain is None:
        carried = named_by_data(found.chain, stages)
    else:
        carried = CarriedChain.of(chain, stages)
        if carried.text != found.chain:
            raise NdcodecError(f"`{place}` was written by `{found.chain}`, not by `{carried.text}`")
    target = _Target(place, found.folder, carried, found.dtype, found.chunks, threads)
    name = f"ndcodec-read-{tokenize(place, found, carried, threads)}"
    layer: dict[Any, Any] = {
        (name, *index): (_read_block, target, index_text(index), _Place(shape), block)
        for index, shape, block in found.each()
    }
    graph = HighLevelGraph.from_collections(name, layer, dependencies=[])
    meta = np.empty((0,) * len(found.shape), found.dtype)
    make: Any = da.Array
    array: da.Array = make(graph, name, found.chunks, meta=meta, shape=found.shape)
    return array


def info(
    src: str | os.PathLike[str],
    *,
    storage_options: Mapping[str, Any] | None = None,
    max_block_bytes: int | None = MAX_BLOCK_BYTES,
    max_blocks: int | None = MAX_BLOCKS,
    max_manifest_bytes: int | None = MAX_MANIFEST_BYTES,
) -> Manifest:
    """What the manifest of an array in blocks says."""
    return _whole(place_of(src, storage_options), max_manifest_bytes, max_blocks, max_block_bytes)


def clean(dest: str | os.PathLike[str], *, storage_options: Mapping[str, Any] | None = None) -> list[str]:
    """Remove the files that the manifest does not name: blocks of arrays that were overwritten or never finished.

    Returns their names. Nothing may be writing or reading there, and other files are left alone. Without a manifest, what a
    killed `write` left is removed.
    """
    place = place_of(dest, storage_options)
    found = _manifest_at(place, max_blocks=None, max_block_bytes=None)
    named = set()
    if found is not None:
        named = {f"{found.folder}/{block.name(index)}" for index, _, block in found.each()}
    removed = []
    for folder in place.folders():
        if not _manifest.is_folder(folder):
            continue
        for name in place.sizes(folder):
            full = f"{folder}/{name}"
            if full not in named and _manifest.is_ours(name):
                place.remove(full)
                removed.append(full)
        place.remove_folder(folder)
    return sorted(removed)


@dataclass(frozen=True)
class _Target:
    """What all blocks of an array have in common."""

    place: Place
    folder: str
    chain: CarriedChain
    dtype: np.dtype[Any]
    chunks: Chunks
    threads: int


@dataclass(frozen=True)
class _Place:
    """The shape of a block; Dask would take a tuple for a task."""

    shape: tuple[int, ...]


def _known_chunks(array: da.Array) -> Chunks:
    if any(n != n for axis in array.chunks for n in axis):
        raise NdcodecError(
            f"the lengths of the blocks are not known: {array.chunks}; call `compute_chunk_sizes()` first"
        )
    return tuple(tuple(int(n) for n in axis) for axis in array.chunks)


def _graph(array: da.Array, target: _Target, done: dict[Index, Block]) -> Delayed:
    # Blocks are fused with what makes them, as `compute` would, and those that are there are not made.
    (array,) = optimize(array)
    token = tokenize(array.name, target, sorted(done))
    name = f"ndcodec-write-{token}"
    layer: dict[Any, Any] = {}
    keys = []
    for index in _manifest.indices(target.chunks):
        if index not in done:
            key = (name, *index)
            layer[key] = (_write_block, (array.name, *index), target, index_text(index))
            keys.append(key)
    commit = f"ndcodec-commit-{token}"
    dependencies: list[Any] = [array] if layer else []
    graph = HighLevelGraph.from_collections(name, layer, dependencies=dependencies)
    last = {commit: (_commit, target, _Done(done), keys)}
    layers: dict[str, Any] = {**graph.layers, commit: last}
    both = HighLevelGraph(layers, {**graph.dependencies, commit: {name}})
    return Delayed(commit, both)


@dataclass(frozen=True)
class _Done:
    """The blocks that were there; Dask would look for tasks in a dict."""

    blocks: dict[Index, Block]


def _write_block(block: Any, target: _Target, at: str) -> tuple[str, int, str]:
    shape = _shape_at(target.chunks, at)
    x = _plain(block, at)
    if x.dtype != target.dtype or x.shape != shape:
        raise NdcodecError(
            f"block {at} has dtype {x.dtype} and shape {x.shape}, and the array says {target.dtype} and {shape}; "
            "tell Dask the `dtype` and `chunks` that the blocks have"
        )
    chain = as_written(target.chain.open(), target.dtype, shape)
    data = chain.encode(
        np.ascontiguousarray(x).reshape(shape) if chain.stages[0] == "raw" else x, threads=target.threads
    )
    most = _manifest.max_encoded(shape, target.dtype)
    if len(data) > most:
        raise NdcodecError(f"block {at} of {x.nbytes} bytes became {len(data)}, more than the {most} that are read")
    made = Block(len(data), hashlib.sha256(data).hexdigest())
    target.place.put(f"{target.folder}/{at}-{made.digest}", data)
    return at, made.length, made.digest


def _plain(block: Any, at: str) -> Array:
    if isinstance(block, np.ma.MaskedArray):
        raise NdcodecError(f"block {at} is a masked array, and a mask is not written; call `.filled()` first")
    if not isinstance(block, (np.ndarray, np.generic)):
        raise NdcodecError(f"block {at} is {type(block).__name__}, and only numpy arrays are written")
    return np.asarray(block)


def _commit(target: _Target, done: _Done, made: list[tuple[str, int, str]]) -> Written:
    """Write the manifest, once every block is seen to be there."""
    blocks = {index_text(index): block for index, block in done.blocks.items()}
    blocks.update({at: Block(length, digest) for at, length, digest in made})
    there = target.place.sizes(target.folder)
    ordered = []
    for index in _manifest.indices(target.chunks):
        block = blocks[index_text(index)]
        found = there.get(block.name(index))
        if found != block.length:
            told = "is gone" if found is None else f"has {found} bytes"
            raise NdcodecError(
                f"block {index_text(index)} of {block.length} bytes was written to `{target.place}`, and {told}"
            )
        ordered.append(block)
    shape = tuple(map(sum, target.chunks))
    manifest = Manifest(target.chain.text, target.dtype, shape, target.chunks, target.folder, tuple(ordered))
    target.place.put(_manifest.NAME, manifest.dump())
    return Written(len(ordered), len(done.blocks), manifest.nbytes, manifest.encoded_len, target.folder)


def _resumed(target: _Target, verify: bool) -> dict[Index, Block]:
    """The blocks that an earlier attempt wrote. What is damaged is written again."""
    candidates = []
    grid = {index_text(index): index for index in _manifest.indices(target.chunks)}
    for name, size in sorted(target.place.sizes(target.folder).items()):
        at, _, digest = name.partition("-")
        if at in grid and _manifest.is_digest(digest):
            candidates.append((grid[at], Block(size, digest)))
    if verify:
        checks = [
            delayed(_is_whole, pure=False)(target.place, target.folder, index, block)
            for index, block in candidates
        ]
        whole = computed(*checks)
        candidates = [found for found, is_whole in zip(candidates, whole) if is_whole]
    return dict(candidates)


def _is_whole(place: Place, folder: str, index: Index, block: Block) -> bool:
    name = f"{folder}/{block.name(index)}"
    try:
        data = place.get(name, block.length)
    except (OversizeError, FileNotFoundError):
        return False
    if hashlib.sha256(data).hexdigest() == block.digest:
        return True
    place.remove(name)
    return False


def _read_block(target: _Target, at: str, of: _Place, block: Block) -> Array:
    name = f"{target.folder}/{at}-{block.digest}"
    try:
        data = target.place.get(name, block.length)
    except FileNotFoundError:
        raise NdcodecError(f"block {at} of `{target.place}` is missing: there is no `{name}`") from None
    if len(data) != block.length:
        raise NdcodecError(
            f"block {at} of `{target.place}` has {len(data)} bytes, and the manifest says {block.length}"
        )
    if (digest := hashlib.sha256(data).hexdigest()) != block.digest:
        raise NdcodecError(f"block {at} of `{target.place}` is damaged: its SHA-256 is {digest}, not {block.digest}")
    chain = as_written(target.chain.open(), target.dtype, of.shape)
    nbytes = target.dtype.itemsize * int(np.prod(of.shape, dtype=object))
    x = chain.decode(data, threads=target.threads, max_bytes=nbytes + _manifest.MAX_FRONT)
    if x.dtype != target.dtype or x.shape != of.shape:
        raise NdcodecError(
            f"block {at} of `{target.place}` holds dtype {x.dtype} and shape {x.shape}, "
            f"and its place has {target.dtype} and {of.shape}"
        )
    return x


def _shape_at(chunks: Chunks, at: str) -> tuple[int, ...]:
    return tuple(axis[int(n)] for axis, n in zip(chunks, at.split(".")))


def _manifest_at(
    place: Place, *, max_blocks: int | None, max_block_bytes: int | None, max_bytes: int | None = None
) -> Manifest | None:
    try:
        text = place.get(_manifest.NAME, max_bytes)
    except FileNotFoundError:
        return None
    return Manifest.parse(text, max_blocks=max_blocks, max_block_bytes=max_block_bytes)


def _whole(
    place: Place, max_manifest_bytes: int | None, max_blocks: int | None, max_block_bytes: int | None
) -> Manifest:
    found = _manifest_at(place, max_blocks=max_blocks, max_block_bytes=max_block_bytes, max_bytes=max_manifest_bytes)
    if found is None:
        raise FileNotFoundError(
            f"there is no `{_manifest.NAME}` in `{place}`: no array was written there, or its writing was not finished"
        )
    return found
