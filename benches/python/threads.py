"""Threads that decode at once, beside one that decodes as much: the interpreter is released, so they scale with the cores.

    python benches/python/threads.py --check

Claim: two threads on two cores take at most 1/1.6 of the time of one, for each chain that computes; `threads=1` keeps every
call to a single core. Chains that do little more than copy are measured too, and held to nothing: there the cores wait for
the memory that they share.
"""

import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import measure
import ndcodec
import numpy as np

# A chain of every codec and filter, and both containers.
CHAINS = [
    "npy|zlib",
    "npy|gzip",
    "npy|zstd",
    "npy|shuffle|zstd|base64",
    "npy|bitshuffle|lz4",
    "npy|xor|zstd",
    "npy|predict|shuffle|zstd",
    "npy|decimal|zlib",
    "npy|pco",
    "raw(<f4)|zlib|base64",
    "chunked(shuffle|lz4)",
    "chunked(shuffle|zstd)",
    "auto",
    "auto(fast)",
]
# What memory bounds, and not the cores; `lz4` alone finds nothing in these data.
COPIES = ["npy", "npy|lz4", "npy|base64", "npy|hex", "npy|crc32c", "npy|shuffle"]
LEAST = 1.6


def main():
    args = measure.parse(measure.arguments(__doc__))
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    rows, failed = [], []
    rng = np.random.default_rng(1)
    x = (np.sin(np.arange(1 << 20) / 50) * 100 + rng.normal(size=1 << 20)).round(2).astype("<f4")
    with ThreadPoolExecutor(threads) as pool:
        for text in CHAINS + COPIES:
            chain = ndcodec.Chain(text)
            data = chain.encode(x)
            for direction, call in [
                ("encode", lambda _: chain.encode(x, threads=1)),
                ("decode", lambda _: chain.decode(data, threads=1)),
            ]:
                work = range(4 * threads)
                one, many = [], []
                end = time.perf_counter() + 4 * args.seconds
                while len(one) < 3 or time.perf_counter() < end:
                    for times, run in ((one, map), (many, pool.map)):
                        start = time.perf_counter()
                        for _ in run(call, work):
                            pass
                        times.append(time.perf_counter() - start)
                ratio = statistics.median(a / b for a, b in zip(one, many))
                row = measure.Row(
                    "threads",
                    f"{text} in {threads} threads",
                    x.nbytes * len(work),
                    direction,
                    statistics.median(many),
                    "one thread",
                    statistics.median(one),
                    ratio,
                )
                rows.append(row)
                print(row, flush=True)
                if threads >= 2 and ratio < LEAST and text in CHAINS:
                    failed.append(f"{text} {direction}: {ratio:.2f}x in {threads} threads")
    measure.finish(args, rows, failed)


if __name__ == "__main__":
    main()
