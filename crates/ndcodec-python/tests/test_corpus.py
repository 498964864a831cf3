"""Files that other software wrote, through Python: what must decode does, bit by bit, and what must not does not."""

import csv
import importlib.util
import json

import ndcodec
import numpy as np
import pytest
from equal import assert_same

csv.field_size_limit(1 << 30)

# Files of numpy 2 may have more than numpy 1 can hold.
MOST_DIMENSIONS = 64 if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else 32


@pytest.fixture(scope="session")
def rows(corpus):
    with open(corpus / "MANIFEST.tsv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="session")
def sha256(corpus):
    """The corpus' own rule for the bytes that its sums cover."""
    spec = importlib.util.spec_from_file_location("corpus_lib", corpus / "scripts" / "lib.py")
    lib = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lib)
    return lambda array: lib.sha(lib.canon_bytes(array))


def shape_text(row):
    shape = json.loads(row["shape"])
    return "x".join(map(str, shape)) if shape else "scalar"


def chain_of(row):
    stages = []
    for stage in row["recipe"].split("|"):
        if stage == "raw":
            stage = f'raw("{row["dtype"]}",{shape_text(row)},order={row["order"]})'
        # The manifest's word for a suffix, which is the default.
        stages.append({"crc32c_end": "crc32c"}.get(stage, stage))
    return "|".join(stages)


@pytest.mark.parametrize(("prefix", "least"), [("npy/", 100), ("chain/", 60)])
def test_the_corpus(corpus, rows, sha256, prefix, least):
    rows = [row for row in rows if row["kind"].startswith(prefix)]
    seen = {}
    for row in rows:
        data = (corpus / row["path"]).read_bytes()
        chain = chain_of(row) if row["recipe"] else "npy"
        outcome = row["outcome"]
        seen[outcome] = seen.get(outcome, 0) + 1
        try:
            array = ndcodec.decode(data, chain)
        except ndcodec.NdcodecError as error:
            if row["shape"] and len(json.loads(row["shape"])) > MOST_DIMENSIONS:
                assert "numpy has no array of shape" in str(error), (row["path"], error)
            else:
                assert outcome != "decode", (row["path"], error)
            continue
        assert outcome in ("decode", "either"), row["path"]
        if row["sha256"]:
            assert sha256(array) == row["sha256"], row["path"]
        if row["shape"]:
            assert list(array.shape) == json.loads(row["shape"]), row["path"]
        if row["order"]:
            is_fortran = array.flags.f_contiguous and not array.flags.c_contiguous
            assert ("F" if is_fortran else "C") == row["order"], row["path"]
        # And out again.
        assert_same(ndcodec.decode(ndcodec.encode(array, "npy|zstd|base64")), array)
    assert seen["decode"] >= least, seen


def test_real_arrays(corpus, rows):
    paths = [corpus / row["path"] for row in rows if row["kind"] == "real" and row["path"].endswith(".npy")]
    assert len(paths) >= 8
    for path in paths:
        x = np.load(path)
        for chain in ["npy|zlib|base64", "chunked(shuffle|zstd(1))|base64", "npy|delta|bitshuffle|lz4"]:
            if "delta" in chain and x.dtype.kind not in "iu":
                continue
            assert_same(ndcodec.decode(ndcodec.encode(x, chain), chain), x)
