"""Encoding and decoding that do not block an event loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy.typing as npt

from ndcodec._ndcodec import Chain, decode, encode, encode_text
from ndcodec._types import Array, Encoded

__all__ = ["adecode", "aencode", "aencode_text"]

_Result = TypeVar("_Result")


async def _in_thread(function: Callable[..., _Result], *args: Any, **keywords: Any) -> _Result:
    # Whoever has no event loop does not pay for importing one.
    import asyncio

    return await asyncio.to_thread(function, *args, **keywords)


async def aencode(
    x: npt.ArrayLike,
    chain: str | Chain,
    *,
    threads: int | None = None,
    max_header: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> bytes:
    """`encode` in a thread, so that asyncio's event loop is not blocked. The array must not change before the call
    ends.

    ``progress`` is called in that thread.

    >>> import asyncio, ndcodec, numpy as np
    >>> asyncio.run(ndcodec.aencode(np.arange(3, dtype="u1"), "raw|hex"))
    b'000102'
    """
    return await _in_thread(encode, x, chain, threads=threads, max_header=max_header, progress=progress)


async def aencode_text(
    x: npt.ArrayLike,
    chain: str | Chain,
    *,
    threads: int | None = None,
    max_header: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> str:
    """`encode_text` in a thread: see `aencode`.

    >>> import asyncio, ndcodec, numpy as np
    >>> asyncio.run(ndcodec.aencode_text(np.arange(3, dtype="u1"), "raw|hex"))
    '000102'
    """
    return await _in_thread(encode_text, x, chain, threads=threads, max_header=max_header, progress=progress)


async def adecode(
    data: Encoded,
    chain: str | Chain | None = None,
    *,
    threads: int | None = None,
    max_bytes: int | None = 1073741824,
    max_header: int | None = None,
    max_window: int | None = None,
    stages: Sequence[str] | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Array:
    """`decode` in a thread, so that asyncio's event loop is not blocked.

    >>> import asyncio, ndcodec
    >>> asyncio.run(ndcodec.adecode("000102", "raw(u1)|hex"))
    array([0, 1, 2], dtype=uint8)
    """
    return await _in_thread(
        decode,
        data,
        chain,
        threads=threads,
        max_bytes=max_bytes,
        max_header=max_header,
        max_window=max_window,
        stages=stages,
        progress=progress,
    )
