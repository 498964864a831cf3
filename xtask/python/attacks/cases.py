"""The attacks: for each the bytes, the chain, what is done with them and the limit that the caller sets."""

from __future__ import annotations

import base64
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import make
import newer
import siblings
import strangers
from case import ALL, GIB, KIB, MIB, Case
from make import container, npy, zstd, zstd_rle


def all_cases(reproducers: Path | None) -> Iterator[Case]:
    yield from bombs()
    yield from lies()
    yield from nothing()
    yield from filters_and_stages()
    yield from texts()
    yield from archives()
    yield from json_documents()
    yield from large_limits()
    yield from newer.cases()
    yield from siblings.cases()
    yield from strangers.cases()
    if reproducers is not None:
        yield from reproduced(reproducers)


def bombs() -> Iterator[Case]:
    """Each codec's bomb, then one inside of others."""
    big = 8 * GIB
    of = {
        "zstd": lambda: zstd_rle(big, known=False),
        "zlib": lambda: make.zlib_zeros(2 * GIB),
        "deflate": lambda: make.deflate_zeros(2 * GIB),
        "gzip": lambda: make.gzip_member()[:10] + make.deflate_zeros(2 * GIB) + bytes(8),
        "lz4": lambda: make.lz4_frame([make.lz4_run(4 * MIB)] * 64),
        "lz4(framing=block)": lambda: make.lz4_run(256 * MIB),
        "lz4(framing=sized)": lambda: struct.pack("<I", 256 * MIB) + make.lz4_run(256 * MIB),
        "sparse": lambda: make.sparse_zeros(2 * GIB),
        "hex": lambda: b"00" * (16 * MIB),
        "base64": lambda: b"AAAA" * (8 * MIB),
    }
    for word, data in of.items():
        yield Case(f"bomb {word}", data, word, op="bytes")
        yield Case(f"bomb {word} of an array", data, f"raw(|u1)|{word}")
        yield Case(f"bomb {word} in zstd", lambda d=data: zstd(d()), f"{word}|zstd", op="bytes")
    yield Case("bomb zstd of zstd, 64 GiB", lambda: zstd(zstd_rle(64 * GIB, known=False)), "npy|zstd|zstd")
    yield Case("bomb lz4 of 8 GiB in zstd", lambda: zstd(make.lz4_frame([make.lz4_run(4 * MIB)] * 2100)), "lz4|zstd", op="bytes")
    yield Case(
        "bomb base64 of zstd of zlib",
        lambda: base64.b64encode(zstd(make.zlib_zeros(2 * GIB))),
        "npy|zlib|zstd|base64",
    )
    for count in (4, 31):
        words = "|".join(["hex"] * count + ["zstd"])
        yield Case(f"F1 {count} hex, then zstd", lambda: zstd_rle(3 * GIB, known=False), words, 64 * KIB, "bytes")
    words = "|".join(["base64"] * 28 + ["zstd", "base64"])
    text = lambda: base64.b64encode(zstd_rle(3 * GIB, known=False))  # noqa: E731
    yield Case("F1 28 base64 around a bomb", text, "raw(|u1)|" + words, 64 * KIB)
    inner = "|".join(["hex"] * 6 + ["zstd", "zstd"])
    nested = lambda: container([4096], "|u1", inner, 4096, [b"\2" + zstd(zstd_rle(3 * GIB), 19)])  # noqa: E731
    yield Case("F1 an inner chain of 8 stages", nested, "chunked", 64 * KIB)
    many = "|".join(["hex"] * 29 + ["zstd", "zstd"])
    hostile = lambda: container([4096], "|u1", many, 4096, [b"\2" + zstd(zstd_rle(3 * GIB), 19)])  # noqa: E731
    yield Case("F1 an inner chain of 31 stages", hostile, "chunked", 64 * KIB)
    yield Case("F1 the same, detected", hostile, None, 64 * KIB)
    yield Case("bomb zstd in a chunk", lambda: container([MIB], "|u1", "zstd", MIB, [b"\2" + zstd_rle(8 * GIB, known=False)]), "chunked")
    short = container([512], "<f8", "shuffle|zstd", 4096, [b"\1\x08" + (b"\2\x01\0\0\0") * 8 + bytes(8)])
    yield Case("chunked of constant planes is an array", short, "chunked", outcome="ok")


