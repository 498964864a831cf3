"""Where files lie: a folder of this machine, or a URL of fsspec. A file appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Union
from urllib.parse import unquote, urlsplit

from ndcodec._errors import NdcodecError

__all__ = ["LocalPlace", "Place", "RemotePlace", "place_of"]

#: What fsspec calls object stores, where a put is atomic. Elsewhere a file is written aside and renamed.
_ATOMIC_PUT = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "oci", "r2", "hf", "memory"}


class LocalPlace:
    """A folder. Names below it have ``/`` between their parts, and never lead out of it, not even by a link."""

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)

    def __str__(self) -> str:
        return self.root

    def __dask_tokenize__(self) -> tuple[str, str]:
        return "ndcodec.dask.LocalPlace", self.root

    def put(self, name: str, data: bytes) -> None:
        """Write a file beside its place, flush it to the disk, and rename it."""
        path = self._path(name)
        folder, last = os.path.split(path)
        os.makedirs(folder, exist_ok=True)
        aside = os.path.join(folder, f".{last[:100]}.{uuid.uuid4().hex}.tmp")
        try:
            with open(aside, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(aside, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(aside)
            raise
        _flush_folder(folder)

    def get(self, name: str, max_bytes: int | None) -> bytes:
        """The content of a file, which has at most ``max_bytes``: `OversizeError` otherwise."""
        path = self._path(name)
        # A pipe or a device that somebody put there would block, or never end.
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(file, "rb") as opened:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise NdcodecError(f"`{path}` is not a regular file")
            check_size(path, found.st_size, max_bytes)
            return opened.read(found.st_size)

    def size(self, name: str) -> int | None:
        """The bytes of a file, or ``None`` if there is none."""
        try:
            found = os.stat(self._path(name))
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def sizes(self, folder: str) -> dict[str, int]:
        """The files directly in a folder below this one, by their names, with their bytes."""
        try:
            with os.scandir(self._path(folder)) as entries:
                return {entry.name: entry.stat().st_size for entry in entries if entry.is_file(follow_symlinks=False)}
        except FileNotFoundError:
            return {}

    def folders(self) -> list[str]:
        """The folders directly in this one."""
        try:
            with os.scandir(self.root) as entries:
                return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except FileNotFoundError:
            return []

    def walk(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every file below, by name, with what tells whether it has changed. Links to folders are not followed."""
        for folder, folders, files in os.walk(self.root, followlinks=False):
            folders.sort()
            for file in sorted(files):
                path = os.path.join(folder, file)
                with contextlib.suppress(FileNotFoundError):
                    found = os.stat(path)
                    if stat.S_ISREG(found.st_mode):
                        name = Path(os.path.relpath(path, self.root)).as_posix()
                        yield name, {"size": found.st_size, "version": str(found.st_mtime_ns)}

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(name))

    def remove_folder(self, name: str) -> None:
        """Remove an empty folder."""
        with contextlib.suppress(OSError):
            os.rmdir(self._path(name))

    def _path(self, name: str) -> str:
        check_name(name)
        path = os.path.join(self.root, *name.split("/")) if name else self.root
        root = os.path.realpath(self.root)
        real = os.path.realpath(path)
        if os.path.commonpath([root, real]) != root:
            raise NdcodecError(f"`{path}` leads out of `{self.root}`, to `{real}`")
        return path


