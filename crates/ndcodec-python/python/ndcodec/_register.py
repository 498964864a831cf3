"""Stages written in Python, and how they get to other processes."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union

from ndcodec._errors import NdcodecError
from ndcodec._ndcodec import listed_stages, register_stage
from ndcodec._types import Buffer

__all__ = ["register"]

Parameter = Union[int, range, Sequence[str]]

#: What was registered, by name, as the keywords of `register`.
_known: dict[str, dict[str, Any]] = {}


def register(
    name: str,
    *,
    encode: Callable[..., Buffer],
    decode: Callable[..., Buffer],
    is_text: bool = False,
    summary: str = "",
    params: Mapping[str, Parameter] | None = None,
) -> None:
    """Make a stage from two Python functions from bytes to bytes. Every later chain may use it.

    ``encode`` and ``decode`` are given ``bytes`` and return ``bytes`` or another buffer; if one raises, the exception
    is the cause of a `StageError`. They may be called from several threads at once. With ``is_text=True`` the encoded
    form is ASCII text, so that a chain may end in it. A name that is already in use is an error.

    ``params`` names the parameters that the stage takes in a chain, each with its default: an ``int``; a ``bool``; a
    ``range``, whose first number is the default and the others are allowed; or several words, the first of which is the
    default. Both functions get all of them as keywords.

    A `Chain` or `Pipeline` that is pickled takes its stages with it, if their functions can be pickled: those of a module can,
    and with the package ``cloudpickle`` any others. A process that gets a chain without its stages, and has not registered
    them itself, raises an `NdcodecError` that names them.

    >>> import ndcodec
    >>> ndcodec.register("reversed", encode=lambda b: b[::-1], decode=lambda b: b[::-1])
    >>> ndcodec.encode_bytes(b"stressed", "reversed")
    b'desserts'
    >>> def rotate(data, by):
    ...     return bytes((byte + by) % 256 for byte in data)
    >>> def back(data, by):
    ...     return rotate(data, -by)
    >>> ndcodec.register("rotated", encode=rotate, decode=back, params={"by": range(1, 256)})
    >>> ndcodec.encode_bytes(b"HAL", "rotated"), ndcodec.decode_bytes(b"KDO", "rotated(by=3)")
    (b'IBM', b'HAL')
    """
    described = [(key, _described(key, given)) for key, given in (params or {}).items()]
    register_stage(name, encode, decode, is_text, summary, described)
    _known[name] = {
        "encode": encode,
        "decode": decode,
        "is_text": is_text,
        "summary": summary,
        "params": dict(params or {}),
    }


def _described(key: str, given: Parameter) -> bool | tuple[int, int, int] | list[str]:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
        raise NdcodecError(f"`{key}` is not a name for a parameter: a lower-case letter, then letters, digits and `_`")
    if isinstance(given, bool):
        return given
    if isinstance(given, int):
        return given, -(2**63), 2**63 - 1
    if isinstance(given, range) and given.step == 1 and len(given) > 0:
        return given.start, given.start, given.stop - 1
    if isinstance(given, (tuple, list)) and given and all(isinstance(word, str) for word in given):
        words = [str(word) for word in given]
        if all(re.fullmatch(r"[A-Za-z0-9_.+-]+", word) for word in words):
            return words
        raise NdcodecError(f"the words of `{key}` may have letters, digits and `_.+-` only: {words}")
    raise TypeError(f"the parameter `{key}` is an int, a bool, a range of step 1, or several words, not {given!r}")


def reduced(cls: type[Any], text: str) -> tuple[Any, ...]:
    """What pickles a chain: its text, and the stages in it that are written in Python."""
    words = set(re.findall(r"[a-z][a-z0-9_]*", text))
    known = {name: stage for name, stage in _known.items() if name in words}
    if not known:
        return cls, (text,)
    try:
        pickle.dumps(known)
    except Exception as error:  # Whatever a function is made of decides what its pickling raises.
        by_value = _by_value(known)
        if by_value is None:
            return awaited, (cls, text, sorted(known), str(error))
        return revived_by_value, (cls, text, sorted(known), by_value)
    return revived, (cls, text, known)


def _by_value(known: dict[str, dict[str, Any]]) -> bytes | None:
    """What makes the functions themselves travel, where the package is there that can: lambdas, and those of a script."""
    try:
        import cloudpickle

        pickled: bytes = cloudpickle.dumps(known)
    except Exception:
        return None
    return pickled


def revived_by_value(cls: type[Any], text: str, names: list[str], pickled: bytes) -> Any:
    """`revived`, by functions that `cloudpickle` took along."""
    if set(names) <= {stage["name"] for stage in listed_stages()}:
        return cls(text)
    return revived(cls, text, pickle.loads(pickled))


def awaited(cls: type[Any], text: str, names: list[str], why: str) -> Any:
    """The chain of this text, whose stages could not travel, and must be there."""
    there = {stage["name"] for stage in listed_stages()}
    missing = [name for name in names if name not in there]
    if missing:
        raise NdcodecError(
            f"the chain `{text}` came from another process without the stages {', '.join(missing)}, which were registered there: "
            f"their functions cannot be pickled ({why})\nhelp: define them in a module, install `cloudpickle`, or call "
            "`ndcodec.register` in each process"
        )
    return cls(text)


def revived(cls: type[Any], text: str, known: dict[str, dict[str, Any]]) -> Any:
    """The chain of this text, for which stages are registered that are not there."""
    there = {stage["name"] for stage in listed_stages()}
    for name, stage in known.items():
        if name not in there:
            register(name, **stage)
    return cls(text)
