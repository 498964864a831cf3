"""The manifest of an array in blocks: what it says, and what is refused. docs/formats/blocks.md is its specification."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from ndcodec._errors import NdcodecError
from ndcodec._ndcodec import Chain
from ndcodec.dask._chains import dtype_of, dtype_text

__all__ = ["Block", "Manifest"]

#: The file's name. It is written last, so an array that has none is not there.
NAME = "ndcodec-blocks.json"
FORMAT = "ndcodec-blocks"
VERSION = 1
MAX_DIMS = 64
#: What an encoded block may have beside its elements, and in proportion to them: hexadecimal text twice over.
MAX_GROWTH = 4
MAX_FRONT = 1 << 20

_FOLDER = re.compile(r"[0-9]{1,9}-[0-9a-f]{32}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEYS = {"format", "version", "chain", "dtype", "shape", "chunks", "folder", "blocks"}

Index = tuple[int, ...]
Chunks = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Block:
    """A block's file: how many bytes it has, and their SHA-256."""

    length: int
    digest: str

    def name(self, index: Index) -> str:
        return f"{index_text(index)}-{self.digest}"


def index_text(index: Index) -> str:
    """The index of a block in the grid, as it stands in names; ``0`` for an array of no dimension."""
    return ".".join(map(str, index)) or "0"


@dataclass(frozen=True)
class Manifest:
    """What is known of an array in blocks without reading any of them: see `info`."""

    #: The chain that wrote each block.
    chain: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    #: The length of the blocks along each axis.
    chunks: Chunks
    #: The folder of the blocks, whose name begins with the number of the version of this array.
    folder: str
    #: In the order of the grid, the last axis first.
    blocks: tuple[Block, ...]

    @property
    def grid(self) -> tuple[int, ...]:
        """The number of blocks along each axis."""
        return tuple(map(len, self.chunks))

    @property
    def generation(self) -> int:
        """How often the array was overwritten."""
        return int(self.folder.partition("-")[0])

    @property
    def nbytes(self) -> int:
        """The bytes of all elements."""
        return prod(self.shape) * self.dtype.itemsize

    @property
    def encoded_len(self) -> int:
        """The bytes of all blocks' files."""
        return sum(block.length for block in self.blocks)

    def each(self) -> Iterator[tuple[Index, tuple[int, ...], Block]]:
        """The index, shape and file of each block."""
        shapes = itertools.product(*self.chunks)
        return zip(indices(self.chunks), shapes, self.blocks)

    def dump(self) -> bytes:
        head = {
            "format": FORMAT,
            "version": VERSION,
            "chain": self.chain,
            "dtype": dtype_text(self.dtype),
            "shape": self.shape,
            "chunks": self.chunks,
            "folder": self.folder,
        }
        lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
        blocks = ",\n".join(f'    [{block.length}, "{block.digest}"]' for block in self.blocks)
        lines.append(f'  "blocks": [\n{blocks}\n  ]')
        return ("{\n" + ",\n".join(lines) + "\n}\n").encode()

    @classmethod
    def parse(cls, text: bytes, *, max_blocks: int | None, max_block_bytes: int | None) -> Manifest:
        """The manifest, all of whose claims fit each other; else an `NdcodecError` that names the one that does not."""
        try:
            found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise NdcodecError(f"the manifest is not JSON: {error}") from None
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise NdcodecError(f"the manifest does not say that its format is `{FORMAT}`")
        if type(found.get("version")) is not int or found["version"] != VERSION:
            raise NdcodecError(
                f"the manifest has version {found.get('version')!r:.40}, and this reads version {VERSION}"
            )
        if found.keys() != _KEYS:
            wrong = sorted(found.keys() ^ _KEYS)[0]
            raise NdcodecError(
                f"the manifest has no key {wrong!r}" if wrong in _KEYS else f"its key {wrong!r:.80} is unknown"
            )
        for key in ("chain", "dtype", "folder"):
            if not isinstance(found[key], str):
                raise _wrong(key, "is not text")
        if not _FOLDER.fullmatch(found["folder"]):
            raise _wrong("folder", f"is not a name of a folder of blocks: {found['folder']!r:.80}")
        shape = _numbers("shape", found["shape"])
        dtype = dtype_of(found["dtype"])
        chunks = _chunks(found["chunks"], shape)
        check_blocks(chunks, dtype, max_blocks, max_block_bytes)
        blocks = _blocks(found["blocks"], chunks, dtype)
        return cls(found["chain"], dtype, shape, chunks, found["folder"], blocks)


