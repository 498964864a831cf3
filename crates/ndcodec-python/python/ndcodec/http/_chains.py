"""`Chains`: the chains that a service or a client accepts and sends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple, Protocol

import numpy.typing as npt

from ndcodec._errors import LimitError, NdcodecError
from ndcodec._ndcodec import Chain, HttpChains, http_content_type
from ndcodec._types import Array, Buffer
from ndcodec.http._problem import HttpError, ResponseError

__all__ = ["COMMON", "MEDIA_TYPE", "Chains", "Message", "accept_of"]

#: The media type of an encoded array, whose parameter ``chain`` says how it is decoded.
MEDIA_TYPE = "application/vnd.ndcodec"

_PIECE = 1 << 16


class Message(NamedTuple):
    """The body and the headers of a request or a response."""

    body: bytes
    headers: dict[str, str]


class _Response(Protocol):
    """What the responses of requests, httpx and Starlette's test client have in common."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Any: ...


class Chains:
    """The chains that a service or a client accepts and sends, in order of preference, and its limits.

    A peer's chain is accepted if one of these has the same stages in the same order, also inside of containers. If the
    list gives a parameter, the peer's chain must have the same value. The sender may choose all other parameters:
    ``npy|zstd`` accepts ``npy|zstd(level=19)``, and ``raw|zlib`` accepts any dtype. The data may name no other stages
    either.

    An array has at most ``max_bytes``, and a body at most ``max_body``, by default enough for such an array.
    ``max_bytes=None`` lifts the limit, for peers that you trust. Make one object and keep it: it keeps its chains.

    >>> from ndcodec.http import Chains
    >>> chains = Chains("npy|zstd", "raw|zlib")
    >>> str(chains.allow("raw(<f4,2x3)|zlib(level=9)"))
    'raw(<f4,2x3)|zlib(level=9)'
    >>> chains.accept
    'application/vnd.ndcodec; chain="npy|zstd", application/vnd.ndcodec; chain="raw|zlib"'
    """

    __module__ = "ndcodec.http"

    def __init__(
        self,
        *chains: str | Chain,
        max_bytes: int | None = 64 << 20,
        max_body: int | None = None,
        threads: int | None = None,
    ) -> None:
        if not chains:
            raise TypeError("`Chains` needs at least one chain")
        self._chains = HttpChains([str(chain) for chain in chains])
        self.max_bytes = max_bytes
        # As hexadecimal text an array has twice its bytes.
        self.max_body = max_body if max_body is not None or max_bytes is None else 2 * max_bytes + _PIECE
        self.threads = threads

    @property
    def texts(self) -> list[str]:
        """The texts of the chains, in order of preference."""
        return self._chains.texts()

    @property
    def accept(self) -> str:
        """The value of ``Accept`` with which a client says that it takes these chains; text ones in JSON too."""
        return self._chains.accept()

    def allow(self, text: str) -> Chain:
        """The chain that a peer named, if one in the list allows it; else an `HttpError` of status 400 or 415."""
        if not _is_unicode(text):
            raise HttpError(400, "chain", "the text of the chain holds lone surrogates")
        return self._chains.allow(text)

    def request(self, x: npt.ArrayLike, chain: str | Chain | None = None) -> Message:
        """The body and the headers of a request that sends ``x``, by the first of the chains unless another is given.

        The headers say that these chains are accepted in the response.
        """
        used = Chain(self.texts[0]) if chain is None else self.allow(str(chain))
        used = used.resolved(x)
        return Message(used.encode(x, threads=self.threads), {**_headers(used), **self.request_headers()})

    def request_headers(self) -> dict[str, str]:
        """The headers of a request that asks for an array and sends none.

        No content coding is asked for: what a chain compressed does not get smaller, and costs the peer.
        """
        return {"Accept": self.accept, "Accept-Encoding": "identity"}

    def encode(self, x: npt.ArrayLike, accept: str | None = None) -> Message:
        """The body and the headers of a response that sends ``x``, as the request's ``Accept`` asks for.

        The chain is the first of those that the client prefers, as JSON if it prefers that. If the client accepts none,
        this raises an `HttpError` of status 406.

        >>> from ndcodec.http import Chains
        >>> chains = Chains("npy|zstd", "npy|base64")
        >>> chains.encode([1], "application/json;q=0.5, */*;q=0.1").headers["Content-Type"]
        'application/json'
        """
        # Members of `Accept` that are invalid are passed over.
        chain, is_json = self._chains.choose(accept and accept.encode(errors="replace").decode())
        chain = chain.resolved(x)
        if not is_json:
            return Message(chain.encode(x, threads=self.threads), {**_headers(chain), "Vary": "Accept"})
        document = {"chain": str(chain), "data": chain.encode_text(x, threads=self.threads)}
        body = json.dumps(document, ensure_ascii=False).encode()
        return Message(body, {"Content-Type": "application/json", "Vary": "Accept"})

    def decode(self, body: bytes | bytearray | memoryview, content_type: str | None) -> Array:
        """The array in a body of this ``Content-Type``.

        An `HttpError` says what is wrong with the type, the chain, or the body's length; `StageError` and `LimitError`
        what is wrong with the data. `HttpError.of` gives a status to each.

        >>> from ndcodec.http import Chains
        >>> Chains("raw|hex").decode(b"0102", 'application/vnd.ndcodec; chain="raw(u1)|hex"')
        array([1, 2], dtype=uint8)
        """
        chain = self._content(content_type)
        self._check_body(len(body) if not isinstance(body, memoryview) else body.nbytes)
        if chain is None:
            return self.from_document(_parsed(bytes(body)))
        return self._decoded(chain, body)

    def from_document(self, document: object) -> Array:
        """The array in ``{"chain": …, "data": …}``.

        >>> from ndcodec.http import Chains
        >>> Chains("raw|hex").from_document({"chain": "raw(u1)|hex", "data": "0102"})
        array([1, 2], dtype=uint8)
        """
        if isinstance(document, dict) and document.keys() == {"chain", "data"}:
            chain, data = document["chain"], document["data"]
            if isinstance(chain, str) and isinstance(data, str):
                if not (_is_unicode(chain) and _is_unicode(data)):
                    raise HttpError(422, "json", "`chain` or `data` holds lone surrogates, which are not text")
                return self._decoded(self.allow(chain), data)
        raise HttpError(422, "json", "expected a JSON object of the texts `chain` and `data`")

    def json_hook(self, obj: dict[str, Any]) -> Any:
        """`ndcodec.json_hook` that takes these chains only: ``json.loads(text, object_hook=chains.json_hook)``."""
        is_array = obj.keys() == {"chain", "data"} and all(isinstance(value, str) for value in obj.values())
        return self.from_document(obj) if is_array else obj

    def read(self, response: _Response) -> Array:
        """The array in a response of requests or httpx, streamed or not.

        A status of 400 or more raises a `ResponseError`, which has the service's message.
        """
        body = self._collected(response, _pieces(response))
        return self._read(response, body)

    async def aread(self, response: _Response) -> Array:
        """`read` for a response that httpx streams asynchronously."""
        pieces: AsyncIterator[bytes] = response.aiter_bytes()  # type: ignore[attr-defined]
        body = bytearray()
        self._check_length_of(response.headers.get("Content-Length"))
        async for piece in pieces:
            body += piece
            self._check_body(len(body))
        return self._read(response, body)

    def _content(self, content_type: str | None) -> Chain | None:
        """The chain of a body of this type, or `None` if it is JSON."""
        if content_type is not None and not content_type.isascii() and not _is_unicode(content_type):
            raise HttpError(400, "header", "the `Content-Type` is invalid: it holds lone surrogates")
        return self._chains.content(content_type)

    def _read(self, response: _Response, body: bytearray) -> Array:
        content_type = response.headers.get("Content-Type")
        if response.status_code >= 400:
            raise ResponseError.of_response(response.status_code, content_type, bytes(body))
        return self.decode(body, content_type)

    def _collected(self, response: _Response, pieces: Iterator[bytes]) -> bytearray:
        self._check_length_of(response.headers.get("Content-Length"))
        body = bytearray()
        for piece in pieces:
            body += piece
            self._check_body(len(body))
        return body

    def _check_length_of(self, content_length: str | None) -> None:
        # What is not a number is for the HTTP library to refuse; a long one costs Python more than it says.
        if content_length and content_length.isascii() and content_length.isdigit():
            self._check_body(int(content_length[:20]))

    def _check_body(self, length: int) -> None:
        if self.max_body is not None and length > self.max_body:
            detail = f"the body has more than the limit of {self.max_body} bytes"
            raise HttpError(413, "body_limit", detail, limit=self.max_body)

    def _decoded(self, chain: Chain, data: str | Buffer) -> Array:
        return chain.decode(data, threads=self.threads, max_bytes=self.max_bytes)

    def _error(self, error: NdcodecError) -> HttpError:
        """What a service returns for ``error``."""
        problem = HttpError.of(error)
        if isinstance(error, LimitError) and self.max_bytes is not None:
            problem.members["limit"] = self.max_bytes
        return problem

    def __repr__(self) -> str:
        chains = ", ".join(repr(text) for text in self.texts)
        return f"Chains({chains}, max_bytes={self.max_bytes}, max_body={self.max_body})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.texts, self.max_bytes, self.max_body, self.threads)


