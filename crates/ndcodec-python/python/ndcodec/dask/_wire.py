"""Arrays between workers, encoded: `register`."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np

from ndcodec._errors import NdcodecError
from ndcodec._ndcodec import Chain
from ndcodec._types import Array
from ndcodec.dask._chains import CarriedChain, lossy_word

__all__ = ["Refused", "register", "unregister"]

FAMILY = "ndcodec"
#: How much of an array is encoded to see whether the rest is worth it, from its middle.
SAMPLE = 1 << 16


@dataclass(frozen=True)
class _Settings:
    chain: CarriedChain
    min_bytes: int
    max_bytes: int
    min_saving: float
    threads: int


_settings: _Settings | None = None


def register(
    chain: str | Chain = "chunked(shuffle|lz4)",
    *,
    client: Any = None,
    min_bytes: int = 1 << 16,
    max_bytes: int = 1 << 30,
    min_saving: float = 0.125,
    threads: int = 1,
) -> None:
    """Encode numpy arrays by ``chain`` when a Dask cluster sends them between processes or spills them to disk.

    This holds for this process, and with ``client`` for all workers of its cluster, including later ones. Arrays from
    ``min_bytes`` to ``max_bytes`` are encoded if a sample of them, and then the whole, became smaller by
    ``min_saving``. Dask sends other arrays, masked arrays and Python objects in its own way. Any process that has
    ndcodec can decode the arrays, whether it called `register` or not. It decodes at most the bytes that the header
    says, and at most its own ``max_bytes``, which is 1 GiB without `register`.

    It pays if the network is slow: docs/scale.md has the bandwidths, as measured. The chain must be lossless, since
    Dask expects an array to be the same in every process. There is also the serializer family ``ndcodec``, which takes
    only arrays, for ``Client(…, serializers=["ndcodec", "dask", "pickle"])``.

    >>> import ndcodec.dask
    >>> ndcodec.dask.register("chunked(shuffle|lz4)")
    >>> ndcodec.dask.unregister()
    """
    global _settings
    from distributed.protocol.serialize import dask_serialize, register_serialization_family

    if min_bytes < 0 or max_bytes < 0 or not 0 <= min_saving < 1:
        raise NdcodecError(
            f"`min_bytes` and `max_bytes` cannot be negative, and `min_saving` is from 0 to 1, which it does not reach; "
            f"given are {min_bytes}, {max_bytes} and {min_saving}"
        )
    carried = CarriedChain.of(chain)
    made = carried.open()
    if made.stages[0] == "raw":
        raise NdcodecError(f"`{made}` has no header: give a chain that begins with `npy`, `chunked` or `auto`")
    if lossy := lossy_word(carried.text):
        raise NdcodecError(f"`{lossy}` changes values, and Dask takes an array for the same on every worker")
    settings = _Settings(carried, min_bytes, max_bytes, min_saving, threads)
    if client is not None:
        client.register_plugin(_plugin(settings))
    _plain()  # Its module registers Dask's own way, which must not come after ours.
    dask_serialize.register(np.ndarray, _serialize)
    register_serialization_family(FAMILY, _family_dumps, _family_loads)
    _settings = settings


def unregister(*, client: Any = None) -> None:
    """Send arrays as Dask does again; with ``client`` on all workers of its cluster too."""
    global _settings
    from distributed.protocol.serialize import dask_serialize, families

    if client is not None:
        client.unregister_worker_plugin(_PLUGIN)
    if _settings is not None:
        dask_serialize.register(np.ndarray, _plain())
        families.pop(FAMILY, None)
    _settings = None


_PLUGIN = "ndcodec.dask.register"


def _plain() -> Any:
    """Dask's own way of sending an array."""
    from distributed.protocol.numpy import serialize_numpy_ndarray

    return serialize_numpy_ndarray


def _plugin(settings: _Settings) -> Any:
    from distributed import WorkerPlugin

    class Register(WorkerPlugin):
        name = _PLUGIN

        def setup(self, worker: Any) -> None:
            register(
                settings.chain.open(),
                min_bytes=settings.min_bytes,
                max_bytes=settings.max_bytes,
                min_saving=settings.min_saving,
                threads=settings.threads,
            )

        def teardown(self, worker: Any) -> None:
            unregister()

    return Register()


