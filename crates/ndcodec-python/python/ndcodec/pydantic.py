"""Arrays as fields of pydantic models, in JSON as ``{"chain": "npy|zstd|base64", "data": "…"}``.

>>> import numpy as np
>>> from ndcodec.pydantic import NdArray
>>> from pydantic import BaseModel
>>> class Run(BaseModel):
...     name: str
...     x: NdArray["<f4", (None, 3)]
>>> text = Run(name="run 7", x=np.zeros((2, 3), dtype="<f4")).model_dump_json()
>>> Run.model_validate_json(text).x.shape
(2, 3)
"""

from __future__ import annotations

import inspect
from types import EllipsisType
from typing import TYPE_CHECKING, Annotated, Any, Union

import numpy as np

from ndcodec._errors import NdcodecError
from ndcodec._ndcodec import Chain
from ndcodec._types import Array
from ndcodec.http import COMMON, Chains, HttpError

try:
    from pydantic_core import PydanticCustomError, core_schema
except ImportError as error:
    raise ImportError("`ndcodec.pydantic` needs the package `pydantic`, version 2 or later") from error

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler

__all__ = ["NdArray"]

Shape = Union["tuple[int | None | EllipsisType, ...]", int, None]

TEXT_CHAIN = "npy|zstd|base64"


class _Bare(type):
    """Lets a field be annotated with `NdArray` alone, which is an array of any dtype and shape."""

    @property
    def __get_pydantic_core_schema__(cls) -> Any:
        return cls().__get_pydantic_core_schema__

    @property
    def __get_pydantic_json_schema__(cls) -> Any:
        return cls().__get_pydantic_json_schema__


class NdArray(metaclass=_Bare):
    """A field that is an array of this dtype and shape.

    ``NdArray[dtype, shape]`` is short for ``Annotated[np.ndarray, NdArray(dtype, shape)]``, which type checkers
    understand as well. `NdArray` alone is any array.

    - ``dtype`` is whatever ``np.dtype`` takes, or a class of many dtypes such as ``np.floating``; ``None`` is any. An
      array of the other byte order is converted, and any other dtype is an error.
    - ``shape`` has the length of each dimension, ``None`` for any, and ``...`` once for any number of dimensions.
    - ``chains`` are those that are taken, within their limits; arrays are written by the first of them that ends in
      text. Without it they are those of `ndcodec.http.COMMON`.

    >>> import numpy as np
    >>> from ndcodec.pydantic import NdArray
    >>> from pydantic import TypeAdapter
    >>> adapter = TypeAdapter(NdArray[np.floating, (..., 2)])
    >>> adapter.validate_python(np.zeros((4, 3)))
    Traceback (most recent call last):
    pydantic_core._pydantic_core.ValidationError: ...
    expected shape (..., 2), found (4, 3) ...
    """

    def __init__(self, dtype: Any = None, shape: Shape = None, chains: Chains | None = None) -> None:
        self.any_of: type[np.generic] | None = None
        self.dtype: np.dtype[Any] | None = None
        if inspect.isclass(dtype) and issubclass(dtype, np.generic) and dtype.__subclasses__() and _is_abstract(dtype):
            self.any_of = dtype
        elif dtype is not None:
            self.dtype = np.dtype(dtype)
            if self.dtype.hasobject:
                raise TypeError("a field cannot hold arrays of Python objects, which no chain encodes")
        self.shape = _checked_shape(shape)
        self.chains = COMMON if chains is None else chains
        texts = [text for text in self.chains.texts if Chain(text).is_text]
        if not texts:
            raise TypeError("a field of a model needs a chain that ends in text, such as `npy|zstd|base64`")
        self.written = Chain(TEXT_CHAIN if chains is None else texts[0])

    def __class_getitem__(cls, item: Any) -> Any:
        return Annotated[np.ndarray, cls(*item) if isinstance(item, tuple) else cls(item)]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        serialization = core_schema.plain_serializer_function_ser_schema(self._encoded, when_used="json-unless-none")
        return core_schema.no_info_plain_validator_function(self._validated, serialization=serialization)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        chains = [text for text in self.chains.texts if Chain(text).is_text]
        return {
            "type": "object",
            "description": f"an array of dtype {self._dtype_text()} and shape {self._shape_text()}",
            "properties": {
                "chain": {"type": "string", "examples": chains, "description": "how `data` are decoded"},
                "data": {"type": "string", "description": "the encoded array"},
            },
            "required": ["chain", "data"],
            "additionalProperties": False,
        }

    def _validated(self, value: object) -> Array:
        array = value if isinstance(value, np.ndarray) else self._decoded(value)
        if self.any_of is not None:
            fits = np.issubdtype(array.dtype, self.any_of)
        else:
            fits = self.dtype is None or _same_but_order(array.dtype, self.dtype)
        if not fits:
            raise _invalid("dtype", f"expected dtype {self._dtype_text()}, found {array.dtype}")
        if self.shape is not None and not _fits(self.shape, array.shape):
            raise _invalid("shape", f"expected shape {self._shape_text()}, found {array.shape}")
        return array if self.dtype is None else array.astype(self.dtype, copy=False)

    def _decoded(self, value: object) -> Array:
        try:
            return self.chains.from_document(value)
        except NdcodecError as error:
            raise _invalid(HttpError.of(error).kind, str(error)) from error

    def _encoded(self, array: Array) -> dict[str, str]:
        chain = self.written.resolved(array)
        return {"chain": str(chain), "data": chain.encode_text(array, threads=self.chains.threads)}

    def _dtype_text(self) -> str:
        if self.any_of is not None:
            return self.any_of.__name__
        return "any" if self.dtype is None else str(self.dtype)

    def _shape_text(self) -> str:
        if self.shape is None:
            return "any"
        lengths = ["?" if length is None else "..." if length is ... else str(length) for length in self.shape]
        return f"({lengths[0]},)" if len(lengths) == 1 else f"({', '.join(lengths)})"

    def __repr__(self) -> str:
        return f"NdArray(dtype={self._dtype_text()}, shape={self._shape_text()})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NdArray) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return self.any_of, self.dtype, self.shape, id(self.chains)


