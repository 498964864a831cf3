"""The exceptions. All are a `ValueError`, so that code that does not know them can catch them."""

from __future__ import annotations

from typing import Any

__all__ = ["ChainError", "LimitError", "NdcodecError", "StageError"]


class NdcodecError(ValueError):
    """Anything that goes wrong here: in the text of a chain, with the array, or in the data.

    >>> import ndcodec, numpy as np
    >>> try:
    ...     ndcodec.encode(np.array([None]), "npy")
    ... except ndcodec.NdcodecError as error:
    ...     print("dumps" in str(error))
    True
    """

    __module__ = "ndcodec"


class ChainError(NdcodecError):
    """A mistake in the text of a chain. The message points at its place.

    >>> import ndcodec
    >>> try:
    ...     ndcodec.Chain("npy|zst|base64")
    ... except ndcodec.ChainError as error:
    ...     error.chain[slice(*error.span)], error.help.split("?")[0]
    ('zst', 'did you mean `zstd`')
    """

    __module__ = "ndcodec"

    #: The text of the chain.
    chain: str
    #: The place of the mistake in it: the first character, and the one after the last.
    span: tuple[int, int]
    #: What to do about it, if that is known.
    help: str | None

    def __init__(
        self, message: str, chain: str = "", span: tuple[int, int] = (0, 0), help: str | None = None
    ) -> None:
        super().__init__(message)
        self.chain, self.span, self.help = chain, span, help

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.chain, self.span, self.help)


class StageError(NdcodecError):
    """A stage that failed on data: truncated, corrupt, or not what the chain writes.

    >>> import ndcodec
    >>> try:
    ...     ndcodec.decode("AAAA=AAA", "raw(u1)|base64")
    ... except ndcodec.StageError as error:
    ...     error.stage, error.index, error.kind, error.offset
    ('base64', 1, 'corrupt', 4)
    """

    __module__ = "ndcodec"

    #: The word of the stage.
    stage: str
    #: Its position in the chain, from 0.
    index: int
    #: ``truncated``, ``trailing``, ``corrupt``, ``checksum``, ``limit``, ``unsupported``, ``refused``, ``output_full``,
    #: ``input``, ``io`` or ``internal``.
    kind: str
    #: The byte of the stage's input at which it failed, where it can tell.
    offset: int | None
    #: ``encode`` or ``decode``.
    direction: str
    #: What to do about it, if that is known. The message ends with it.
    help: str | None

    def __init__(
        self,
        message: str,
        stage: str = "",
        index: int = 0,
        kind: str = "internal",
        offset: int | None = None,
        direction: str = "decode",
        help: str | None = None,
    ) -> None:
        super().__init__(message)
        self.stage, self.index, self.kind, self.offset, self.direction = stage, index, kind, offset, direction
        self.help = help

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.stage, self.index, self.kind, self.offset, self.direction, self.help)


class LimitError(StageError):
    """A limit would be exceeded. ``limit`` names its keyword. Nothing beyond the limit was allocated.

    >>> import ndcodec, numpy as np
    >>> data = ndcodec.encode(np.zeros(1000), "npy|zstd")
    >>> try:
    ...     ndcodec.decode(data, max_bytes=100)
    ... except ndcodec.LimitError as error:
    ...     error.kind, error.limit
    ('limit', 'max_bytes')
    """

    __module__ = "ndcodec"

    #: The keyword that raises it: ``max_bytes``, ``max_header`` or ``max_window``.
    limit: str

    def __init__(
        self,
        message: str,
        stage: str = "",
        index: int = 0,
        kind: str = "limit",
        offset: int | None = None,
        direction: str = "decode",
        help: str | None = None,
        limit: str = "max_bytes",
    ) -> None:
        super().__init__(message, stage, index, kind, offset, direction, help)
        self.limit = limit

    def __reduce__(self) -> tuple[Any, ...]:
        made, args = super().__reduce__()
        return made, (*args, self.limit)
