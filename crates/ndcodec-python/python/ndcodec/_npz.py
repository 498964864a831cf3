"""Archives of arrays by name, numpy's ``.npz``: read lazily, and written completely or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Union, cast

import numpy as np
import numpy.typing as npt

from ndcodec._errors import NdcodecError
from ndcodec._ndcodec import NpzReader, npz_bytes, npz_write
from ndcodec._types import Array, Buffer

__all__ = ["NpzArchive", "NpzMember", "load_npz", "save_npz"]

Path = Union[str, "os.PathLike[str]"]


@dataclass(frozen=True)
class NpzMember:
    """What an archive's directory and an array's header say about the array. If they cannot be read, `error` says why.

    >>> import ndcodec, numpy as np, io
    >>> file = io.BytesIO()
    >>> np.savez_compressed(file, x=np.zeros(1000, "u1"))
    >>> (member,) = ndcodec.load_npz(file).members()
    >>> member.name, member.dtype, member.nbytes, member.compression, member.encoded_len < 1000
    ('x', dtype('uint8'), 1000, 'deflate', True)
    """

    #: The array's name.
    name: str
    #: Its dtype; ``None``, as what follows, if it is not an array or cannot be decoded.
    dtype: np.dtype[Any] | None
    shape: tuple[int, ...] | None
    #: ``"C"`` or ``"F"``.
    order: str | None
    #: The bytes of the elements.
    nbytes: int | None
    #: ``"stored"``, ``"deflate"``, ``"zstd"``, or ``"unknown"``.
    compression: str
    #: The bytes that it takes in the archive.
    encoded_len: int
    #: Why it is not an array; ``None`` if it is one.
    error: NdcodecError | None


class NpzArchive(Mapping[str, Array]):
    """The arrays of an archive, by name, as `load_npz` returns it. Each array is decoded when you read it.

    If an array cannot be decoded, reading it raises an `NdcodecError`. The others can still be read.

    >>> import ndcodec, numpy as np, io
    >>> file = io.BytesIO()
    >>> ndcodec.save_npz(file, {"x": np.arange(3), "y": np.eye(2)}, compression="zstd")
    >>> archive = ndcodec.load_npz(file.getvalue())
    >>> list(archive), archive["x"]
    (['x', 'y'], array([0, 1, 2]))
    """

    __module__ = "ndcodec"

    def __init__(self, reader: NpzReader) -> None:
        self._reader: NpzReader | None = reader
        self._names = dict.fromkeys(reader.names())

    def __getitem__(self, name: str) -> Array:
        if name not in self._names:
            known = ", ".join(f"`{known}`" for known in list(self._names)[:20])
            raise KeyError(f"no array `{name}`; it has {known or 'no arrays'}")
        return self._open().read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __repr__(self) -> str:
        state = "" if self._reader else ", closed"
        return f"<ndcodec.NpzArchive of {len(self)} arrays{state}>"

    @property
    def files(self) -> list[str]:
        """The names, as numpy's own archives have them."""
        return list(self._names)

    def members(self) -> tuple[NpzMember, ...]:
        """What the archive holds, from its directory and the arrays' headers.

        >>> import ndcodec, numpy as np, io
        >>> file = io.BytesIO()
        >>> np.savez(file, x=np.zeros((2, 3)), y=np.array([None]))
        >>> [(m.name, m.shape, m.error is None) for m in ndcodec.load_npz(file).members()]
        [('x', (2, 3), True), ('y', None, False)]
        """
        return tuple(_member(*fields) for fields in self._open().members())

    def read_all(self) -> tuple[dict[str, Array], dict[str, NdcodecError]]:
        """All arrays that can be decoded, and for each of the others the error.

        >>> import ndcodec, numpy as np, io
        >>> file = io.BytesIO()
        >>> np.savez(file, x=np.arange(3), y=np.array([None]))
        >>> arrays, errors = ndcodec.load_npz(file).read_all()
        >>> arrays, "Python objects" in str(errors["y"])
        ({'x': array([0, 1, 2])}, True)
        """
        arrays: dict[str, Array] = {}
        errors: dict[str, NdcodecError] = {}
        for name in self:
            try:
                arrays[name] = self[name]
            except NdcodecError as error:
                errors[name] = error
        return arrays, errors

    def close(self) -> None:
        """Close the file. Arrays that were read stay as they are."""
        self._reader = None

    def __enter__(self) -> NpzArchive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> NpzReader:
        if self._reader is None:
            raise NdcodecError("the archive is closed")
        return self._reader


