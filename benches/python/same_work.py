"""The same work by other packages, from 1 KiB to 64 MiB: an array to encoded bytes, and those to an array.

    python benches/python/same_work.py --check

Claim: never slower, which noise lets us see within 5%. Both sides start from an ndarray and end with one; what only ours
does (a header with dtype and shape, limits) is part of ours. Work of one thread is measured in its processor time.
"""

import lzma  # noqa: F401  (numcodecs imports it late, inside what is timed)
import sys
import time

import measure
import ndcodec
import numpy as np

SIZES = [1 << 10, 16 << 10, 256 << 10, 4 << 20, 64 << 20]
NOISE = 0.95


def cases(x):
    """name of the case, ours (encode, decode), rival's name, rival's (encode, decode)"""
    import blosc2
    import cramjam
    import lz4.frame
    import numcodecs
    import pybase64
    import zstandard

    dtype, shape = x.dtype, x.shape

    def chain(text):
        line = ndcodec.Chain(text)
        return line.encode, line.decode

    def array(decoded):
        return np.frombuffer(decoded, dtype).reshape(shape)

    raw = f"raw({dtype.str})"
    yield f"{raw}|base64", chain(f"{raw}|base64"), "pybase64", (
        pybase64.b64encode,
        lambda s: array(pybase64.b64decode(s, validate=True)),
    )
    line = ndcodec.Chain(f"{raw}|base64")
    yield f"{raw}|base64 as str", (line.encode_text, line.decode), "pybase64", (
        pybase64.b64encode_as_string,
        lambda s: array(pybase64.b64decode(s, validate=True)),
    )
    for level in (1, 3):
        c, d = zstandard.ZstdCompressor(level=level), zstandard.ZstdDecompressor()
        yield f"{raw}|zstd({level})", chain(f"{raw}|zstd({level})"), "zstandard", (
            c.compress,
            lambda s, d=d: array(d.decompress(s)),
        )
    yield f"{raw}|zstd(1)", chain(f"{raw}|zstd(1)"), "cramjam", (
        lambda x: cramjam.zstd.compress(x.view(np.uint8), level=1),
        lambda s: array(cramjam.zstd.decompress(s)),
    )
    codec = numcodecs.Zstd(level=1)
    yield f"{raw}|zstd(1)", chain(f"{raw}|zstd(1)"), "numcodecs", (codec.encode, lambda s: array(codec.decode(s)))
    yield f"{raw}|lz4", chain(f"{raw}|lz4"), "lz4.frame", (
        lambda x: lz4.frame.compress(x, store_size=True),
        lambda s: array(lz4.frame.decompress(s)),
    )
    yield f"{raw}|lz4", chain(f"{raw}|lz4"), "cramjam", (
        lambda x: cramjam.lz4.compress(x.view(np.uint8)),
        lambda s: array(cramjam.lz4.decompress(s)),
    )
    yield f"{raw}|zlib(6)", chain(f"{raw}|zlib(6)"), "cramjam", (
        lambda x: cramjam.zlib.compress(x.view(np.uint8), level=6),
        lambda s: array(cramjam.zlib.decompress(s)),
    )
    zlib = numcodecs.Zlib(level=6)
    yield f"{raw}|zlib(6)", chain(f"{raw}|zlib(6)"), "numcodecs", (zlib.encode, lambda s: array(zlib.decode(s)))
    shuffle, plain = numcodecs.Shuffle(dtype.itemsize), numcodecs.Zstd(level=1)
    yield f"{raw}|shuffle|zstd(1)", chain(f"{raw}|shuffle|zstd(1)"), "numcodecs", (
        lambda x: plain.encode(shuffle.encode(x)),
        lambda s: array(shuffle.decode(plain.decode(s))),
    )
    for inner, codec in [("shuffle|lz4", blosc2.Codec.LZ4), ("shuffle|zstd(1)", blosc2.Codec.ZSTD)]:
        yield f"chunked({inner})", chain(f"chunked({inner})"), "blosc2", (
            lambda x, codec=codec: blosc2.compress2(x, codec=codec, clevel=1, filters=[blosc2.Filter.SHUFFLE]),
            lambda s: array(blosc2.decompress2(s)),
        )


def data(nbytes):
    """Measurements: a slow wave with noise below it, as `float32`."""
    rng = np.random.default_rng(1)
    n = nbytes // 4
    return (np.sin(np.arange(n) / 50) * 100 + rng.normal(size=n)).round(2).astype("<f4")


def main():
    parser = measure.arguments(__doc__)
    parser.add_argument("--only", default="", help="cases whose name and rival hold this")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    args = measure.parse(parser)
    if args.quick:
        args.sizes = [nbytes for nbytes in args.sizes if nbytes <= 1 << 20]
    rows, failed = [], []
    for nbytes in args.sizes:
        x = data(nbytes)
        for name, ours, rival, theirs in cases(x):
            if args.only not in f"{name} {rival}":
                continue
            a, b = ours[0](x), theirs[0](x)
            assert np.array_equal(ours[1](a), x) and np.array_equal(theirs[1](b).ravel(), x.ravel())
            for direction, f, g in [
                ("encode", lambda: ours[0](x), lambda: theirs[0](x)),
                ("decode", lambda: ours[1](a), lambda: theirs[1](b)),
            ]:
                row = measure.Row("same_work", name, nbytes, direction, 0, rival, 0, 0)
                # Of blosc2 and `chunked`, which use all cores, only the time on the wall is comparable.
                # Seconds a call.
                least = 3 if "zlib" in name and nbytes > 4 << 20 else 7
                clock = time.perf_counter if rival == "blosc2" else time.process_time
                row.ours_seconds, row.rival_seconds, row.ratio = measure.pair(f, g, args.seconds, least, clock)
                rows.append(row)
                print(row, flush=True)
                if row.ratio < NOISE:
                    failed.append(f"{name} {direction} of {nbytes} bytes: {row.ratio:.2f}x {rival}")
    measure.finish(args, rows, failed)


if __name__ == "__main__":
    sys.exit(main())
