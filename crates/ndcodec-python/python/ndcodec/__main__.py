"""The program ``ndcodec``: what ``python -m ndcodec`` and the command of that name run."""

from __future__ import annotations

import os
import signal
import sys

from ndcodec._ndcodec import run_program

__all__ = ["main"]


def main() -> None:
    """Run the program with the arguments of this process, and end it."""
    # Python only notes that a signal came, and acts once its own code runs again. If Ctrl-C is ignored, it stays so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Where standard output or standard error is closed, the next file that is opened would be taken for it.
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.exit(run_program([sys.executable, "-m", "ndcodec"], ["ndcodec", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
