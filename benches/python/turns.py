"""What the Python benches share: arrays, timing in turns, and records. Rust's side is benches/src."""

import argparse
import csv
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

COLUMNS = (
    "bench,case,bytes,direction,threads,ours_seconds,rival,rival_seconds,ratio,ours_size,rival_size".split(",")
)
# A turn shorter than this is not trusted to the clock.
TURN = 1e-3


class Run:
    """A run of a bench: `--quick` for a look, `--csv FILE` for the record, words to narrow it down."""

    def __init__(self, bench: str) -> None:
        parser = argparse.ArgumentParser(description=f"the bench {bench}")
        parser.add_argument("--quick", action="store_true", help="a look, not a record")
        parser.add_argument("--csv", type=Path, help="where the record goes")
        parser.add_argument("words", nargs="*", help="only the cases that all of these are in")
        self.options = parser.parse_args()
        self.bench = bench
        self.quick: bool = self.options.quick
        self.rows: list[list[object]] = []
        self.out = csv.writer(sys.stdout, lineterminator="\n")
        self.out.writerow(COLUMNS)

    def wants(self, *names: str) -> bool:
        return all(word in names for word in self.options.words)

    def beside(self, case, nbytes, direction, threads, ours, rival, theirs, ours_size, rival_size) -> float:
        """Measures two calls in turns, keeps and prints the row, and answers ours divided by theirs."""
        a, b, ratio = in_turns(ours, theirs, 0.06 if self.quick else 0.4, 3 if self.quick else 5)
        row = [self.bench, case, nbytes, direction, threads, f"{a:.4e}", rival, f"{b:.4e}", f"{ratio:.3f}"]
        self.rows.append([*row, ours_size, rival_size])
        self.out.writerow(self.rows[-1])
        sys.stdout.flush()
        return ratio

    def finish(self) -> None:
        if self.options.csv is not None:
            with self.options.csv.open("w", newline="") as file:
                out = csv.writer(file, lineterminator="\n")
                out.writerow(COLUMNS)
                out.writerows(self.rows)


def in_turns(ours, theirs, seconds: float, fewest: int, most: int = 41) -> tuple[float, float, float]:
    """Medians of seconds per call, and of the ratio within one round; the two take turns in going first."""
    calls = calls_per_turn(ours), calls_per_turn(theirs)
    rounds = []
    end = time.perf_counter() + seconds
    while len(rounds) < fewest or (len(rounds) < most and time.perf_counter() < end):
        if len(rounds) % 2 == 0:
            a = timed(ours, calls[0])
            b = timed(theirs, calls[1])
        else:
            b = timed(theirs, calls[1])
            a = timed(ours, calls[0])
        rounds.append((a, b))
    middle = statistics.median
    return middle(a for a, _ in rounds), middle(b for _, b in rounds), middle(a / b for a, b in rounds)


def timed(call, calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - start) / calls


def calls_per_turn(call) -> int:
    calls = 1
    while calls < 1 << 20 and timed(call, calls) * calls < TURN:
        calls *= 2
    return calls


def real() -> dict[str, np.ndarray]:
    """The arrays of the corpus' `real/`, by name."""
    default = Path(__file__).parents[2] / "../shared/corpus"
    folder = Path(os.environ.get("NDCODEC_CORPUS", default)) / "real"
    arrays = {path.stem: np.load(path) for path in sorted(folder.glob("*.npy"))}
    if not arrays:
        raise SystemExit(f"no `.npy` files in {folder}")
    return arrays


def made(nbytes: int) -> np.ndarray:
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


def triangle(at: np.ndarray, half: int) -> np.ndarray:
    phase = at % np.uint64(2 * half)
    return np.minimum(phase, np.uint64(2 * half) - phase)
