"""What the codecs for numcodecs and Zarr accept, which are made from metadata that anybody may have written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from ndcodec._errors import NdcodecError, StageError
from ndcodec._ndcodec import Chain, Pipeline, inspected

__all__ = ["configure_storage"]

#: What numcodecs' own compressors take at most.
MAX_BYTES = (1 << 31) - 1


@dataclass(frozen=True)
class Storage:
    """The most bytes of a chunk, and the stages that may run."""

    max_bytes: int = MAX_BYTES
    stages: tuple[str, ...] | None = None


_current = Storage()


def configure_storage(*, max_bytes: int = MAX_BYTES, stages: Collection[str] | None = None) -> None:
    """Set what the codecs for numcodecs and Zarr accept in this process, in all threads.

    A decoded chunk has at most ``max_bytes``. This holds for writing too, so that every written chunk can be read. If
    the caller gives the memory for a chunk, its size is the limit. ``stages`` names the only stages that may run,
    whether a chain in metadata names them or a chunk does; ``None`` allows all.

    >>> import ndcodec, numcodecs
    >>> ndcodec.configure_storage(max_bytes=1 << 30, stages=["npy", "shuffle", "zstd"])
    >>> codec = numcodecs.get_codec({"id": "ndcodec", "chain": "npy|shuffle|zstd"})
    >>> ndcodec.configure_storage()
    """
    global _current
    if max_bytes < 0:
        raise NdcodecError(f"`max_bytes` is {max_bytes}, and cannot be negative")
    storage = Storage(max_bytes, None if stages is None else tuple(sorted(stages)))
    if storage.stages is not None:
        # Unknown names are found here, and not at the first chunk.
        try:
            Pipeline("", stages=storage.stages)
        except NdcodecError as error:
            if type(error) is NdcodecError:
                raise
    _current = storage


def current() -> Storage:
    return _current


def chain(text: str) -> Chain:
    """The chain of this text, of stages that are allowed."""
    return _chain(text, _current.stages)


def pipeline(text: str) -> Pipeline:
    return _pipeline(text, _current.stages)


@lru_cache(maxsize=64)
def _chain(text: str, stages: tuple[str, ...] | None) -> Chain:
    return Chain(text, stages=stages)


@lru_cache(maxsize=64)
def _pipeline(text: str, stages: tuple[str, ...] | None) -> Pipeline:
    return Pipeline(text, stages=stages)


def check_decodes(made: Chain) -> None:
    """Refuse a chain that can encode and not decode, as bare ``raw``: nothing tells it the dtype."""
    try:
        inspected(b"", made.stages[0])
    except StageError as error:
        if error.kind == "unsupported":
            raise NdcodecError(
                f"a codec decodes by its configuration alone, and `{made}` does not: {error}"
            ) from error


def check_size(nbytes: int) -> None:
    """Refuse to write what would not be read."""
    if nbytes > _current.max_bytes:
        raise NdcodecError(
            f"a chunk of {nbytes} bytes is more than the {_current.max_bytes} that are read; make chunks smaller, or "
            "raise it by `ndcodec.configure_storage(max_bytes=…)`"
        )
