"""The examples of docs/scale.md, and those of the docstrings."""

import doctest
import importlib
import inspect
import re
from pathlib import Path

import pytest

pytest.importorskip("dask.array", exc_type=ImportError)
pytest.importorskip("distributed", exc_type=ImportError)

import ndcodec.dask  # noqa: E402

ROOT = Path(__file__).parents[3]


def has_zarr():
    try:
        return int(importlib.import_module("zarr").__version__.split(".")[0]) >= 3
    except ImportError:
        return False


def test_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 3
    names = {}
    for number, block in enumerate(blocks, start=1):
        if "zarr" not in block or has_zarr():
            exec(compile(block, f"docs/scale.md, block {number}", "exec"), names)


@pytest.mark.parametrize("name", ndcodec.dask.__all__)
def test_docstrings(name):
    text = inspect.getdoc(getattr(ndcodec.dask, name))
    assert text, f"{name} has no docstring"
    if "zarr" in text and not has_zarr():
        pytest.skip("zarr 3 needs Python 3.11")
    test = doctest.DocTestParser().get_doctest(text, {}, name, None, 0)
    said = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE, verbose=False).run(test, out=said.append)
    assert not said, "".join(said)
