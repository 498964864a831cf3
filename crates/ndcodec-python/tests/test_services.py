"""The examples of docs/services.md: SQLite, PostgreSQL, Redis and Kafka, each by its usual client against a server."""

import contextlib
import glob
import os
import pwd
import re
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import ndcodec
import numpy as np
import pytest
from conftest import do_without
from equal import assert_same

PAGE = Path(__file__).parents[3] / "docs" / "services.md"


def examples():
    """The blocks under each heading of the page."""
    sections = PAGE.read_text(encoding="utf-8").split("\n## ")
    found = {}
    for section in sections:
        blocks = re.findall(r"^```python\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
        found[section.partition("\n")[0].removeprefix("# ")] = blocks
    return found


def run(heading, **names):
    """Run the page's first block, and those under a heading, each in about ten lines."""
    found = examples()
    first, *blocks = found["Arrays in databases and queues"] + found[heading]
    exec(compile(first, str(PAGE), "exec"), names)
    for block in blocks:
        assert len(block.splitlines()) <= 15, block
        exec(compile(block, f"docs/services.md, {heading}", "exec"), names)
    return names


def test_every_section_is_tested():
    assert list(examples())[1:] == ["SQLite", "PostgreSQL", "Redis", "Kafka"]
    assert all(examples().values())


@pytest.fixture
def adapters():
    """What the page registers for the whole process is gone afterwards."""
    before = dict(sqlite3.adapters), dict(sqlite3.converters)
    yield
    for now, old in zip((sqlite3.adapters, sqlite3.converters), before):
        now.clear()
        now.update(old)


def test_sqlite(adapters, tmp_path):
    names = run("SQLite")
    db, chain = names["db"], names["chain"]
    arrays = [
        np.asfortranarray(np.arange(12, dtype=">i2").reshape(3, 4)),
        np.array(7),
        np.zeros((0, 3)),
        np.array([("é", 1.5)], dtype=[("a", "U1"), ("b", "<f4")]),
    ]
    for number, x in enumerate(arrays):
        db.execute("insert into runs values (?, ?)", (str(number), x))
        ((y,),) = db.execute("select x from runs where name = ?", (str(number),))
        assert_same(y, x)
    # What somebody else wrote there is an error, and no array.
    data = chain.encode(names["x"])
    bomb = chain.encode(np.zeros(32 << 20, "u1"))
    for number, bad in enumerate([data[:-1], data + b"x", b"x", bomb]):
        db.execute("insert into runs values (?, ?)", (f"bad {number}", bad))
        with pytest.raises(ndcodec.NdcodecError):
            db.execute("select x from runs where name = ?", (f"bad {number}",)).fetchall()
    db.execute("insert into runs values ('none', null)")
    assert db.execute("select x from runs where name = 'none'").fetchall() == [(None,)]
    db.close()


@pytest.fixture(scope="module")
def postgres():
    """A server of PostgreSQL in a folder of its own, on a socket there."""
    pytest.importorskip("psycopg", exc_type=ImportError)
    folders = [*os.environ["PATH"].split(os.pathsep), *sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)]
    programs = next((Path(folder) for folder in folders if shutil.which("initdb", path=folder)), None)
    if programs is None:
        do_without("no PostgreSQL: on Debian, install postgresql")
    # It does not run as root, and its socket's path must be short.
    user = {}
    with tempfile.TemporaryDirectory(prefix="ndcodec-pg-") as folder:
        if os.getuid() == 0:
            has_own = any(entry.pw_name == "postgres" for entry in pwd.getpwall())
            nobody = pwd.getpwnam("postgres" if has_own else "nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        data = f"{folder}/data"
        quiet = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, **user}
        subprocess.run([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"], **quiet)
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        control = [programs / "pg_ctl", "-D", data, "-w", "-t", "60"]
        subprocess.run([*control, "-l", f"{folder}/log", "-o", options, "start"], **quiet)
        try:
            yield f"host={folder} user=postgres dbname=postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **quiet)


def test_postgresql(postgres):
    import psycopg
    from psycopg.types.json import set_json_dumps, set_json_loads

    try:
        names = run("PostgreSQL", postgres=postgres)
    finally:
        import json

        set_json_dumps(json.dumps)
        set_json_loads(json.loads)
    with psycopg.connect(postgres) as db:
        db.adapters.register_dumper(np.ndarray, names["ArrayDumper"])
        for x in [np.asfortranarray(np.arange(12, dtype=">i2").reshape(3, 4)), np.array(7), np.zeros((0, 3))]:
            # Both formats of parameters and of results.
            for placeholder, binary in [("%s", False), ("%b", True)]:
                ((data,),) = db.execute(f"select {placeholder}::bytea", (x,), binary=binary)
                assert_same(names["chain"].decode(data), x)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextlib.contextmanager
def redis_server():
    """A real one if there is one, else fakeredis, which speaks the same protocol."""
    redis = pytest.importorskip("redis", exc_type=ImportError)
    port = free_port()
    if program := shutil.which("redis-server"):
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--daemonize", "no"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                yield wait_for(redis, f"redis://127.0.0.1:{port}/0")
            finally:
                process.kill()
        return
    fakeredis = pytest.importorskip("fakeredis", exc_type=ImportError)
    server = fakeredis.TcpFakeServer(("127.0.0.1", port), server_type="redis")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield wait_for(redis, f"redis://127.0.0.1:{port}/0")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def wait_for(redis, url):
    deadline = time.monotonic() + 30
    while True:
        try:
            with redis.Redis.from_url(url) as db:
                assert db.ping()
                return url
        except redis.ConnectionError:
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.05)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_redis():
    with redis_server() as url:
        names = run("Redis", redis_url=url)
        names["db"].hset("other", mapping={"type": 'application/vnd.ndcodec; chain="npy|zlib"', "data": b""})
        found = names["db"].hgetall("other")
        with pytest.raises(ndcodec.http.HttpError, match="`npy\\|zlib` is not accepted"):
            names["chains"].decode(found[b"data"], found[b"type"].decode())
        names["db"].close()


@pytest.fixture
def kafka():
    """The broker that librdkafka has for tests: it speaks Kafka's protocol on the loopback."""
    confluent_kafka = pytest.importorskip("confluent_kafka", exc_type=ImportError)
    cluster = confluent_kafka.Producer({"test.mock.num.brokers": 1})
    (broker,) = cluster.list_topics(timeout=30).brokers.values()
    yield f"{broker.host}:{broker.port}"
    del cluster


def test_kafka(kafka):
    names = run("Kafka", kafka=kafka)
    assert_same(names["y"], names["x"])
    assert names["record"].key() == b"run 7"
