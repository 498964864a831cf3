"""Real servers on the loopback, for tests: Python's, and the example in Rust."""

import contextlib
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from conftest import do_without

#: Without the proxies that a machine may have: all is on the loopback.
NO_PROXY = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


@contextlib.contextmanager
def served(app):
    """Serve an ASGI application on a free port, and give its address."""
    uvicorn = pytest.importorskip("uvicorn", exc_type=ImportError)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="warning", lifespan="off", timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not server.started:
            assert thread.is_alive() and time.monotonic() < deadline, "the server does not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def rust_example(name):
    """The program that an example of the crate ``ndcodec-http`` is."""
    folder = os.environ.get("NDCODEC_HTTP_EXAMPLES")
    if not folder:
        do_without("no examples of ndcodec-http: `cargo xtask wheel` builds them")
    return Path(folder) / name


@contextlib.contextmanager
def served_by_rust():
    """Run the example ``echo``, and give its address."""
    with subprocess.Popen([rust_example("echo")], stdout=subprocess.PIPE, text=True, env=NO_PROXY) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def posted_by_rust(url, given, out):
    """Run the example ``post``, which reads one ``.npy`` file and writes the other."""
    program = [rust_example("post"), url, given, out]
    return subprocess.run(program, capture_output=True, text=True, timeout=120, env=NO_PROXY)
