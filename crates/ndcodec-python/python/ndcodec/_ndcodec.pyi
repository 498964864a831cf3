from typing import Any, TypeVar, final

import numpy as np
import numpy.typing as npt
from collections.abc import Callable, Sequence

from ndcodec._errors import NdcodecError
from ndcodec._types import Array, Buffer, Encoded, EncodedBytes

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
    "decode_rows_at",
    "detected",
    "encode",
    "encode_bytes",
    "encode_bytes_text",
    "encode_into",
    "encode_text",
    "http_content_type",
    "http_statuses",
    "inspected",
    "inspected_all",
    "listed_stages",
    "npz_bytes",
    "npz_write",
    "register_stage",
    "release_memory",
    "run_program",
    "set_memory_budget",
]

VERSION: str

_Out = TypeVar("_Out")

@final
class Chain:
    """A checked chain: a format, then filters, then codecs. It says how an array becomes bytes or text, and back.

    Chains are immutable, equal where they do the same, and may be hashed, pickled and used by many threads at once.
    The functions of the module take the text as well, and parse it only once. ``stages`` names the only stages that may
    run, whether the text names them or the data do, as the inner chain of ``chunked``.

    >>> import ndcodec, numpy as np
    >>> chain = ndcodec.Chain("npy | zstd(level=3) | base64")
    >>> chain
    Chain('npy|zstd|base64')
    >>> chain.decode(chain.encode(np.arange(6).reshape(2, 3)))
    array([[0, 1, 2],
           [3, 4, 5]])
    """
    def __new__(cls, text: str, *, stages: Sequence[str] | None = None) -> Chain: ...
    def encode(self, x: npt.ArrayLike, *, threads: int | None = None, max_header: int | None = None, progress: Callable[[int, int], object] | None = None) -> bytes:
        """The encoded form of the array ``x``.

        ``threads`` is the most that may work on it, all cores if ``None``; the result never depends on it. ``progress`` is
        called with the bytes that are done and all there are: see `encode`.

        >>> import ndcodec, numpy as np
        >>> ndcodec.Chain("raw|base64").encode(np.zeros(3, dtype="<f4"))
        b'AAAAAAAAAAAAAAAA'
        """
    def encode_text(self, x: npt.ArrayLike, *, threads: int | None = None, max_header: int | None = None, progress: Callable[[int, int], object] | None = None) -> str:
        """The encoded form of the array ``x`` as ``str``, for a chain that ends in text.

        >>> import ndcodec, numpy as np
        >>> ndcodec.Chain("raw|hex").encode_text(np.array([1, 2], dtype=">u2"))
        '00010002'
        """
    def encode_into(self, x: npt.ArrayLike, out: Buffer, *, threads: int | None = None, max_header: int | None = None) -> int:
        """Write the encoded form of the array ``x`` to the beginning of ``out``, a writeable buffer, and return its
        length.

        >>> import ndcodec, numpy as np
        >>> room = bytearray(8)
        >>> ndcodec.Chain("raw|hex").encode_into(np.array([7], dtype="u1"), room), room[:2]
        (2, bytearray(b'07'))
        """
    def decode(
        self, data: Encoded, *, threads: int | None = None, max_bytes: int | None = 1073741824, max_header: int | None = None, max_window: int | None = None, progress: Callable[[int, int], object] | None = None
    ) -> Array:
        """The array that ``data`` holds: ``bytes``, ``str`` or any buffer.

        The array is writeable and aligned. Data that are not exactly what the chain writes are a `StageError`, and a
        `LimitError` where the array would have more than ``max_bytes``; ``None`` lifts every limit.

        >>> import ndcodec
        >>> ndcodec.Chain("raw(<u2)|hex").decode("01000200")
        array([1, 2], dtype=uint16)
        """
    def decode_into(
        self, data: Encoded, out: _Out, *, threads: int | None = None, max_bytes: int | None = None, max_header: int | None = None, max_window: int | None = None
    ) -> _Out:
        """Decode into ``out``, an array of the same dtype and shape or a buffer of the same length, and return it.

        If this fails, the content of ``out`` is unspecified.

        >>> import ndcodec, numpy as np
        >>> ndcodec.Chain("raw(<u2)|hex").decode_into("01000200", np.empty(2, dtype="<u2"))
        array([1, 2], dtype=uint16)
        """
    def decode_rows(
        self,
        data: Encoded,
        start: int,
        stop: int,
        *,
        threads: int | None = None,
        max_bytes: int | None = 1073741824, max_header: int | None = None, max_window: int | None = None,
    ) -> Array:
        """The rows ``start`` to before ``stop`` of the array that ``data`` holds.

        A ``chunked`` array is decoded only where they lie, and of a plain ``npy`` only their bytes are read.

        >>> import ndcodec, numpy as np
        >>> chain = ndcodec.Chain("chunked(shuffle|zstd)")
        >>> chain.decode_rows(chain.encode(np.arange(100)), 40, 43)
        array([40, 41, 42])
        """
    def resolved(self, x: npt.ArrayLike) -> Chain:
        """This chain with all filled in that it takes from the array ``x``: what a reader needs to decode.

        >>> import ndcodec, numpy as np
        >>> ndcodec.Chain("raw|zlib").resolved(np.zeros((2, 3), dtype="<f4"))
        Chain('raw(<f4,2x3)|zlib')
        """
    @property
    def stages(self) -> tuple[str, ...]:
        """The stages as text, in the order of encoding.

        >>> import ndcodec
        >>> ndcodec.Chain("npy|zstd(9)|base64").stages
        ('npy', 'zstd(level=9)', 'base64')
        """
    @property
    def is_text(self) -> bool:
        """Whether what it encodes is ASCII text.

        >>> import ndcodec
        >>> ndcodec.Chain("npy|base64").is_text, ndcodec.Chain("npy|zstd").is_text
        (True, False)
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class HttpChains:
    """The chains that a service takes and gives. `ndcodec.http.Chains` is made of it."""
    def __new__(cls, texts: list[str]) -> HttpChains: ...
    def texts(self) -> list[str]:
        """The texts of the chains, in order of preference."""
    def accept(self) -> str:
        """The value of ``Accept`` for them."""
    def allow(self, text: str) -> Chain:
        """The chain of this text, if it is taken."""
    def content(self, content_type: str | None) -> Chain | None:
        """The chain that a ``Content-Type`` names; ``None`` for JSON."""
    def choose(self, accept: str | None) -> tuple[Chain, bool]:
        """The chain that suits an ``Accept``, and whether it stands in JSON."""

@final
class Pipeline:
    """Codecs only, for bytes that are not an array. Immutable and shared as a `Chain` is.

    >>> import ndcodec
    >>> pipeline = ndcodec.Pipeline("zstd|base64")
    >>> pipeline.decode(pipeline.encode(b"any bytes"))
    b'any bytes'
    """
    def __new__(cls, text: str, *, stages: Sequence[str] | None = None) -> Pipeline: ...
    def encode(self, data: EncodedBytes, *, progress: Callable[[int, int], object] | None = None) -> bytes:
        """The encoded form of ``data``, ``bytes`` or any buffer.

        >>> import ndcodec
        >>> ndcodec.Pipeline("base64").encode(b"any bytes")
        b'YW55IGJ5dGVz'
        """
    def encode_text(self, data: EncodedBytes, *, progress: Callable[[int, int], object] | None = None) -> str:
        """The encoded form of ``data`` as ``str``, for a pipeline that ends in text.

        >>> import ndcodec
        >>> ndcodec.Pipeline("hex").encode_text(b"any")
        '616e79'
        """
    def encode_into(self, data: Buffer, out: Buffer) -> int:
        """Write the encoded form of ``data`` to the beginning of ``out``, a writeable buffer, and return its length.

        >>> import ndcodec
        >>> room = bytearray(8)
        >>> ndcodec.Pipeline("hex").encode_into(b"any", room), room[:6]
        (6, bytearray(b'616e79'))
        """
    def decode(self, data: Encoded, *, max_bytes: int | None = 1073741824, max_header: int | None = None, max_window: int | None = None, progress: Callable[[int, int], object] | None = None) -> bytes:
        """What ``data`` holds: ``bytes``, ``str`` or any buffer.

        >>> import ndcodec
        >>> ndcodec.Pipeline("hex").decode("616e79")
        b'any'
        """
    def decode_into(self, data: Encoded, out: Buffer, *, max_bytes: int | None = None, max_header: int | None = None, max_window: int | None = None) -> int:
        """Write what ``data`` holds to the beginning of ``out``, a writeable buffer, and return its length.

        >>> import ndcodec
        >>> room = bytearray(8)
        >>> ndcodec.Pipeline("hex").decode_into("616e79", room), room[:3]
        (3, bytearray(b'any'))
        """
    @property
    def stages(self) -> tuple[str, ...]:
        """The stages as text, in the order of encoding.

        >>> import ndcodec
        >>> ndcodec.Pipeline("zstd(9)|base64").stages
        ('zstd(level=9)', 'base64')
        """
    @property
    def is_text(self) -> bool:
        """Whether what it encodes is ASCII text.

        >>> import ndcodec
        >>> ndcodec.Pipeline("base64").is_text
        True
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class ArrayIterator:
    """Several arrays, one decoded at a time."""
    def __iter__(self) -> ArrayIterator: ...
    def __next__(self) -> Array: ...