class RemotePlace:
    """A folder of an fsspec file system, such as a prefix in an object store."""

    def __init__(self, filesystem: Any, root: str, shown: str) -> None:
        self.filesystem, self.root, self.shown = filesystem, root.rstrip("/"), shown
        protocol = filesystem.protocol
        names = {protocol} if isinstance(protocol, str) else set(protocol)
        self.is_atomic = bool(names & _ATOMIC_PUT)

    def __str__(self) -> str:
        return self.shown

    def __dask_tokenize__(self) -> tuple[str, Any, str]:
        return "ndcodec.dask.RemotePlace", self.filesystem, self.root

    def put(self, name: str, data: bytes) -> None:
        """Write an object by a single put; where a put is not atomic, beside its place, and rename it."""
        path = self._path(name)
        if self.is_atomic:
            self.filesystem.pipe_file(path, data)
            return
        folder, _, last = path.rpartition("/")
        self.filesystem.makedirs(folder, exist_ok=True)
        aside = f"{folder}/.{last[:100]}.{uuid.uuid4().hex}.tmp"
        try:
            self.filesystem.pipe_file(aside, data)
            self.filesystem.mv(aside, path)
        except BaseException:
            with contextlib.suppress(Exception):
                self.filesystem.rm_file(aside)
            raise

    def get(self, name: str, max_bytes: int | None) -> bytes:
        path = self._path(name)
        size = self.size(name)
        if size is None:
            raise FileNotFoundError(f"there is no `{name}` in {self}")
        check_size(f"{self}/{name}", size, max_bytes)
        # An empty range is an error to an object store.
        data: bytes = self.filesystem.cat_file(path, start=0, end=size) if size else b""
        return data

    def size(self, name: str) -> int | None:
        try:
            found = self._uncached("info", self._path(name))
        except FileNotFoundError:
            return None
        if found.get("type") != "file":
            return None
        if not isinstance(found.get("size"), int):
            raise NdcodecError(f"{self} does not say how many bytes `{name}` has")
        size: int = found["size"]
        return size

    def sizes(self, folder: str) -> dict[str, int]:
        try:
            found = self._uncached("ls", self._path(folder), detail=True)
        except FileNotFoundError:
            return {}
        return {one["name"].rpartition("/")[2]: one["size"] for one in found if one["type"] == "file"}

    def folders(self) -> list[str]:
        try:
            found = self._uncached("ls", self.root, detail=True)
        except FileNotFoundError:
            return []
        return [one["name"].rstrip("/").rpartition("/")[2] for one in found if one["type"] == "directory"]

    def walk(self) -> Iterator[tuple[str, dict[str, Any]]]:
        found = self._uncached("find", self.root, detail=True)
        prefix = self.root.lstrip("/") + "/"
        for path in sorted(found):
            one = found[path]
            version = next(
                (one[key] for key in ("ETag", "etag", "md5", "LastModified", "mtime", "created") if key in one), ""
            )
            yield path.lstrip("/").removeprefix(prefix), {"size": one["size"], "version": str(version)}

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.filesystem.rm_file(self._path(name))

    def remove_folder(self, name: str) -> None:
        if not self.is_atomic:
            with contextlib.suppress(Exception):
                self.filesystem.rmdir(self._path(name))

    def _uncached(self, method: str, *args: Any, **kwargs: Any) -> Any:
        # Other processes write there meanwhile.
        self.filesystem.invalidate_cache()
        return getattr(self.filesystem, method)(*args, **kwargs)

    def _path(self, name: str) -> str:
        check_name(name)
        return f"{self.root}/{name}" if name else self.root


Place = Union[LocalPlace, RemotePlace]


def place_of(url: str | os.PathLike[str], storage_options: Mapping[str, Any] | None = None) -> Place:
    """The place of a path, or of a URL with the options of its file system."""
    text = os.fspath(url)
    if not isinstance(text, str) or not text:
        raise NdcodecError(f"a place is a path or a URL, not {url!r}")
    if "://" not in text and "::" not in text:
        if storage_options:
            raise NdcodecError(f"`storage_options` are for URLs, and `{text}` is a path")
        return LocalPlace(text)
    import fsspec

    parts = urlsplit(text)
    if parts.scheme in ("file", "local") and "::" not in text:
        return LocalPlace(unquote(parts.netloc + parts.path))
    filesystem, root = fsspec.url_to_fs(text, **(storage_options or {}))
    # What a URL holds in front of `@` is a secret, and this text gets into messages.
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if "::" not in text else text
    return RemotePlace(filesystem, root, shown.rstrip("/"))


class OversizeError(NdcodecError):
    """A file that is larger than its reader takes."""


def check_size(shown: str, size: int, max_bytes: int | None) -> None:
    if max_bytes is not None and size > max_bytes:
        raise OversizeError(f"`{shown}` has {size} bytes, more than the {max_bytes} that are read")


def check_name(name: str) -> None:
    parts = name.split("/") if name else []
    if any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
        raise NdcodecError(f"{name!r} is not a name below a folder")


def _flush_folder(folder: str) -> None:
    """A rename is lasting once the folder is on the disk, which Windows sees to by itself."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def is_aside(name: str) -> bool:
    """Whether a file is what a killed writer left: ours, or zarr's."""
    return re.fullmatch(r"\..+\.[0-9a-f]{32}\.tmp|.+\.[0-9a-f]{32}\.partial", name) is not None