def lies() -> Iterator[Case]:
    """Sizes, windows and counts that are not true."""
    window = lambda: zstd_rle(4 * MIB, known=False, window=0xA8)  # noqa: E731
    yield Case("F3 a window of 2 GiB in a chunk", lambda: container([4 * MIB], "|u1", "zstd", 4 * MIB, [b"\2" + window()]), "chunked", 5 * MIB, outcome="any")
    yield Case("F3 a window of 2 GiB", window, "raw(|u1)|zstd", 5 * MIB, outcome="any")
    yield Case("F3 a window of 2 GiB, detected", window, None, 5 * MIB, op="detect", outcome="any")
    yield Case("lie gzip's trailer says 4 GiB", make.gzip_member(b"x" * 100)[:-4] + b"\xff" * 4, "gzip", op="bytes")
    yield Case("lie lz4 sized says 4 GiB", b"\xff\xff\xff\xff\x1f\0\1\0" + b"\xff" * 20 + b"\0", "lz4(framing=sized)", None, "bytes")
    yield Case("lie sparse says 2^60", b"\0" + make.varint(1 << 60) + bytes(1000), "sparse", None, "bytes")
    yield Case("lie sparse says 2^64", zstd(b"\0" + make.varint((1 << 64) - 1) + bytes(1000)), "sparse|zstd", None, "bytes")
    yield Case("lie prefix says 2^63", struct.pack("<Q", 1 << 63) + b"x", "prefix(u64)", None, "bytes")
    yield Case("lie zstd says 2^60", b"\x28\xb5\x2f\xfd\xc0\x88" + struct.pack("<Q", 1 << 60) + b"\x01\0\0", "zstd", None, "bytes")
    for shape in ("(4611686018427387904,)", "(1000000000000000000, 1000000000000000000)", "(1073741824,)"):
        yield Case(f"lie npy of shape {shape}", npy("'|u1'", shape, bytes(1000)), "npy", None)
        yield Case(f"lie npy of shape {shape} in zstd", zstd(npy("'|u1'", shape, bytes(1000))), "npy|zstd", None)
    yield Case("lie npy header of 4 GiB", b"\x93NUMPY\x02\0\xff\xff\xff\xff" + b" " * 1000, "npy")
    yield Case("lie 2^60 chunks of one byte", container([1 << 60], "|u1", "", 1, [b"\0a"]), "chunked")
    yield Case("lie 2^60 chunks of one byte, no limits", container([1 << 60], "|u1", "", 1, [b"\0a"]), "chunked", -1)
    yield Case("lie 2^60 items of no bytes", container([1 << 60], "|V0", "lz4", MIB, []), "chunked", outcome="any")
    yield Case("lie npy |V0 of 2^62", npy("'|V0'", "(4611686018427387904,)"), "npy", outcome="any")
    ten = lambda: container([100], "|u1", "lz4", 10, [b"\0" + bytes([i]) * 10 for i in range(10)])  # noqa: E731
    for rows in ("0..101", "100..102", "18446744073709551614..18446744073709551615", "0..18446744073709551615"):
        yield Case(f"lie rows {rows} of 100", ten, "chunked", op="rows", rows=rows, ways=("rust", "cli"))
    yield Case("rows 0..2^62 of |V0", npy("'|V0'", "(4611686018427387904,)"), "npy", op="rows", rows="0..4611686018427387904", outcome="any", ways=("rust", "cli"))


