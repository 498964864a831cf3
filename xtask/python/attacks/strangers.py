"""What a stranger tries next: small parts by the million, members that quote each other, blanks, memory of the caller's."""

from __future__ import annotations

import base64
import functools
import json
import struct
import zlib
from collections.abc import Iterator

import make
import numcodecs
from case import GIB, KIB, MIB, Case
from make import chosen, container, npy, varint, zstd

WAYS = ("rust", "cli", "python")
make_auto = functools.partial(container, letters=b"AU")


def cases() -> Iterator[Case]:
    yield from small_parts()
    yield from tables()
    yield from archives()
    yield from headers()
    yield from texts()
    yield from bombs()
    yield from into()
    yield from truncated()
    yield from documents()
    yield from http()


def deflate(data: bytes, layers: int = 1) -> bytes:
    for _ in range(layers):
        compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = compressor.compress(data) + compressor.flush()
    return data


def parts_of(kept: bytes, count: int) -> bytes:
    """The body of a record of `chunked` whose parts each went through the codecs to the same bytes."""
    return bytes([1, count]) + (b"\1" + struct.pack("<I", len(kept))) * count + kept * count


def small_parts() -> Iterator[Case]:
    """16 MiB in chunks of 256 bytes, of which each falls into parts that cost more than they hold."""
    count = 16 * MIB // 256
    frame = lambda data: bytes(numcodecs.Zstd(level=1).encode(data))  # noqa: E731
    nested = lambda data, n: functools.reduce(lambda kept, _: frame(kept), range(n), data)  # noqa: E731
    for what, inner, parts, kept in (
        ("16 parts by deflate", "deflate", 16, deflate(bytes(16))),
        ("4 parts by eight deflate", "|".join(["deflate"] * 8), 4, deflate(bytes(64), 8)),
        ("8 parts by zlib", "zlib", 8, zlib.compress(bytes(32))),
        ("4 parts by gzip", "gzip", 4, make.gzip_member(bytes(64))),
        ("8 parts by zstd", "zstd", 8, frame(bytes(32))),
        ("2 parts by four zstd", "|".join(["zstd"] * 4), 2, nested(bytes(128), 4)),
        ("32 parts by lz4 blocks", "lz4(framing=block)", 32, b"\x10\0\x01\0"),
        ("a part by shuffles and xor", "xor|bitshuffle|xor|bitshuffle|xor|bitshuffle|xor|zstd", 1, frame(bytes(256))),
    ):
        dtype, size = ("<u2", 128) if "shuffle" in inner else ("|u1", 256)
        body = parts_of(kept, parts)
        data = lambda b=body, i=inner, d=dtype, s=size: zstd(container([count * s], d, i, 256, [b] * count))  # noqa: E731
        yield Case(f"small chunks of {what}", data, "chunked|zstd", 17 * MIB, outcome="any")
    # `auto` names an inner chain for each part, and may name others in each chunk.
    dtype = "[" + ", ".join(f"('f{i}', '|V10')" for i in range(24)) + ", ('g', '|V16')]"
    one, last = parts_of(deflate(bytes(10)), 1), parts_of(deflate(bytes(16)), 1)
    body = chosen(["deflate"], [(2, one)] * 24 + [(2, last)])
    columns = lambda: zstd(make_auto([count], dtype, "small", 256, [body] * count))  # noqa: E731
    yield Case("small chunks of auto of 25 columns by deflate", columns, "auto|zstd", 17 * MIB, outcome="any")
    kept = parts_of(frame(bytes(256)), 1)
    named = lambda: zstd(make_auto([count * 256], "|u1", "small", 256, [chosen([f"zstd({-i})"], [(2, kept)]) for i in range(count)]))  # noqa: E731
    yield Case("small chunks of auto that each name another zstd", named, "auto|zstd", 17 * MIB, outcome="any")
    filtered = lambda: zstd(make_auto([count * 32], "<f8", "small", 256, [chosen([f"predict|shuffle|zstd({-i})"], [(2, kept)]) for i in range(count)]))  # noqa: E731
    yield Case("small chunks of auto that each name other filters", filtered, "auto|zstd", 17 * MIB, outcome="any")
    wide = "[" + ", ".join(f"('f{i}', '|u1')" for i in range(20_000)) + "]"
    fields = lambda: zstd(make_auto([1000], wide, "small", 20_000, [b"\0" + bytes(20_000)] * 1000))  # noqa: E731
    yield Case("auto of 20,000 fields in 1,000 chunks", fields, "auto|zstd", 32 * MIB, outcome="any")
    split = lambda: zstd(make_auto([1000], wide, "small", 20_000, [chosen([], [(1, bytes(20_000))])] * 1000))  # noqa: E731
    yield Case("auto of 20,000 fields that are one part", split, "auto|zstd", 32 * MIB, outcome="any")