def indices(chunks: Chunks) -> Iterator[Index]:
    return itertools.product(*(range(len(axis)) for axis in chunks))


def folder_of(generation: int, identity: str, chain: Chain, dtype: np.dtype[Any], chunks: Chunks) -> str:
    """The folder of the blocks of this array, which no other array, chain or version has."""
    told = json.dumps([identity, str(chain), dtype_text(dtype), chunks])
    return f"{generation}-{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def max_encoded(shape: Sequence[int], dtype: np.dtype[Any]) -> int:
    """The most bytes that the file of a block of this shape may have."""
    return MAX_GROWTH * prod(shape) * dtype.itemsize + MAX_FRONT


def check_blocks(chunks: Chunks, dtype: np.dtype[Any], max_blocks: int | None, max_block_bytes: int | None) -> None:
    count = prod(map(len, chunks))
    if max_blocks is not None and count > max_blocks:
        raise NdcodecError(f"the array has {count} blocks, more than `max_blocks={max_blocks}` allows")
    largest = tuple(max(axis) for axis in chunks)
    nbytes = prod(largest) * dtype.itemsize
    if max_block_bytes is not None and nbytes > max_block_bytes:
        raise NdcodecError(
            f"a block of shape {largest} has {nbytes} bytes, more than `max_block_bytes={max_block_bytes}` allows"
        )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NdcodecError("a key is given twice")
    return found


def _no_constant(text: str) -> None:
    raise NdcodecError(f"{text} is not a number of JSON")


def _wrong(key: str, what: str) -> NdcodecError:
    return NdcodecError(f"the manifest is wrong: `{key}` {what}")


def _numbers(key: str, value: Any) -> tuple[int, ...]:
    # A bool is an int to Python, and none to JSON.
    if not isinstance(value, list) or not all(type(n) is int and 0 <= n < 1 << 63 for n in value):
        raise _wrong(key, "is not a list of lengths")
    if key == "shape" and len(value) > MAX_DIMS:
        raise _wrong(key, f"has {len(value)} dimensions, more than {MAX_DIMS}")
    return tuple(value)


def _chunks(value: Any, shape: tuple[int, ...]) -> Chunks:
    if not isinstance(value, list) or len(value) != len(shape):
        raise _wrong("chunks", f"is not a list of {len(shape)} lists, one for each dimension of `shape`")
    chunks = tuple(_numbers("chunks", axis) for axis in value)
    for axis, (lengths, whole) in enumerate(zip(chunks, shape)):
        if not lengths or sum(lengths) != whole:
            raise _wrong("chunks", f"has {sum(lengths)} in axis {axis}, where `shape` has {whole}")
    return chunks


def _blocks(value: Any, chunks: Chunks, dtype: np.dtype[Any]) -> tuple[Block, ...]:
    count = prod(map(len, chunks))
    if not isinstance(value, list) or len(value) != count:
        found = len(value) if isinstance(value, list) else "none"
        raise _wrong("blocks", f"lists {found}, and `chunks` make {count}")
    blocks = []
    for index, shape, pair in zip(indices(chunks), itertools.product(*chunks), value):
        if not isinstance(pair, list) or len(pair) != 2 or type(pair[0]) is not int or not isinstance(pair[1], str):
            raise _wrong("blocks", f"has no length and digest for block {index_text(index)}")
        length, digest = pair
        most = max_encoded(shape, dtype)
        if not 0 <= length <= most:
            raise _wrong("blocks", f"gives block {index_text(index)} {length} bytes, and its shape allows {most}")
        if not _DIGEST.fullmatch(digest):
            raise _wrong("blocks", f"gives block {index_text(index)} no SHA-256: {digest!r:.80}")
        blocks.append(Block(length, digest))
    return tuple(blocks)


def is_folder(name: str) -> bool:
    return _FOLDER.fullmatch(name) is not None


def is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None


def is_ours(name: str) -> bool:
    """Whether a file in a folder of blocks is a block, or what a killed writer left of one."""
    return re.fullmatch(r"[0-9.]+-[0-9a-f]{64}|\.[0-9.]+-[0-9a-f]*\.[0-9a-f]{32}\.tmp", name) is not None