def load_npz(
    file: Path | Buffer | IO[bytes],
    *,
    max_bytes: int | None = 1073741824,
    max_header: int | None = None,
    max_window: int | None = None,
) -> NpzArchive:
    """Open an archive of arrays, ``.npz``: a path, ``bytes`` or any buffer, or a file open for reading, read whole.

    For a path, only the archive's directory is read now, and an array when you read it. Arrays may be stored, deflated
    or zstd frames. Each has at most ``max_bytes``, and the directory an eighth of it (64 KiB in any case); ``None``
    lifts every limit. ``max_header`` and ``max_window`` are those of `decode`. Python objects are refused, always.

    >>> import ndcodec, numpy as np, tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "x.npz")
    >>> np.savez(path, x=np.arange(3))
    >>> with ndcodec.load_npz(path) as archive:
    ...     archive["x"]
    array([0, 1, 2])
    """
    if isinstance(file, (str, os.PathLike)):
        return NpzArchive(NpzReader(os.fspath(file), max_bytes, max_header, max_window))
    read = getattr(file, "read", None)
    if callable(read):
        # A file that was just written is read from its beginning, as numpy does.
        if (seek := getattr(file, "seek", None)) and getattr(file, "seekable", lambda: False)():
            seek(0)
        file = cast(Buffer, read())
    if isinstance(file, str):
        raise TypeError("an archive is not text; open its file in binary mode")
    # A copy, unless they are bytes: what can be changed must not change while it is read.
    data = file if type(file) is bytes else bytes(memoryview(cast(bytes, file)))
    return NpzArchive(NpzReader(data, max_bytes, max_header, max_window))


def save_npz(
    file: Path | IO[bytes],
    arrays: Mapping[str, npt.ArrayLike],
    *,
    compression: str = "stored",
    level: int | None = None,
    max_header: int | None = None,
) -> None:
    """Write arrays, by name, as an archive: to the file at a path, or to a file open for writing.

    ``compression`` is ``"stored"`` as for `numpy.savez`, ``"deflate"`` as for `numpy.savez_compressed` (``level`` 1 to 9),
    or ``"zstd"`` (``level`` -131072 to 22), which numpy reads from Python 3.14 on. The same arrays give the same bytes. A
    file at a path is replaced only once all is written; nothing is added to its name. ``max_header`` is as for `encode`.

    >>> import ndcodec, numpy as np, tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "x.npz")
    >>> ndcodec.save_npz(path, {"x": np.arange(3)}, compression="deflate", level=9)
    >>> np.load(path)["x"]
    array([0, 1, 2])
    """
    if not isinstance(arrays, Mapping):
        raise TypeError(f"`arrays` is a mapping of names to arrays, not `{type(arrays).__name__}`")
    named = list(arrays.items())
    for name, _ in named:
        if not isinstance(name, str):
            raise TypeError(f"an array's name is text, not `{type(name).__name__}`")
    if not isinstance(file, (str, os.PathLike)):
        file.write(npz_bytes(named, compression, level, max_header))
        return
    # The file behind a link is replaced, not the link.
    path = os.path.realpath(os.fspath(file))
    existing = os.stat(path) if os.path.exists(path) else None
    if existing is not None and not stat.S_ISREG(existing.st_mode):
        # A pipe or a device: there is nothing to lose in it.
        with open(path, "wb") as device:
            device.write(npz_bytes(named, compression, level, max_header))
        return
    aside = os.path.join(os.path.dirname(path), f".ndcodec-{secrets.token_hex(8)}.tmp")
    try:
        npz_write(aside, named, compression, level, max_header)
        if existing is not None:
            shutil.copymode(path, aside)
        os.replace(aside, path)
    except BaseException:
        if os.path.exists(aside):
            os.unlink(aside)
        raise


def _member(
    name: str,
    dtype: np.dtype[Any] | None,
    shape: list[int] | None,
    order: str | None,
    nbytes: int | None,
    compression: str,
    encoded_len: int,
    error: NdcodecError | None,
) -> NpzMember:
    dims = None if shape is None else tuple(shape)
    return NpzMember(name, dtype, dims, order, nbytes, compression, encoded_len, error)
