"""Arrays anywhere in a JSON document, each with its chain."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Collection
from typing import Any

from ndcodec._arrays import as_array, is_array, is_number
from ndcodec._errors import ChainError, LimitError, NdcodecError
from ndcodec._ndcodec import Chain, listed_stages

__all__ = ["JsonHook", "json_default", "json_hook", "json_loads"]

CHAIN = "npy|zstd|base64"
KEYS = {"chain", "data"}
#: What all arrays of a document have together, by default.
MAX_BYTES = 64 << 20
#: So many arrays of a document may hold what they like. Beyond that each must hold so many bytes, on average.
FREE, LEAST = 1 << 16, 64
#: So many different chains of a document may be none that its reader allows.
OTHERS = 1 << 12
_SPENT = "__ndcodec_spent__"
_COUNT = "__ndcodec_count__"
_OTHERS = "__ndcodec_others__"


def json_default(
    obj: Any, *, chain: str | Chain = CHAIN, max_bytes: int | None = MAX_BYTES
) -> Any:
    """What ``json.dumps(document, default=ndcodec.json_default)`` makes of an array or a numpy scalar.

    A scalar becomes a number, or ``true`` or ``false``; a complex number or a date becomes an array of no dimension. An array,
    of numpy or anything else that `encode` takes, such as a pandas column or a tensor of torch or jax, becomes
    ``{"chain": "npy|zstd|base64", "data": "…"}``, which Rust reads as ``ndcodec::Encoded``. For another chain give
    ``functools.partial(ndcodec.json_default, chain="npy|shuffle|zstd|base64")``. An array of more than ``max_bytes``, which
    `json_hook` would refuse, is an error.

    >>> import json, ndcodec, numpy as np
    >>> text = json.dumps({"x": np.arange(3), "name": "run 7"}, default=ndcodec.json_default)
    >>> json.loads(text, object_hook=ndcodec.json_hook)
    {'x': array([0, 1, 2]), 'name': 'run 7'}
    >>> json.dumps([np.int64(3), np.float32(0.5), np.bool_(True)], default=ndcodec.json_default)
    '[3, 0.5, true]'
    """
    if is_number(obj):
        return obj.item()
    if not is_array(obj):
        raise TypeError(f"object of type {type(obj).__name__} is not JSON serializable")
    array = as_array(obj)
    if max_bytes is not None and array.nbytes > max_bytes:
        raise NdcodecError(
            f"the array has {array.nbytes} bytes, more than the {max_bytes} that `json_hook` reads by default; "
            "give a larger `max_bytes` here and there"
        )
    # What the chain took from the array, such as the dtype of `raw`, travels with it.
    chain = (chain if isinstance(chain, Chain) else Chain(chain)).resolved(array)
    return {"chain": str(chain), "data": chain.encode_text(array)}


class JsonHook:
    """An ``object_hook`` with your own limits, for one document: its arrays have at most ``max_bytes`` together.

    ``chains`` are the allowed chains; an object with another chain stays as it is. ``stages`` are the only stages that
    may run. ``None`` allows all that this program has.
    A document may have 4,096 different chains that are not allowed; more are an error.

    >>> import json, ndcodec
    >>> hook = ndcodec.JsonHook(max_bytes=1 << 20, chains=["raw(<u1)|hex"])
    >>> json.loads('[{"chain": "raw(|u1)|hex", "data": "0102"}, {"chain": "hex", "data": ""}]', object_hook=hook)
    [array([1, 2], dtype=uint8), {'chain': 'hex', 'data': ''}]
    """

    __module__ = "ndcodec"

    def __init__(
        self,
        *,
        max_bytes: int | None = MAX_BYTES,
        max_header: int | None = None,
        max_window: int | None = None,
        chains: Collection[str | Chain] | None = None,
        stages: Collection[str] | None = None,
    ) -> None:
        self.max_bytes, self.max_header, self.max_window = max_bytes, max_header, max_window
        self._stages = None if stages is None else list(stages)
        self._chains = None if chains is None else {str(self._parsed(str(chain))) for chain in chains}
        #: The bytes of the arrays so far, and how many they are.
        self.spent = self.count = 0
        # The chains of objects that stay as they are: each costs its time once.
        self._others: set[str] = set()

    def __call__(self, obj: dict[str, Any]) -> Any:
        chain = self._chain_of(obj, lambda: self._others)
        if chain is None:
            return obj
        array = self._decoded(chain, obj["data"], self.spent)
        self.spent, self.count = self.spent + array.nbytes, self.count + 1
        self._check_count(self.count, self.spent)
        return array

    def _parsed(self, text: str) -> Chain:
        return Chain(text, stages=self._stages)

    def _chain_of(self, obj: dict[str, Any], others: Callable[[], set[str]]) -> Chain | None:
        """The chain of an object that is an array of ours. ``others`` are the document's other chains so far."""
        if obj.keys() != KEYS or not isinstance(obj["chain"], str) or not isinstance(obj["data"], str):
            return None
        # Other documents have such keys too, for blockchains and for chains of shops. One that begins with a format is
        # ours, and somebody should hear what is wrong with it. The error of a foreign one would take time and be thrown away.
        text = obj["chain"]
        if text in self._others or text.partition("|")[0].partition("(")[0].strip() not in _first_words():
            return None
        try:
            chain = self._parsed(text)
        except ChainError:
            if self._stages is None or not _parses(text):
                raise
        else:
            if chain.is_text and (self._chains is None or str(chain) in self._chains):
                return chain
        known = others()
        if len(known) == OTHERS and text not in known:
            raise NdcodecError(f"the document has more than {OTHERS} different chains that are not allowed")
        known.add(text)
        return None

    def _check_count(self, count: int, held: int) -> None:
        if self.max_bytes is not None and count > FREE and held < (count - FREE) * LEAST:
            raise NdcodecError(
                f"{count} arrays of a document hold only {held} bytes; "
                f"beyond {FREE}, expected {LEAST} bytes each on average"
            )

    def _decoded(self, chain: Chain, data: str, spent: int) -> Any:
        if self.max_bytes is None:
            return chain.decode(data, max_bytes=None, max_header=self.max_header, max_window=self.max_window)
        left = self.max_bytes - spent
        try:
            return chain.decode(data, max_bytes=max(left, 0), max_header=self.max_header, max_window=self.max_window)
        except LimitError as error:
            if error.limit != "max_bytes" or not spent:
                raise
            error.args = (f"{error} (the document's arrays may have {self.max_bytes} bytes, and {spent} are there)",)
            raise


