"""Threads that decode at once, beside one that decodes as much: the interpreter is released, so they scale with the cores.

    python benches/python/threads.py --check

Claim: two threads on two cores take at most 1/1.6 of the time of one, for each chain that computes; `threads=1` keeps every
call to a single core. Chains that do little more than copy are measured too, and held to nothing: there the cores wait for
the memory that they share. The row `sha256 of hashlib` says what the machine gives a function that only computes.

A task of the pool is ten milliseconds of calls, each of which drops its result, as a worker does that sends it away: handing
over a task takes the pool as long as a short call, and results that wait for their reader are new memory for each call.
"""

import hashlib
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
# Seconds of calls in a task.
TASK = 0.01


def calls_of_a_task(call):
    """As many calls as take ten milliseconds, at least one."""
    call()
    start = time.perf_counter()
    call()
    return max(1, round(TASK / (time.perf_counter() - start)))


def in_turns(pool, call, count, tasks, seconds):
    """The times of so many tasks of `count` calls each: in one thread, and in those of the pool."""

    def task(_):
        for _ in range(count):
            call()

    one, many = [], []
    end = time.perf_counter() + seconds
    while len(one) < 3 or time.perf_counter() < end:
        for times, run in ((one, map), (many, pool.map)):
            start = time.perf_counter()
            for _ in run(task, range(tasks)):
                pass
            times.append(time.perf_counter() - start)
    return one, many


def main():
    args = measure.parse(measure.arguments(__doc__))
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    rows, failed = [], []
    rng = np.random.default_rng(1)
    x = (np.sin(np.arange(1 << 20) / 50) * 100 + rng.normal(size=1 << 20)).round(2).astype("<f4")
    raw = x.tobytes()

    def directions(text):
        chain = ndcodec.Chain(text)
        data = chain.encode(x)
        return [
            ("encode", lambda: chain.encode(x, threads=1)),
            ("decode", lambda: chain.decode(data, threads=1)),
        ]

    with ThreadPoolExecutor(threads) as pool:
        for text in ["sha256 of hashlib", *CHAINS, *COPIES]:
            is_ours = text in CHAINS or text in COPIES
            calls = directions(text) if is_ours else [("encode", lambda: hashlib.sha256(raw))]
            for direction, call in calls:
                count = calls_of_a_task(call)
                tasks = 2 * threads
                one, many = in_turns(pool, call, count, tasks, 4 * args.seconds)
                ratio = statistics.median(a / b for a, b in zip(one, many))
                row = measure.Row(
                    "threads",
                    f"{text} in {threads} threads",
                    x.nbytes,
                    direction,
                    statistics.median(many) / (count * tasks),
                    "one thread",
                    statistics.median(one) / (count * tasks),
                    ratio,
                )
                rows.append(row)
                print(row, flush=True)
                if threads >= 2 and ratio < LEAST and text in CHAINS:
                    failed.append(f"{text} {direction}: {ratio:.2f}x in {threads} threads")
    measure.finish(args, rows, failed)


if __name__ == "__main__":
    main()