@final
class NpzReader:
    """An archive that is open for reading: its directory is in memory, and arrays are decoded when they are asked for."""
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
    path: str, arrays: list[tuple[str, npt.ArrayLike]], compression: str, level: int | None, max_header: int | None
) -> None:
    """Writes arrays to the new file `path`."""
def npz_bytes(arrays: list[tuple[str, npt.ArrayLike]], compression: str, level: int | None, max_header: int | None) -> bytes:
    """The archive of these arrays as bytes."""
def encode(x: npt.ArrayLike, chain: str | Chain, *, threads: int | None = None, max_header: int | None = None, progress: Callable[[int, int], object] | None = None) -> bytes:
    """The array ``x`` as bytes, by ``chain``: its text or a `Chain`.

    Strided arrays are encoded in C order, Fortran-ordered ones in their own order. ``threads`` is the greatest number of
    threads, all cores if ``None``; the result never depends on it.

    ``progress`` is called about ten times a second with the number of bytes of ``x`` that are done and their total. If it
    raises, the call ends with that exception. With ``progress`` the array is encoded as a stream, which may write other
    bytes that decode to the same array. Filters need the whole array: with them, the codecs begin only when all bytes are
    counted.

    A header of more than ``max_header`` bytes (262,144 by default, as for reading) is a `LimitError`. If you raise this
    limit, readers must raise theirs.

    >>> import ndcodec, numpy as np
    >>> ndcodec.encode(np.arange(3, dtype="u1"), "raw|hex")
    b'000102'
    >>> ndcodec.encode(np.arange(3, dtype="u1"), "raw|hex", progress=lambda done, total: print(done, "of", total))
    3 of 3
    b'000102'
    """
