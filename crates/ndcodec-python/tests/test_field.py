"""What people met, by the package: `cargo xtask field` makes docs/field.md of what this logs."""

import hashlib
import json
import os
import re
import warnings
from pathlib import Path

import ndcodec
import numpy as np
import pytest

ROOT = Path(__file__).parents[3]
FIELD = ROOT.parent / "shared" / "field"
OWN = ROOT / "crates/ndcodec-testkit/data/field"


def cases():
    folder = ""
    for line in (ROOT / "crates/ndcodec-testkit/data/field.txt").read_text().splitlines():
        if line.startswith("["):
            folder = line[1:].split("]")[0]
        elif line and not line.startswith("#"):
            case = re.split(r"\s{2,}", line.strip())
            if not case[1].startswith("$ "):
                yield folder, *case


def canonical(x):
    x = np.asarray(x)
    if x.dtype.names:
        return b"".join(canonical(x[name]) for name in x.dtype.names)
    if x.dtype.kind in "biufcmMU" and x.dtype.byteorder == ">":
        x = x.astype(x.dtype.newbyteorder("<"))
    return np.ascontiguousarray(x).tobytes()


def is_expected(expected, x):
    return list(x.shape) == expected["shape"] and hashlib.sha256(canonical(x)).hexdigest() == expected["sha256"]


# What people put into JSON, after 58-json-docs.
DOCUMENTS = {
    "int64": np.arange(3),
    "bool": np.array([True, False]),
    "f4": np.float32(1.5),
    "empty": np.zeros((0, 2)),
    "M8": np.array(["2020-01-01", "NaT"], "M8[D]"),
    "c16": np.array([1 + 2j]),
    "U": np.array(["\u00e9", "ab"]),
    "be": np.arange(3, dtype=">i2"),
    "F": np.asfortranarray(np.eye(3)[:, :2]),
    "nested": {"x": [np.eye(2), {"y": np.array(3)}]},
    "nan": np.array([np.nan, np.inf]),
    "np.int64": np.int64(5),
    "struct": np.zeros(2, [("a", "i4")]),
    "masked": np.ma.array([1, 2], mask=[0, 1]),
    "object": np.array([{}], dtype=object),
    "bytes": b"abc",
    "set": {1},
    "tuplekey": {(1, 2): 3},
    "mat": np.array([[1, 2]]).view(np.matrix),
    "rec": np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
}
if hasattr(np, "dtypes") and hasattr(np.dtypes, "StringDType"):
    DOCUMENTS["sdt"] = np.array(["a"], dtype=np.dtypes.StringDType())


def comes_back(name):
    """Whether a document comes back from JSON with its arrays as they were."""

    def is_same(a, b):
        if isinstance(a, dict):
            return all(is_same(a[key], b[key]) for key in a)
        if isinstance(a, list):
            return all(map(is_same, a, b))
        if isinstance(a, np.generic):
            # Scalars are JSON's numbers.
            return bool(a == b) and isinstance(b, (int, float))
        a = np.asarray(a)
        return (a.dtype, a.shape, canonical(a)) == (b.dtype, b.shape, canonical(b))

    document = DOCUMENTS[name]
    text = json.dumps(document, default=ndcodec.json_default)
    return is_same(document, json.loads(text, object_hook=ndcodec.json_hook))


def printed(path, expression):
    """What Python shows for an expression, or for what it raises."""
    names = {"ndcodec": ndcodec, "np": np, "json": json, "path": path, "comes_back": comes_back}
    text = path.read_text() if path.suffix == ".json" else None
    with warnings.catch_warnings():
        # A file that an expression opens is left to be closed.
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            return repr(eval(expression, names | {"text": text}))
        except (TypeError, ValueError, ndcodec.NdcodecError) as error:
            return str(error)


def as_numpy(place, chain):
    """What differs in the files of a folder from what numpy makes of them."""
    names, said = json.loads((place / "numpy-says.json").read_text())
    if isinstance(said, list):
        said = {f"{entry[0]:02}.v{entry[1]}": entry[2] and entry[2:] for entry in said}
    else:
        said = {f"{names.index(name):03}": entry for name, entry in said.items()}
    wrong = []
    files = sorted(place.glob("*.npy"))
    assert len(files) > 100
    for file in files:
        expected = said[file.stem]
        try:
            x = ndcodec.decode(file.read_bytes(), chain)
            is_right = bool(expected) and is_expected({"shape": expected[1], "sha256": expected[2]}, x)
        except ndcodec.NdcodecError as error:
            # numpy leaves unread what follows the array.
            is_right = not expected or "the end of the array" in str(error)
        if not is_right:
            wrong.append(file.name)
    return wrong


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
    place = OWN / folder if (OWN / folder).is_dir() else FIELD / folder
    expected = json.loads((place / "expected.json").read_text()) if (place / "expected.json").exists() else {}
    came, said = None, ""
    if name == "sdt" and name not in DOCUMENTS:
        pytest.skip("numpy has StringDType from 2.0 on")
    try:
        if outcome == "%":
            came = as_numpy(place, chain)
        elif chain.startswith(">>> "):
            said = printed(place / name, chain[4:])
        else:
            came = run(place / name, chain, outcome)
    except ndcodec.NdcodecError as error:
        said = str(error)
        if getattr(error, "help", None):
            assert said.rstrip().endswith(error.help)
    except KeyError as error:
        (said,) = error.args
    if outcome == "%":
        is_right = came == []
    elif chain.startswith(">>> "):
        is_right = outcome.removeprefix(": ") in said
    elif came is None:
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