def tables() -> Iterator[Case]:
    """Tables of `auto` whose numbers lie."""
    one = lambda body: make_auto([4096], "|u1", "small", 4096, [body])  # noqa: E731
    for what, body in (
        ("2^34 inner chains", b"\1" + varint((1 << 34) - 1)),
        ("255 chains that are not there", b"\1" + varint(255)),
        ("a text of 2^34 bytes", b"\1\1" + varint((1 << 34) - 1)),
        ("a text of nothing", chosen([""], [(2, b"\1\1\0" + struct.pack("<I", 4096) + bytes(4096))])),
        ("a text that nests", chosen(["chunked(" * 120 + ")" * 120], [(2, b"x")])),
        ("a text of 500 stages", chosen(["|".join(["lz4"] * 250)], [(2, b"x")])),
        ("a text of brackets", chosen(["raw(" + "[" * 900 + ")"], [(2, b"x")])),
        ("2^34 parts", b"\1\0" + varint((1 << 34) - 1)),
        ("no parts", b"\1\0\0"),
        ("255 parts of one column", chosen([], [(1, b"a")] * 255)),
        ("a part by a chain that is not named", chosen(["zstd"], [(9, b"x")])),
        ("a part by chain 2^34", b"\1\0\1" + varint((1 << 34) - 1) + b"\0"),
        ("a part of 2^34 bytes", b"\1\1\4zstd\1\2" + varint((1 << 34) - 1)),
        ("a number without end", b"\1" + b"\x80" * 4096),
        ("bytes behind its parts", chosen([], [(1, b"a")]) + bytes(100)),
        ("a part of no parts", chosen(["zstd"], [(2, b"\1\0")])),
        ("a part of 255 parts", chosen(["zstd"], [(2, b"\1\xff" + b"\2\1\0\0\0" * 255 + bytes(255))])),
    ):
        yield Case(f"auto of {what}", one(body), "auto")
    head = bytearray(one(b"\0" + bytes(4096)))
    for at, what in ((10, "dimensions"), (12, "bytes of dtype"), (16, "bytes of chain"), (24, "bytes of chunk"), (32, "items")):
        lie = bytes(head[:at]) + b"\xff" * (2 if at == 10 else 4 if at < 24 else 8) + bytes(head[at + (2 if at == 10 else 4 if at < 24 else 8) :])
        for chain in ("auto", None):
            yield Case(f"auto whose header lies of {what}, {chain}", lie, chain)


def local(name: bytes, packed: bytes, plain_len: int, crc: int, *, method: int = 8, flags: int = 0, extra: bytes = b"") -> bytes:
    about = struct.pack("<HHHHHIIIHH", 45, flags, method, 0, 33, crc, len(packed), plain_len, len(name), len(extra))
    return b"PK\x03\x04" + about + name + extra


