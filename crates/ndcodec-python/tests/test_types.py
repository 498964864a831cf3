"""The stubs: mypy takes the package, mypy and pyright a program that uses it, and they are what the module has."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", exc_type=ImportError)

CRATE = Path(__file__).parents[1]

PROGRAM = '''
import json
from pathlib import Path
from typing import Any

import ndcodec
import numpy as np
import numpy.typing as npt

x: npt.NDArray[np.float32] = np.zeros((2, 3), dtype=np.float32)
data: bytes = ndcodec.encode(x, "npy|zstd")
text: str = ndcodec.encode_text(x, ndcodec.Chain("npy|base64"), threads=2)
y: npt.NDArray[Any] = ndcodec.decode(data)
z: npt.NDArray[np.float32] = ndcodec.decode_into(bytearray(data), x, max_bytes=None)
n: int = ndcodec.encode_into(x, bytearray(1000), "npy")
stages: tuple[str, ...] = ndcodec.Chain("npy").resolved([1, 2]).stages
back: bytes = ndcodec.decode_bytes(ndcodec.encode_bytes(memoryview(b""), "zstd"), ndcodec.Pipeline("zstd"))
shape: tuple[int | None, ...] = ndcodec.inspect(data).shape
obj = ndcodec.loads(ndcodec.dumps({}), allow_pickle=True)
words: str = ndcodec.dumps_text({}) + ndcodec.encode_bytes_text(b"", "hex")
y = ndcodec.decode(Path("x.npy"), progress=lambda done, total: print(done / total))
with open("x.npy", "rb") as file:
    y = ndcodec.decode(file)
freed: int = ndcodec.release_memory()
async def later() -> bytes:
    z: npt.NDArray[Any] = await ndcodec.adecode(b"", max_bytes=None)
    return await ndcodec.aencode(z, "npy", threads=1)
ndcodec.register("name", encode=lambda b: b, decode=lambda b: bytearray(b))
json.loads(json.dumps(x, default=ndcodec.json_default), object_hook=ndcodec.json_hook)
try:
    ndcodec.Chain("x")
except ndcodec.ChainError as error:
    start, end = error.span
except ndcodec.StageError as failed:
    offset: int | None = failed.offset
'''

WRONG = """
import ndcodec
ndcodec.encode("npy")
ndcodec.decode(3)
ndcodec.loads(b"", "pickle", True)
n: int = ndcodec.encode_text([1], "npy|base64")
"""


HTTP_PROGRAM = '''
from typing import Annotated, Any

import httpx
import numpy as np
import numpy.typing as npt
import requests
from fastapi import Depends, FastAPI, Request
from ndcodec.http import Chains, HttpError
from ndcodec.http.starlette import ArrayResponse, array_body, install, read_array
from ndcodec.pydantic import NdArray
from pydantic import BaseModel

chains = Chains("npy|zstd", max_bytes=1 << 20)
app = FastAPI()
install(app)

class Run(BaseModel):
    x: Annotated[npt.NDArray[np.float32], NdArray("<f4", (None, 3))]

@app.post("/")
async def double(request: Request, x: Annotated[npt.NDArray[Any], Depends(array_body(chains))]) -> ArrayResponse:
    await read_array(request, chains)
    return ArrayResponse(x * 2, chains)

body, headers = chains.request(Run(x=np.zeros((1, 3), np.float32)).x)
y: npt.NDArray[Any] = chains.read(requests.post("u", data=body, headers=headers))
y = chains.read(httpx.post("u", content=body, headers=headers))
try:
    chains.decode(b"", None)
except HttpError as error:
    status: int = error.status
'''


def mypy(*args, module="mypy"):
    command = [sys.executable, "-m", module, *args]
    return subprocess.run(command, capture_output=True, text=True, cwd=CRATE, timeout=500)


def test_programs(tmp_path):
    (tmp_path / "right.py").write_text(PROGRAM)
    done = mypy("--strict", "--config-file=", "--no-incremental", str(tmp_path / "right.py"))
    assert done.returncode == 0, (done.stdout + done.stderr)[:3000]
    (tmp_path / "wrong.py").write_text(WRONG)
    done = mypy("--strict", "--config-file=", "--no-incremental", str(tmp_path / "wrong.py"))
    assert done.stdout.count(": error:") >= 4, done.stdout


def test_a_program_over_http(tmp_path):
    for package in ["fastapi", "httpx", "requests", "pydantic"]:
        pytest.importorskip(package, exc_type=ImportError)
    (tmp_path / "http_right.py").write_text(HTTP_PROGRAM)
    done = mypy("--strict", "--config-file=", "--no-incremental", str(tmp_path / "http_right.py"))
    assert done.returncode == 0, (done.stdout + done.stderr)[:3000]


@pytest.mark.once
def test_the_package_itself():
    done = mypy("--no-incremental", "-p", "ndcodec")
    assert done.returncode == 0, (done.stdout + done.stderr)[:3000]


@pytest.mark.once
def test_pyright_takes_the_package():
    done = pyright(CRATE)
    assert done.returncode == 0, (done.stdout + done.stderr)[:3000]


@pytest.mark.once
def test_the_stubs_are_what_the_module_has():
    done = mypy("ndcodec._ndcodec", "--mypy-config-file", "pyproject.toml", module="mypy.stubtest")
    assert done.returncode == 0, (done.stdout + done.stderr)[:3000]


PYRIGHT = """[tool.pyright]
typeCheckingMode = "strict"
# Of `def f(b): ...` in place of a lambda nothing is known.
reportUnknownLambdaType = false
reportUnknownArgumentType = false
reportUnknownMemberType = false
"""


def pyright(folder):
    pytest.importorskip("pyright", exc_type=ImportError)
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=300)


@pytest.mark.once
def test_pyright_takes_programs(tmp_path):
    (tmp_path / "pyproject.toml").write_text(PYRIGHT)
    (tmp_path / "right.py").write_text(PROGRAM)
    done = pyright(tmp_path)
    assert done.returncode == 0, (done.stdout + done.stderr)[:3000]
    (tmp_path / "right.py").write_text(WRONG)
    assert pyright(tmp_path).stdout.count(" - error:") >= 4


@pytest.mark.once
def test_the_stubs_have_the_docstrings_of_the_module():
    script = CRATE.parents[1] / "xtask" / "python" / "stub_docs.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    text = (CRATE / "python" / "ndcodec" / "_ndcodec.pyi").read_text(encoding="utf-8")
    assert "Strided arrays are encoded in C order" in text
