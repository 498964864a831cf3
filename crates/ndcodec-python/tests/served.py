"""A real server on the loopback, for tests."""

import contextlib
import threading
import time

import pytest


@contextlib.contextmanager
def served(app):
    """Serve an ASGI application on a free port, and give its address."""
    uvicorn = pytest.importorskip("uvicorn", exc_type=ImportError)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off")
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