def entry(name: bytes, packed: int, plain: int, crc: int, at: int, *, method: int = 8, flags: int = 0, extra: bytes = b"") -> bytes:
    about = struct.pack("<HHHHHIIIHH", 45, flags, method, 0, 33, crc, packed, plain, len(name), len(extra))
    return b"PK\x01\x02\x2d\x03" + about + struct.pack("<HHHII", 0, 0, 0, 0, at) + name + extra


def ended(out: bytes, directory: bytes, count: int, comment: bytes = b"") -> bytes:
    few = min(count, 0xFFFF)
    end = struct.pack("<HHHHIIH", 0, 0, few, few, len(directory), len(out), len(comment))
    return out + directory + b"PK\x05\x06" + end + comment


def quoting(count: int) -> bytes:
    """Each member is a stored block that quotes the header of the next one, and then what that one is: all end in one kernel."""
    plain = npy("'|u1'", f"({MIB},)") + bytes(MIB)
    stream, body, begins = deflate(plain), b"", []
    for i in reversed(range(count)):
        if body:
            header = body[:39]
            plain, stream = header + plain, b"\0" + struct.pack("<HH", 39, 39 ^ 0xFFFF) + body
        about = (b"%05d.npy" % i, len(stream), len(plain), zlib.crc32(plain))
        body = local(about[0], stream, *about[2:]) + stream
        begins.append((about, len(body)))
    listed = b"".join(entry(*about, len(body) - begin) for about, begin in begins)
    return ended(body, listed, count)


def archives() -> Iterator[Case]:
    one = npy("'|u1'", "(1,)", b"\0")
    crc = zlib.crc32(one)
    stored = local(b"x.npy", one, len(one), crc, method=0) + one
    plain = functools.partial(entry, b"x.npy", len(one), len(one), crc, 0, method=0)
    yield Case("npz of 400 members that quote each other", lambda: quoting(400), None, 64 * MIB, "npz", WAYS, "any")
    cost = lambda n: make.zip_of([(b"%d.npy" % i, npy("'<f8'", "(512,)", bytes(4096))) for i in range(n)])  # noqa: E731
    yield Case("npz of 10,000 members of 4 KiB", lambda: cost(10_000), None, 64 * MIB, "npz", WAYS, "any")
    whole = npy("'|u1'", "(1048576,)") + bytes(MIB)
    for what, flags, said in (("of nothing", 8, 0), ("of 4 GiB", 8, 0xFFFFFFFF)):
        packed = deflate(whole)
        data = local(b"x.npy", packed, said, 0, flags=flags) + packed + b"PK\x07\x08" + struct.pack("<III", 0, 0xFFFFFFFF, said)
        for in_directory in (said, len(whole)):
            listed = entry(b"x.npy", len(packed), in_directory, zlib.crc32(whole), 0, flags=flags)
            yield Case(f"npz with a data descriptor {what}, listed {in_directory}", ended(data, listed, 1), None, 4 * MIB, "npz", WAYS, "any")
    for what, sizes in (
        ("2^63 bytes", (1 << 63, 1 << 63, 0)),
        ("2^64 - 1 bytes", ((1 << 64) - 1, (1 << 64) - 1, 0)),
        ("a place behind the end", (len(one), len(one), 1 << 62)),
        ("a place in the directory", (len(one), len(one), len(stored))),
    ):
        extra = struct.pack("<HHQQQ", 1, 24, *sizes)
        about = struct.pack("<HHHHHIIIHH", 45, 0, 0, 0, 33, crc, 0xFFFFFFFF, 0xFFFFFFFF, 5, len(extra))
        listed = b"PK\x01\x02\x2d\x03" + about + struct.pack("<HHHII", 0, 0, 0, 0, 0xFFFFFFFF) + b"x.npy" + extra
        yield Case(f"npz of zip64 with {what}", ended(stored, listed, 1), None, MIB, "npz", WAYS)
    extras = b"".join(struct.pack("<HH", 0xCAFE, 0) for _ in range(16_000))
    data = lambda: ended(stored, plain(extra=extras) * 500, 500)  # noqa: E731
    yield Case("npz of 500 members of 16,000 extra fields", data, None, None, "npz", WAYS, "any")
    yield Case("npz of extra fields of zip64 that are short", ended(stored, plain(extra=struct.pack("<HH", 1, 8)), 1), None, MIB, "npz", WAYS, "any")
    ends = b"PK\x05\x06" * 16_000
    yield Case("npz whose comment is 16,000 ends", ended(stored, plain(), 1, ends), None, MIB, "npz", WAYS, "any")
    yield Case("npz of 16 MiB of ends", lambda: stored + b"PK\x05\x06" * (4 * MIB), None, MIB, "npz", WAYS, "any")
    yield Case("npz of ends of zip64", lambda: stored + (b"PK\x06\x06" + bytes(52) + b"PK\x06\x07" + bytes(16)) * 50_000 + ended(b"", plain(), 1), None, MIB, "npz", WAYS, "any")
    around = b"PK\x06\x07" + struct.pack("<IQI", 0, 0, 1)
    yield Case("npz whose locator points at the beginning", stored + plain() + around + ended(b"", b"", 0xFFFF), None, MIB, "npz", WAYS, "any")
    yield Case("npz with encryption", ended(local(b"x.npy", one, len(one), crc, method=0, flags=1) + one, plain(flags=1), 1), None, MIB, "npz", WAYS)
    yield Case("npz by an unknown method", ended(local(b"x.npy", one, len(one), crc, method=97) + one, entry(b"x.npy", len(one), len(one), crc, 0, method=97), 1), None, MIB, "npz", WAYS)


