"""What is wrong, as an exception, a status, and a problem document (RFC 9457)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from ndcodec._errors import ChainError, LimitError, NdcodecError, StageError
from ndcodec._ndcodec import http_statuses

__all__ = ["PROBLEM_TYPE", "HttpError", "ResponseError"]

#: The media type of a problem document.
PROBLEM_TYPE = "application/problem+json"

_STATUSES = http_statuses()


class HttpError(NdcodecError):
    """A message that is not accepted, or cannot be sent, and the status that a service returns for it.

    >>> from ndcodec.http import Chains, HttpError
    >>> try:
    ...     Chains("npy|zstd").decode(b"", 'application/vnd.ndcodec; chain="npy|lz4"')
    ... except HttpError as error:
    ...     error.status, error.kind, error.chains
    (415, 'chain_not_allowed', ['npy|zstd'])
    """

    __module__ = "ndcodec.http"

    def __init__(self, status: int, kind: str, detail: str, **members: Any) -> None:
        super().__init__(detail)
        #: The HTTP status.
        self.status = status
        #: What went wrong, for a program: a stable name, listed in ``docs/http.md``.
        self.kind = kind
        #: What went wrong, for a reader.
        self.detail = detail
        #: Further members of the document.
        self.members = members

    @property
    def chains(self) -> list[str]:
        """The chains that are taken instead, if the message says so."""
        chains = self.members.get("chains")
        return list(chains) if isinstance(chains, list) else []

    def document(self) -> dict[str, Any]:
        """The problem document."""
        try:
            title = HTTPStatus(self.status).phrase
        except ValueError:
            title = ""
        # Python 3.13 renamed it, as RFC 9110 did; Rust's crate `http` has the name that clients know.
        title = "Payload Too Large" if self.status == 413 else title
        title = "Unprocessable Entity" if self.status == 422 else title
        begin = {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail}
        return {**begin, "kind": self.kind, **self.members}

    def headers(self) -> dict[str, str]:
        """The headers of a response with the document. After 415 they say what is taken instead."""
        from ndcodec.http._chains import accept_of

        headers = {"Content-Type": PROBLEM_TYPE}
        if self.kind == "content_coding":
            headers["Accept-Encoding"] = "identity"
        if self.status == 415 and self.chains:
            headers["Accept"] = accept_of(self.chains)
        return headers

    @classmethod
    def from_json(cls, text: bytes | str) -> HttpError:
        """The exception of a problem document."""
        return cls._from_document(json.loads(text))

    @classmethod
    def _from_document(cls, document: dict[str, Any]) -> HttpError:
        known = {"type", "title", "status", "detail", "kind"}
        members = {name: value for name, value in document.items() if name not in known}
        status = document.get("status")
        return cls(
            status if isinstance(status, int) else 500,
            str(document.get("kind", "")),
            str(document.get("detail") or document.get("title") or ""),
            **members,
        )

    @classmethod
    def of(cls, error: NdcodecError) -> HttpError:
        """The status and the document for any error of this package.

        >>> import ndcodec
        >>> from ndcodec.http import HttpError
        >>> try:
        ...     ndcodec.decode("AAAA=AAA", "raw(u1)|base64")
        ... except ndcodec.NdcodecError as error:
        ...     HttpError.of(error).document()["status"]
        422
        """
        if isinstance(error, HttpError):
            return error
        if isinstance(error, StageError):
            members = {"stage": error.stage, "index": error.index, "offset": error.offset}
            given = {name: value for name, value in members.items() if value is not None}
            # What raises a limit is for the caller of the package, not for a client of the service.
            detail = str(error).partition("; give a larger")[0] if isinstance(error, LimitError) else str(error)
            return cls(_STATUSES.get(error.kind, 500), error.kind, detail, **given)
        if isinstance(error, ChainError):
            return cls(400, "chain", str(error))
        return cls(422, "array", str(error))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.status, self.kind, self.detail, self.members)


class ResponseError(HttpError):
    """A response with a status of 400 or more: what the service says is wrong.

    >>> from ndcodec.http import ResponseError
    >>> raise ResponseError(404, "", "the service returned 404")
    Traceback (most recent call last):
    ndcodec.http.ResponseError: the service returned 404
    """

    __module__ = "ndcodec.http"

    @classmethod
    def of_response(cls, status: int, content_type: str | None, body: bytes) -> ResponseError:
        """What a response says. Its own status holds; a body that is not a problem document says nothing."""
        document: Any = None
        if (content_type or "").partition(";")[0].strip().lower() == PROBLEM_TYPE:
            try:
                document = json.loads(body)
            except (ValueError, RecursionError):
                pass
        if not isinstance(document, dict):
            document = {"detail": f"the service returned {status}"}
        # A member may have the name of a parameter, whatever the service means by it.
        names = {str(name): value for name, value in document.items() if name not in ("self", "status")}
        error = cls._from_document({**names, "status": status})
        assert isinstance(error, cls)
        return error


def _restored(cls: type[HttpError], status: int, kind: str, detail: str, members: dict[str, Any]) -> HttpError:
    return cls(status, kind, detail, **members)
