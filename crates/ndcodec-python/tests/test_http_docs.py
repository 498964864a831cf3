"""The examples of docs/http.md, against a real server; those of the modules' docstrings."""

import doctest
import importlib
import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from served import posted_by_rust, served, served_by_rust

ROOT = Path(__file__).parents[3]
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
MODULES = {"http": None, "http.starlette": "starlette", "pydantic": "pydantic", "orjson": "orjson", "msgpack": "msgpack"}


def test_the_question(tmp_path):
    """FastAPI with a pydantic model and httpx; axum and reqwest; requests against axum; reqwest against FastAPI."""
    for package in ["fastapi", "httpx", "requests", "pydantic", "orjson", "msgpack"]:
        pytest.importorskip(package, exc_type=ImportError)
    page = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
    # `tests/page.rs` of the crate holds that each has fewer than forty lines, and that those in Rust are the examples.
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 5
    names = {}

    def run(number):
        exec(compile(blocks[number], f"docs/http.md, block {number}", "exec"), names)

    run(0)
    with served(names["app"]) as names["url"], served_by_rust() as names["rust_url"]:
        for number in range(1, len(blocks)):
            run(number)
        given, out = tmp_path / "x.npy", tmp_path / "y.npy"
        np.save(given, names["run"].x)
        for url, expected in [(names["url"] + "/negative", -names["run"].x), (names["rust_url"] + "/echo", names["run"].x)]:
            done = posted_by_rust(url, given, out)
            assert (done.returncode, done.stderr) == (0, "")
            assert (np.load(out) == expected).all()


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    if MODULES[name]:
        pytest.importorskip(MODULES[name], exc_type=ImportError)
    module = importlib.import_module(f"ndcodec.{name}")
    public = [getattr(module, item) for item in module.__all__]
    classes = [item for item in public if isinstance(item, type)]
    methods = [item for cls in classes for name, item in vars(cls).items() if not name.startswith("_")]
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    said = []
    for item in [module, *public, *methods]:
        item = getattr(item, "__func__", item)
        if callable(item) or isinstance(item, property) or item is module:
            assert inspect.getdoc(item), f"{item} has no docstring"
            test = doctest.DocTestParser().get_doctest(inspect.getdoc(item), {}, str(item), None, 0)
            runner.run(test, out=said.append)
    assert not said, "".join(said)
    assert runner.tries > 3
