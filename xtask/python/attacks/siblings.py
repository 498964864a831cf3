"""Siblings of what was found: every word around every bomb, every empty unit of every framing, and headers that cost time."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import make
from case import GIB, KIB, MIB, Case
from make import container, npy, zstd, zstd_rle

MILLION = 1_000_000
#: What an encoded form must begin or end with, so that the words around a bomb come to it.
WORDS = ("crc32c", "crc32", "adler32", "fletcher32", "xxh3", "prefix(u64)", "hex", "base64", "dataurl", "gzip", "zlib", "deflate", "lz4", "sparse")


def cases() -> Iterator[Case]:
    yield from around()
    yield from empty_units()
    yield from members()
    yield from headers()
    yield from numbers()


def around() -> Iterator[Case]:
    """8 GiB of zeros in zstd, taken for what each word reads; and behind a layer that the word itself unfolds."""
    bomb = lambda: zstd_rle(8 * GIB, known=False)  # noqa: E731
    for word in WORDS:
        yield Case(f"bomb 8 GiB for {word}", bomb, f"{word}|zstd", op="bytes")
        yield Case(f"bomb 8 GiB for an array by {word}", lambda: zstd(bomb()), f"npy|{word}|zstd|zstd", 16 * MIB)
    digits = lambda: zstd_rle(4 * GIB, known=False, byte=ord("0"))  # noqa: E731
    for word in ("hex", "base64", "hex(prefix=0x)", "hex(whitespace=true)", "base64(whitespace=true)", "base64(alphabet=url,pad=optional)"):
        yield Case(f"bomb 4 GiB of digits for {word}", digits, f"{word}|zstd", op="bytes")
    blanks = lambda: zstd_rle(4 * GIB, known=False, byte=ord(" "))  # noqa: E731
    for word in ("hex(whitespace=true)", "base64(whitespace=true)"):
        yield Case(f"bomb 4 GiB of blanks for {word}", blanks, f"{word}|zstd", op="bytes")
    for word in ("zstd", "lz4", "gzip", "zlib", "deflate"):
        chain = f"npy|{word}|" + "|".join(["zstd"] * 12)
        data = bomb
        for _ in range(3):
            data = lambda d=data: zstd(d())  # noqa: E731
        yield Case(f"bomb four zstd deep before {word}", data, chain)


def zstd_frame(blocks: bytes, *, checksum: bytes = b"") -> bytes:
    return b"\x28\xb5\x2f\xfd" + bytes([4 if checksum else 0, 0x88]) + blocks + checksum


def block(kind: int, body: bytes, *, last: bool = False, size: int | None = None) -> bytes:
    size = len(body) if size is None else size
    return struct.pack("<I", size << 3 | kind << 1 | last)[:3] + body


def xxh32(data: bytes) -> int:
    """XXH32 of less than 16 bytes."""
    word = 0xFFFFFFFF
    turned = lambda number, by: (number << by | number >> 32 - by) & word  # noqa: E731
    found = 0x165667B1 + len(data)
    for at in range(0, len(data) & ~3, 4):
        found = turned((found + int.from_bytes(data[at : at + 4], "little") * 3266489917) & word, 17) * 668265263 & word
    for byte in data[len(data) & ~3 :]:
        found = turned((found + byte * 374761393) & word, 11) * 2654435761 & word
    found = (found ^ found >> 15) * 2246822519 & word
    found = (found ^ found >> 13) * 3266489917 & word
    return found ^ found >> 16


def lz4_frame(blocks: list[bytes], flags: int, *, content: bytes = b"") -> bytes:
    """A frame with these flags, whose header and blocks have their checksums."""
    head = bytes([flags, 0x70])
    check = xxh32(head) >> 8 & 255
    of_block = (lambda b: struct.pack("<I", xxh32(b))) if flags & 0x10 else lambda b: b""
    body = b"".join(struct.pack("<I", len(b)) + b + of_block(b) for b in blocks)
    return b"\x04\x22\x4d\x18" + head + bytes([check]) + body + bytes(4) + content


def dynamic_blocks(count: int) -> bytes:
    """DEFLATE of dynamic blocks that hold nothing: the codes of an empty block, again and again, 12 bytes each."""
    bits: list[int] = []

    def put(value: int, width: int) -> None:
        bits.extend(value >> i & 1 for i in range(width))

    # One literal code and an end of block, each of a bit; a distance code of a bit. Lengths: 0 × 138, 0 × 118, 1, 1 → by 18 and 1.
    def one() -> None:
        put(0, 1)
        put(2, 2)
        put(0, 5)
        put(0, 5)
        put(14, 4)
        # The order of code lengths: 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1. Codes 18 and 1 have a bit.
        for name in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1):
            put(1 if name in (18, 1) else 0, 3)
        # By canonical order code 1 is `0` and 18 is `1`. 255 zeros, then literal 255 and the end of block, then a distance.
        put(1, 1)
        put(138 - 11, 7)
        put(1, 1)
        put(117 - 11, 7)
        put(0, 1)
        put(0, 1)
        put(0, 1)
        # The end of block is the second of two codes of a bit.
        put(1, 1)

    for _ in range(8):
        one()
    eight = bytes(sum(bits[i + j] << j for j in range(8)) for i in range(0, len(bits), 8))
    assert len(bits) % 8 == 0
    return eight * (count // 8) + b"\x03\x00"


def blocks_of_tables(count: int) -> bytes:
    """DEFLATE of blocks with codes of all 257 symbols, and no symbol but the end: 28 bytes and microseconds each."""
    bits: list[int] = []

    def put(value: int, width: int) -> None:
        bits.extend(value >> i & 1 for i in range(width))

    widths = {16: 1, 8: 2, 1: 3, 9: 3}
    for _ in range(8):
        for value, width in ((0, 1), (2, 2), (0, 5), (0, 5), (14, 4)):
            put(value, width)
        for name in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1):
            put(widths.get(name, 0), 3)
        # 255 symbols of eight bits, two of nine, a distance of one; then the end, which is nine ones.
        for value, width in ((0b01, 2), *[(0b110, 3)] * 42, (0b01, 2), (0b01, 2), (0b111, 3), (0b111, 3), (0b011, 3), (0x1FF, 9)):
            put(value, width)
    eight = bytes(sum(bits[i + j] << j for j in range(8)) for i in range(0, len(bits), 8))
    assert len(bits) % 8 == 0
    return eight * (count // 8)


def between_zeros(blocks: bytes, times: int) -> bytes:
    """A gzip member in which a few bytes make a MiB in front of blocks that make none: together they hold enough."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = compressor.compress(bytes(MIB)) + compressor.flush(zlib.Z_FULL_FLUSH)
    crc = 0
    for _ in range(times):
        crc = zlib.crc32(bytes(MIB), crc)
    body = (zeros + blocks) * times + b"\x03\0"
    return make.gzip_member()[:10] + body + struct.pack("<II", crc, times * MIB)


