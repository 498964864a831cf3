"""Decodes a container of `chunked`, by docs/formats/chunked.md alone: prints dtype, shape, order and SHA-256."""

import ast
import hashlib
import json
import re
import struct
import sys

import lz4.frame
import numpy as np
import zstandard
from numpy.lib.format import descr_to_dtype

TABLE = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
    TABLE.append(n)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return struct.pack("<I", crc ^ 0xFFFFFFFF)


def unshuffle(data, itemsize):
    whole = len(data) - len(data) % itemsize
    planes = np.frombuffer(data[:whole], "u1").reshape(itemsize, -1)
    return planes.T.tobytes() + data[whole:]


def decode_part(how, data, length, codecs):
    if how == 2:
        assert len(data) == 1, "a constant part is one byte"
        return data * length
    if how == 1:
        for codec in reversed(codecs):
            decode = lz4.frame.decompress if codec == "lz4" else zstandard.ZstdDecompressor().decompress
            data = decode(data)
    else:
        assert how == 0, f"a part is kept in the unknown way {how}"
    assert len(data) == length, "a part has another length"
    return data


def decode_chunk(body, length, stages, itemsize):
    if body[0] == 0:
        assert len(body) == 1 + length, "a stored chunk has another length"
        return body[1:]
    codecs = [stage for stage in stages if stage != "shuffle"]
    if body[0] == 2:
        return decode_part(1, body[1:], length, codecs)
    assert body[0] == 1, f"kind {body[0]}"
    count, at = body[1], 2 + 5 * body[1]
    assert count > 0 and length % count == 0, "the parts have no equal length"
    parts = []
    for how, size in struct.iter_unpack("<BI", body[2:at]):
        assert at + size <= len(body), "a part is cut"
        parts.append(decode_part(how, body[at : at + size], length // count, codecs))
        at += size
    assert at == len(body), "bytes follow the parts"
    return unshuffle(b"".join(parts), itemsize) if "shuffle" in stages else b"".join(parts)


def decode(data):
    magic, version, order, ndim, dtype_len, inner_len, reserved, chunk_len = struct.unpack_from("<8sBBHIIIQ", data)
    assert (magic, version, reserved) == (b"\x89NDCH\r\n\x1a", 1, 0) and order < 2
    texts = 32 + 8 * ndim
    end = texts + dtype_len + inner_len
    shape = struct.unpack_from(f"<{ndim}Q", data, 32)
    descr = data[texts : texts + dtype_len].decode()
    dtype = descr_to_dtype(ast.literal_eval(descr) if descr.startswith("[") else descr)
    stages = [re.sub(r"\(.*\)", "", stage) for stage in data[texts + dtype_len : end].decode().split("|") if stage]
    assert set(stages) <= {"shuffle", "lz4", "zstd"}, f"a stage of {stages} is not known here"
    head_crc = crc32c(data[:end])
    assert data[end : end + 4] == head_crc, "the header's checksum"
    nbytes = int(np.prod(shape, dtype=object)) * dtype.itemsize
    lengths = [min(chunk_len, nbytes - start) for start in range(0, nbytes, chunk_len)]
    at, offsets, payload = end + 4, [], []
    for i, length in enumerate(lengths):
        offsets.append(at)
        body_end = at + 4 + struct.unpack_from("<I", data, at)[0]
        crc = crc32c(struct.pack("<Q", i) + head_crc + data[at:body_end])
        assert data[body_end : body_end + 4] == crc, f"the checksum of chunk {i}"
        payload.append(decode_chunk(data[at + 4 : body_end], length, stages, dtype.itemsize))
        at = body_end + 4
    index = struct.pack(f"<{len(offsets)}Q", *offsets)
    footer = struct.pack("<QQ8s", at, at + len(index) + 28, b"NDCHEND\n")
    assert data[at:] == index + crc32c(head_crc + index) + footer, "the index or the footer"
    array = np.frombuffer(b"".join(payload), dtype) if dtype.itemsize else np.zeros(int(np.prod(shape)), dtype)
    return array.reshape(shape, order="CF"[order]), "CF"[order], b"".join(payload)


for path in sys.argv[1:]:
    array, order, payload = decode(open(path, "rb").read())
    descr = array.dtype.descr if array.dtype.names else array.dtype.str
    print(json.dumps([str(descr), array.shape, order, hashlib.sha256(payload).hexdigest()]))