def _parses(text: str) -> bool:
    try:
        Chain(text)
    except ChainError:
        return False
    return True


@functools.cache
def _first_words() -> frozenset[str]:
    # Python registers no formats, so there are never more.
    return frozenset({"pickle", *(stage["name"] for stage in listed_stages() if stage["kind"] == "format")})


_DEFAULT = JsonHook()


def json_hook(obj: dict[str, Any]) -> Any:
    """Give back arrays in ``json.loads(text, object_hook=ndcodec.json_hook)``; other objects stay as they are.

    An object is an array if its only keys are ``chain`` and ``data``, both are text, and the first begins with a format
    and ends in text. The arrays of a document have at most 64 MiB together. To `json_loads` and `JsonHook` you can give
    another limit and the allowed chains.

    >>> import ndcodec
    >>> ndcodec.json_hook({"chain": "raw(u1)|hex", "data": "0102"})
    array([1, 2], dtype=uint8)
    >>> ndcodec.json_hook({"chain": "ethereum", "data": "0x"})
    {'chain': 'ethereum', 'data': '0x'}
    """
    chain = _DEFAULT._chain_of(obj, lambda: _document().setdefault(_OTHERS, set()))
    if chain is None:
        return obj
    document = _document()
    spent, count = document.get(_SPENT, 0), document.get(_COUNT, 0) + 1
    array = _DEFAULT._decoded(chain, obj["data"], spent)
    document[_SPENT], document[_COUNT] = spent + array.nbytes, count
    _DEFAULT._check_count(count, spent + array.nbytes)
    return array


def _document() -> Any:
    """A place that lives as long as the document is being read: the variables of the outermost function that reads it.

    A hook is told of objects one by one, and of no document. It may be called by another hook, and that one may read a
    document within the document: all of them share what the outermost may have. If no reader of `_READERS` is found, such
    as one that is written in C, each array counts alone.
    """
    frame = sys._getframe(2)
    reader = None
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] in _READERS:
            reader = frame
        frame = frame.f_back  # type: ignore[assignment]
    return {} if reader is None else reader.f_locals


_READERS = {"json", "simplejson"}


def json_loads(
    text: str | bytes,
    *,
    max_bytes: int | None = MAX_BYTES,
    max_header: int | None = None,
    max_window: int | None = None,
    chains: Collection[str | Chain] | None = None,
    stages: Collection[str] | None = None,
    **kwargs: Any,
) -> Any:
    """``json.loads`` with arrays given back, which have at most ``max_bytes`` together: see `JsonHook`.

    >>> import ndcodec
    >>> ndcodec.json_loads('{"x": {"chain": "raw(u1)|hex", "data": "0102"}}', chains=["raw(|u1)|hex"])
    {'x': array([1, 2], dtype=uint8)}
    """
    hook = JsonHook(
        max_bytes=max_bytes, max_header=max_header, max_window=max_window, chains=chains, stages=stages
    )
    return json.loads(text, object_hook=hook, **kwargs)
