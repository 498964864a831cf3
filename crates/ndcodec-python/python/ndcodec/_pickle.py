"""Any Python object, by chains that begin with ``pickle``. Loading a pickle runs code, so it must be asked for."""

from __future__ import annotations

import mmap
import os
import pickle
from collections.abc import Callable
from typing import Any, cast

from ndcodec._errors import ChainError, NdcodecError
from ndcodec._ndcodec import Pipeline, decode_bytes, detected, encode_bytes, encode_bytes_text
from ndcodec._types import Buffer, Encoded

__all__ = ["dumps", "dumps_text", "loads"]

PROTOCOL = 5
# A pickle of protocol 2 or later begins with this byte and the protocol's number.
MAGIC = 0x80


def dumps(obj: object, chain: str = "pickle|zstd|base64") -> bytes:
    """Encode any object that can be pickled: ``pickle``, Python's own at protocol 5, then codecs.

    >>> import ndcodec
    >>> data = ndcodec.dumps({"weights": [1, 2], "name": "x"}, "pickle|zstd|base64")
    >>> ndcodec.loads(data, "pickle|zstd|base64", allow_pickle=True)
    {'weights': [1, 2], 'name': 'x'}
    """
    rest = _after_pickle(chain)
    pickled = pickle.dumps(obj, protocol=PROTOCOL)
    return pickled if rest is None else encode_bytes(pickled, rest)


def dumps_text(obj: object, chain: str = "pickle|zstd|base64") -> str:
    """Encode any object as ``str``, by a chain that ends in text: see `dumps`.

    >>> import ndcodec
    >>> text = ndcodec.dumps_text({"weights": [1, 2]})
    >>> ndcodec.loads(text, allow_pickle=True)
    {'weights': [1, 2]}
    """
    rest = _after_pickle(chain)
    if rest is None:
        raise NdcodecError("`pickle` does not end in text; put `base64` at its end")
    return encode_bytes_text(pickle.dumps(obj, protocol=PROTOCOL), rest)


def loads(
    data: Encoded,
    chain: str | None = None,
    *,
    allow_pickle: bool = False,
    max_bytes: int | None = 1073741824,
    max_window: int | None = None,
) -> Any:
    """Decode the object that `dumps` encoded. Without ``chain`` it is detected.

    Loading a pickle runs whatever code its writer put into it: give ``allow_pickle=True`` only for data from someone you
    trust. Objects that `dill` pickled load where dill is installed.

    >>> import ndcodec
    >>> data = ndcodec.dumps([1, 2])
    >>> ndcodec.loads(data, allow_pickle=True)
    [1, 2]
    >>> try:
    ...     ndcodec.loads(data)
    ... except ndcodec.NdcodecError as error:
    ...     print("allow_pickle=True" in str(error))
    True
    """
    if not allow_pickle:
        raise NdcodecError(
            "loading a pickle runs the code in it, so it is refused; give `allow_pickle=True` if you trust who wrote it"
        )
    data = _content(data)
    rest = _detected(data) if chain is None else _after_pickle(chain)
    pickled = _as_bytes(data) if rest is None else decode_bytes(data, rest, max_bytes=max_bytes, max_window=max_window)
    try:
        return pickle.loads(pickled)
    except (pickle.UnpicklingError, EOFError, IndexError, UnicodeDecodeError, OverflowError) as error:
        raise NdcodecError(f"the data hold an incomplete pickle: {error}") from error


def _content(data: Encoded) -> str | Buffer:
    """What is in the file, if that is given."""
    if isinstance(data, str):
        return data
    if isinstance(data, os.PathLike):
        with open(data, "rb") as file:
            return file.read()
    read: Callable[[], str | Buffer] | None = getattr(data, "read", None)
    # A memory-mapped file is memory.
    if callable(read) and not isinstance(data, mmap.mmap):
        return read()
    return cast("str | Buffer", data)


def _after_pickle(chain: str) -> str | None:
    """The codecs behind ``pickle``, if there are any."""
    first, bar, rest = chain.partition("|")
    if first.strip() != "pickle":
        message = f"a chain for objects begins with `pickle`, and `{chain}` does not\nhelp: encode arrays by `encode`"
        raise ChainError(message, chain, (0, len(first)), "encode arrays by `encode`")
    if not bar:
        return None
    try:
        return str(Pipeline(rest))
    except ChainError as error:
        # The place is one in what the caller wrote.
        start, end = error.span
        shift = len(chain) - len(rest)
        message = str(error).replace(f"\n  |  {rest}\n  |  ", f"\n  |  {chain}\n  |  {' ' * shift}")
        raise ChainError(message, chain, (start + shift, end + shift), error.help) from None


def _detected(data: str | Buffer) -> str | None:
    if not isinstance(data, str):
        view = memoryview(cast(bytes, data))
        if view.nbytes and view.contiguous and view.cast("B")[0] == MAGIC:
            return None
    chain, pipeline, guess, begins, *_ = detected(data)
    if chain is not None:
        raise NdcodecError(f"the data hold an array encoded by `{chain}`; decode it by `decode`")
    if pipeline is None:
        pipeline = guess
    if pipeline is None:
        raise NdcodecError(f"cannot tell which chain wrote data that begin with {begins}; name the chain")
    return pipeline


def _as_bytes(data: str | Buffer) -> bytes:
    if isinstance(data, str):
        raise NdcodecError("a pickle is not text; name the chain that made text of it")
    # Anything with the buffer protocol, which `pickle` reads as it is.
    return cast(bytes, data)
