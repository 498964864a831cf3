"""Beside the recipe that everyone finds: `np.save`, `zlib.compress`, `base64.b64encode`, and back, on measured arrays.

    python benches/python/recipe.py --check

Claims, all for the geometric mean over the arrays: `npy|zlib|base64` at least 2x faster both ways and no larger;
`chunked(shuffle|zstd(1))|base64` at least 40x to encode and 8x to decode, and smaller. What all arrays together come to is
printed beside. The first 1 KiB of each: `npy|zstd|base64` at least 5x, both ways.
"""

import base64
import io
import os
import statistics
import sys
import time
import zlib
from pathlib import Path
from typing import NamedTuple

import measure
import ndcodec
import numpy as np

RECIPE = "np.save+zlib+base64"
SMALL = 1 << 10


class Claim(NamedTuple):
    chain: str
    # How many times as fast as the recipe, at least.
    encode: float
    decode: float
    # What each array is cut to.
    nbytes: int | None = None


CLAIMS = [
    Claim("npy|zlib|base64", 2, 2),
    Claim("chunked(shuffle|zstd(1))|base64", 40, 8),
    Claim("npy|zstd|base64", 5, 5, SMALL),
]


def encode(x):
    file = io.BytesIO()
    np.save(file, x)
    return base64.b64encode(zlib.compress(file.getvalue()))


def decode(text):
    return np.load(io.BytesIO(zlib.decompress(base64.b64decode(text))))


def main():
    args = measure.parse(measure.arguments(__doc__))
    corpus = args.corpus or os.environ.get("NDCODEC_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus"
    paths = sorted(Path(corpus, "real").glob("*.npy"))
    if not paths:
        sys.exit(f"no arrays in {Path(corpus, 'real')}")
    if args.quick:
        paths = paths[:2]
    rows, failed = [], []
    for claim in CLAIMS:
        chain = claim.chain
        # `chunked` uses all cores, so only its time on the wall is comparable.
        clock = time.perf_counter if chain.startswith("chunked") else time.process_time
        of_chain, sizes = [], []
        for path in paths:
            x = np.load(path)
            if claim.nbytes:
                x = x.ravel()[: claim.nbytes // x.itemsize].copy()
            theirs, ours = encode(x), ndcodec.encode(x, chain)
            assert np.array_equal(decode(theirs), ndcodec.decode(ours, chain), equal_nan=x.dtype.kind == "f")
            sizes.append((len(ours), len(theirs)))
            for direction, a, b in [
                ("encode", lambda: ndcodec.encode(x, chain), lambda: encode(x)),
                ("decode", lambda: ndcodec.decode(ours, chain), lambda: decode(theirs)),
            ]:
                row = measure.Row("recipe", f"{chain} on {path.stem}", x.nbytes, direction, 0, RECIPE, 0, 0)
                row.ours_seconds, row.rival_seconds, row.ratio = measure.pair(a, b, args.seconds, 3, clock)
                of_chain.append(row)
                print(row, flush=True)
        rows += of_chain
        what = f"{chain} of {claim.nbytes} bytes" if claim.nbytes else chain
        size, all_sizes = statistics.geometric_mean(a / b for a, b in sizes), [sum(of) for of in zip(*sizes)]
        print(f"{what}: {size:.3f} of the recipe's size in geometric mean, {all_sizes[0] / all_sizes[1]:.3f} in all")
        if size > 1 and not claim.nbytes:
            failed.append(f"{what}: {size:.3f} of the recipe's size, claimed to be no larger")
        for direction, bound in [("encode", claim.encode), ("decode", claim.decode)]:
            there = [row for row in of_chain if row.direction == direction]
            ours, theirs = sum(row.ours_seconds for row in there), sum(row.rival_seconds for row in there)
            mean = statistics.geometric_mean(row.ratio for row in there)
            rows.append(measure.Row("recipe", f"{what} on all", 0, direction, ours, RECIPE, theirs, theirs / ours))
            print(f"{what}: {direction} {mean:.1f}x in geometric mean, {theirs / ours:.1f}x in all")
            if mean < bound:
                failed.append(f"{what} {direction}: {mean:.2f}x, claimed {bound}x")
    measure.finish(args, rows, failed)


if __name__ == "__main__":
    main()
