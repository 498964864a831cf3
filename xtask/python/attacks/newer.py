"""Attacks by the newer words and calls: `auto`, filters that tell numbers, texts with heads, sequences, documents, services."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Iterator

import make
import numpy as np
from case import GIB, KIB, MIB, Case
from make import chosen, container, npy, zstd, zstd_rle

import ndcodec

WORDS = (
    "npy|pco",
    "npy|dict",
    "npy|decimal",
    "npy|predict",
    "npy|predict(median)|zstd",
    "npy|columns|dict|zstd",
    "npy|decimal|dict|bitshuffle|lz4",
    "npy|predict|pco",
    "npy|pco|base64",
    "chunked(pco)",
    "chunked(decimal|dict|zstd)",
    "npy|bitshuffle|sparse",
    "chunked(bitshuffle|sparse)",
    "auto",
    "auto(fast)|zstd",
    "auto|base64",
)


def cases() -> Iterator[Case]:
    yield from filters()
    yield from auto()
    yield from texts_with_heads()
    yield from sequences()
    yield from documents()
    yield from services()


@functools.cache
def encoded(chain: str, kind: str, nbytes: int) -> bytes:
    count = nbytes // 8
    rng = np.random.default_rng(1)
    x = {
        "zeros": lambda: np.zeros((count // 8, 8)),
        "noise": lambda: rng.integers(0, 1 << 63, (count // 8, 8)).view("<f8"),
        "decimals": lambda: rng.integers(0, 10_000, (count // 8, 8)) / 100,
    }[kind]()
    return ndcodec.encode(x, chain)


def filters() -> Iterator[Case]:
    """What unfolds to far more than the limit, and what fits it, where 32 MiB hide nothing."""
    for chain in WORDS:
        yield Case(f"bomb {chain}", lambda c=chain: encoded(c, "zeros", 64 * MIB), chain)
        yield Case(f"bomb {chain} in zstd", lambda c=chain: zstd(encoded(c, "zeros", 64 * MIB)), f"{chain}|zstd")
        for kind in ("noise", "decimals"):
            data = lambda c=chain, k=kind: encoded(c, k, 48 * MIB)  # noqa: E731
            yield Case(f"F11 {chain} of {kind}", data, chain, 49 * MIB, outcome="ok")
    for words in ("pco", "dict", "decimal", "predict", "columns|dict"):
        chain = f"raw(<f8,6291456)|{words}"
        data = lambda w=words: encoded(f"raw|{w}", "zeros", 48 * MIB)  # noqa: E731
        yield Case(f"bomb raw|{words}", data, chain)
    # Claims of whatever stands in front: every field of the first bytes as large as it can be, one after the other.
    for words in ("pco", "dict", "decimal", "columns|dict", "decimal|dict", "predict|pco"):
        chain = f"raw(<f8,1024x8)|{words}"
        plain = lambda w=words: encoded(f"raw|{w}", "decimals", 64 * KIB)  # noqa: E731
        for at in (0, 1, 2, 4, 8, 12, 16):
            data = lambda p=plain, a=at: p()[:a] + b"\xff" * 8 + p()[a + 8 :]  # noqa: E731
            yield Case(f"lie {words} of a field at {at}", data, chain, outcome="any")


def auto() -> Iterator[Case]:
    """Containers of `auto` that lie or cost time."""
    make_auto = functools.partial(container, letters=b"AU")
    bomb = zstd_rle(8 * GIB, known=False)
    one = lambda: make_auto([MIB], "|u1", "small", MIB, [chosen(["zstd"], [(2, b"\1\1" + b"\1" + len(bomb).to_bytes(4, "little") + bomb)])])  # noqa: E731
    yield Case("bomb zstd in a part of auto", one, "auto")
    yield Case("bomb zstd in a part of auto, detected", one, None)
    yield Case("auto of 2^60 chunks", make_auto([1 << 60], "|u1", "small", 1, [b"\0a"]), "auto")
    yield Case("auto of 2^60 chunks, no limits", make_auto([1 << 60], "|u1", "small", 1, [b"\0a"]), "auto", -1)
    yield Case("auto of 2^60 items of no bytes", make_auto([1 << 60], "|V0", "small", MIB, []), "auto", outcome="any")
    yield Case("auto in auto", make_auto([4096], "|u1", "small", 4096, [chosen(["auto"], [(2, b"a" * 9)])]), "auto")
    for word in ("hex|hex|hex|hex|hex|hex|hex|zstd", "bitshuffle(block=8)", "|".join(["zstd"] * 9), "pickle", ""):
        data = lambda w=word: make_auto([4096], "|u1", "small", 4096, [chosen([w], [(2, b"\1\1\0" + b"\x10\0\0\0" + bytes(16))])])  # noqa: E731
        yield Case(f"auto names {word[:20]}", data, "auto")
    # 255 chains for each chunk, none like another, and none of use.
    levels = [f"shuffle|zstd({level})|lz4|zlib({level % 10})" for level in range(-232, 23)]
    stored = lambda: make_auto([64 * MIB], "|u1", "small", MIB, [chosen(levels, [(1, b"a")])] * 64)  # noqa: E731
    yield Case("auto names 255 chains in each of 64 chunks", stored, "auto", 64 * MIB, outcome="any")
    small = lambda: zstd(make_auto([16 * MIB], "|u1", "small", 16 * KIB, [chosen(levels, [(1, b"a")])] * 1024))  # noqa: E731
    yield Case("auto names 255 chains in each of 1024 chunks", small, "auto|zstd", 16 * MIB, outcome="any")
    fields = lambda: make_auto([4 * KIB], "[" + ", ".join(f"('f{i}', '|u1')" for i in range(255)) + "]", "small", 255 * 4, [chosen([], [(1, b"a")] * 255)] * KIB)  # noqa: E731
    yield Case("auto of 255 columns in chunks of four rows", fields, "auto", 64 * MIB, outcome="any")
    tiny = lambda: zstd(make_auto([MIB], "|u1", "small", 1, [b"\0a"] * MIB))  # noqa: E731
    yield Case("auto of a million chunks of a byte", tiny, "auto|zstd", outcome="any")
    plain = lambda: zstd(container([MIB], "|u1", "lz4", 1, [b"\0a"] * MIB))  # noqa: E731
    yield Case("chunked of a million chunks of a byte", plain, "chunked|zstd", outcome="any")


def texts_with_heads() -> Iterator[Case]:
    many = 16 * MIB
    yield Case("hex(prefix=0x) of 16 MiB", lambda: b"0x" + b"00" * many, "hex(prefix=0x)", op="bytes")
    yield Case("hex(whitespace=true) of blanks", lambda: b" " * (4 * many) + b"00", "hex(whitespace=true)", op="bytes", outcome="ok")
    yield Case("base64(whitespace=true) of blanks", lambda: b"\n" * (4 * many) + b"AAAA", "base64(whitespace=true)", op="bytes", outcome="ok")
    yield Case("hex(whitespace=true) of blanks in zstd", lambda: zstd(b" " * (16 * many) + b"00"), "hex(whitespace=true)|zstd", None, "bytes", outcome="any")
    yield Case("dataurl with a head of 64 MiB", lambda: b"data:" + b"a" * (4 * many) + b";base64,AAAA", "dataurl", op="bytes")
    yield Case("dataurl with 10^6 parameters", lambda: b"data:" + b";a=b" * 1_000_000 + b";base64,AAAA", "dataurl", op="bytes")
    yield Case("bomb dataurl", lambda: b"data:;base64," + b"AAAA" * (many // 2), "dataurl", op="bytes")
    for word, text in (
        ("hex", b"30" * (8 * MIB)),
        ("base64", b"MTAw" * (4 * MIB)),
        ("dataurl", b"data:," * MIB),
        ("0x", b"0x" + b"30" * (8 * MIB)),
        ("blanks", b" " * (16 * MIB)),
        ("brackets", b"{" * (16 * MIB)),
        ("letters", b"a" * (16 * MIB)),
    ):
        yield Case(f"detect 16 MiB of {word}", text, None, None, "detect", outcome="any")
    deep = b"x"
    for _ in range(16):
        deep = deep.hex().encode()
    yield Case("detect 16 layers of hex", deep, None, None, "detect", outcome="any")
    deep = b"x" * 100
    for _ in range(24):
        deep = base64.b64encode(deep)
    yield Case("detect 24 layers of base64", deep, None, None, "detect", outcome="any")


def sequences() -> Iterator[Case]:
    """Arrays one behind the other."""
    empty = npy("'|u1'", "(0,)")
    one = npy("'|u1'", "(1,)", b"x")
    ways = ("rust", "python")
    for what, unit in (("nothing", empty), ("a byte", one)):
        data = lambda u=unit: u * 1_000_000  # noqa: E731
        yield Case(f"nothing 10^6 arrays of {what} in a row", data, "npy", GIB, "all", ways, "any")
        yield Case(f"nothing 10^6 arrays of {what} in a row, in zstd", lambda d=data: zstd(d()), "npy|zstd", None, "all", ways, "any")
        yield Case(f"nothing 10^6 arrays of {what} in a row, 1 MiB", lambda d=data: zstd(d()), "npy|zstd", MIB, "all")
    for op in ("detect", "inspect", "decode"):
        yield Case(f"nothing 10^6 arrays in a row, {op}", lambda: empty * 1_000_000, None, None, op, outcome="any")


def documents() -> Iterator[Case]:
    """JSON whose arrays are many, or none."""
    one = b'{"chain": "raw(u1)|hex", "data": "00"}'
    ways = ("python",)
    yield Case("JSON of 10^5 arrays of a byte", lambda: b"[" + b", ".join([one] * 100_000) + b"]", None, None, "json", ways, "any")
    yield Case("JSON of 10^6 arrays of a byte", lambda: b"[" + b", ".join([one] * 1_000_000) + b"]", None, None, "json", ways)
    unlike = lambda: b"[" + b", ".join(b'{"chain": "raw(u1,%d)|hex", "data": ""}' % i for i in range(20_000)) + b"]"  # noqa: E731
    yield Case("JSON of 20,000 chains", unlike, None, None, "json", ways, "any")
    long = b'[{"chain": "' + b"a" * (16 * MIB) + b'", "data": ""}]'
    yield Case("JSON of a chain of 16 MiB", long, None, None, "json", ways, "any")
    pipes = b'[{"chain": "npy' + b"|zstd" * (2 * MIB) + b'", "data": ""}]'
    yield Case("JSON of a chain of 2 million stages", pipes, None, None, "json", ways, "any")
    wide = b'[{"chain": "npy|base64", "data": "' + b"A" * (64 * MIB) + b'"}]'
    yield Case("JSON of 64 MiB of text that is not an array", wide, None, None, "json", ways)
    dtype = "[" + ",".join(f"('f{i}','<f4')" for i in range(3_000)) + "]"
    array = json.dumps({"chain": f'raw("{dtype}")|hex', "data": ""})
    fields = f"[{', '.join([array] * 20)}]".encode()
    yield Case("JSON of 20 chains of 3,000 fields", fields, None, None, "json", ways, "any")


def services() -> Iterator[Case]:
    """Codecs of numcodecs and Zarr, and bodies of HTTP."""
    ways = ("python",)
    bomb = lambda: zstd(npy("'|u1'", f"({8 * GIB},)") + bytes(KIB))  # noqa: E731
    for chain, data in (
        ("npy|zstd", bomb),
        ("npy|zstd", lambda: zstd(npy("'|u1'", f"({64 * MIB},)") + bytes(64 * MIB))),
        ("raw(<f8)|zlib", lambda: make.zlib_zeros(2 * GIB)),
        ("chunked", lambda: container([1 << 60], "|u1", "", 1, [b"\0a"])),
        ("auto", lambda: encoded("auto", "zeros", 64 * MIB)),
        ("npy|pco", lambda: encoded("npy|pco", "zeros", 64 * MIB)),
        ("zstd", lambda: zstd_rle(8 * GIB, known=False)),
    ):
        for op in ("codec", "http"):
            if op == "http" and chain == "zstd":
                continue
            yield Case(f"bomb {chain} by {op}", data, chain, MIB, op, ways)
    for what, header in (
        ("10^6 characters", "application/vnd.ndcodec; chain=" + "a" * 1_000_000),
        ("10^5 parameters", "application/vnd.ndcodec" + "; a=b" * 100_000),
        ("10^5 quotes", 'application/vnd.ndcodec; chain="' + '\\"' * 100_000),
        ("10^5 types", ", ".join(["application/vnd.ndcodec"] * 100_000)),
        ("10^5 weights", ", ".join([f"*/*;q=0.{i % 1000:03}" for i in range(100_000)])),
    ):
        yield Case(f"a header of {what}", header.encode(), None, MIB, "header", ways, "any")