def _checked_shape(shape: Shape) -> tuple[int | None | EllipsisType, ...] | None:
    if shape is None:
        return None
    if isinstance(shape, (int, np.integer)):
        shape = (int(shape),)
    lengths = tuple(shape)
    if sum(length is ... for length in lengths) > 1:
        raise TypeError("`...` may occur only once in a shape")
    for length in lengths:
        if length is not None and length is not ... and (not isinstance(length, (int, np.integer)) or length < 0):
            raise TypeError(f"the length of a dimension is a number, `None` or `...`, not {length!r}")
    return lengths


def _is_abstract(dtype: type[np.generic]) -> bool:
    return dtype in (
        np.generic,
        np.number,
        np.integer,
        np.signedinteger,
        np.unsignedinteger,
        np.inexact,
        np.floating,
        np.complexfloating,
        np.flexible,
        np.character,
    )


def _same_but_order(found: np.dtype[Any], expected: np.dtype[Any]) -> bool:
    return found.newbyteorder("<") == expected.newbyteorder("<")


def _fits(pattern: tuple[int | None | EllipsisType, ...], shape: tuple[int, ...]) -> bool:
    if ... in pattern:
        at = pattern.index(...)
        before, after = pattern[:at], pattern[at + 1 :]
        if len(shape) < len(before) + len(after):
            return False
        shape = shape[:at] + shape[len(shape) - len(after) :]
        pattern = before + after
    return len(pattern) == len(shape) and all(a is None or a == b for a, b in zip(pattern, shape))


def _invalid(kind: str, reason: str) -> PydanticCustomError:
    kind = f"ndarray_{kind}"
    # pydantic wants names that stand in the code, and these are a few of those.
    return PydanticCustomError(kind, "{reason}", {"reason": reason})  # pyright: ignore[reportArgumentType]
