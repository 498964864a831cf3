"""The examples of docs/http.md, against a real server; those of the modules' docstrings."""

import doctest
import importlib
import inspect
import re
from pathlib import Path

import pytest
from served import served

ROOT = Path(__file__).parents[3]
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
MODULES = {"http": None, "http.starlette": "starlette", "pydantic": "pydantic", "orjson": "orjson", "msgpack": "msgpack"}


def test_the_page():
    for package in ["fastapi", "httpx", "requests", "pydantic", "orjson", "msgpack"]:
        pytest.importorskip(package, exc_type=ImportError)
    page = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 4
    names = {}

    def run(number):
        assert len(blocks[number].splitlines()) < 40
        exec(compile(blocks[number], f"docs/http.md, block {number}", "exec"), names)

    run(0)
    with served(names["app"]) as names["url"]:
        for number in range(1, len(blocks)):
            run(number)


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
