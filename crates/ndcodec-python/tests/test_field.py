"""What people met, by the package: `cargo xtask field` makes docs/field.md of what this logs."""

import hashlib
import json
import os
import re
from pathlib import Path

import ndcodec
import numpy as np
import pytest

ROOT = Path(__file__).parents[3]
FIELD = ROOT.parent / "shared" / "field"


def cases():
    folder = ""
    for line in (ROOT / "crates/ndcodec-testkit/data/field.txt").read_text().splitlines():
        if line.startswith("["):
            folder = line[1:].split("]")[0]
        elif line and not line.startswith("#"):
            yield folder, *re.split(r"\s{2,}", line.strip())


def canonical(x):
    x = np.asarray(x)
    if x.dtype.names:
        return b"".join(canonical(x[name]) for name in x.dtype.names)
    if x.dtype.kind in "biufcmMU" and x.dtype.byteorder == ">":
        x = x.astype(x.dtype.newbyteorder("<"))
    return np.ascontiguousarray(x).tobytes()


def is_expected(expected, x):
    return list(x.shape) == expected["shape"] and hashlib.sha256(canonical(x)).hexdigest() == expected["sha256"]


def run(path, chain, outcome):
    data = path.read_bytes()
    if path.suffix == ".npz":
        with ndcodec.load_npz(data) as archive:
            return [archive[re.split(" [=!] ", outcome[1:])[0]]] if outcome[0] == "@" else []
    chain = None if chain == "-" else chain
    if outcome[0] == "=" and len(outcome.split()) == 3:
        assert len(list(ndcodec.decode_iter(data, chain))) == 2
        return ndcodec.decode_all(data, chain)
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        return [ndcodec.decode(data, chain)]
    # `str` is read as the bytes are.
    try:
        x = ndcodec.decode(data, chain)
    except ndcodec.NdcodecError as error:
        with pytest.raises(type(error)) as raised:
            ndcodec.decode(text, chain)
        assert str(raised.value) == str(error)
        raise
    np.testing.assert_array_equal(ndcodec.decode(text, chain), x)
    return [x]


@pytest.mark.skipif(not FIELD.is_dir(), reason="no ../shared/field is beside the checkout")
@pytest.mark.parametrize(("folder", "name", "chain", "outcome"), list(cases()))
def test_every_case(folder, name, chain, outcome):
    place = FIELD / folder
    expected = json.loads((place / "expected.json").read_text()) if (place / "expected.json").exists() else {}
    came, said = None, ""
    try:
        came = run(place / name, chain, outcome)
    except ndcodec.NdcodecError as error:
        said = str(error)
        if getattr(error, "help", None):
            assert said.rstrip().endswith(error.help)
    if came is None:
        words = re.split(r"^[!~] | or | ! ", outcome)[-1] if re.search(r"^[!~] | or | ! ", outcome) else None
        is_right = words is not None and words in said
        # numpy 1 has no more than 32 dimensions, and says so.
        is_right |= np.__version__.startswith("1.") and "number of dimensions must be within [0, 32]" in said
    else:
        keys = re.sub(r"^(@.*)?= ", "", outcome.split(" or ")[0]).split() if "=" in outcome else []
        is_right = len(keys) == len(came) and all(is_expected(expected[key], x) for key, x in zip(keys, came))
    if log := os.environ.get("NDCODEC_FIELD_LOG"):
        entry = {"runner": "Python", "folder": folder, "input": name, "chain": chain, "is_right": is_right, "said": said}
        with open(log, "a") as file:
            file.write(json.dumps(entry) + "\n")
    assert is_right, said or came
