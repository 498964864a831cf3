"""Beside the recipe that everyone finds: `np.save`, `zlib.compress`, `base64.b64encode`, and back, on measured arrays.

    python benches/python/recipe.py --check

Claims: `npy|zlib|base64` at least 2x faster both ways over all arrays together and at no larger size;
`chunked(shuffle|zstd(1))|base64` at least 40x to encode and 8x to decode, and smaller.
"""

import base64
import io
import os
import sys
import time
import zlib
from pathlib import Path

import measure
import ndcodec
import numpy as np

CHAINS = {"npy|zlib|base64": (2, 2), "chunked(shuffle|zstd(1))|base64": (40, 8)}


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
    for chain, least in CHAINS.items():
        # `chunked` uses all cores, so only its time on the wall is comparable.
        clock = time.perf_counter if chain.startswith("chunked") else time.process_time
        total = {"encode": [0, 0], "decode": [0, 0], "size": [0, 0]}
        for path in paths:
            x = np.load(path)
            theirs, ours = encode(x), ndcodec.encode(x, chain)
            assert np.array_equal(decode(theirs), ndcodec.decode(ours, chain), equal_nan=x.dtype.kind == "f")
            total["size"][0] += len(ours)
            total["size"][1] += len(theirs)
            for direction, a, b in [
                ("encode", lambda: ndcodec.encode(x, chain), lambda: encode(x)),
                ("decode", lambda: ndcodec.decode(ours, chain), lambda: decode(theirs)),
            ]:
                row = measure.Row("recipe", f"{chain} on {path.stem}", x.nbytes, direction, 0, "np.save+zlib+base64", 0, 0)
                row.ours_seconds, row.rival_seconds, row.ratio = measure.pair(a, b, args.seconds, 3, clock)
                total[direction][0] += row.ours_seconds
                total[direction][1] += row.rival_seconds
                rows.append(row)
                print(row, flush=True)
        size = total["size"]
        print(f"{chain}: {size[0]} bytes, the recipe {size[1]}: {size[0] / size[1]:.3f}")
        if size[0] > size[1] or (least[0] > 2 and size[0] == size[1]):
            failed.append(f"{chain} is smaller in all: {size[0]} and {size[1]}")
        for direction, bound in zip(("encode", "decode"), least):
            ratio = total[direction][1] / total[direction][0]
            rows.append(
                measure.Row("recipe", f"{chain} all", 0, direction, total[direction][0], "np.save+zlib+base64", total[direction][1], ratio)
            )
            print(f"{chain}: {direction} {ratio:.1f}x")
            if ratio < bound:
                failed.append(f"{chain} {direction}: {ratio:.2f}x, claimed {bound}x")
    measure.finish(args, rows, failed)


if __name__ == "__main__":
    main()
