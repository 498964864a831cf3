"""Which stages exist, and what encoded data hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ndcodec._errors import NdcodecError
from ndcodec._ndcodec import Chain, detected, encode, inspected, inspected_all, listed_stages
from ndcodec._types import Encoded

__all__ = [
    "Choice",
    "Detected",
    "Inspection",
    "Parameter",
    "Recommendation",
    "Stage",
    "detect",
    "inspect",
    "inspect_all",
    "recommend",
    "stages",
]


@dataclass(frozen=True)
class Choice:
    """What a container such as ``auto`` chose for a part of an array: see `inspect`."""

    #: The name of a field, the index of a column, or ``all``.
    part: str
    #: The filters and codecs; ``(stored)`` if there are none, ``(constant)`` if all elements are one.
    chain: str
    #: In how many chunks.
    chunks: int
    #: The bytes of the part in these chunks.
    nbytes: int
    #: The bytes that it has there encoded.
    encoded_len: int


@dataclass(frozen=True)
class Inspection:
    """What the first bytes of an encoded array say: see `inspect`."""

    #: The chain that decodes it, with what the header says filled in.
    chain: str
    dtype: np.dtype[Any]
    #: ``None`` for a dimension that only the whole data can tell.
    shape: tuple[int | None, ...]
    #: ``C`` or ``F``.
    order: str
    #: The bytes of all elements, where the header tells.
    nbytes: int | None
    #: The bytes of the format's header.
    header_len: int
    #: The filters that the header or the chain names, as text.
    filters: str
    #: What a container such as ``auto`` chose, where all of its data are there; else empty.
    choices: tuple[Choice, ...] = ()


def inspect(
    data: Encoded,
    chain: str | Chain | None = None,
    *,
    max_bytes: int | None = 1073741824,
    max_header: int | None = None,
    max_window: int | None = None,
    stages: list[str] | None = None,
) -> Inspection:
    """Read dtype and shape of an encoded array from its header, without the elements.

    If the codecs stream, the first bytes are enough. Without ``chain``, the chain is detected. Limits and ``stages``
    are as for `decode`.

    >>> import ndcodec, numpy as np
    >>> data = ndcodec.encode(np.zeros((100, 3), dtype="<f4"), "npy|zstd|base64")
    >>> found = ndcodec.inspect(data)
    >>> found.chain, found.dtype, found.shape, found.nbytes
    ('npy|zstd|base64', dtype('float32'), (100, 3), 1200)
    """
    found = inspected(data, chain, max_bytes=max_bytes, max_header=max_header, max_window=max_window, stages=stages)
    return _inspection(*found)


def inspect_all(
    data: Encoded,
    chain: str | Chain | None = None,
    *,
    max_bytes: int | None = 1073741824,
    max_header: int | None = None,
    max_window: int | None = None,
    stages: list[str] | None = None,
) -> list[Inspection]:
    """What `inspect` returns, for each of the arrays that follow each other in ``data``: see `decode_all`.

    Elements are skipped, so this needs little memory, however many there are.

    >>> import io, ndcodec, numpy as np
    >>> file = io.BytesIO()
    >>> np.save(file, np.arange(3)); np.save(file, np.eye(2))
    >>> [found.shape for found in ndcodec.inspect_all(file.getvalue())]
    [(3,), (2, 2)]
    """
    found = inspected_all(data, chain, max_bytes=max_bytes, max_header=max_header, max_window=max_window, stages=stages)
    return [_inspection(*parts) for parts in found]


def _inspection(
    text: str,
    dtype: np.dtype[Any],
    shape: list[int | None],
    order: str,
    nbytes: int | None,
    header_len: int,
    filters: str,
    choices: list[tuple[str, str, int, int, int]],
) -> Inspection:
    chosen = tuple(Choice(*choice) for choice in choices)
    return Inspection(text, dtype, tuple(shape), order, nbytes, header_len, filters, chosen)


@dataclass(frozen=True)
class Recommendation:
    """The chain that suits an array: see `recommend`."""

    chain: str
    #: How many bytes it makes of the array.
    encoded_len: int
    #: Why this one, in a sentence.
    reason: str
    #: What ``auto`` chose for the parts of the array.
    choices: tuple[Choice, ...]


def recommend(x: Any, goal: str = "balanced") -> Recommendation:
    """Name the chain that suits the array ``x`` and a goal, ``fast``, ``balanced`` or ``small``, and why.

    If ``auto`` chose the same filters and codecs for the whole array, and ``npy`` with them is about as small, this is
    the recommended chain, since more programs read it. Otherwise it is ``auto``. The array is encoded once or twice.

    >>> import ndcodec, numpy as np
    >>> ndcodec.recommend(np.arange(100_000) // 7).encoded_len < 20_000
    True
    """
    auto = f"auto({goal})"
    encoded = encode(x, auto)
    found = inspect(encoded, auto)
    of_auto, nbytes = len(encoded), found.nbytes
    if len(found.choices) == 1:
        inner = found.choices[0].chain
        plain = "npy" if inner in ("(stored)", "(constant)") else f"npy|{inner}"
        try:
            encoded_len = len(encode(x, plain))
        except NdcodecError:
            encoded_len = -1
        if 0 <= encoded_len <= of_auto + of_auto // 50 + 128:
            reason = (
                f"one chain suits all of the array: {encoded_len} bytes of {nbytes}, and {of_auto} by `{auto}`"
            )
            return Recommendation(plain, encoded_len, reason, found.choices)
    largest = sorted(found.choices, key=lambda choice: -choice.nbytes)[:3]
    parts = ", ".join(f"`{part.chain}` for {part.nbytes} bytes of {part.part}" for part in largest)
    reason = f"{of_auto} bytes of {nbytes}, by {len(found.choices)} choices: {parts}"
    return Recommendation(auto, of_auto, reason, found.choices)


@dataclass(frozen=True)
class Detected:
    """What encoded data seem to be: see `detect`. At most one of the first three is known."""

    #: The text of a chain that decodes an array.
    chain: str | None
    #: The text of a pipeline, where what is inside is not an array we know.
    pipeline: str | None
    #: The text of a pipeline whose only evidence is an alphabet, such as ``base64``.
    guess: str | None
    #: The first bytes inside of what could be told, in hexadecimal, if there is no array.
    begins: str
    #: What they are, if they are of other software that many have: ``an HDF5 file``.
    inside: str | None = None
    #: What to do about that.
    advice: str | None = None


def detect(data: Encoded) -> Detected:
    """Name the chain that may have written ``data``, by the magic numbers of its layers.

    A few KiB of what is inside are decoded, and 6 MiB of each layer around it at most.

    >>> import ndcodec, zlib, base64, io, numpy as np
    >>> file = io.BytesIO()
    >>> np.save(file, np.arange(1000))
    >>> ndcodec.detect(base64.b64encode(zlib.compress(file.getvalue()))).chain
    'npy|zlib|base64'
    """
    return Detected(*detected(data))


@dataclass(frozen=True)
class Parameter:
    """A parameter of a `Stage`."""

    name: str
    #: The values it takes, in words.
    values: str
    #: What it is when it is not given; ``None`` if it must be given, or comes from the array.
    default: str | None
    doc: str


@dataclass(frozen=True)
class Stage:
    """A word of the chain language: see `stages`."""

    name: str
    #: ``format``, ``filter`` or ``codec``.
    kind: str
    summary: str
    #: The address or name of what it implements.
    specification: str
    #: Where it comes from.
    package: str
    #: Whether what it encodes is ASCII text.
    is_text: bool
    #: Whether decoding may give other values than were encoded.
    is_lossy: bool
    #: In the order in which they may stand without their names.
    params: tuple[Parameter, ...]


def stages() -> list[Stage]:
    """List every stage there is, with its parameters.

    >>> import ndcodec
    >>> {stage.name: stage.summary for stage in ndcodec.stages()}["npy"]
    "numpy's .npy: the elements behind a header with dtype, shape and order"
    """
    return [_stage(described) for described in listed_stages()]


def _stage(described: dict[str, Any]) -> Stage:
    described["params"] = tuple(Parameter(**param) for param in described["params"])
    return Stage(**described)
