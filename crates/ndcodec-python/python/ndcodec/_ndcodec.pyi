from typing import Any, TypeVar, final

import numpy as np
import numpy.typing as npt
from collections.abc import Callable, Sequence

from ndcodec._errors import NdcodecError
from ndcodec._types import Array, Buffer

__all__ = [
    "VERSION",
    "ArrayIterator",
    "Chain",
    "HttpChains",
    "NpzReader",
    "Pipeline",
    "after_fork",
    "decode",
    "decode_all",
    "decode_bytes",
    "decode_into",
    "decode_iter",
    "decode_rows",
    "detected",
    "encode",
    "encode_bytes",
    "encode_into",
    "encode_text",
    "http_content_type",
    "http_statuses",
    "inspected",
    "listed_stages",
    "npz_bytes",
    "npz_write",
    "register_stage",
    "run_program",
]

VERSION: str

_Out = TypeVar("_Out")

@final
class Chain:
    def __new__(cls, text: str, *, stages: Sequence[str] | None = None) -> Chain: ...
    def encode(self, x: npt.ArrayLike, *, threads: int | None = None) -> bytes: ...
    def encode_text(self, x: npt.ArrayLike, *, threads: int | None = None) -> str: ...
    def encode_into(self, x: npt.ArrayLike, out: Buffer, *, threads: int | None = None) -> int: ...
    def decode(
        self, data: str | Buffer, *, threads: int | None = None, max_bytes: int | None = 1073741824, max_header: int | None = None, max_window: int | None = None
    ) -> Array: ...
    def decode_into(
        self, data: str | Buffer, out: _Out, *, threads: int | None = None, max_bytes: int | None = None, max_header: int | None = None, max_window: int | None = None
    ) -> _Out: ...
    def decode_rows(
        self,
        data: str | Buffer,
        start: int,
        stop: int,
        *,
        threads: int | None = None,
        max_bytes: int | None = 1073741824, max_header: int | None = None, max_window: int | None = None,
    ) -> Array: ...
    def resolved(self, x: npt.ArrayLike) -> Chain: ...
    @property
    def stages(self) -> tuple[str, ...]: ...
    @property
    def is_text(self) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class HttpChains:
    def __new__(cls, texts: list[str]) -> HttpChains: ...
    def texts(self) -> list[str]: ...
    def accept(self) -> str: ...
    def allow(self, text: str) -> Chain: ...
    def content(self, content_type: str | None) -> Chain | None: ...
    def choose(self, accept: str | None) -> tuple[Chain, bool]: ...

@final
class Pipeline:
    def __new__(cls, text: str, *, stages: Sequence[str] | None = None) -> Pipeline: ...
    def encode(self, data: Buffer) -> bytes: ...
    def encode_text(self, data: Buffer) -> str: ...
    def encode_into(self, data: Buffer, out: Buffer) -> int: ...
    def decode(self, data: str | Buffer, *, max_bytes: int | None = 1073741824, max_header: int | None = None, max_window: int | None = None) -> bytes: ...
    def decode_into(self, data: str | Buffer, out: Buffer, *, max_bytes: int | None = None, max_header: int | None = None, max_window: int | None = None) -> int: ...
    @property
    def stages(self) -> tuple[str, ...]: ...
    @property
    def is_text(self) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class ArrayIterator:
    def __iter__(self) -> ArrayIterator: ...
    def __next__(self) -> Array: ...

@final
class NpzReader:
    def __new__(
        cls, source: str | bytes, max_bytes: int | None, max_header: int | None, max_window: int | None
    ) -> NpzReader: ...
    def names(self) -> list[str]: ...
    def read(self, name: str) -> Array: ...
    def members(
        self,
    ) -> list[
        tuple[
            str,
            np.dtype[Any] | None,
            list[int] | None,
            str | None,
            int | None,
            str,
            int,
            NdcodecError | None,
        ]
    ]: ...

def npz_write(
    path: str, arrays: list[tuple[str, npt.ArrayLike]], compression: str, level: int | None
) -> None: ...
def npz_bytes(arrays: list[tuple[str, npt.ArrayLike]], compression: str, level: int | None) -> bytes: ...
def encode(x: npt.ArrayLike, chain: str | Chain, *, threads: int | None = None) -> bytes: ...
def encode_text(x: npt.ArrayLike, chain: str | Chain, *, threads: int | None = None) -> str: ...
def encode_into(x: npt.ArrayLike, out: Buffer, chain: str | Chain, *, threads: int | None = None) -> int: ...
def decode(
    data: str | Buffer,
    chain: str | Chain | None = None,
    *,
    threads: int | None = None,
    max_bytes: int | None = 1073741824, max_header: int | None = None, max_window: int | None = None, stages: Sequence[str] | None = None,
) -> Array: ...
def decode_into(
    data: str | Buffer,
    out: _Out,
    chain: str | Chain | None = None,
    *,
    threads: int | None = None,
    max_bytes: int | None = None, max_header: int | None = None, max_window: int | None = None, stages: Sequence[str] | None = None,
) -> _Out: ...
def decode_rows(
    data: str | Buffer,
    start: int,
    stop: int,
    chain: str | Chain | None = None,
    *,
    threads: int | None = None,
    max_bytes: int | None = 1073741824, max_header: int | None = None, max_window: int | None = None, stages: Sequence[str] | None = None,
) -> Array: ...
def decode_all(
    data: str | Buffer,
    chain: str | Chain | None = None,
    *,
    threads: int | None = None,
    max_bytes: int | None = 1073741824,
    max_header: int | None = None,
    max_window: int | None = None,
    stages: Sequence[str] | None = None,
) -> list[Array]: ...
def decode_iter(
    data: str | Buffer,
    chain: str | Chain | None = None,
    *,
    threads: int | None = None,
    max_bytes: int | None = 1073741824,
    max_header: int | None = None,
    max_window: int | None = None,
    stages: Sequence[str] | None = None,
) -> ArrayIterator: ...
def encode_bytes(data: Buffer, pipeline: str | Pipeline) -> bytes: ...
def decode_bytes(
    data: str | Buffer, pipeline: str | Pipeline, *, max_bytes: int | None = 1073741824, max_header: int | None = None, max_window: int | None = None
) -> bytes: ...
def register_stage(
    name: str,
    encode: Callable[..., Buffer],
    decode: Callable[..., Buffer],
    is_text: bool,
    summary: str,
    params: list[tuple[str, bool | tuple[int, int, int] | list[str]]],
) -> None: ...
def http_content_type(chain: str | Chain) -> str: ...
def http_statuses() -> dict[str, int]: ...
def inspected(
    data: str | Buffer,
    chain: str | Chain | None = None,
    *,
    max_bytes: int | None = 1073741824,
    max_header: int | None = None,
    max_window: int | None = None,
    stages: Sequence[str] | None = None,
) -> tuple[
    str,
    np.dtype[Any],
    list[int | None],
    str,
    int | None,
    int,
    str,
    list[tuple[str, str, int, int, int]],
]: ...
def detected(data: str | Buffer) -> tuple[str | None, str | None, str | None, str, str | None, str | None]: ...
def listed_stages() -> list[dict[str, Any]]: ...
def run_program(program: list[str], args: list[str]) -> int: ...
def after_fork() -> None: ...
