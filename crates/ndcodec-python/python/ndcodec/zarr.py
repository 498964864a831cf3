"""Codecs for Zarr v3, found there by their entry points: ``ndcodec.array`` and ``ndcodec.bytes``."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from zarr.abc.codec import ArrayBytesCodec, ArrayBytesCodecPartialDecodeMixin, BytesBytesCodec
from zarr.abc.store import RangeByteRequest

from ndcodec import _storage
from ndcodec._errors import NdcodecError
from ndcodec._ndcodec import Chain, Pipeline, decode_rows_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zarr.abc.store import ByteGetter
    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import Buffer, NDBuffer

__all__ = ["NdCodecArray", "NdCodecBytes"]

# The most bytes around the elements of a chunk: a header, or the index of a shard.
HEADER = 1 << 20


@dataclass(frozen=True)
class NdCodecArray(ArrayBytesCodec, ArrayBytesCodecPartialDecodeMixin):
    """Array → bytes by a chain, for ``zarr.create_array(…, serializer=NdCodecArray("npy|shuffle|zstd"))``.

    If the chain is only ``chunked``, ``auto``, ``npy`` or ``raw``, and no filter or compressor follows, only the bytes
    of a chunk that the selected rows need are read. A chain whose stages have a fixed size, such as ``raw``, serves as
    the codec of a shard's index too.

    >>> import zarr, numpy as np
    >>> from ndcodec.zarr import NdCodecArray
    >>> x = zarr.create_array(
    ...     {}, data=np.arange(6, dtype="<i4"), chunks=(3,), serializer=NdCodecArray("npy|shuffle|zstd"), compressors=None
    ... )
    >>> x[2:5]
    array([2, 3, 4], dtype=int32)
    """

    #: The name in a Zarr array's metadata.
    codec_name: ClassVar[str] = "ndcodec.array"

    #: The chain's canonical text.
    chain: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "chain", str(_storage.chain(self.chain)))

    @property
    def is_fixed_size(self) -> bool:  # type: ignore[override, unused-ignore]
        """Whether the encoded length depends on dtype and shape alone."""
        return _has_fixed_size(_storage.chain(self.chain))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> NdCodecArray:
        return cls(_configured_chain(data, cls.codec_name))

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"chain": self.chain}}

    def validate(self, *, shape: tuple[int, ...], dtype: Any, chunk_grid: Any) -> None:
        # What this chain cannot hold should fail before there is an array, not at its first chunk.
        _resolved(self.chain, _numpy_dtype(dtype), (1,) * len(shape))

    def _encode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer | None:
        chain, stored = _resolved(self.chain, _numpy_dtype(chunk_spec.dtype), chunk_spec.shape)
        given = chunk_data.as_numpy_array()
        _storage.check_size(given.nbytes)
        array = np.ascontiguousarray(_same_values(given, stored)).reshape(chunk_spec.shape)
        return chunk_spec.prototype.buffer.from_bytes(chain.encode(array))

    def _decode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        dtype = _numpy_dtype(chunk_spec.dtype)
        chain, stored = _resolved(self.chain, dtype, chunk_spec.shape)
        # The chunk's shape is the ceiling, with room for a header; it stands in metadata that may be anybody's.
        nbytes = min(dtype.itemsize * prod(chunk_spec.shape), _storage.current().max_bytes)
        array = chain.decode(chunk_data.as_numpy_array(), max_bytes=nbytes + HEADER)
        _check(array, chunk_spec.shape, stored)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(array.astype(dtype, copy=False))

    async def _encode_single(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer | None:
        return await asyncio.to_thread(self._encode_sync, chunk_data, chunk_spec)

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        return await asyncio.to_thread(self._decode_sync, chunk_data, chunk_spec)

    async def _decode_partial_single(
        self, byte_getter: ByteGetter, selection: Any, chunk_spec: ArraySpec
    ) -> NDBuffer | None:
        rows = _rows(selection, chunk_spec.shape)
        size = None if rows is None or not self._reads_rows() else await _size(byte_getter)
        if rows is None or size is None:
            data = await byte_getter.get(prototype=chunk_spec.prototype)
            if data is None:
                return None
            return (await self._decode_single(data, chunk_spec))[selection]
        loop = asyncio.get_running_loop()

        def read(offset: int, length: int) -> Any:
            get = byte_getter.get(chunk_spec.prototype, RangeByteRequest(offset, offset + length))
            data = asyncio.run_coroutine_threadsafe(get, loop).result()
            return b"" if data is None else data.as_numpy_array()

        part = await asyncio.to_thread(self._decode_rows, read, size, rows, chunk_spec)
        shifted = (_shifted(selection[0], rows.start), *selection[1:])
        return chunk_spec.prototype.nd_buffer.from_numpy_array(np.asarray(part[shifted]))

    def _reads_rows(self) -> bool:
        """Whether rows can be decoded without the rest of a chunk."""
        first, *rest = _storage.chain(self.chain).stages
        return not rest and first.partition("(")[0] in ("auto", "chunked", "npy", "raw")

    def _decode_rows(self, read: Callable[[int, int], Any], size: int, rows: range, chunk_spec: ArraySpec) -> Any:
        dtype = _numpy_dtype(chunk_spec.dtype)
        chain, stored = _resolved(self.chain, dtype, chunk_spec.shape)
        nbytes = min(dtype.itemsize * prod(chunk_spec.shape), _storage.current().max_bytes)
        part = decode_rows_at(read, size, rows.start, rows.stop, chain, max_bytes=nbytes + HEADER)
        _check(part, (len(rows), *chunk_spec.shape[1:]), stored)
        return part.astype(dtype, copy=False)

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        """The encoded length of any such chunk. ``NotImplementedError`` if it depends on the elements."""
        dtype = _numpy_dtype(chunk_spec.dtype)
        chain, stored = _resolved(self.chain, dtype, chunk_spec.shape)
        if not _has_fixed_size(chain):
            raise NotImplementedError(f"the length of what `{chain}` encodes depends on the elements")
        return len(chain.encode(np.zeros(chunk_spec.shape, stored)))


@dataclass(frozen=True)
class NdCodecBytes(BytesBytesCodec):
    """Bytes → bytes by a pipeline, for ``zarr.create_array(…, compressors=NdCodecBytes("shuffle(4)|zstd"))``.

    >>> import zarr, numpy as np
    >>> from ndcodec.zarr import NdCodecBytes
    >>> x = zarr.create_array({}, data=np.arange(6, dtype="<i4"), compressors=NdCodecBytes("shuffle(4)|zstd|crc32c"))
    >>> x[:3]
    array([0, 1, 2], dtype=int32)
    """

    #: The name in a Zarr array's metadata.
    codec_name: ClassVar[str] = "ndcodec.bytes"

    #: The pipeline's canonical text.
    chain: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "chain", str(_storage.pipeline(self.chain)))

    @property
    def is_fixed_size(self) -> bool:  # type: ignore[override, unused-ignore]
        """Whether the encoded length depends on the length alone."""
        return _has_fixed_size(_storage.pipeline(self.chain))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> NdCodecBytes:
        return cls(_configured_chain(data, cls.codec_name))

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"chain": self.chain}}

    def _encode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer | None:
        data = chunk_data.as_numpy_array()
        _storage.check_size(data.nbytes)
        return chunk_spec.prototype.buffer.from_bytes(_storage.pipeline(self.chain).encode(data))

    def _decode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        # What comes before may have made a chunk of any size: texts of any length, numbers of another width.
        limit = _storage.current().max_bytes
        decoded = _storage.pipeline(self.chain).decode(chunk_data.as_numpy_array(), max_bytes=limit)
        return chunk_spec.prototype.buffer.from_bytes(decoded)

    async def _encode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer | None:
        return await asyncio.to_thread(self._encode_sync, chunk_data, chunk_spec)

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        return await asyncio.to_thread(self._decode_sync, chunk_data, chunk_spec)

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        """The encoded length of so many bytes. ``NotImplementedError`` if it depends on their content."""
        pipeline = _storage.pipeline(self.chain)
        if not _has_fixed_size(pipeline):
            raise NotImplementedError(f"the length of what `{pipeline}` encodes depends on the bytes")
        return len(pipeline.encode(bytes(input_byte_length)))


#: Stages whose encoded length depends on the length alone.
FIXED = frozenset(
    "adler32 base64 bitshuffle crc32 crc32c dataurl delta fletcher32 hex npy prefix raw shuffle xor xxh3".split()
)


def _has_fixed_size(line: Chain | Pipeline) -> bool:
    return all(stage.partition("(")[0] in FIXED for stage in line.stages)


def _rows(selection: Any, shape: tuple[int, ...]) -> range | None:
    """The rows that a selection needs; ``None`` if they are all, or the selection is not a simple one."""
    if not isinstance(selection, tuple) or not selection or not shape:
        return None
    first = selection[0]
    if isinstance(first, slice):
        chosen = range(*first.indices(shape[0]))
        if not chosen or chosen.step < 0:
            return None
        rows = range(chosen.start, chosen[-1] + 1)
    elif isinstance(first, (int, np.integer)):
        rows = range(int(first), int(first) + 1)
    elif isinstance(first, np.ndarray) and first.dtype.kind in "iu" and first.size:
        rows = range(int(first.min()), int(first.max()) + 1)
    else:
        return None
    return rows if 0 <= rows.start and rows.stop <= shape[0] and len(rows) < shape[0] else None


def _shifted(first: Any, start: int) -> Any:
    """What chooses the same rows, counted from ``start``."""
    if isinstance(first, slice):
        return slice(first.start - start if first.start is not None else None, first.stop - start if first.stop is not None else None, first.step)
    return first - start


async def _size(byte_getter: ByteGetter) -> int | None:
    """How many bytes there are, where the store says so without reading them."""
    store, path = getattr(byte_getter, "store", None), getattr(byte_getter, "path", None)
    if store is None or path is None:
        return None
    try:
        size: int = await store.getsize(path)
    except (FileNotFoundError, NotImplementedError):
        return None
    return size


def _check(array: np.ndarray[Any, Any], shape: tuple[int, ...], stored: np.dtype[Any]) -> None:
    if array.shape != shape or array.dtype.newbyteorder("<") != stored.newbyteorder("<"):
        raise NdcodecError(
            f"the chunk holds an array of shape {array.shape} and dtype {array.dtype.str!r}, "
            f"but its place has shape {shape} and dtype {stored.str!r}"
        )


def _configured_chain(data: Mapping[str, Any], name: str) -> str:
    configuration = data.get("configuration")
    if data.get("name") != name or not isinstance(configuration, dict) or set(configuration) != {"chain"}:
        raise NdcodecError(f"the configuration of `{name}` may have only `chain`; found {data!r}")
    return str(configuration["chain"])


def _numpy_dtype(dtype: Any) -> np.dtype[Any]:
    native: np.dtype[Any] = dtype.to_native_dtype()
    return native


def _same_values(array: np.ndarray[Any, Any], stored: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """``array`` in the byte order of ``stored``. A filter may hand on bytes that it calls by another dtype, as `BitRound`
    of numcodecs does: they are kept as they are, as Zarr's own ``bytes`` keeps them, and values are never converted.
    """
    if array.dtype.newbyteorder("<") == stored.newbyteorder("<"):
        return array.astype(stored, copy=False)
    if array.dtype.itemsize == stored.itemsize and not array.dtype.hasobject:
        little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
        return little.view(stored.newbyteorder("<")).astype(stored, copy=False)
    raise NdcodecError(
        f"the filters before give elements of dtype {array.dtype.str!r}, and the array has {stored.str!r}: values are not "
        "converted; use `ndcodec.bytes` behind Zarr's `bytes`"
    )


def _resolved(chain: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> tuple[Chain, np.dtype[Any]]:
    return _resolved_among(chain, dtype, shape, _storage.current().stages)


@lru_cache(maxsize=64)
def _resolved_among(
    chain: str, dtype: np.dtype[Any], shape: tuple[int, ...], _stages: tuple[str, ...] | None
) -> tuple[Chain, np.dtype[Any]]:
    """The chain with what it takes from a chunk, such as the dtype of ``raw``, and the dtype that it stores.

    That is little-endian, unless the chain itself asks for the other, since an array's metadata name no byte order.
    """
    little = dtype.newbyteorder("<")
    try:
        return _layout(chain, little, shape)
    except NdcodecError as error:
        try:
            return _layout(chain, dtype.newbyteorder(">"), shape)
        except NdcodecError:
            raise error from None


def _layout(chain: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> tuple[Chain, np.dtype[Any]]:
    return _storage.chain(chain).resolved(np.broadcast_to(np.empty((), dtype), shape)), dtype
