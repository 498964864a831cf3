"""Codecs for Zarr v3, found there by their entry points: ``ndcodec.array`` and ``ndcodec.bytes``."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from zarr.abc.codec import ArrayBytesCodec, BytesBytesCodec

from ndcodec._errors import NdcodecError
from ndcodec._ndcodec import Chain, Pipeline

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
        object.__setattr__(self, "chain", str(Chain(self.chain)))

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
        array = np.ascontiguousarray(chunk_data.as_numpy_array(), dtype=stored).reshape(chunk_spec.shape)
        return chunk_spec.prototype.buffer.from_bytes(chain.encode(array))

    def _decode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        dtype = _numpy_dtype(chunk_spec.dtype)
        chain, stored = _resolved(self.chain, dtype, chunk_spec.shape)
        # The chunk's shape is the ceiling, with room for a header.
        nbytes = dtype.itemsize * prod(chunk_spec.shape)
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
        object.__setattr__(self, "chain", str(Pipeline(self.chain)))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> NdCodecBytes:
        return cls(_configured_chain(data, cls.codec_name))

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"chain": self.chain}}

    def _encode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer | None:
        return chunk_spec.prototype.buffer.from_bytes(_pipeline(self.chain).encode(chunk_data.as_numpy_array()))

    def _decode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        # What comes before may have made a chunk larger, but not by much.
        nbytes = _numpy_dtype(chunk_spec.dtype).itemsize * prod(chunk_spec.shape)
        decoded = _pipeline(self.chain).decode(chunk_data.as_numpy_array(), max_bytes=2 * nbytes + HEADER)
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


_pipeline = lru_cache(maxsize=64)(Pipeline)


@lru_cache(maxsize=64)
def _resolved(chain: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> tuple[Chain, np.dtype[Any]]:
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
    return Chain(chain).resolved(np.broadcast_to(np.empty((), dtype), shape)), dtype
