"""Whole arrays of the corpus and a made one through our chains, beside what a Python program would use instead.

`python benches/python/rivals.py --csv FILE` measures; the package `ndcodec` and `requirements.txt` must be installed, which
`cargo xtask bench` sees to. Both sides begin and end with a numpy array; the rivals that store bytes alone are told dtype and
shape for nothing.
"""

import io
import os
import pickle
import zlib
from typing import Callable, NamedTuple

import blosc2
import cramjam
import lz4.frame
import numcodecs
import numpy as np
import safetensors.numpy
import zstandard
from isal import isal_zlib
from measure import Run, made, real
from zlib_ng import zlib_ng

import ndcodec

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Rival(NamedTuple):
    """Ours, and another way from an array to bytes, and from these and an array like it back."""

    chain: str
    name: str
    encode: Callable[[np.ndarray], bytes]
    decode: Callable[[bytes, np.ndarray], np.ndarray]
    threads: int = 1


def like(x: np.ndarray, payload) -> np.ndarray:
    return np.frombuffer(payload, x.dtype).reshape(x.shape)


def of_bytes(chain: str, name: str, encode, decode) -> Rival:
    """A rival that knows bytes only: the array lies in memory as it is sent."""
    return Rival(chain, name, lambda x: encode(x.data), lambda encoded, x: like(x, decode(encoded)))


def of_codec(chain: str, name: str, codec) -> Rival:
    return Rival(chain, name, codec.encode, lambda encoded, x: like(x, codec.decode(encoded)))


def blosc(chain: str, codec: "blosc2.Codec", clevel: int, threads: int) -> Rival:
    def encode(x: np.ndarray) -> bytes:
        blosc2.set_nthreads(threads)
        return blosc2.compress2(
            x, codec=codec, clevel=clevel, typesize=x.itemsize, nthreads=threads, filters=[blosc2.Filter.SHUFFLE]
        )

    def decode(encoded: bytes, x: np.ndarray) -> np.ndarray:
        return like(x, blosc2.decompress2(encoded, nthreads=threads))

    return Rival(chain, f"blosc2 {codec.name.lower()}", encode, decode, threads)


def savez(x: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, x=x)
    return out.getvalue()


def save_zlib(x: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, x)
    return zlib.compress(out.getbuffer())


RIVALS = [
    Rival("npy", "pickle protocol 5", lambda x: pickle.dumps(x, 5), lambda encoded, _: pickle.loads(encoded)),
    Rival(
        "npy",
        "safetensors",
        lambda x: safetensors.numpy.save({"x": x}),
        lambda encoded, _: safetensors.numpy.load(encoded)["x"],
    ),
    Rival("npy|zlib", "np.savez_compressed", savez, lambda encoded, _: np.load(io.BytesIO(encoded))["x"]),
    Rival(
        "npy|zlib", "np.save, zlib", save_zlib, lambda encoded, _: np.load(io.BytesIO(zlib.decompress(encoded)))
    ),
    of_bytes("npy|zlib", "zlib-ng", lambda raw: zlib_ng.compress(raw, 6), zlib_ng.decompress),
    # Its levels end at 3, which is about zlib's 2: look at the sizes.
    of_bytes("npy|zlib", "isal", lambda raw: isal_zlib.compress(raw, 3), isal_zlib.decompress),
    of_bytes("npy|zstd", "zstandard", zstandard.ZstdCompressor(3).compress, zstandard.ZstdDecompressor().decompress),
    of_bytes("npy|zstd", "cramjam zstd", lambda raw: bytes(cramjam.zstd.compress(raw, 3)), cramjam.zstd.decompress),
    of_codec("npy|zstd", "numcodecs Zstd", numcodecs.Zstd(3)),
    of_bytes("npy|lz4", "lz4.frame", lz4.frame.compress, lz4.frame.decompress),
    of_bytes("npy|lz4", "cramjam lz4", lambda raw: bytes(cramjam.lz4.compress(raw)), cramjam.lz4.decompress),
    of_codec("npy|lz4", "numcodecs LZ4", numcodecs.LZ4()),
    of_codec("chunked(shuffle|lz4)", "numcodecs Blosc lz4", numcodecs.Blosc("lz4", 5, numcodecs.Blosc.SHUFFLE)),
    *(blosc("chunked(shuffle|lz4)", blosc2.Codec.LZ4, 5, threads) for threads in sorted({1, CORES})),
    *(blosc("chunked(shuffle|zstd(1))", blosc2.Codec.ZSTD, 1, threads) for threads in sorted({1, CORES})),
]


def main() -> None:
    run = Run("rivals", __doc__)
    numcodecs.blosc.set_nthreads(1)
    arrays = real()
    if run.quick:
        arrays = dict(list(arrays.items())[:3])
    arrays["made"] = made(8 << 20 if run.quick else 64 << 20)
    for rival in RIVALS:
        for name, x in arrays.items():
            if run.wants(rival.chain, rival.name, name):
                beside(run, rival, name, np.ascontiguousarray(x))
    run.finish()


def beside(run: Run, rival: Rival, name: str, x: np.ndarray) -> None:
    chain, threads = rival.chain, rival.threads
    ours = ndcodec.encode(x, chain, threads=threads)
    theirs = rival.encode(x)
    for what, back in ("ndcodec", ndcodec.decode(ours, chain, threads=threads)), (rival.name, rival.decode(theirs, x)):
        if back.dtype != x.dtype or back.shape != x.shape or back.tobytes() != x.tobytes():
            raise SystemExit(f"{what} does not give {name} back")
    case, sizes = f"{chain} on {name}", (len(ours), len(theirs))
    encode = lambda: ndcodec.encode(x, chain, threads=threads)
    decode = lambda: ndcodec.decode(ours, chain, threads=threads)
    run.beside(case, x.nbytes, "encode", threads, encode, rival.name, lambda: rival.encode(x), *sizes)
    run.beside(case, x.nbytes, "decode", threads, decode, rival.name, lambda: rival.decode(theirs, x), *sizes)


if __name__ == "__main__":
    main()
