"""Chains on their way to workers, with the stages in them that are written in Python."""

from __future__ import annotations

import pickle
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ndcodec import _register
from ndcodec._errors import ChainError, NdcodecError
from ndcodec._info import stages as listed
from ndcodec._ndcodec import Chain
from ndcodec._types import Array

__all__ = ["CarriedChain", "as_written", "dtype_of", "dtype_text", "lossy_word", "named_by_data", "words_in_python"]

#: What a manifest may say: more is not a chain that anybody wrote.
MAX_TEXT = 4096
MAX_STAGES = 16
MAX_DTYPE = 65536


@dataclass(frozen=True)
class CarriedChain:
    """The text of a chain, and what makes its Python stages if they are not registered.

    A `Chain` itself would be made while a worker reads the message, where an error costs the connection; this one is opened
    by the task, whose error it then is.
    """

    text: str
    #: The keywords of `ndcodec.register` for each stage written in Python, pickled; empty if there is none.
    pickled: bytes = b""
    #: Why they could not be pickled.
    unpicklable: str = ""
    #: The only stages that may run, whether the chain or the data name them.
    stages: tuple[str, ...] | None = None

    @classmethod
    def of(cls, chain: str | Chain, stages: Sequence[str] | None = None) -> CarriedChain:
        """The chain, whose mistakes are found here."""
        text = str(Chain(str(chain), stages=stages))
        _check_length(text)
        allowed = None if stages is None else tuple(sorted(stages))
        known = {name: _register._known[name] for name in words_in_python(text)}
        if not known:
            return cls(text, stages=allowed)
        import cloudpickle

        try:
            return cls(text, cloudpickle.dumps(known), stages=allowed)
        except Exception as error:  # Whatever a function closes over may refuse in its own way.
            return cls(text, unpicklable=f"{type(error).__name__}: {error}", stages=allowed)

    def open(self) -> Chain:
        return _opened(self)


@lru_cache(maxsize=64)
def _opened(carried: CarriedChain) -> Chain:
    try:
        if carried.pickled:
            revived: Chain = _register.revived(Chain, carried.text, pickle.loads(carried.pickled))
            if carried.stages is None:
                return revived
        return Chain(carried.text, stages=carried.stages)
    except ChainError as error:
        here = f"on {socket.gethostname()}, in the process that runs this task: {error}"
        if carried.unpicklable:
            here += (
                "\nnote: a stage of it is written in Python, and its functions cannot be pickled "
                f"({carried.unpicklable}); register it in each worker, or give it functions of a module"
            )
        raise ChainError(here, error.chain, error.span, error.help) from None
    except NdcodecError:
        raise
    except Exception as error:
        raise NdcodecError(
            f"the stages of `{carried.text}` that are written in Python cannot be loaded on {socket.gethostname()}: "
            f"{type(error).__name__}: {error}; install their module there"
        ) from error


def words_in_python(text: str) -> list[str]:
    """The words of a chain that are registered in Python in this process, also inside of containers."""
    words = set(re.findall(r"[a-z][a-z0-9_]*", text))
    return sorted(words & _register._known.keys())


def lossy_word(text: str) -> str | None:
    """The first stage of a chain, also inside of containers, that gives back other values than it was given."""
    words = set(re.findall(r"[a-z][a-z0-9_]*", text))
    return next((stage.name for stage in listed() if stage.is_lossy and stage.name in words), None)


def named_by_data(text: str, stages: Sequence[str] | None) -> CarriedChain:
    """The chain that a manifest names, which may run nothing that was written in Python unless it is allowed by name."""
    _check_length(text)
    python = [word for word in words_in_python(text) if stages is None or word not in stages]
    if python:
        raise NdcodecError(
            f"the manifest names `{text}`, and `{python[0]}` is written in Python: name the chain yourself, by `chain=`"
        )
    return CarriedChain.of(text, stages)


def _check_length(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise NdcodecError(f"the text of the chain has {len(text)} characters, more than the {MAX_TEXT} of a manifest")
    if text.count("|") >= MAX_STAGES:
        raise NdcodecError(f"the chain has {text.count('|') + 1} stages, more than the {MAX_STAGES} of a manifest")


def as_written(chain: Chain, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Chain:
    """The chain that encodes and decodes a block: ``raw`` has no header, and is told its dtype and shape."""
    if chain.stages[0] != "raw":
        return chain
    return chain.resolved(_nothing(dtype, shape))


def _nothing(dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(np.empty((), dtype), shape)


def dtype_text(dtype: np.dtype[Any]) -> str:
    """A dtype as the chain language has it."""
    text = str(Chain("raw").resolved(np.empty(0, dtype)))
    found = re.fullmatch(r"raw\((.*),0\)", text, re.DOTALL)
    if found is None:
        raise NdcodecError(f"dtype {dtype} has no text: `{text}`")
    if dtype_of(found[1]) != dtype:
        raise NdcodecError(f"dtype {dtype} does not come back from its text, `{found[1]}`")
    return found[1]


@lru_cache(maxsize=64)
def dtype_of(text: str) -> np.dtype[Any]:
    """The dtype of this text, which nothing evaluates."""
    if len(text) > MAX_DTYPE:
        raise NdcodecError(f"the dtype has {len(text)} characters, more than {MAX_DTYPE}")
    try:
        chain = Chain(f"raw({text},0)")
        if str(chain) != f"raw({text},0)":
            raise NdcodecError(f"it is written `{chain}`")
        found: np.dtype[Any] = chain.decode(b"").dtype
    except NdcodecError as error:
        raise NdcodecError(f"`{text}` is not a dtype: {error}") from None
    return found