def _restored(
    texts: list[str], max_bytes: int | None, max_body: int | None, threads: int | None
) -> Chains:
    return Chains(*texts, max_bytes=max_bytes, max_body=max_body, threads=threads)


def _headers(chain: Chain) -> dict[str, str]:
    return {"Content-Type": http_content_type(chain)}


def _pieces(response: Any) -> Iterator[bytes]:
    """The body of a response, in pieces that are not large."""
    if hasattr(response, "iter_content"):
        pieces: Iterator[bytes] = response.iter_content(_PIECE)
        return pieces
    if hasattr(response, "iter_bytes"):
        pieces = response.iter_bytes()
        return pieces
    raise TypeError(f"`{type(response).__name__}` is not a response of requests or httpx")


def _is_unicode(text: str) -> bool:
    """Whether it has a form in UTF-8, which lone surrogates have not."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _parsed(body: bytes) -> object:
    """The document that a body is, in UTF-8 (RFC 8259), where `json.loads` takes more than is JSON."""
    try:
        text = body.decode()
        # No number is of use here, and an integer of many digits takes long to make.
        return json.loads(text, object_pairs_hook=_object, parse_int=float, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        if isinstance(error, HttpError):
            raise
        raise HttpError(400, "json", f"the body is not JSON: {error}") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise HttpError(422, "json", "a name is given twice in a JSON object")
    return made


def _refused(name: str) -> object:
    raise ValueError(f"{name} is not a number of JSON")


def accept_of(texts: list[str]) -> str:
    """The value of ``Accept`` for these chains of a peer, which need not be ours."""
    quoted = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts if text.isascii()]
    return ", ".join(f'{MEDIA_TYPE}; chain="{text}"' for text in quoted)


#: What is taken if no chains are given: the formats and codecs that peers use most, binary and as text.
COMMON = Chains(
    "npy|zstd",
    "npy|shuffle|zstd",
    "npy|lz4",
    "npy|zlib",
    "npy",
    "npy|zstd|base64",
    "npy|shuffle|zstd|base64",
    "npy|zlib|base64",
    "npy|base64",
)
