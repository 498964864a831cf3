"""Pairs of functions, timed in turn in one process, so that what the machine does meanwhile meets both."""

import argparse
import csv
import statistics
import sys
import time
from dataclasses import astuple, dataclass


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


HEAD = ["bench", "case", "bytes", "direction", "ours_seconds", "rival", "rival_seconds", "ratio"]


def pair(ours, rival, seconds=0.4, least=7):
    """Median seconds of a call of each, and the median of the ratios of neighbours (above 1: ours is faster)."""
    for function in (ours, rival):
        function()
        function()
    start = time.perf_counter()
    ours()
    rival()
    once = time.perf_counter() - start
    # Many short calls are timed together, for a clock's tick is worth tens of nanoseconds.
    loops = max(1, int(0.001 / max(once, 1e-9)))
    a, b = [], []
    end = time.perf_counter() + seconds
    turn = False
    while len(a) < least or (time.perf_counter() < end and len(a) < 2001):
        # Who goes first alternates, for the first finds the caches as the other left them.
        turn = not turn
        for function, times in ((ours, a), (rival, b)) if turn else ((rival, b), (ours, a)):
            start = time.perf_counter()
            for _ in range(loops):
                function()
            times.append((time.perf_counter() - start) / loops)
    ratio = statistics.median(y / x for x, y in zip(a, b))
    return statistics.median(a), statistics.median(b), ratio


def arguments(doc):
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--check", action="store_true", help="fail where a claim does not hold")
    parser.add_argument("--csv", metavar="FILE", help="write the rows there, too")
    parser.add_argument("--seconds", type=float, default=0.4, help="for each pair (%(default)s)")
    parser.add_argument("--corpus", metavar="FOLDER", help="where real/ is; NDCODEC_CORPUS, else ../shared/corpus")
    return parser


def finish(args, rows, failed):
    if args.csv:
        with open(args.csv, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(HEAD)
            writer.writerows(astuple(row) for row in rows)
    for claim in failed:
        print(f"not so: {claim}")
    if failed and args.check:
        sys.exit(f"{len(failed)} claims do not hold")
    print("every claim holds" if not failed else f"{len(failed)} claims do not hold")
