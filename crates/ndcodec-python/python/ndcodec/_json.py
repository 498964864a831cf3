"""Arrays anywhere in a JSON document, each with its chain beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ndcodec._ndcodec import Chain, decode

__all__ = ["json_default", "json_hook"]

CHAIN = "npy|zstd|base64"
KEYS = {"chain", "data"}


def json_default(obj: object, *, chain: str | Chain = CHAIN) -> dict[str, str]:
    """What ``json.dumps(document, default=ndcodec.json_default)`` makes of an array or a numpy scalar.

    It becomes ``{"chain": "npy|zstd|base64", "data": "…"}``, which Rust reads as ``ndcodec::Encoded``. For another chain give
    ``functools.partial(ndcodec.json_default, chain="npy|shuffle|zstd|base64")``.

    >>> import json, ndcodec, numpy as np
    >>> text = json.dumps({"x": np.arange(3), "name": "run 7"}, default=ndcodec.json_default)
    >>> json.loads(text, object_hook=ndcodec.json_hook)
    {'x': array([0, 1, 2]), 'name': 'run 7'}
    """
    if not isinstance(obj, (np.ndarray, np.generic)):
        raise TypeError(f"object of type {type(obj).__name__} is not JSON serializable")
    chain = chain if isinstance(chain, Chain) else Chain(chain)
    data = chain.encode_text(obj)
    # What the chain took from the array, such as the dtype of `raw`, travels with it.
    return {"chain": str(chain.resolved(obj)), "data": data}


def json_hook(obj: dict[str, Any]) -> Any:
    """Give back arrays in ``json.loads(text, object_hook=ndcodec.json_hook)``; other objects stay as they are.

    An object is an array if its only keys are ``chain`` and ``data`` and both are text.

    >>> import ndcodec
    >>> ndcodec.json_hook({"chain": "raw(u1)|hex", "data": "0102"})
    array([1, 2], dtype=uint8)
    >>> ndcodec.json_hook({"chain": "of events"})
    {'chain': 'of events'}
    """
    if obj.keys() == KEYS and isinstance(obj["chain"], str) and isinstance(obj["data"], str):
        return decode(obj["data"], obj["chain"])
    return obj