def headers() -> Iterator[Case]:
    """Shapes and dtypes that are not what they seem."""
    for shape in (
        "(-1,)",
        "(0, -1)",
        "(-9223372036854775808, 2)",
        "(9223372036854775808,)",
        "(0, 9223372036854775807, 9223372036854775807)",
        "(2147483648, 2147483648, 4)",
        "(4294967296, 4294967296, 16)",
        "(True,)",
        "(1.0,)",
        "('1',)",
        "((1,),)",
        "[1]",
        "1",
        "None",
    ):
        yield Case(f"header of shape {shape}", npy("'<f8'", shape, bytes(64)), "npy", None, outcome="any")
        fortran = npy("'|V0'", shape, bytes(64)).replace(b"'fortran_order': False", b"'fortran_order': True ")
        yield Case(f"header of shape {shape} of nothing, in Fortran order", fortran, "npy", None, outcome="any")
    for what, descr in (
        ("offsets that overlap", "{'names': ['a', 'b'], 'formats': ['<f8', '<f8'], 'offsets': [0, 4]}"),
        ("offsets below zero", "{'names': ['a'], 'formats': ['<f8'], 'offsets': [-8]}"),
        ("offsets of 2^62", "{'names': ['a'], 'formats': ['<f8'], 'offsets': [4611686018427387904]}"),
        ("an itemsize of 2^62", "{'names': ['a'], 'formats': ['<f8'], 'itemsize': 4611686018427387904}"),
        ("an itemsize of 2^31", "{'names': ['a'], 'formats': ['<f8'], 'itemsize': 2147483647}"),
        ("a field of 2^31 items", "[('a', '<f8', (2147483647,))]"),
        ("fields of 2^31 bytes together", "[('a', '|V1073741824'), ('b', '|V1073741824')]"),
        ("an array of 2^62 of nothing", "[('a', '|V0', (2147483647, 2147483647))]"),
        ("names that are equal", "[('a', '<f8'), ('a', '<f8')]"),
        ("an object within a field", "[('a', [('b', 'O')])]"),
        ("64 dimensions in 64 fields", "[" + ", ".join(f"('f{i}', 'u1', ({'1, ' * 64}))" for i in range(64)) + "]"),
        ("fields 60 deep", "[('a', " * 60 + "'u1'" + ")]" * 60),
        ("fields 10,000 deep", "[('a', " * 10_000 + "'u1'" + ")]" * 10_000),
        ("strings of 2^31", "'<U536870911'"),
        ("dates of 2^31", "'<M8[2147483647as]'"),
    ):
        yield Case(f"header of {what}", npy(descr, "(1,)", bytes(64), version=2), "npy", outcome="any")
        inner = container([1], descr, "", KIB, [b"\0a"])
        yield Case(f"chunked of {what}", inner, "chunked", outcome="any")


