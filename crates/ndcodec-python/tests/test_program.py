"""The program `ndcodec` out of the package: the same commands, exit statuses and signals as Rust's own."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import ndcodec
import numpy as np
import pytest

MODULE = [sys.executable, "-m", "ndcodec"]
SCRIPT = [str(Path(sysconfig.get_path("scripts")) / "ndcodec")]
ON_UNIX = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of Unix")


def run(*args, program=MODULE, **keywords):
    return subprocess.run([*program, *map(str, args)], capture_output=True, timeout=120, **keywords)


@pytest.fixture
def npy(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.random.default_rng(1).normal(size=(50, 3)))
    return path


@pytest.mark.parametrize("program", [MODULE, SCRIPT], ids=["module", "script"])
def test_encode_into_a_pipe_and_decode_out_of_it(npy, program, tmp_path):
    # Nothing but the package is found: no folder of another `ndcodec` is on the path.
    environment = {**os.environ, "PATH": os.devnull}
    with (
        subprocess.Popen([*program, "encode", npy], stdout=subprocess.PIPE, env=environment, cwd=tmp_path) as encode,
        subprocess.Popen(
            [*program, "decode", "-"], stdin=encode.stdout, stdout=subprocess.PIPE, env=environment, cwd=tmp_path
        ) as decode,
    ):
        encode.stdout.close()
        decoded = decode.communicate(timeout=120)[0]
    assert (encode.returncode, decode.returncode) == (0, 0)
    assert decoded == npy.read_bytes()


@pytest.mark.parametrize("program", [MODULE, SCRIPT], ids=["module", "script"])
def test_version_and_help(program):
    assert run("--version", program=program).stdout.decode().split() == ["ndcodec", ndcodec.__version__]
    done = run("--help", program=program)
    assert done.returncode == 0 and b"Usage: ndcodec " in done.stdout


def test_exit_statuses(npy, tmp_path):
    bad = tmp_path / "bad"
    bad.write_bytes(ndcodec.encode(np.arange(10), "npy|zstd|crc32c")[:-1])
    expected = {
        ("inspect", npy): 0,
        ("decode", "--chain", "npy|zstd|crc32c", bad, "-o", tmp_path / "out"): 1,
        ("encode", "--chain", "npy|zst", npy): 2,
        ("no-such-command",): 2,
        ("decode", "--max-bytes", "100", npy, "-o", tmp_path / "out"): 3,
        ("decode", tmp_path / "absent"): 4,
    }
    for args, status in expected.items():
        done = run(*args)
        assert done.returncode == status, (args, done.stderr)
        assert bool(done.stderr) == bool(status)
    assert not (tmp_path / "out").exists()


@ON_UNIX
def test_a_name_that_is_no_text(npy, tmp_path):
    name = os.fsencode(tmp_path) + b"/\xff.txt"
    done = subprocess.run([*MODULE, "encode", "-q", npy, "-o", name], capture_output=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")
    with open(name, "rb") as file:
        assert (ndcodec.decode(file.read()) == np.load(npy)).all()


@ON_UNIX
def test_a_reader_that_goes_away_is_no_failure(tmp_path):
    path = tmp_path / "large.npy"
    np.save(path, np.random.default_rng(1).normal(size=1 << 18))
    with subprocess.Popen(
        [*MODULE, "encode", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as encode:
        encode.stdout.read(10)
        encode.stdout.close()
        assert (encode.wait(timeout=120), encode.stderr.read()) == (0, b"")


def interrupted(args, number, tmp_path, appears):
    """The return code and the error output of a program that gets a signal as soon as `appears` holds."""
    with subprocess.Popen(
        [*MODULE, *map(str, args)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as program:
        # A header and no end: it waits for more.
        program.stdin.write(b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1000,), }")
        program.stdin.flush()
        end = time.monotonic() + 60
        while not appears(program) and time.monotonic() < end:
            time.sleep(0.01)
        program.send_signal(number)
        status = program.wait(timeout=60)
        return status, program.stderr.read()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_no_file(number, tmp_path):
    args = ["convert", "--from", "npy", "--to", "npy|zstd", "-", "-o", "y.bin"]
    status, stderr = interrupted(args, number, tmp_path, lambda _: any(tmp_path.iterdir()))
    assert (status, stderr) == (130, b"")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_signal_ends_it_where_there_is_no_file(tmp_path):
    status, stderr = interrupted(["encode", "-"], signal.SIGINT, tmp_path, lambda _: time.sleep(1) or True)
    assert (status, stderr) == (-signal.SIGINT, b"")


@ON_UNIX
def test_closed_standard_streams_are_not_taken_for_files(npy, tmp_path):
    out = tmp_path / "out.txt"
    command = '"$0" -m ndcodec encode "$1" -o "$2" <&- >&- 2>&-'
    done = subprocess.run(["sh", "-c", command, sys.executable, npy, out], timeout=120)
    assert done.returncode == 0
    assert (ndcodec.decode(out.read_bytes()) == np.load(npy)).all()


def test_bench_starts_itself_for_the_memory(npy):
    done = run("bench", npy, "--chain", "npy|zstd", "--json")
    assert done.returncode == 0, done.stderr
    if sys.platform == "linux":
        (measured,) = json.loads(done.stdout)["chains"]
        assert measured["encode_memory"] > 0 and measured["decode_memory"] > 0
