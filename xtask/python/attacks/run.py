"""Runs the attacks, each in a process of its own, and holds peak memory and time against what is promised.

Promised are 3 × `max_bytes` + 32 MiB, and 1 s + 20 ns for each byte of input and result. Time is that of the processor, of all
threads together, since the machine may be busy.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from case import ALL, GIB, JSON_LIMIT, MIB, Case
from cases import all_cases

HERE = Path(__file__).parent
SLACK, FACTOR = 32 * MIB, 3
SECOND, PER_BYTE = 1.0, 20e-9
#: An attack that takes so long is ended.
TIMEOUT = 120
DEFAULT = GIB
#: Longer, and the system takes no argument.
LONGEST = 100_000
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass
class Outcome:
    outcome: str
    message: str
    result: int
    peak: int
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cli", required=True, type=Path)
    parser.add_argument("--rust", required=True, type=Path)
    parser.add_argument("--reproducers", type=Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--way", action="append", default=[], choices=ALL, help="only this way")
    parser.add_argument("--failures", action="store_true", help="print only what fails")
    args = parser.parse_args()
    failed, count = [], 0
    print(f"{'attack':<62} {'way':<7} {'input':>10} {'outcome':<8} {'peak MiB':>9} {'of':>7} {'CPU s':>7} {'of':>7}")
    with tempfile.TemporaryDirectory(prefix="ndcodec-attacks-") as folder:
        for case in all_cases(args.reproducers):
            if args.only and not any(word in case.name for word in args.only):
                continue
            data = case.data if isinstance(case.data, bytes) else case.data()
            path = Path(folder, "data")
            path.write_bytes(data)
            for way in case.ways:
                if args.way and way not in args.way:
                    continue
                if way == "stream" and case.op not in ("decode", "bytes"):
                    continue
                outcome = attack(case, way, path, len(data), args)
                if outcome is None:
                    continue
                count += 1
                problems = judged(case, way, outcome, len(data))
                line = described(case, way, outcome, len(data))
                if problems:
                    failed.append((case.name, way))
                    line += f"\n    FAILED: {'; '.join(problems)}\n    {outcome.message[:300]!r}"
                if problems or not args.failures:
                    print(line, flush=True)
    print(f"{count} attacks, {len(failed)} beyond what is promised")
    sys.exit(1 if failed else 0)


def attack(case: Case, way: str, path: Path, size: int, args: argparse.Namespace) -> Outcome | None:
    if way == "cli":
        return by_cli(case, path, args.cli)
    chain = None
    if case.chain is not None:
        chain = str(path.with_name("chain"))
        Path(chain).write_text(case.chain)
    if way == "python":
        about = json.dumps({**asdict_of(case), "path": str(path), "chain": chain})
        return by_child([sys.executable, str(HERE / "child.py"), about])
    limit = "default" if case.max_bytes is None else "none" if case.max_bytes < 0 else str(case.max_bytes)
    op = f"{case.op}-stream" if way == "stream" else case.op
    return by_child([str(args.rust), op, str(path), chain or "-", limit, case.rows or "-"])


def asdict_of(case: Case) -> dict[str, object]:
    return {key: value for key, value in asdict(Case(**{**case.__dict__, "data": b""})).items() if key != "data"}


def by_child(command: list[str]) -> Outcome:
    """A process that measures itself and says so."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return Outcome("timeout", f"no end after {TIMEOUT} s", 0, 0, float(TIMEOUT))
    try:
        return Outcome(**json.loads(done.stdout.splitlines()[-1]))
    except (IndexError, ValueError, TypeError):
        return Outcome("died", f"status {done.returncode}: {done.stderr[-300:]}", 0, 0, 0.0)


def by_cli(case: Case, path: Path, program: Path) -> Outcome | None:
    if case.chain is not None and len(case.chain) > LONGEST:
        return None
    out = path.with_name("out")
    verb = case.op if case.op in ("detect", "inspect") else "decode"
    command = [str(program), verb, str(path)]
    if verb == "decode":
        command += ["-o", str(out), "-q"]
    if case.chain is not None:
        command += ["--chain", case.chain]
    if case.max_bytes is not None and verb != "detect":
        command += ["--max-bytes", "none" if case.max_bytes < 0 else str(case.max_bytes)]
    if case.op == "all":
        command.append("--all")
    if case.rows:
        command += ["--rows", case.rows]
    said = path.with_name("said")
    # A process has the peak of the one that it was forked from: the launcher is small.
    launcher = [sys.executable, "-I", "-S", str(HERE / "launch.py"), str(TIMEOUT), str(said), *command]
    done = subprocess.run(launcher, capture_output=True, text=True, check=True)
    measured = json.loads(done.stdout)
    status, message = measured["status"], said.read_text(errors="replace")
    if status is None:
        return Outcome("timeout", f"no end after {TIMEOUT} s", 0, 0, float(TIMEOUT))
    outcome = {0: "ok", 1: "error", 2: "error", 3: "error"}.get(status, "died")
    # A name that no file system takes is one of reading and writing.
    if status == 4 and case.op == "npz":
        outcome = "error"
    if outcome == "died":
        message = f"status {status}: {message}"
    return Outcome(outcome, message, removed(out), measured["peak"], measured["seconds"])


def removed(out: Path) -> int:
    """Removes what was written, and gives how many bytes that was."""
    if out.is_dir():
        count = 0
        for path in sorted(out.rglob("*"), reverse=True):
            if path.is_dir():
                path.rmdir()
            else:
                count += path.stat().st_size
                path.unlink()
        out.rmdir()
        return count
    if not out.exists():
        return 0
    size = out.stat().st_size
    out.unlink()
    return size


def bars(case: Case, outcome: Outcome, size: int) -> tuple[int, float]:
    default = JSON_LIMIT if case.op == "json" else DEFAULT
    limit = default if case.max_bytes is None else case.max_bytes
    # Nothing is promised of memory without a limit; of these no attack may take more than its input.
    memory = FACTOR * limit + SLACK if limit >= 0 else size + SLACK
    return memory, SECOND + PER_BYTE * (size + outcome.result)


def judged(case: Case, way: str, outcome: Outcome, size: int) -> list[str]:
    memory, seconds = bars(case, outcome, size)
    problems = []
    if outcome.outcome not in ("ok", "error"):
        problems.append(outcome.outcome)
    elif case.outcome not in ("any", outcome.outcome):
        problems.append(f"expected {case.outcome}")
    if outcome.peak > memory:
        problems.append(f"memory: {outcome.peak / MIB:.0f} MiB")
    if outcome.seconds > seconds:
        problems.append(f"time: {outcome.seconds:.1f} s")
    if way == "cli" and CONTROL.search(outcome.message):
        problems.append("steers the terminal")
    return problems


def described(case: Case, way: str, outcome: Outcome, size: int) -> str:
    memory, seconds = bars(case, outcome, size)
    return (
        f"{case.name[:62]:<62} {way:<7} {size:>10} {outcome.outcome:<8} {outcome.peak / MIB:>9.1f} "
        f"{memory / MIB:>7.0f} {outcome.seconds:>7.2f} {seconds:>7.2f}"
    )


main()