def texts() -> Iterator[Case]:
    many = 4 * MIB
    for what, data, word in (
        ("a blank behind each character", lambda: b"A " * many, "base64(whitespace=true)"),
        ("blanks of every kind", lambda: b"A\t\n\r A" * many, "base64(whitespace=true)"),
        ("texts that are each padded", lambda: b"QQ==" * many, "base64"),
        ("texts that are each padded, with blanks", lambda: b"QQ==\n" * many, "base64(whitespace=true)"),
        ("nothing but padding", lambda: b"=" * many, "base64"),
        ("nothing but padding and blanks", lambda: b"= " * many, "base64(whitespace=true)"),
        ("both alphabets", lambda: b"+/-_" * many, "base64"),
        ("blanks that are not ASCII", lambda: "\u2003".encode() * many, "base64(whitespace=true)"),
        ("zeros between", lambda: b"A\0" * many, "base64"),
        ("hexadecimal with a blank behind each", lambda: b"0 " * many, "hex(whitespace=true)"),
        ("many 0x", lambda: b"0x" * many, "hex(prefix=0x)"),
        ("a data URL of percent signs", lambda: b"data:," + b"%00" * many, "dataurl"),
        ("a data URL of broken percent signs", lambda: b"data:," + b"%0" * many, "dataurl"),
        ("data URLs within", lambda: b"data:,data:;base64," * MIB, "dataurl"),
        ("a data URL of base64 and percent signs", lambda: b"data:;base64," + b"%41" * many, "dataurl"),
    ):
        yield Case(f"text of {what}", data, word, op="bytes", outcome="any")
        yield Case(f"text of {what}, in zstd", lambda d=data: zstd(d()), f"{word}|zstd", None, "bytes", outcome="any")