def empty_units() -> Iterator[Case]:
    """What holds nothing, in every framing that has such units, as it is and as a layer of zstd."""
    raw, rle = block(0, b""), block(1, b"x", size=0)
    # A compressed block of no literals and no sequences.
    packed = block(2, b"\0\0")
    end = block(0, b"", last=True)
    units = {
        "zstd blocks that repeat a byte no times": (lambda: zstd_frame(rle * MILLION + end), "zstd"),
        "zstd blocks that are compressed": (lambda: zstd_frame(packed * MILLION + end), "zstd"),
        "zstd blocks of each kind": (lambda: zstd_frame((raw + rle + packed) * (MILLION // 3) + end), "zstd"),
        "zstd frames with a checksum": (lambda: zstd_frame(end, checksum=b"\x99\xe9\xd8\x51") * MILLION, "zstd"),
        "zstd frames and skippable ones": (lambda: (make.EMPTY["zstd"] + make.SKIPPABLE) * MILLION, "zstd"),
        "skippable frames of each number": (lambda: b"".join(bytes([0x50 + i]) + make.SKIPPABLE[1:] for i in range(16)) * (MILLION // 16), "zstd"),
        "lz4 blocks of a token": (lambda: make.lz4_frame([b"\0"] * MILLION), "lz4"),
        "lz4 blocks with checksums": (lambda: lz4_frame([b"\0"] * MILLION, 0x70), "lz4"),
        "lz4 frames with a checksum": (lambda: lz4_frame([], 0x64, content=b"\x05\x5d\xcc\x02") * MILLION, "lz4"),
        "lz4 frames of linked blocks": (lambda: lz4_frame([b"\0"] * MILLION, 0x40), "lz4"),
        "lz4 and skippable frames": (lambda: (make.EMPTY["lz4"] + make.SKIPPABLE) * MILLION + make.EMPTY["lz4"], "lz4"),
        "deflate blocks that are stored": (lambda: b"\0\0\0\xff\xff" * MILLION + b"\x03\0", "deflate"),
        "deflate blocks of fixed codes": (lambda: b"\x02\x08\x20\x80\x00" * MILLION + b"\x03\0", "deflate"),
        "deflate blocks of codes of their own": (lambda: dynamic_blocks(MILLION), "deflate"),
        "zlib blocks of codes of their own": (lambda: b"\x78\x9c" + dynamic_blocks(MILLION) + struct.pack(">I", 1), "zlib"),
        "gzip blocks of codes of their own": (lambda: make.gzip_member()[:10] + dynamic_blocks(MILLION) + bytes(8), "gzip"),
    }
    for what, blocks in (("small codes", dynamic_blocks(330_000)[:-2]), ("full codes", blocks_of_tables(140_000))):
        for times in (8, 64):
            data = lambda b=blocks, t=times: between_zeros(b, t)  # noqa: E731
            yield Case(f"little gzip of {times} MiB between blocks of {what}", data, "gzip", 128 * MIB, "bytes", outcome="any")
            layer = lambda d=data: zstd(d())  # noqa: E731
            yield Case(f"little gzip of {times} MiB between blocks of {what}, in zstd", layer, "gzip|zstd", 128 * MIB, "bytes", outcome="any")
            yield Case(f"little gzip of {times} MiB between blocks of {what}, detected", layer, None, None, "detect", outcome="any")
    for what, (data, word) in units.items():
        yield Case(f"nothing {what}", data, word, op="bytes", outcome="any")
        yield Case(f"nothing {what}, detected", data, None, None, "detect", outcome="any")
        yield Case(f"nothing {what}, an array, 16 MiB", lambda d=data: zstd(d()), f"npy|{word}|zstd", 16 * MIB)
        # As they are, without a layer that would bound them by its own result.
        yield Case(f"nothing {what}, an array, no limits", data, f"npy|{word}", -1)
        big = lambda d=data: zstd(d() * 16)  # noqa: E731
        yield Case(f"nothing 16 times {what} in zstd, detected", big, None, None, "detect", outcome="any")


def members() -> Iterator[Case]:
    """Members of gzip with every field that a header may have, and members of archives that cost more than they hold."""
    body = b"\x03\0" + bytes(8)
    fields = {
        "an extra field": (4, struct.pack("<H", 0)),
        "an extra field of 64 KiB": (4, struct.pack("<H", 0xFFFF) + bytes(0xFFFF)),
        "a name": (8, b"\0"),
        "a comment of 60,000": (16, b"x" * 60_000 + b"\0"),
        "a checksum of the header": (2, b""),
    }
    for what, (flags, more) in fields.items():
        head = b"\x1f\x8b\x08" + bytes([flags]) + bytes(5) + b"\xff" + more
        if flags == 2:
            head += struct.pack("<H", zlib.crc32(head) & 0xFFFF)
        count = min(MILLION, 64 * MIB // len(head + body))
        data = lambda u=head + body, c=count: u * c  # noqa: E731
        yield Case(f"nothing gzip members with {what}", data, "gzip", op="bytes", outcome="any")
        yield Case(f"nothing gzip members with {what}, detected", data, None, None, "detect", outcome="any")
        yield Case(f"nothing gzip members with {what} in zstd", lambda d=data: zstd(d()), "npy|gzip|zstd", 64 * MIB)
    yield Case("nothing zeros behind a gzip member", lambda: make.gzip_member(b"x") + bytes(64 * MIB), "gzip", op="bytes", outcome="any")
    ways = ("rust", "cli", "python")
    one = npy("'|u1'", "(1,)", b"\0")
    for what, name in (
        ("equal names", lambda i: b"x.npy"),
        ("names that differ in case", lambda i: bytes(c ^ (i >> j & 1) << 5 for j, c in enumerate(b"abcdefghijklmnopq")) + b".npy"),
        ("folders that are files", lambda i: b"x.npy/" * (i % 40) + b"x.npy"),
        ("control characters", lambda i: b"\x1b[2J\xe2\x80\xae%d.npy" % i),
    ):
        data = lambda n=name: make.zip_of([(n(i), one) for i in range(20_000)])  # noqa: E731
        yield Case(f"npz of 20,000 {what}", data, None, 64 * MIB, "npz", ways, "any")
    overlap = lambda: quoted()  # noqa: E731
    yield Case("npz of 2,000 members that are one bomb", overlap, None, 64 * MIB, "npz", ways, "any")


def quoted() -> bytes:
    """Every entry of the directory points to the same member, of 32 MiB in 32 KiB."""
    plain = npy("'|u1'", f"({32 * MIB},)") + bytes(32 * MIB)
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = compressor.compress(plain) + compressor.flush()
    about = lambda n: struct.pack("<HHHHHIIIHH", 45, 0, 8, 0, 33, zlib.crc32(plain), len(packed), len(plain), n, 0)  # noqa: E731
    out = b"PK\x03\x04" + about(8) + b"0000.npy" + packed
    directory = b"".join(
        b"PK\x01\x02\x2d\x03" + about(8) + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"%04d.npy" % i for i in range(2_000)
    )
    return out + directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 2_000, 2_000, len(directory), len(out), 0)


def headers() -> Iterator[Case]:
    """Headers of `.npy`, within their limit, whose text costs as much time as it can."""
    most = 250_000
    fill = lambda unit: unit * (most // len(unit))  # noqa: E731
    fields = "[" + ", ".join(f"('{i:x}', 'u1')" for i in range(most // 14)) + "]"
    dicts = f"{{'names': {[str(i) for i in range(9_000)]}, 'formats': {['u1'] * 9_000}, 'offsets': {list(range(9_000))}}}"
    same = f"{{'names': {[str(i) for i in range(9_000)]}, 'formats': {['u1'] * 9_000}, 'offsets': {[0] * 9_000}}}"
    titles = "[" + ", ".join(f"(('t{i}', 'n{i}'), 'u1')" for i in range(9_000)) + "]"
    nested = "'u1'"
    for depth in range(40):
        nested = f"[('f{depth}', {nested})]"
    subarrays = "'u1'"
    for _ in range(40):
        subarrays = f"({subarrays}, (1,))"
    texts = {
        "fields": fields,
        "a dict of names": dicts,
        "a dict of fields at one place": same,
        "titles": titles,
        "structs in structs": nested,
        "arrays in arrays": subarrays,
        "structs of structs": "[" + ", ".join(f"('a{i}', {nested})" for i in range(most // (len(nested) + 12))) + "]",
        "a comma string": "'" + fill("u1,") + "u1'",
        "strings side by side": fill("'' ") + "'u1'",
        "escapes": "'" + fill("\\x41") + "'",
        "names of characters": "'" + fill("\\N{DIGIT ONE}") + "'",
        "digits": "('u1', (" + fill("9") + ",))",
        "hexadecimal digits": "('u1', (0x" + fill("f") + ",))",
        "underscores": "('u1', (" + fill("1_") + "1,))",
        "dimensions": "('u1', (" + fill("1,") + "))",
        "minus signs": "('u1', (" + fill("-") + "1,))",
        "brackets": fill("["),
        "parentheses": fill("(") + "'u1'" + fill(")")[: most // 2],
        "braces": fill("{"),
        "blanks": fill(" ") + "'u1'",
        "comments": fill("#"),
        "equal keys": "'u1', " + fill("'a': 1, ") + "'b': 1",
        "a void of an array of": "('V2147483647', (2147483647,))",
        "a length": "'U" + fill("9") + "'",
        "repeats": "'" + fill("(1,)") + "u1'",
    }
    for what, text in texts.items():
        data = npy(text, "(1,)", bytes(64 * KIB), version=2)
        yield Case(f"header of {what}", data, "npy", outcome="any")
        yield Case(f"header of {what}, detected", data, None, None, "detect", outcome="any")
        yield Case(f"header of {what}, in a row", lambda d=data: zstd(d * 50), "npy|zstd", None, "all", ("python",), "any")
        if what != "equal keys":
            inner = container([1], text, "", KIB, [b"\0a"]) if len(text) < 255_000 else b""
            yield Case(f"chunked of a dtype of {what}", inner, "chunked", outcome="any")
    for what, shape in (
        ("dimensions", "(" + "1," * 100_000 + ")"),
        ("a long number", "(" + "9" * 200_000 + ",)"),
        ("zeros and more", "(0," + "4611686018427387904," * 1_000 + ")"),
    ):
        yield Case(f"header whose shape has {what}", npy("'u1'", shape, bytes(KIB), version=2), "npy", outcome="any")


def numbers() -> Iterator[Case]:
    """Numbers of a chain's own parameters, that data do not choose but a request may."""
    for chain in (
        "raw(u1,4611686018427387903)|zstd",
        "raw(u1,1073741824x1073741824)|zstd",
        "raw(V2147483647,4294967295)|zstd",
        "raw(V0,9223372036854775807)|zstd",
        "raw(V0,?)|zstd",
        "raw(u1,?x9223372036854775807)|zstd",
        "raw(u1," + "x".join(["2"] * 64) + ")|zstd",
        "raw(u1,0x" + "x".join(["9223372036854775807"] * 2) + ")|zstd",
        "raw(<f8,1048576x1)|predict(median)|zstd",
        "raw(<f8,1x1048576)|columns|zstd",
        "raw(V8,1048576)|shuffle(4294967295)|zstd",
        "raw(u1,1048576)|bitshuffle(block=4294967288)|zstd",
    ):
        data = lambda: zstd(bytes(8 * MIB))  # noqa: E731
        yield Case(f"chain {chain[:48]}", data, chain, 16 * MIB, outcome="any")
