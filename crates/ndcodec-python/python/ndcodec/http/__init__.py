"""Arrays as HTTP bodies: ``Content-Type: application/vnd.ndcodec; chain="npy|zstd"``.

>>> import numpy as np
>>> from ndcodec.http import Chains
>>> chains = Chains("npy|zstd", "npy|zstd|base64", max_bytes=16 << 20)
>>> body, headers = chains.request(np.arange(3))
>>> headers["Content-Type"]
'application/vnd.ndcodec; chain="npy|zstd"'

``requests.post(url, data=body, headers=headers)`` and ``httpx.post(url, content=body, headers=headers)`` send it, and
``chains.read(response)`` is the array in the response. `ndcodec.http.starlette` has the service's side.
"""

from ndcodec.http._chains import COMMON, MEDIA_TYPE, Chains, Message
from ndcodec.http._problem import PROBLEM_TYPE, HttpError, ResponseError

__all__ = ["COMMON", "MEDIA_TYPE", "PROBLEM_TYPE", "Chains", "HttpError", "Message", "ResponseError"]