@functools.cache
def sequences(count: int) -> bytes:
    """A zstd frame of unknown length, of compressed blocks: a pattern goes on for 128 KiB in some bytes, again and again."""
    frame = bytes(numcodecs.Zstd(level=1).encode(b"0123456789abcdef!" * (2 * 128 * KIB // 17 + 1)))
    header = 4 + 1 + (0 if frame[4] & 0x20 else 1) + {0: 1 if frame[4] & 0x20 else 0, 1: 2, 2: 4, 3: 8}[frame[4] >> 6]
    blocks, at = [], header
    while True:
        bits = int.from_bytes(frame[at : at + 3], "little")
        size = 1 if bits >> 1 & 3 == 1 else bits >> 3
        blocks.append((bits, frame[at + 3 : at + 3 + size]))
        at += 3 + size
        if bits & 1:
            break
    first, second = blocks[0], blocks[1]
    assert second[0] >> 1 & 3 == 2, "the second block is compressed"
    word = lambda bits: struct.pack("<I", bits & ~1)[:3]  # noqa: E731
    return b"\x28\xb5\x2f\xfd\x00\x88" + word(first[0]) + first[1] + (word(second[0]) + second[1]) * count + b"\x01\0\0"


def bombs() -> Iterator[Case]:
    data = lambda: sequences(64 * KIB)  # noqa: E731
    for limit in (MIB, None):
        yield Case(f"bomb zstd of 8 GiB by matches, {'default' if limit is None else '1 MiB'}", data, "zstd", limit, "bytes")
    yield Case("bomb zstd of 8 GiB by matches in zstd", lambda: zstd(data()), "zstd|zstd", None, "bytes")
    yield Case("bomb zstd of 8 GiB at the default limit", lambda: make.zstd_rle(8 * GIB, known=False), "zstd", None, "bytes")
    for word, bomb in (
        ("zlib", lambda: make.zlib_zeros(2 * GIB)),
        ("deflate", lambda: make.deflate_zeros(2 * GIB)),
        ("gzip", lambda: make.gzip_member()[:10] + make.deflate_zeros(2 * GIB) + struct.pack("<II", 0, 2 * GIB)),
        ("gzip that says little", lambda: make.gzip_member()[:10] + make.deflate_zeros(2 * GIB) + bytes(8)),
        ("lz4", lambda: make.lz4_frame([make.lz4_run(4 * MIB)] * 512)),
        ("lz4(framing=block)", lambda: make.lz4_run(2 * GIB)),
        ("sparse", lambda: make.sparse_zeros(2 * GIB)),
        ("sparse of 900 MiB", lambda: make.sparse_zeros(900 * MIB)),
        ("hex", lambda: b"00" * (2 * MIB)),
    ):
        chain = word.split()[0]
        yield Case(f"bomb {word} of 2 GiB at the default limit", bomb, chain, None, "bytes", outcome="any")
        yield Case(f"bomb {word} of 2 GiB in zstd at the default limit", lambda b=bomb: zstd(b()), f"{chain}|zstd", None, "bytes", outcome="any")


def into() -> Iterator[Case]:
    """Memory of the caller's, that is shorter or longer than what comes: its length is the limit."""
    ways = ("rust", "python")
    zeros = npy("'|u1'", f"({64 * MIB},)")
    for what, data, chain in (
        ("a bomb of zstd", lambda: make.zstd_rle(8 * GIB, known=False), "raw(|u1)|zstd"),
        ("a bomb that says its length", lambda: make.zstd_rle(8 * GIB), "raw(|u1)|zstd"),
        ("a bomb of zlib", lambda: make.zlib_zeros(2 * GIB), "raw(|u1)|zlib"),
        ("an array that is longer", lambda: zstd(zeros + bytes(64 * MIB)), "npy|zstd"),
        ("an array that is longer, filtered", lambda: zstd(npy("'<f8'", f"({8 * MIB},)", b"", "xor|shuffle") + bytes(64 * MIB)), "npy|xor|shuffle|zstd"),
        ("an array that is shorter", lambda: zstd(npy("'|u1'", "(3,)") + bytes(3)), "npy|zstd"),
        ("an array of 2^60", lambda: zstd(npy("'|u1'", f"({1 << 60},)") + bytes(3)), "npy|zstd"),
        ("2^60 chunks", lambda: container([1 << 60], "|u1", "", 1, [b"\0a"]), "chunked"),
        ("a container that is longer", lambda: container([64 * MIB], "|u1", "zstd", MIB, [b"\1\1\2\1\0\0\0\0"] * 64), "chunked"),
    ):
        yield Case(f"into 1 MiB: {what}", data, chain, MIB, "into", ways, "error")


def truncated() -> Iterator[Case]:
    """Bombs whose end is missing, for streams most of all."""
    for word, data in (
        ("zstd", lambda: make.zstd_rle(8 * GIB, known=False)[:-3]),
        ("zstd that says its length", lambda: make.zstd_rle(8 * GIB)[:-3]),
        ("zlib", lambda: make.zlib_zeros(256 * MIB)[:-4]),
        ("gzip", lambda: make.gzip_member()[:10] + make.deflate_zeros(256 * MIB)),
        ("lz4", lambda: make.lz4_frame([make.lz4_run(4 * MIB)] * 64)[:-4]),
        ("sparse", lambda: make.sparse_zeros(256 * MIB)[:-400]),
    ):
        chain = word.split()[0]
        for limit in (MIB, 512 * MIB):
            yield Case(f"truncated {word}, {limit // MIB} MiB", data, chain, limit, "bytes")
        yield Case(f"truncated {word} of an array", data, f"npy|{chain}", 16 * MIB)
    for cut in (1, 24, 200, 60_000):
        whole = lambda c=cut: container([16 * MIB], "|u1", "zstd", 64 * KIB, [b"\1\1\2\1\0\0\0\0"] * 256)[:-c]  # noqa: E731
        yield Case(f"truncated chunked by {cut}", whole, "chunked", 32 * MIB, outcome="any")


def documents() -> Iterator[Case]:
    ways = ("python",)
    one = lambda chain, data: json.dumps({"chain": chain, "data": data})  # noqa: E731
    for what, text in (
        ("of 10^5 arrays of other chains", lambda: ",".join(one(f"raw(u1,{i})|hex", "00" * (i % 9)) for i in range(100_000))),
        ("of 10^5 chains that are not", lambda: ",".join(one(f"no{i}|zstd", "") for i in range(100_000))),
        ("of 50,000 objects in objects", lambda: '{"a":' * 900 + one("raw(u1)|hex", "00") + "}" * 900),
        ("of a million keys", lambda: "{" + ",".join(f'"k{i}": 1' for i in range(1_000_000)) + "}"),
        ("of data that are numbers", lambda: ",".join('{"chain": "npy", "data": [1]}' for _ in range(100_000))),
        ("of data that are blanks", lambda: one("raw(u1)|base64(whitespace=true)", " " * (32 * MIB))),
        ("of escapes", lambda: '{"chain": "raw(u1)|hex", "data": "' + "\\u0030" * (4 * MIB) + '"}'),
    ):
        yield Case(f"JSON {what}", lambda t=text: f"[{t()}]".encode(), None, None, "json", ways, "any")


def http() -> Iterator[Case]:
    """Parameters in pieces, encodings of characters, and lists of both."""
    kind = "application/vnd.ndcodec"
    for what, header in (
        ("10^5 pieces", kind + "".join(f"; chain*{i}=a" for i in range(100_000))),
        ("10^5 pieces in another order", kind + "".join(f"; chain*{i}*=%61" for i in reversed(range(100_000)))),
        ("a million percent signs", kind + "; chain*=UTF-8''" + "%7C" * 330_000),
        ("broken percent signs", kind + "; chain*=UTF-8''" + "%7" * 330_000),
        ("an encoding without end", kind + "; chain*=" + "a" * 1_000_000 + "''npy"),
        ("10^5 equal parameters", kind + "; chain=npy" * 100_000),
        ("10^5 types with chains", ", ".join(f'{kind}; chain="npy|zstd({i % 20})"' for i in range(100_000))),
        ("10^5 empty items", "," * 100_000),
        ("10^5 semicolons", kind + ";" * 100_000),
        ("quotes that do not end", kind + '; chain="' + "a|" * 500_000),
        ("blanks", kind + " " * 1_000_000 + "; chain=npy"),
        ("weights of a million digits", f"{kind};q=0." + "9" * 1_000_000),
        ("brackets in a chain", kind + '; chain="raw(' + "[" * 100_000 + ')"'),
    ):
        yield Case(f"a header of {what}", header.encode(), None, MIB, "header", ("python",), "any")
    for what, data, chain in (
        ("base64 of blanks", lambda: b" " * (64 * MIB), "npy|base64(whitespace=true)"),
        ("small chunks", lambda: zstd(container([MIB], "|u1", "deflate", 256, [parts_of(deflate(bytes(16)), 16)] * 4096)), "chunked|zstd"),
        ("a text of a million stages", lambda: b"", "npy" + "|zstd" * 20_000),
    ):
        yield Case(f"a body of {what}", data, chain, MIB, "http", ("python",), "any")

