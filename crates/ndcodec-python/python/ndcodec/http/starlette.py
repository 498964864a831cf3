"""Arrays in the requests and responses of Starlette and FastAPI.

>>> from ndcodec.http import Chains
>>> from ndcodec.http.starlette import ArrayResponse, install, read_array
>>> from starlette.applications import Starlette
>>> from starlette.routing import Route
>>> chains = Chains("npy|zstd")
>>> async def double(request):
...     return ArrayResponse(2 * await read_array(request, chains), chains)
>>> app = Starlette(routes=[Route("/double", double, methods=["POST"])])
>>> install(app)
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import numpy.typing as npt

from ndcodec._errors import NdcodecError
from ndcodec._types import Array
from ndcodec.http._chains import MEDIA_TYPE, Chains
from ndcodec.http._problem import PROBLEM_TYPE, HttpError

try:
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.concurrency import run_in_threadpool
    from starlette.datastructures import Headers
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send
except ImportError as error:
    raise ImportError("`ndcodec.http.starlette` needs the package `starlette`, which `fastapi` brings") from error

__all__ = [
    "ArrayResponse",
    "ProblemException",
    "ProblemResponse",
    "array_body",
    "install",
    "openapi_body",
    "read_array",
]


class ArrayResponse(Response):
    """The response that sends an array, as the request's ``Accept`` asks for.

    It is encoded in a thread when it is sent, so the array must not change after it was returned. A client that takes
    none of the chains gets a problem document of status 406.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self,
        content: npt.ArrayLike,
        chains: Chains,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        super().__init__(None, status_code, headers, background=background)
        self.content, self.chains = content, chains

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        accept = ", ".join(Headers(scope=scope).getlist("accept")) or None
        try:
            message = await run_in_threadpool(self.chains.encode, self.content, accept)
        except HttpError as error:
            await ProblemResponse(error)(scope, receive, send)
            return
        self.body = message.body
        self.headers.add_vary_header(message.headers.pop("Vary"))
        self.headers.update({**message.headers, "Content-Length": str(len(message.body))})
        await super().__call__(scope, receive, send)


class ProblemResponse(Response):
    """The response with a problem document."""

    media_type = PROBLEM_TYPE

    def __init__(self, error: HttpError) -> None:
        body = json.dumps(error.document(), ensure_ascii=False).encode()
        super().__init__(body, error.status, error.headers())


class ProblemException(HTTPException):
    """A request that is not accepted. After `install` the client gets a problem document, and else what the framework makes
    of an ``HTTPException`` with this status."""

    def __init__(self, error: HttpError) -> None:
        headers = {name: value for name, value in error.headers().items() if name != "Content-Type"}
        super().__init__(error.status, error.detail, headers)
        self.error = error


async def read_array(request: Request, chains: Chains) -> Array:
    """The array in the body of a request, which is read only up to the limits and decoded in a thread.

    Anything wrong is a `ProblemException`: see ``docs/http.md`` for the statuses.
    """
    try:
        return await _read(request, chains)
    except NdcodecError as error:
        raise ProblemException(chains._error(error)) from error


async def _read(request: Request, chains: Chains) -> Array:
    coding = request.headers.get("content-encoding", "identity")
    if coding.lower() != "identity":
        detail = f"the content coding `{coding}` is not accepted; compress by the chain"
        raise HttpError(415, "content_coding", detail)
    # What is not taken is refused before it is read.
    content_type = request.headers.get("content-type")
    chains._content(content_type)
    chains._check_length_of(request.headers.get("content-length"))
    body = bytearray()
    async for piece in request.stream():
        body += piece
        chains._check_body(len(body))
    return await run_in_threadpool(chains.decode, body, content_type)


def array_body(chains: Chains) -> Callable[[Request], Awaitable[Array]]:
    """The dependency for FastAPI: ``x: Annotated[np.ndarray, Depends(array_body(chains))]``."""

    async def body(request: Request) -> Array:
        return await read_array(request, chains)

    return body


def install(app: Starlette) -> None:
    """Make problem documents of the errors of this package that reach the application's error handlers."""

    async def handler(request: Request, error: Exception) -> Response:
        assert isinstance(error, ProblemException)
        return ProblemResponse(error.error)

    app.add_exception_handler(ProblemException, handler)


def openapi_body(chains: Chains) -> dict[str, Any]:
    """What OpenAPI says of a body that is an array: ``@app.post("/", openapi_extra=openapi_body(chains))``."""
    described = "an array, encoded by one of the chains " + ", ".join(f"`{text}`" for text in chains.texts)
    content: dict[str, Any] = {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}
    if "application/json" in chains.accept:
        text = {"type": "string"}
        schema = {"type": "object", "properties": {"chain": text, "data": text}, "required": ["chain", "data"]}
        content["application/json"] = {"schema": schema}
    return {"requestBody": {"required": True, "description": described, "content": content}}
