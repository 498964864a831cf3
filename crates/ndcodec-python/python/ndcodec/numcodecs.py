"""Chains and pipelines as a numcodecs codec, found there by its entry point under the id ``ndcodec``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numcodecs.abc import Codec
from numcodecs.compat import ensure_contiguous_ndarray, ensure_ndarray

from ndcodec import _storage
from ndcodec._errors import ChainError, LimitError, StageError
from ndcodec._ndcodec import Chain, Pipeline

__all__ = ["CodecError", "CodecLimitError", "NdCodec"]

HEADER = 1 << 20


class CodecError(StageError, RuntimeError):
    """A `StageError` that is a ``RuntimeError`` too, which callers of numcodecs' codecs expect of bad data."""


class CodecLimitError(LimitError, CodecError):
    """A `LimitError` that is a ``RuntimeError`` too."""


class NdCodec(Codec):
    """A chain for arrays (``npy|zstd``), or a pipeline for bytes (``shuffle(4)|zstd``), whose text is its configuration.

    A chain gives back arrays with their dtype and shape, a pipeline gives back bytes. `ndcodec.configure_storage` sets
    the limits, and which stages may run. Bad data are a `StageError` that is a ``RuntimeError`` too, an array of
    objects is a ``TypeError``, and so is an ``out`` that cannot be written.

    >>> import numcodecs, numpy as np
    >>> codec = numcodecs.get_codec({"id": "ndcodec", "chain": "npy|shuffle|zstd"})
    >>> codec.decode(codec.encode(np.arange(6).reshape(2, 3)))
    array([[0, 1, 2],
           [3, 4, 5]])
    """

    codec_id = "ndcodec"

    def __init__(self, chain: str) -> None:
        self._line: Chain | Pipeline = _parse(chain)
        self.chain = str(self._line)

    def encode(self, buf: Any) -> bytes:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The encoded form of an array, or of anything with the buffer protocol."""
        if isinstance(self._line, Pipeline):
            data = _as_bytes(buf)
            _storage.check_size(data.nbytes)
            return self._line.encode(data)
        array = ensure_ndarray(buf)
        _refuse_objects(array)
        _storage.check_size(array.nbytes)
        return self._line.encode(array)

    def decode(self, buf: Any, out: Any = None) -> Any:
        """What ``buf`` holds; written into ``out`` if that is given, whose length must be right."""
        data = _as_bytes(buf)
        try:
            return self._decoded(data, out)
        except LimitError as error:
            raise _as_runtime_error(CodecLimitError, error) from error.__cause__
        except StageError as error:
            raise _as_runtime_error(CodecError, error) from error.__cause__

    def _decoded(self, data: np.ndarray[Any, Any], out: Any) -> Any:
        if out is None:
            # A header stands before the elements.
            return self._line.decode(data, max_bytes=_storage.current().max_bytes + HEADER)
        room = _room(out)
        if isinstance(self._line, Chain):
            # Only the bytes of `out` count here, as for every codec of numcodecs.
            self._line.decode_into(data, room.data)
            return out
        written = self._line.decode_into(data, room)
        if written != room.nbytes:
            raise ValueError(f"the data hold {written} bytes, but `out` has {room.nbytes}")
        return out

    def __repr__(self) -> str:
        return f"NdCodec(chain={self.chain!r})"

    # `Chain` and `Pipeline` are not a configuration; their text is.
    def get_config(self) -> dict[str, Any]:
        return {"id": self.codec_id, "chain": self.chain}

    def __getstate__(self) -> dict[str, str]:
        return {"chain": self.chain}

    def __setstate__(self, state: dict[str, str]) -> None:
        self._line = _parse(state["chain"])
        self.chain = str(self._line)


def _parse(text: str) -> Chain | Pipeline:
    try:
        chain = _storage.chain(text)
    except ChainError as error:
        try:
            return _storage.pipeline(text)
        except ChainError:
            # What is wrong with it as a chain says more.
            raise error from None
    _storage.check_decodes(chain)
    return chain


def _as_runtime_error(kind: type[CodecError], error: StageError) -> CodecError:
    made: CodecError = kind(*error.__reduce__()[1])
    return made.with_traceback(error.__traceback__)


def _room(out: Any) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The memory of ``out``, which must be writeable."""
    room = _as_bytes(out)
    if not room.flags.writeable:
        raise TypeError(f"`out` is a `{type(out).__name__}` that is read-only")
    return room


def _refuse_objects(array: np.ndarray[Any, Any]) -> None:
    if array.dtype.hasobject:
        raise TypeError("object arrays are not supported: their elements lie outside of the array")


def _as_bytes(buf: Any) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The memory of ``buf``, whatever its elements; dates too, which have no buffer protocol."""
    _refuse_objects(ensure_ndarray(buf))
    array: np.ndarray[Any, Any] = ensure_contiguous_ndarray(buf)
    return array.reshape(-1, order="A").view(np.uint8)
