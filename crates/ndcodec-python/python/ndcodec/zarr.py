"""Codecs for Zarr v3, found there by their entry points: ``ndcodec.array`` and ``ndcodec.bytes``."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from zarr.abc.codec import ArrayBytesCodec, BytesBytesCodec

from ndcodec import _storage
from ndcodec._errors import NdcodecError
from ndcodec._ndcodec import Chain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import Buffer, NDBuffer

__all__ = ["NdCodecArray", "NdCodecBytes"]

# The most bytes around the elements of a chunk: a header, or the index of a shard.
HEADER = 1 << 20


@dataclass(frozen=True)
class NdCodecArray(ArrayBytesCodec):
    """Array → bytes by a chain, for ``zarr.create_array(…, serializer=NdCodecArray("npy|shuffle|zstd"))``.

    >>> import zarr, numpy as np
    >>> from ndcodec.zarr import NdCodecArray
    >>> x = zarr.create_array(
    ...     {}, data=np.arange(6, dtype="<i4"), chunks=(3,), serializer=NdCodecArray("npy|shuffle|zstd"), compressors=None
    ... )
    >>> x[2:5]
    array([2, 3, 4], dtype=int32)
    """

    is_fixed_size: ClassVar[bool] = False
    #: The name in a Zarr array's metadata.
    codec_name: ClassVar[str] = "ndcodec.array"

    #: The chain's canonical text.
    chain: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "chain", str(_storage.chain(self.chain)))

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
        if array.shape != chunk_spec.shape or array.dtype.newbyteorder("<") != stored.newbyteorder("<"):
            raise NdcodecError(
                f"the chunk holds an array of shape {array.shape} and dtype {array.dtype.str!r}, "
                f"but its place has shape {chunk_spec.shape} and dtype {dtype.str!r}"
            )
        return chunk_spec.prototype.nd_buffer.from_numpy_array(array.astype(dtype, copy=False))

    async def _encode_single(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer | None:
        return await asyncio.to_thread(self._encode_sync, chunk_data, chunk_spec)

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        return await asyncio.to_thread(self._decode_sync, chunk_data, chunk_spec)

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        raise NotImplementedError


@dataclass(frozen=True)
class NdCodecBytes(BytesBytesCodec):
    """Bytes → bytes by a pipeline, for ``zarr.create_array(…, compressors=NdCodecBytes("shuffle(4)|zstd"))``.

    >>> import zarr, numpy as np
    >>> from ndcodec.zarr import NdCodecBytes
    >>> x = zarr.create_array({}, data=np.arange(6, dtype="<i4"), compressors=NdCodecBytes("shuffle(4)|zstd|crc32c"))
    >>> x[:3]
    array([0, 1, 2], dtype=int32)
    """

    is_fixed_size: ClassVar[bool] = False
    #: The name in a Zarr array's metadata.
    codec_name: ClassVar[str] = "ndcodec.bytes"

    #: The pipeline's canonical text.
    chain: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "chain", str(_storage.pipeline(self.chain)))

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
        raise NotImplementedError


def _configured_chain(data: Mapping[str, Any], name: str) -> str:
    configuration = data.get("configuration")
    if data.get("name") != name or not isinstance(configuration, dict) or set(configuration) != {"chain"}:
        raise NdcodecError(f"the configuration of `{name}` is its `chain`, and nothing else; found {data!r}")
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