def encode_text(x: npt.ArrayLike, chain: str | Chain, *, threads: int | None = None, max_header: int | None = None, progress: Callable[[int, int], object] | None = None) -> str:
    """The array ``x`` as ``str``, for JSON, by a chain that ends in text.

    >>> import ndcodec, numpy as np
    >>> text = ndcodec.encode_text(np.arange(3, dtype="<u2"), "npy|zstd|base64")
    >>> ndcodec.decode(text)
    array([0, 1, 2], dtype=uint16)
    """
def encode_into(x: npt.ArrayLike, out: Buffer, chain: str | Chain, *, threads: int | None = None, max_header: int | None = None) -> int:
    """Write the encoded form of the array ``x`` to the beginning of ``out``, a writeable buffer, and return its length.

    >>> import ndcodec, numpy as np
    >>> room = bytearray(8)
    >>> ndcodec.encode_into(np.array([7, 8], dtype="u1"), room, "raw|hex"), room[:4]
    (4, bytearray(b'0708'))
    """
def decode(
    data: Encoded,
    chain: str | Chain | None = None,
    *,
    threads: int | None = None,
    max_bytes: int | None = 1073741824, max_header: int | None = None, max_window: int | None = None, stages: Sequence[str] | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Array:
    """The array that ``data`` holds: ``bytes``, ``str``, any buffer, a path, or an open file (from its current position to its
    end).

    Without ``chain``, the chain is detected. This works if the format inside has a magic number. The array is writeable and
    aligned. If the data are not exactly what the chain writes, this raises a `StageError`; if the array would have more
    than ``max_bytes``, a `LimitError`. ``max_bytes=None`` lifts every limit. ``max_header`` (262,144 characters by default)
    and ``max_window`` (128 MiB) bound the header and the window of a zstd frame. ``stages`` names the only stages that may
    run, whether the chain names them or the data do. ``progress`` is called about ten times a second with the number of
    bytes of ``data`` that were read and their total. If it raises, the call ends with that exception.

    >>> import ndcodec, numpy as np
    >>> data = ndcodec.encode(np.array([1.5, 2.5]), "npy|zstd|base64")
    >>> ndcodec.decode(data, "npy|zstd|base64")
    array([1.5, 2.5])
    >>> ndcodec.decode(data)
    array([1.5, 2.5])
    """
def decode_into(
    data: Encoded,
    out: _Out,
    chain: str | Chain | None = None,
    *,
    threads: int | None = None,
    max_bytes: int | None = None, max_header: int | None = None, max_window: int | None = None, stages: Sequence[str] | None = None,
) -> _Out:
    """Decode into ``out``, an array of the same dtype and shape or a buffer of the same length, and return it.

    This allocates no second array, unless there are filters or the orders differ. If it fails, the content of ``out`` is
    unspecified. The size of ``out`` is the limit, unless ``max_bytes`` gives another.

    >>> import ndcodec, numpy as np
    >>> data = ndcodec.encode(np.array([1.5, 2.5]), "npy|zstd")
    >>> out = np.empty(2)
    >>> ndcodec.decode_into(data, out) is out, out
    (True, array([1.5, 2.5]))
    """
def decode_rows(
    data: Encoded,
    start: int,
    stop: int,
    chain: str | Chain | None = None,
    *,
    threads: int | None = None,
    max_bytes: int | None = 1073741824, max_header: int | None = None, max_window: int | None = None, stages: Sequence[str] | None = None,
) -> Array:
    """The rows ``start`` to before ``stop`` of the array that ``data`` holds.

    For ``chunked``, only the chunks that hold these rows are decoded; for plain ``npy``, only their bytes are read. So
    ``data`` may be the path of a large file, or a file that is mapped into memory. Any other chain decodes the whole array.

    >>> import ndcodec, numpy as np
    >>> data = ndcodec.encode(np.arange(1000), "chunked(shuffle|zstd)")
    >>> ndcodec.decode_rows(data, 100, 103)
    array([100, 101, 102])
    """
def decode_rows_at(
    read: Callable[[int, int], Buffer], size: int, start: int, stop: int, chain: str | Chain, *, max_bytes: int | None
) -> Array:
    """The rows ``start`` to before ``stop`` of an encoded array of ``size`` bytes, which ``read(offset, length)`` gives."""
def decode_all(
    data: Encoded,
    chain: str | Chain | None = None,
    *,
    threads: int | None = None,
    max_bytes: int | None = 1073741824,
    max_header: int | None = None,
    max_window: int | None = None,
    stages: Sequence[str] | None = None,
) -> list[Array]:
    """All arrays that follow each other in ``data``, such as a file that several calls of ``np.save`` wrote.

    ``max_bytes`` holds for all of them together. `decode_iter` gives one at a time.

    >>> import io, ndcodec, numpy as np
    >>> file = io.BytesIO()
    >>> np.save(file, np.arange(3)); np.save(file, np.eye(2))
    >>> [x.shape for x in ndcodec.decode_all(file.getvalue())]
    [(3,), (2, 2)]
    """
def decode_iter(
    data: Encoded,
    chain: str | Chain | None = None,
    *,
    threads: int | None = None,
    max_bytes: int | None = 1073741824,
    max_header: int | None = None,
    max_window: int | None = None,
    stages: Sequence[str] | None = None,
) -> ArrayIterator:
    """An iterator over the arrays that follow each other in ``data``, each decoded when the iterator gets to it.

    ``max_bytes`` holds for all of them together.

    >>> import io, ndcodec, numpy as np
    >>> file = io.BytesIO()
    >>> np.save(file, np.arange(3)); np.save(file, np.eye(2))
    >>> for x in ndcodec.decode_iter(file.getvalue()):
    ...     print(x.shape)
    (3,)
    (2, 2)
    """
def encode_bytes(data: EncodedBytes, pipeline: str | Pipeline, *, progress: Callable[[int, int], object] | None = None) -> bytes:
    """The bytes ``data``, ``bytes`` or any buffer, encoded by ``pipeline``: codecs only, as text or a `Pipeline`.

    >>> import ndcodec
    >>> ndcodec.encode_bytes(b"any bytes", "base64")
    b'YW55IGJ5dGVz'
    """
def encode_bytes_text(data: EncodedBytes, pipeline: str | Pipeline, *, progress: Callable[[int, int], object] | None = None) -> str:
    """The bytes ``data`` as ``str``, by a pipeline that ends in text.

    >>> import ndcodec
    >>> ndcodec.encode_bytes_text(b"any bytes", "base64")
    'YW55IGJ5dGVz'
    """
def decode_bytes(
    data: Encoded, pipeline: str | Pipeline, *, max_bytes: int | None = 1073741824, max_header: int | None = None, max_window: int | None = None, progress: Callable[[int, int], object] | None = None
) -> bytes:
    """The bytes that ``data`` holds: ``bytes``, ``str`` or any buffer, encoded by ``pipeline``.

    >>> import ndcodec
    >>> ndcodec.decode_bytes("YW55IGJ5dGVz", "base64")
    b'any bytes'
    """
def register_stage(
    name: str,
    encode: Callable[..., Buffer],
    decode: Callable[..., Buffer],
    is_text: bool,
    summary: str,
    params: list[tuple[str, bool | tuple[int, int, int] | list[str]]],
) -> None:
    """Makes a stage of two Python functions; `ndcodec.register` has checked nothing but the parameters' types."""
def http_content_type(chain: str | Chain) -> str:
    """The ``Content-Type`` of what a resolved chain wrote."""
def http_statuses() -> dict[str, int]:
    """The status of each kind of error that an exception of the package may have."""
def inspected(
    data: Encoded,
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
]:
    """What `inspect` returns."""
def inspected_all(
    data: Encoded,
    chain: str | Chain | None = None,
    *,
    max_bytes: int | None = 1073741824,
    max_header: int | None = None,
    max_window: int | None = None,
    stages: Sequence[str] | None = None,
) -> list[
    tuple[
        str,
        np.dtype[Any],
        list[int | None],
        str,
        int | None,
        int,
        str,
        list[tuple[str, str, int, int, int]],
    ]
]:
    """What `inspect_all` returns."""
def detected(data: Encoded) -> tuple[str | None, str | None, str | None, str, str | None, str | None]:
    """What `detect` returns."""
def listed_stages() -> list[dict[str, Any]]:
    """What `stages` returns."""
def release_memory() -> int:
    """Give the memory that is kept for the next calls back to the system, and return how many bytes it was.

    Kept is the memory of arrays that were thrown away, and what chains that are at rest work with. Nothing is lost but the
    time that the next calls take to get memory again. Worth it after the last of some large arrays, and before a process forks.

    >>> import ndcodec, numpy as np
    >>> del_me = ndcodec.decode(ndcodec.encode(np.zeros(1 << 20), "npy|lz4"))
    >>> del del_me
    >>> ndcodec.release_memory() >= 8 << 20, ndcodec.release_memory()
    (True, 0)
    """
def set_memory_budget(max_bytes: int | None) -> None:
    """Set the most bytes that are kept for the next calls: of arrays that were thrown away, and of chains that are at rest,
    so much each. ``None`` is the default, 160 MiB and 256 MiB.

    What is kept above it is given back at once; 0 keeps nothing.

    >>> import ndcodec
    >>> ndcodec.set_memory_budget(64 << 20)
    >>> ndcodec.set_memory_budget(None)
    """
def run_program(program: list[str], args: list[str]) -> int:
    """Runs the program with these arguments, the first of which is its name, and returns its exit status; `program` starts it
    in a process of its own.
    """
def after_fork() -> None:
    """Called in the child after `os.fork`: the parent's worker threads do not exist here."""
