"""Where the corpus is, and how a test says that it must do without something."""

import os
import signal
from pathlib import Path

import pytest

IN_CI = os.environ.get("CI") == "true"

# What a shell starts in the background ignores Ctrl-C, and so would the processes that the tests send it to.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def do_without(why: str) -> None:
    """Skip this test, and say so where `cargo xtask test` counts: under CI nothing may be skipped."""
    if log := os.environ.get("NDCODEC_SKIP_LOG"):
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"pytest: {why}\n")
    if IN_CI:
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def corpus() -> Path:
    given = os.environ.get("NDCODEC_CORPUS")
    beside = Path(__file__).parents[4] / "shared" / "corpus"
    folder = Path(given) if given else beside
    if not (folder / "MANIFEST.tsv").is_file():
        do_without(f"no corpus in {folder}")
    return folder
