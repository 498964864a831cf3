"""Makes hostile bytes: frames, archives and containers that lie, unfold or give nothing."""

from __future__ import annotations

import io
import struct
import zlib

import google_crc32c
import numcodecs


def zstd(data: bytes, level: int = 3) -> bytes:
    return bytes(numcodecs.Zstd(level=level).encode(data))


def npy(descr: str, shape: str, payload: bytes = b"", filters: str = "", version: int = 1) -> bytes:
    """A `.npy`, whose header need not be true."""
    named = f"'filters': '{filters}', " if filters else ""
    text = f"{{'descr': {descr}, {named}'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * ((-len(text) - 11) % 64) + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + payload


def crc32c(data: bytes, crc: int = 0) -> int:
    return google_crc32c.extend(crc, bytes(data))


def container(shape: list[int], dtype: str, inner: str, chunk_len: int, bodies: list[bytes], *, letters: bytes = b"CH") -> bytes:
    """A `chunked`, or an `auto` of the letters `AU`, whose checksums are right."""
    head = b"\x89ND" + letters + b"\r\n\x1a" + bytes([1, 0]) + struct.pack("<HIII", len(shape), len(dtype), len(inner), 0)
    head += struct.pack("<Q", chunk_len) + b"".join(struct.pack("<Q", dim) for dim in shape)
    head += dtype.encode() + inner.encode()
    crc = crc32c(head)
    out, offsets = bytearray(head + struct.pack("<I", crc)), []
    for i, body in enumerate(bodies):
        offsets.append(len(out))
        record = struct.pack("<I", len(body)) + body
        out += record + struct.pack("<I", crc32c(struct.pack("<QI", i, crc) + record))
    end = len(out)
    index = b"".join(struct.pack("<Q", offset) for offset in offsets)
    out += index + struct.pack("<I", crc32c(struct.pack("<I", crc) + index))
    return bytes(out) + struct.pack("<QQ", end, len(out) + 24) + b"ND" + letters + b"END\n"


def varint(number: int) -> bytes:
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def chosen(chains: list[str], parts: list[tuple[int, bytes]]) -> bytes:
    """The body of a record of `auto`: inner chains, and how each part is kept."""
    out = b"\1" + varint(len(chains)) + b"".join(varint(len(text)) + text.encode() for text in chains)
    out += varint(len(parts))
    for how, kept in parts:
        out += varint(how) + (varint(len(kept)) if how > 1 else b"")
    return out + b"".join(kept for _, kept in parts)


def zstd_rle(count: int, *, known: bool = True, window: int = 0x88, byte: int = 0) -> bytes:
    """A zstd frame of `count` equal bytes: four bytes make 128 KiB."""
    magic = b"\x28\xb5\x2f\xfd"
    out = bytearray(magic + bytes([0xC0 if known else 0x00, window]))
    if known:
        out += struct.pack("<Q", count)
    full, rest = divmod(count, 128 << 10)
    block = struct.pack("<I", (128 << 10) << 3 | 1 << 1)[:3] + bytes([byte])
    out += block * full
    # The last block may be empty.
    return bytes(out + struct.pack("<I", rest << 3 | 1 << 1 | 1)[:3] + bytes([byte]))


def zstd_blocks(count: int) -> bytes:
    """A zstd frame of blocks that hold nothing."""
    return b"\x28\xb5\x2f\xfd\x00\x88" + b"\0\0\0" * (count - 1) + b"\x01\0\0"


def deflate_zeros(count: int) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = bytes(1 << 20)
    out = b"".join(compressor.compress(zeros) for _ in range(count >> 20))
    return out + compressor.compress(bytes(count & 0xFFFFF)) + compressor.flush()


def zlib_zeros(count: int) -> bytes:
    adler = (count % 65521) << 16 | 1
    return b"\x78\x9c" + deflate_zeros(count) + struct.pack(">I", adler)


def gzip_member(content: bytes = b"", name: bytes = b"") -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = compressor.compress(content) + compressor.flush()
    flags, named = (8, name + b"\0") if name else (0, b"")
    trailer = struct.pack("<II", zlib.crc32(content), len(content))
    return b"\x1f\x8b\x08" + bytes([flags]) + bytes(5) + b"\xff" + named + body + trailer


def lz4_run(count: int) -> bytes:
    """An lz4 block of `count` zeros: a literal, one long match, and the five literals that end a block."""
    return b"\x1f\0\1\0" + b"\xff" * ((count - 25) // 255) + bytes([(count - 25) % 255]) + b"\x50\0\0\0\0\0"


LZ4_HEAD = b"\x04\x22\x4d\x18\x60\x70\x73"


def lz4_frame(blocks: list[bytes]) -> bytes:
    return LZ4_HEAD + b"".join(struct.pack("<I", len(block)) + block for block in blocks) + bytes(4)


def varint(number: int) -> bytes:
    return (bytes([number & 127 | 128]) + varint(number >> 7)) if number > 127 else bytes([number])


def sparse_zeros(count: int) -> bytes:
    """Zeros by `sparse`: a byte for each block."""
    return b"\0" + varint(count) + bytes(-(-count // 512))


EMPTY = {
    "gzip": gzip_member(),
    "zstd": b"\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00",
    "lz4": LZ4_HEAD + bytes(4),
}
SKIPPABLE = b"\x50\x2a\x4d\x18\0\0\0\0"


def zip_of(
    members: list[tuple[bytes, bytes]],
    *,
    count: int | None = None,
    method: int = 0,
    plain: bytes | None = None,
    claim: int | None = None,
) -> bytes:
    """A zip archive with the directory of ZIP64. `plain` is what the members hold if they are compressed."""
    out, directory = io.BytesIO(), []
    for name, data in members:
        holds = data if plain is None else plain
        size = len(holds) if claim is None else claim
        about = struct.pack("<HHHHHIIIHH", 45, 0, method, 0, 33, zlib.crc32(holds), len(data), size, len(name), 0)
        directory.append(b"PK\x01\x02\x2d\x03" + about + struct.pack("<HHHII", 0, 0, 0, 0, out.tell()) + name)
        out.write(b"PK\x03\x04" + about + name + data)
    begin = out.tell()
    out.write(b"".join(directory))
    size, entries, end = out.tell() - begin, len(members) if count is None else count, out.tell()
    out.write(b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, entries, entries, size, begin))
    out.write(b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1))
    few = min(entries, 0xFFFF)
    out.write(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, few, few, min(size, 0xFFFFFFFF), begin, 0))
    return out.getvalue()
