"""Pairs of functions, timed in turn in one process, so that what the machine does meanwhile meets both."""

import argparse
import csv
import os
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass
class Row:
    bench: str
    case: str
    bytes: int
    direction: str
    ours_seconds: float
    rival: str
    rival_seconds: float
    ratio: float

    def __str__(self):
        return (
            f"{self.case:<34} {self.bytes:>10} {self.direction:<7} {self.ours_seconds * 1e6:>11.1f} us  "
            f"{self.rival:<22} {self.rival_seconds * 1e6:>11.1f} us  {self.ratio:>7.2f}x"
        )


# The columns of every record that has a rival, Rust's too. There, a ratio is our time by theirs: below 1, ours is faster.
HEAD = "bench,case,bytes,direction,threads,ours_seconds,rival,rival_seconds,ratio,ours_size,rival_size".split(",")


def record(row, threads="", ours_size="", rival_size=""):
    times = f"{row.ours_seconds:.4e}", row.rival, f"{row.rival_seconds:.4e}", f"{1 / row.ratio:.4f}"
    return [row.bench, row.case, row.bytes, row.direction, threads, *times, ours_size, rival_size]


# Seconds of a turn. A lone call finds the caches cold and the other threads asleep after a rival's long one.
TURN = 0.01


def pair(ours, rival, seconds=0.4, least=7, clock=time.perf_counter):
    """Median seconds of a call of each, and the median of the ratios of neighbours (above 1: ours is faster).

    They are called in turns, each as often as fills a turn.

    With `time.process_time` as clock, what other programs take from this one meanwhile does not count; only for work of
    one thread on both sides.
    """
    loops = {}
    for function in (ours, rival):
        function()
        start = time.perf_counter()
        function()
        once = time.perf_counter() - start
        loops[function] = max(1, int(TURN / max(once, 1e-9)))
    a, b = [], []
    end = time.perf_counter() + seconds
    turn = False
    while len(a) < least or (time.perf_counter() < end and len(a) < 2001):
        # Who goes first alternates, for the first finds the caches as the other left them.
        turn = not turn
        for function, times in ((ours, a), (rival, b)) if turn else ((rival, b), (ours, a)):
            start = clock()
            for _ in range(loops[function]):
                function()
            times.append((clock() - start) / loops[function])
    ratio = statistics.median(y / x for x, y in zip(a, b))
    return statistics.median(a), statistics.median(b), ratio


def arguments(doc):
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--check", action="store_true", help="fail where a claim does not hold")
    parser.add_argument("--csv", metavar="FILE", help="write the rows there, too")
    parser.add_argument("--quick", action="store_true", help="a look, not a record")
    parser.add_argument("--seconds", type=float, default=0.25, help="for each pair (%(default)s)")
    parser.add_argument("--corpus", metavar="FOLDER", help="where real/ is; NDCODEC_CORPUS, else ../shared/corpus")
    return parser


def parse(parser):
    """The arguments; for a look, pairs are short."""
    args = parser.parse_args()
    if args.quick:
        args.seconds = 0.03
    return args


def finish(args, rows, failed):
    if args.csv:
        with open(args.csv, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEAD)
            # A sum over arrays is in the rows that it sums up.
            writer.writerows(record(row) for row in rows if row.bytes)
    for claim in failed:
        print(f"not so: {claim}")
    if failed and args.check:
        sys.exit(f"{len(failed)} claims do not hold")
    print("every claim holds" if not failed else f"{len(failed)} claims do not hold")


class Run:
    """A run that keeps a record and holds no claims: `--quick` for a look, `--csv FILE`, words to narrow it down."""

    def __init__(self, bench, doc):
        parser = argparse.ArgumentParser(description=doc)
        parser.add_argument("--quick", action="store_true", help="a look, not a record")
        parser.add_argument("--csv", metavar="FILE", help="write the rows there, too")
        parser.add_argument("words", nargs="*", help="only the cases that all of these name")
        self.args = parser.parse_args()
        self.bench = bench
        self.quick = self.args.quick
        self.rows = []

    def wants(self, *names):
        return all(word in names for word in self.args.words)

    def beside(self, case, nbytes, direction, threads, ours, rival, theirs, *sizes):
        """Measures two calls in turns, prints the row and keeps it."""
        a, b, ratio = pair(ours, theirs, *((0.06, 3) if self.quick else (0.25, 5)))
        row = Row(self.bench, case, nbytes, direction, a, rival, b, ratio)
        print(row, flush=True)
        self.rows.append(record(row, threads, *sizes))

    def finish(self):
        if self.args.csv:
            with open(self.args.csv, "w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(HEAD)
                writer.writerows(self.rows)


def real():
    """The arrays of the corpus' `real/`, by name."""
    default = Path(__file__).parents[2] / "../shared/corpus"
    folder = Path(os.environ.get("NDCODEC_CORPUS", default)) / "real"
    arrays = {path.stem: np.load(path) for path in sorted(folder.glob("*.npy"))}
    if not arrays:
        raise SystemExit(f"no `.npy` files in {folder}")
    return arrays


def made(nbytes):
    """The bytes that `made` in benches/src/arrays.rs makes."""
    columns = 4096
    index = np.arange(nbytes // 4, dtype=np.uint64)
    row, column = index // np.uint64(columns), index % np.uint64(columns)
    with np.errstate(over="ignore"):
        x = (index + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        noise = (x ^ (x >> np.uint64(31))) >> np.uint64(56)
    steps = (280 << 15) + (triangle(column, 2048) << np.uint64(7)) + (triangle(row, 700) << np.uint64(8)) + noise
    field = steps.astype("<f4") / np.float32(32768)
    return field.reshape(-1, columns) if field.size % columns == 0 else field


def triangle(at, half):
    phase = at % np.uint64(2 * half)
    return np.minimum(phase, np.uint64(2 * half) - phase)