def nothing() -> Iterator[Case]:
    """A million members, frames and blocks that hold nothing, and layers of a GiB of them in a few KiB."""
    million = 1_000_000
    for word, unit in make.EMPTY.items():
        yield Case(f"nothing {million} members of {word}", lambda u=unit: u * million, word, op="bytes", outcome="any")
        yield Case(f"nothing {million} members of {word}, detected", lambda u=unit: u * million, None, op="detect", outcome="any")
    yield Case(f"nothing {million} skippable frames, zstd", lambda: make.SKIPPABLE * million + make.EMPTY["zstd"], "zstd", op="bytes", outcome="any")
    yield Case(f"nothing {million} skippable frames, lz4", lambda: make.SKIPPABLE * million + make.EMPTY["lz4"], "lz4", op="bytes", outcome="any")
    yield Case(f"nothing {million} blocks of zstd", lambda: make.zstd_blocks(million), "zstd", op="bytes", outcome="any")
    yield Case(f"nothing {million} blocks of lz4", lambda: make.lz4_frame([b"\0"] * million), "lz4", op="bytes", outcome="any")
    one = {word: make.gzip_member(b"x") if word == "gzip" else b"" for word in ("gzip",)}
    yield Case(f"little {million} members of gzip of one byte", lambda: one["gzip"] * million, "gzip", op="bytes", outcome="any", max_bytes=16 * MIB)
    layers = {
        "gzip": lambda: make.EMPTY["gzip"] * (300 * MIB // 20),
        "gzip of one byte": lambda: one["gzip"] * (300 * MIB // 21),
        "gzip name": lambda: b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"A" * (900 * MIB),
        "zstd": lambda: make.EMPTY["zstd"] * (300 * MIB // 9),
        "zstd blocks": lambda: make.zstd_blocks(100 * MIB),
        "zstd skippable": lambda: make.SKIPPABLE * (300 * MIB // 8) + make.EMPTY["zstd"],
        "lz4": lambda: make.EMPTY["lz4"] * (300 * MIB // 11),
        "lz4 blocks": lambda: make.lz4_frame([b"\0"] * (60 * MIB)),
    }
    for what, data in layers.items():
        word = what.split()[0]
        packed = lambda d=data: zstd(d())  # noqa: E731
        yield Case(f"F7 detect a layer of {what}", packed, None, None, "detect", outcome="any")
        yield Case(f"F7 decode a layer of {what}, detected", packed, None, None, outcome="any")
        yield Case(f"F7 decode a layer of {what}", packed, f"npy|{word}|zstd", None)
        yield Case(f"F7 decode a layer of {what}, 1 MiB", packed, f"npy|{word}|zstd", MIB)


def filters_and_stages() -> Iterator[Case]:
    """Filters that a header names, and stages that nobody asked for."""
    for descr, size in (("<f8", 8), ("|V3", 3)):
        for count in (4, 32):
            named = "|".join(["bitshuffle(block=8)"] * count)
            items = 32 * MIB // size
            data = lambda n=named, d=descr, c=items, s=size: zstd(npy(f"'{d}'", f"({c},)", bytes(c * s), n))  # noqa: E731
            outcome = "any" if count == 4 else "error"
            yield Case(f"F5 {count} bitshuffle of {descr} in a header", data, "npy|zstd", 64 * MIB, outcome=outcome)
    many = lambda: container([4 * MIB], "<f8", "|".join(["bitshuffle(block=8)"] * 8), 32 * MIB, [b"\1\1" + b"\2\1\0\0\0" + b"\7"])  # noqa: E731
    yield Case("F5 8 bitshuffle in a container", many, "chunked", 64 * MIB, outcome="any")
    yield Case("a container in a container", container([4096], "|u1", "chunked(lz4)", 4096, [b"\0" + b"a" * 4096]), "chunked")
    escape = "\\x1b]0;pwned\\x07\\x1b[2J\\x1b[31mshuffle"
    for op in ("detect", "inspect", "decode"):
        yield Case(f"F8 filters that are escape sequences, {op}", npy("'<f8'", "(2,)", bytes(16), escape), None, op=op, outcome="any")


def texts() -> Iterator[Case]:
    """Chain texts that are long or deep."""
    million = {
        "10^6 characters of stages": "npy|" + "zstd|" * 200_000 + "zstd",
        "10^6 deep": "chunked(" * 130_000 + ")" * 130_000,
        "64 KiB of name": "npy|" + "a" * 65_000,
        "64 KiB of brackets": "raw(" + "[" * 65_000 + ")",
        "64 KiB of dtype": 'raw("[' + "('a','<f4')," * 5_000 + ']")',
        "64 KiB of a choice": "npy|lz4(framing=" + "f" * 65_000 + ")",
        "3000 fields": 'raw("[' + ",".join(f"('f{i}','<f4')" for i in range(3_000)) + ']")',
        "10^6 digits": "npy|zstd(" + "9" * 1_000_000 + ")",
    }
    for what, text in million.items():
        yield Case(f"text of {what}", b"x", text, outcome="error")
    deep = b"{'descr': " + b"[" * 9_000 + b"]" * 900 + b"}"
    yield Case("text of 9,000 brackets in a header", b"\x93NUMPY\x01\0" + struct.pack("<H", len(deep)) + deep, "npy")


def archives() -> Iterator[Case]:
    one = npy("'|u1'", "(1,)", b"\0")
    million = 1_000_000
    ways = ("rust", "cli", "python")
    yield Case("F12 10^6 members of an npz", lambda: make.zip_of([(b"%d.npy" % i, one) for i in range(million)]), None, op="npz", ways=ways, outcome="any")
    yield Case("npz that claims 50 million members", lambda: make.zip_of([(b"x.npy", one)], count=50_000_000), None, op="npz", ways=ways)
    for count in (1, 16):
        deep = lambda c=count: make.zip_of([(b"a/" * 32_000 + b"%06d.npy" % i, one) for i in range(c)])  # noqa: E731
        yield Case(f"F4 {count} names of 32,000 folders", deep, None, op="npz", ways=ways, outcome="any")
    for what, method, packed in (
        ("deflate", 8, lambda: make.deflate_zeros(512 * MIB)),
        ("zstd", 93, lambda: zstd_rle(512 * MIB)),
    ):
        bomb = lambda p=packed, m=method: make.zip_of([(b"x.npy", p())], method=m, plain=b"", claim=512 * MIB)  # noqa: E731
        yield Case(f"bomb {what} in an npz", bomb, None, op="npz", ways=ways, outcome="any")
    head = npy("'|u1'", f"({16 * MIB},)")
    for window in (0x88, 0xA8):
        blocks = struct.pack("<I", len(head) << 3)[:3] + head + zstd_rle(16 * MIB, known=False)[6:]
        frame = b"\x28\xb5\x2f\xfd\x00" + bytes([window]) + blocks
        data = lambda f=frame: make.zip_of([(b"x.npy", f)], method=93, plain=head + bytes(16 * MIB))  # noqa: E731
        yield Case(f"F3 a window in an npz ({window:#x})", data, None, 32 * MIB, op="npz", ways=ways, outcome="any")


def json_documents() -> Iterator[Case]:
    bomb = base64.b64encode(zstd(zstd(npy("'|u1'", f"({GIB - 256},)") + bytes(GIB - 256)))).decode()
    one = f'{{"chain": "npy|zstd|zstd|base64", "data": "{bomb}"}}'
    for count in (1, 4, 100):
        text = f"[{', '.join([one] * count)}]".encode()
        yield Case(f"F15 a document of {count} GiB", text, None, None, "json", ("python",))
    small = base64.b64encode(zstd(npy("'|u1'", f"({8 * MIB},)") + bytes(8 * MIB))).decode()
    each = f'{{"chain": "npy|zstd|base64", "data": "{small}"}}'
    yield Case("F15 a document of 1,000 arrays of 8 MiB", f"[{', '.join([each] * 1000)}]".encode(), None, None, "json", ("python",))
    words = "|".join(["base64"] * 28 + ["zstd", "base64"])
    text = base64.b64encode(zstd_rle(3 * GIB, known=False)).decode()
    yield Case("F1 28 base64 in a document", f'{{"chain": "raw(|u1)|{words}", "data": "{text}"}}'.encode(), None, None, "json", ("python",))


def large_limits() -> Iterator[Case]:
    """F11: what is within the limit and filtered, wrapped and chunked, at limits that the 32 MiB do not hide."""
    limit = 200 * MIB
    payload = limit - 4096
    filtered = lambda f: lambda: zstd(npy("'<f8'", f"({payload // 8},)", bytes(payload // 8 * 8), f))  # noqa: E731
    for words in ("shuffle", "xor", "xor|shuffle", "xor|shuffle|xor|shuffle"):
        yield Case(f"F11 npy|{words}|zstd", filtered(words), f"npy|{words}|zstd", limit, outcome="ok")
    plain = lambda: zstd(npy("'<f8'", f"({payload // 8},)", bytes(payload // 8 * 8)))  # noqa: E731
    yield Case("F11 npy|zstd", plain, "npy|zstd", limit, outcome="ok")
    yield Case("F11 npy|zstd|base64", lambda: base64.b64encode(plain()), "npy|zstd|base64", limit, outcome="ok")
    yield Case("F11 npy|hex|zstd", lambda: zstd(npy("'<f8'", f"({payload // 8},)", bytes(payload // 8 * 8)).hex().encode()), "npy|hex|zstd", limit, outcome="ok")
    yield Case("F11 npy|zstd|zstd|zstd", lambda: zstd(zstd(plain())), "npy|zstd|zstd|zstd", limit, outcome="ok")
    bomb = lambda: zstd(zstd(zstd_rle(4 * GIB)))  # noqa: E731
    yield Case("F11 npy|hex|hex|zstd|zstd, a bomb", bomb, "npy|hex|hex|zstd|zstd", limit)
    const = b"\2\1\0\0\0"
    for inner, body in (
        ("shuffle|lz4", b"\1\x08" + const * 8 + bytes(8)),
        ("shuffle|bitshuffle|xor|bitshuffle|xor", b"\1\1" + const + b"\0"),
        ("shuffle|xor|shuffle|xor|shuffle|xor|shuffle|xor", b"\1\1" + const + b"\0"),
    ):
        count = limit // 8
        data = lambda i=inner, b=body, c=count: container([c], "<f8", i, c * 8, [b])  # noqa: E731
        yield Case(f"F11 one chunk of {inner}", data, "chunked", limit, outcome="any")


def reproduced(folder: Path) -> Iterator[Case]:
    """The files of the review as they are, and the cases of its battery, which it makes before it runs them."""
    for path in sorted(folder.iterdir()):
        if path.suffix in (".ndch", ".zst", ".npy", ".npz", ".bin"):
            op = "npz" if path.suffix == ".npz" else "decode"
            ways = ("rust", "cli", "python") if op == "npz" else ALL
            for limit in (64 * KIB, None):
                yield Case(f"file {path.name}", path.read_bytes(), None, limit, op, ways, "any")
            if op == "decode":
                yield Case(f"file {path.name}, detect", path.read_bytes(), None, None, "detect", outcome="any")
    battery = folder / "battery.py"
    if not battery.is_file():
        return
    made, _, _ = battery.read_text().partition('\nT="""')
    scope: dict[str, object] = {"__name__": "battery"}
    os.environ.setdefault("NDCODEC", "ndcodec")
    sys.path.insert(0, str(folder))
    before = os.getcwd()
    os.chdir(folder)
    try:
        exec(compile(made, str(battery), "exec"), scope)  # noqa: S102
    finally:
        os.chdir(before)
    for name, data, chain, limit, kind, rows in scope["cases"]:  # type: ignore[attr-defined]
        op = {"pipe": "bytes", "chain": "decode", "json": "json", "rows": "rows"}[kind]
        if op == "json":
            text = f'{{"chain": "{chain}", "data": "{data.decode()}"}}'
            yield Case(f"battery: {name}", text.encode(), None, limit, op, ("python",), "any")
            continue
        ways = ("rust", "cli") if op == "rows" else ALL
        yield Case(f"battery: {name}", data, chain, limit, op, ways, "any", rows or "")
