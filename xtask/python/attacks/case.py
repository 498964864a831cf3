"""What an attack is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Union

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
#: What a JSON document may hold by default.
JSON_LIMIT = 64 * MIB
ALL = ("rust", "stream", "cli", "python")
Bytes = Union[bytes, Callable[[], bytes]]


@dataclass(frozen=True)
class Case:
    """One attack."""

    #: The finding or the kind, and what it is.
    name: str
    data: Bytes
    #: `None`: it is detected.
    chain: str | None
    #: `None` is the default limit, -1 no limit at all.
    max_bytes: int | None = MIB
    #: `decode`, `bytes` (a pipeline), `rows`, `inspect`, `detect`, `npz`, `json`, `into`.
    op: str = "decode"
    ways: tuple[str, ...] = ALL
    #: `error`, `ok`, or `any`: whether it must be refused.
    outcome: str = "error"
    rows: str = ""
    #: More arguments of the command line, such as `--max-window 2GiB`.
    options: dict[str, int] = field(default_factory=dict)
