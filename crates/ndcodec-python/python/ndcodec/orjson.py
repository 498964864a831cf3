"""Arrays in what orjson writes and reads, as ``{"chain": "npy|zstd|base64", "data": "…"}``.

>>> import ndcodec.orjson, orjson, numpy as np
>>> text = orjson.dumps({"x": np.arange(3)}, default=ndcodec.orjson.default)
>>> ndcodec.orjson.loads(text)
{'x': array([0, 1, 2])}

``functools.partial(ndcodec.orjson.default, chain="npy|lz4|base64")`` writes by another chain. Do not give
``OPT_SERIALIZE_NUMPY``: orjson then writes arrays as lists of numbers by itself, without dtype and shape.
"""

from __future__ import annotations

from typing import Any

from ndcodec._json import json_default as default
from ndcodec.http import COMMON, Chains

try:
    import orjson
except ImportError as error:
    raise ImportError("`ndcodec.orjson` needs the package `orjson`") from error

__all__ = ["default", "loads", "restored"]


def loads(data: str | bytes | bytearray | memoryview, chains: Chains = COMMON) -> Any:
    """``orjson.loads``, and arrays where they were. Chains other than these are an `HttpError`.

    >>> import ndcodec.orjson
    >>> ndcodec.orjson.loads('[{"chain": "npy|hex", "data": ""}]')
    Traceback (most recent call last):
    ndcodec.http.HttpError: the chain `npy|hex` is not accepted here
    """
    return restored(orjson.loads(data), chains)


def restored(document: Any, chains: Chains = COMMON) -> Any:
    """A document with its arrays, for readers of JSON without a hook. Its lists and objects are changed in place.

    >>> import ndcodec.orjson
    >>> from ndcodec.http import Chains
    >>> ndcodec.orjson.restored([{"chain": "raw(u1)|hex", "data": "0102"}], Chains("raw|hex"))
    [array([1, 2], dtype=uint8)]
    """
    # Without recursion: how deep a document is is the sender's choice.
    top = [document]
    waiting: list[Any] = [top]
    while waiting:
        container = waiting.pop()
        entries = container.items() if isinstance(container, dict) else enumerate(container)
        for key, value in list(entries):
            if isinstance(value, dict):
                value = chains.json_hook(value)
                container[key] = value
            if isinstance(value, (dict, list)):
                waiting.append(value)
    return top[0]
