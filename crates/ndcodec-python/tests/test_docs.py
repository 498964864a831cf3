"""Every example in a docstring, the README or a page runs and gives what stands there; everything public has one."""

import doctest
import importlib
import inspect
import re
from pathlib import Path

import ndcodec
import pytest

ROOT = Path(__file__).parents[3]
PUBLIC = [name for name in ndcodec.__all__ if name != "__version__"]
FLAGS = doctest.NORMALIZE_WHITESPACE


def documented():
    for name in PUBLIC:
        yield name, getattr(ndcodec, name)
        if name in ("Chain", "Pipeline"):
            for member in sorted(vars(getattr(ndcodec, name))):
                if not member.startswith("_"):
                    yield f"{name}.{member}", inspect.getattr_static(getattr(ndcodec, name), member)


def check(name, text, least=1):
    parsed = doctest.DocTestParser().get_doctest(text, {}, name, None, 0)
    assert len(parsed.examples) >= least, f"{name} has no example"
    said = []
    doctest.DocTestRunner(optionflags=FLAGS, verbose=False).run(parsed, out=said.append)
    assert not said, "".join(said)


# What these classes are is shown by the functions that return them.
RESULTS = {"Choice", "Detected", "Inspection", "Parameter", "Recommendation", "Stage"}


@pytest.mark.parametrize(("name", "item"), list(documented()), ids=lambda value: value if isinstance(value, str) else "")
def test_every_docstring_has_an_example(name, item):
    text = inspect.getdoc(item)
    assert text, f"{name} has no docstring"
    check(name, text, least=0 if name in RESULTS else 1)


def test_the_module_s_own():
    check("ndcodec", ndcodec.__doc__)


@pytest.mark.parametrize(("module", "names"), [("numcodecs", ["NdCodec"]), ("zarr", ["NdCodecArray", "NdCodecBytes"])])
def test_codecs_of_other_packages(module, names):
    pytest.importorskip(module, minversion="3.0" if module == "zarr" else None, exc_type=ImportError)
    ours = importlib.import_module(f"ndcodec.{module}")
    for name in names:
        check(name, getattr(ours, name).__doc__)


PAGES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "python").glob("*.md") if path.stem != "wheels")


@pytest.mark.parametrize("path", ["README.md", "docs/python.md", "crates/ndcodec-python/README.md", *PAGES])
def test_python_in_documents(path, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / path).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert blocks
    names = {}
    for number, block in enumerate(blocks, start=1):
        if "numcodecs" in block or "zarr" in block:
            pytest.importorskip("zarr", minversion="3.0", exc_type=ImportError)
        for package in ["pandas", "polars", "tqdm", "xarray"]:
            if f"{package} import" in block or f"import {package}" in block or f"{package} as" in block:
                pytest.importorskip(package, exc_type=ImportError)
        exec(compile(block, f"{path}, block {number}", "exec"), names)
