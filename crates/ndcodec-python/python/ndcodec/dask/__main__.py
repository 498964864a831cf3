"""``python -m ndcodec.dask convert SRC DST``: many files, or a store, from one chain to another."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from ndcodec._errors import ChainError, NdcodecError
from ndcodec.dask._convert import REPORT, Progress, Report, convert

# As the program `ndcodec` has them.
FAILED, MISUSED, IO, INTERRUPTED = 1, 2, 4, 130
#: How many failures are shown; all are in the report.
SHOWN = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command, and returns its exit status."""
    args = _parser().parse_args(arguments)
    try:
        with _client(args.scheduler) as client:
            report = convert(
                args.source,
                args.destination,
                args.chain,
                from_chain=args.from_chain,
                include=args.include or ("*",),
                exclude=args.exclude,
                suffix=args.suffix,
                client=client,
                workers=args.workers,
                memory_limit=args.memory_limit,
                threads=args.threads,
                max_bytes=args.max_bytes,
                check=not args.no_check,
                restart=args.restart,
                src_options=args.src_options,
                dst_options=args.dst_options,
                progress=None if args.quiet else _Line(),
            )
    except ChainError as error:
        return _fail(MISUSED, str(error))
    except NdcodecError as error:
        return _fail(FAILED, str(error))
    except OSError as error:
        return _fail(IO, str(error))
    except KeyboardInterrupt:
        return _fail(INTERRUPTED, "interrupted; the same command goes on")
    _tell(report, args.destination, args.quiet)
    return FAILED if report.failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ndcodec.dask", description="Arrays on more than one machine, by Dask."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    made = commands.add_parser(
        "convert",
        help="convert many files, or a store, to another chain",
        description="Converts every array of SRC by a chain into DST. SRC is a folder or URL with files that ndcodec decodes, "
        "or a Zarr store, or an array in blocks. What fails is left out and told. The same command goes on where one that "
        f"was stopped or killed was. DST/{REPORT} has what became of each file.",
        epilog="exit status: 0 if all was converted, 1 if something failed, 2 for a wrong command or chain, 4 for input or "
        "output, 130 after Ctrl-C",
    )
    made.add_argument("source", metavar="SRC", help="a folder, or a URL of fsspec")
    made.add_argument("destination", metavar="DST", help="a folder, or a URL of fsspec; not in SRC")
    made.add_argument("--chain", default="auto", help="what encodes (%(default)s)")
    made.add_argument("--from", dest="from_chain", metavar="CHAIN", help="what encoded the files; else it is detected")
    made.add_argument(
        "--include", action="append", default=[], metavar="GLOB", help="only names such as '*.npy'; may be repeated"
    )
    made.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="no such names; may be repeated")
    made.add_argument("--suffix", default=".nd", help="what the names of outputs end in (%(default)s)")
    where = made.add_mutually_exclusive_group()
    where.add_argument("--scheduler", metavar="ADDRESS", help="the cluster to run on, such as tcp://host:8786")
    where.add_argument("--workers", type=_count, metavar="N", help="processes on this machine (as many as cores)")
    made.add_argument(
        "--memory-limit", default="auto", metavar="BYTES", help="of each process, such as 2GiB (%(default)s)"
    )
    made.add_argument("--threads", type=_count, default=1, metavar="N", help="for each array (%(default)s)")
    made.add_argument("--max-bytes", type=_count, default=1 << 30, metavar="N", help="of an array (%(default)s)")
    made.add_argument("--no-check", action="store_true", help="do not decode and compare what was encoded")
    made.add_argument("--restart", action="store_true", help="convert all anew")
    made.add_argument("--src-options", type=_options, metavar="JSON", help="options of the source's file system")
    made.add_argument("--dst-options", type=_options, metavar="JSON", help="options of the destination's")
    made.add_argument("--quiet", action="store_true", help="tell of failures only")
    return parser


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return int(text)


def _options(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"it is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError("expected a JSON object")
    return found


class _client:
    """The client of a cluster that runs, or none."""

    def __init__(self, address: str | None) -> None:
        self.address, self.client = address, None

    def __enter__(self) -> Any:
        if self.address is not None:
            from distributed import Client

            self.client = Client(self.address, timeout="30s")
        return self.client

    def __exit__(self, *raised: object) -> None:
        if self.client is not None:
            self.client.close()


class _Line:
    """Progress on standard error: one line that changes on a terminal, else a line every ten seconds."""

    def __init__(self) -> None:
        self.is_terminal = sys.stderr.isatty()
        self.start = time.monotonic()
        self.next = self.start + (0 if self.is_terminal else 10)

    def __call__(self, at: Progress) -> None:
        now = time.monotonic()
        is_last = at.done + at.failed == at.total
        if now < self.next and not (is_last and self.is_terminal):
            return
        self.next = now + (0.2 if self.is_terminal else 10)
        failed = f", {at.failed} failed" if at.failed else ""
        rate = at.nbytes / max(now - self.start, 1e-9)
        text = f"{at.done} of {at.total}{failed}, {_size(at.nbytes)}, {_size(rate)}/s"
        end = "\r" if self.is_terminal and not is_last else "\n"
        print(text.ljust(78), end=end, file=sys.stderr, flush=True)


def _tell(report: Report, destination: str, quiet: bool) -> None:
    if not quiet:
        before = f", {report.kept} were before" if report.kept else ""
        became = f" became {_size(report.encoded_len)}" if report.encoded_len else ""
        print(f"{report.converted} converted{before}: {_size(report.nbytes)}{became}")
    for failure in report.failed[:SHOWN]:
        print(f"failed: {_shown(failure.name)}: {_shown(failure.error)}", file=sys.stderr)
    if len(report.failed) > SHOWN:
        rest = len(report.failed) - SHOWN
        print(f"and {rest} more, which {_shown(destination)}/{REPORT} has", file=sys.stderr)


def _fail(status: int, message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return status


def _shown(text: str) -> str:
    """Nothing in a name or message of strangers steers a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _size(nbytes: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if nbytes < 1024:
            return f"{nbytes:.0f} {unit}" if unit == "B" else f"{nbytes:.1f} {unit}"
        nbytes /= 1024
    return f"{nbytes:.1f} TiB"


if __name__ == "__main__":
    sys.exit(main())