class _Encoded:
    """An array on its way. Dask's own reader of arrays loads a pickle where the header says so, and this is what it
    finds: so an array is decoded by a process in which nobody called `register`, and one without ndcodec says what it
    misses.
    """

    def __init__(self, chain: CarriedChain, x: Array, data: bytes) -> None:
        self.chain, self.x, self.data = chain, x, data

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        x = self.x
        return _decoded, (self.chain, x.shape, x.nbytes, x.flags.writeable, pickle.PickleBuffer(self.data))


def _decoded(chain: CarriedChain, shape: tuple[int, ...], nbytes: int, writeable: bool, data: Any) -> Any:
    """The array; or, if it is refused, what raises the reason in the task that uses it. An error here would be one of
    the connection, over which Dask asks for the same array again, for ever.
    """
    try:
        return _checked(chain, shape, nbytes, writeable, data)
    except (NdcodecError, MemoryError) as error:
        return Refused(f"{type(error).__name__}: {error}")


def _checked(chain: CarriedChain, shape: tuple[int, ...], nbytes: int, writeable: bool, data: Any) -> Array:
    limit = 1 << 30 if _settings is None else _settings.max_bytes
    if nbytes > limit:
        raise NdcodecError(
            f"an array of {nbytes} bytes came encoded, more than the {limit} that are decoded; "
            "raise it by `ndcodec.dask.register(max_bytes=…)`"
        )
    x = chain.open().decode(data, max_bytes=nbytes + (1 << 20), threads=1 if _settings is None else _settings.threads)
    if x.shape != shape or x.nbytes != nbytes:
        raise NdcodecError(f"the array has the shape {x.shape}, but its header says {shape}")
    if not writeable:
        x.flags.writeable = False
    return x


class Refused(np.lib.mixins.NDArrayOperatorsMixin):
    """In place of an array that came and could not be decoded: whatever uses it gets the reason, as an error."""

    def __init__(self, why: str) -> None:
        object.__setattr__(self, "why", why)

    def __reduce__(self) -> tuple[Any, ...]:
        return Refused, (self.__dict__["why"],)

    def __repr__(self) -> str:
        return f"Refused({self.__dict__['why']!r})"

    def _raise(self, *args: Any, **kwargs: Any) -> Any:
        raise NdcodecError(f"an array that another worker sent was refused: {self.__dict__['why']}")

    __array__ = __array_ufunc__ = __array_function__ = __getitem__ = __setitem__ = __len__ = __iter__ = _raise
    __bool__ = __float__ = __int__ = __call__ = _raise

    def __getattr__(self, name: str) -> Any:
        # Of names of protocols, Python and Dask ask whether they are there.
        if name.startswith("__"):
            raise AttributeError(name)
        return self._raise()


def _worth(x: Array) -> bytes | None:
    """The encoded array, if it is worth sending so."""
    settings = _settings
    if settings is None or not settings.min_bytes <= x.nbytes <= settings.max_bytes or x.dtype.hasobject:
        return None
    # A broadcast array is sent as the few elements that it has.
    if type(x) is not np.ndarray or 0 in x.strides or x.dtype.metadata:
        return None
    chain = settings.chain.open()
    keep = 1 - settings.min_saving
    try:
        if x.nbytes > 4 * SAMPLE and (x.flags.c_contiguous or x.flags.f_contiguous):
            flat = x.ravel(order="K")
            count = max(1, SAMPLE // x.itemsize)
            sample = flat[len(flat) // 2 :][:count]
            if len(chain.encode(sample, threads=1)) > keep * sample.nbytes:
                return None
        data = chain.encode(x, threads=settings.threads)
    except NdcodecError:
        # What this chain cannot hold, such as floats through `delta`, goes as it is.
        return None
    return data if len(data) <= keep * x.nbytes else None


def _serialize(x: Array, context: Any = None) -> Any:
    # Dask remembers this function for subclasses of arrays, so it may be called after `unregister`.
    data = _worth(x)
    if data is None:
        return _plain()(x, context=context)
    return {"pickle": True}, _frames(x, data)


def _frames(x: Array, data: bytes) -> list[Any]:
    assert _settings is not None
    buffers: list[Any] = []
    first = pickle.dumps(_Encoded(_settings.chain, x, data), protocol=5, buffer_callback=buffers.append)
    return [first, *(memoryview(buffer) for buffer in buffers)]


def _family_dumps(x: Any) -> tuple[dict[str, Any], list[Any]]:
    data = _worth(x) if isinstance(x, np.ndarray) else None
    if data is None:
        raise NotImplementedError("for the next family")
    return {}, _frames(x, data)


def _family_loads(header: dict[str, Any], frames: list[Any]) -> Any:
    return pickle.loads(frames[0], buffers=frames[1:])
