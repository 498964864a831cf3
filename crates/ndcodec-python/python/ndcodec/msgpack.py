"""Arrays in msgpack, as an extension type: binary, so that they need no base64.

>>> import ndcodec.msgpack, msgpack, numpy as np
>>> data = msgpack.packb({"x": np.arange(3)}, default=ndcodec.msgpack.default)
>>> msgpack.unpackb(data, ext_hook=ndcodec.msgpack.ext_hook)
{'x': array([0, 1, 2])}

``functools.partial`` gives `default` another ``chain`` and `ext_hook` other ``chains``. The extension's payload is the
length of the chain's text in two bytes, little-endian, the text in UTF-8, and the encoded array.
"""

from __future__ import annotations

import struct
from typing import Any

from ndcodec._arrays import as_array, is_array, is_number
from ndcodec._ndcodec import Chain
from ndcodec.http import COMMON, Chains, HttpError

try:
    from msgpack import ExtType
except ImportError as error:
    raise ImportError("`ndcodec.msgpack` needs the package `msgpack`") from error

__all__ = ["CODE", "default", "ext_hook"]

#: The code of the extension type, unless another is given.
CODE = 78

_LENGTH = struct.Struct("<H")


def default(obj: Any, *, chain: str | Chain = "npy|zstd", code: int = CODE) -> Any:
    """What ``msgpack.packb(document, default=ndcodec.msgpack.default)`` makes of arrays, of whatever library. Numpy's scalars become numbers.

    >>> import ndcodec.msgpack, msgpack, numpy as np
    >>> msgpack.packb([np.int8(3), np.bool_(True)], default=ndcodec.msgpack.default)
    b'\\x92\\x03\\xc3'
    """
    if is_number(obj):
        return obj.item()
    if not is_array(obj):
        raise TypeError(f"cannot serialize `{type(obj).__name__}` as msgpack")
    array = as_array(obj)
    chain = (chain if isinstance(chain, Chain) else Chain(chain)).resolved(array)
    text = str(chain).encode()
    if len(text) > 0xFFFF:
        raise ValueError(f"the chain has {len(text)} bytes, over {0xFFFF}; begin it with `npy`")
    return ExtType(code, _LENGTH.pack(len(text)) + text + chain.encode(array))


def ext_hook(code: int, data: bytes, *, chains: Chains = COMMON, of_code: int = CODE) -> Any:
    """Give back arrays in ``msgpack.unpackb(data, ext_hook=ndcodec.msgpack.ext_hook)``; other extensions stay as they are.

    Chains other than ``chains`` are an `HttpError`.

    >>> import ndcodec.msgpack
    >>> ndcodec.msgpack.ext_hook(78, b"\\x0b\\x00raw(u1)|hex" + b"0102", chains=ndcodec.http.Chains("raw|hex"))
    array([1, 2], dtype=uint8)
    >>> ndcodec.msgpack.ext_hook(5, b"other")
    ExtType(code=5, data=b'other')
    """
    if code != of_code:
        return ExtType(code, data)
    if len(data) < 2 or len(data) < 2 + _LENGTH.unpack_from(data)[0]:
        raise HttpError(422, "truncated", f"the extension of {len(data)} bytes ends in the text of its chain")
    end = 2 + _LENGTH.unpack_from(data)[0]
    try:
        text = bytes(data[2:end]).decode()
    except UnicodeDecodeError as error:
        raise HttpError(400, "chain", f"the text of the chain is not UTF-8: {error}") from None
    return chains._decoded(chains.allow(text), memoryview(data)[end:])
