"""Arrays and headers at random, with what numpy makes of them.

`arrays SEED COUNT` writes what `numpy.save` writes, `headers SEED COUNT` whole files with headers that were changed. Each
comes as the length of the file in four bytes, the file, and the same for a line of text: `descr`, shape and order, a tab
between them, or nothing where numpy refuses the file.
"""

import io
import random
import sys
import warnings

import numpy as np
from numpy.lib.format import dtype_to_descr

try:
    from numpy.lib import _format_impl as format
except ImportError:
    from numpy.lib import format

warnings.simplefilter("ignore")
rng = random.Random(int(sys.argv[2]))

UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"]
CHARS = "abcXYZ01_ '\"\\\t\n.é\u00a0整形😀\u200b\u0301"


def name():
    return "".join(rng.choice(CHARS) for _ in range(rng.randint(1, 6)))


def scalar():
    order = rng.choice("<>")
    kind = rng.randrange(9)
    if kind == 0:
        return np.dtype(rng.choice(["?", "i1", "u1"]))
    if kind <= 2:
        return np.dtype(order + rng.choice(["i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]))
    if kind == 3:
        return np.dtype(order + rng.choice(["f16", "c32"]))
    if kind == 4:
        return np.dtype("S%d" % rng.choice([0, 1, 2, 7, 300]))
    if kind == 5:
        return np.dtype(order + "U%d" % rng.choice([0, 1, 3, 100]))
    if kind == 6:
        return np.dtype("V%d" % rng.choice([0, 1, 2, 4, 16, 33]))
    base = order + rng.choice("Mm") + "8"
    if kind == 7:
        return np.dtype(base)
    return np.dtype("%s[%d%s]" % (base, rng.choice([1, 1, 2, 7, 25, 1000, 2**31 - 1]), rng.choice(UNITS)))


def subarray(inner):
    shape = tuple(rng.choice([0, 1, 2, 3]) for _ in range(rng.randint(1, 3)))
    return np.dtype((inner, shape if rng.random() < 0.8 else rng.randint(1, 4)))


def struct(depth):
    """A struct made in each of the ways that numpy has."""
    names = list(dict.fromkeys(name() for _ in range(rng.randint(0, 4))))
    formats = [dtype(depth - 1) for _ in names]
    way = rng.randrange(5)
    if way == 0:
        return np.dtype(list(zip(names, formats)))
    if way == 1:
        return np.dtype({"names": names, "formats": formats}, align=True)
    titles = [name() + "t%d" % i if rng.random() < 0.5 else None for i, _ in enumerate(names)]
    if way == 2:
        pairs = [(n if t is None else (t, n), f) for n, t, f in zip(names, titles, formats)]
        return np.dtype(pairs, align=rng.random() < 0.5)
    offsets, at = [], 0
    for f in formats:
        at += rng.choice([0, 0, 0, 1, 3, 8])
        offsets.append(at)
        at += f.itemsize
    if way == 3 and len(offsets) > 1 and rng.random() < 0.3:
        # Out of order, or one over the other, for which there is no descr.
        rng.shuffle(offsets)
        at += 64
    spec = {"names": names, "formats": formats, "offsets": offsets, "itemsize": at + rng.choice([0, 0, 1, 5])}
    if way == 4:
        spec["titles"] = titles
    return np.dtype(spec)


def dtype(depth):
    roll = rng.random()
    if depth == 0 or roll < 0.55:
        return scalar()
    return subarray(dtype(depth - 1)) if roll < 0.7 else struct(depth)


def array():
    while True:
        try:
            element = dtype(3)
            if element.subdtype or element.itemsize > 20_000:
                continue
            if rng.random() < 0.03:
                shape = (1,) * rng.randint(30, 64)
            else:
                shape = tuple(rng.choice([0, 1, 1, 2, 3, 4]) for _ in range(rng.randint(0, 4)))
            count = int(np.prod(shape, dtype=object))
            made = np.frombuffer(bytearray(rng.randbytes(count * element.itemsize)), np.uint8)
            made = np.ndarray(shape, element, made, order=rng.choice("CF"))
            if made.ndim and rng.random() < 0.3:
                made = made.transpose(rng.sample(range(made.ndim), made.ndim))
            if made.ndim and rng.random() < 0.3:
                made = made[:: rng.choice([-1, 2])]
            file = io.BytesIO()
            np.save(file, made, allow_pickle=False)
            file.seek(0)
            if np.load(file).dtype.itemsize != element.itemsize:
                # There are dtypes whose descr is another's: numpy loses sub-arrays of `S0` and `U0` so.
                continue
        except (TypeError, ValueError, OverflowError):
            # No such dtype, none with a descr, or too many dimensions.
            continue
        return made, file.getvalue()


def loaded(file):
    """What numpy makes of a file: its descr, shape and order."""
    stream = io.BytesIO(file)
    try:
        made = np.load(stream, allow_pickle=False)
        descr = dtype_to_descr(made.dtype)
        is_fortran = made.flags.f_contiguous and not made.flags.c_contiguous
        if made.itemsize == 0 and made.size > 0 and sum(n > 1 for n in made.shape) > 1:
            # Strides of zero are in every order, and the header has one all the same.
            stream.seek(0)
            is_fortran = format._read_array_header(stream, format.read_magic(stream))[1]
    except Exception:
        return ""
    return "\t".join([repr(descr), repr(made.shape), "F" if is_fortran else "C"])


def answer(file, text):
    for part in file, text.encode("utf8", "backslashreplace"):
        sys.stdout.buffer.write(len(part).to_bytes(4, "little") + part)


TOKENS = [
    "True", "False", "None", "0", "1", "2", "-1", "+1", "2L", "3l", "0x2", "0b1", "1_0", "01", "00", "1.0", "1e0", "2j", "()",
    "(2,)", "(2)", "[2]", "{}", "''", "'<f8'", "b'<f8'", "u'<f8'", "r'<f8'", "f'<f8'", '"<i4"', "'<' 'f8'", "'''<f8'''", "'f8'",
    "'=f8'", "'|f8'", "'|i1'", "'float64'", "'int'", "'O'", "'|O'", "'object'", "'<f8 '", "' <f8'", "'<F8'", "'2f8'", "'f8,f8'",
    "'(2,)f8'", "'<M8[s]'", "'<M8[2s]'", "'<M8[s/2]'", "'<M8[0s]'", "'<M8[generic]'", "'<m8[μs]'", "'<M8[foo]'", "'M8[s]'",
    "'<U'", "'<U3'", "'S'", "'a3'", "'V'", "'|V3'", "'<V3'", "'>S3'", "'<b1'", "'<u1'", "'c'", "'<f3'", "'<i16'", "'<f16'", "'<x4'",
    "[]", "[('a', '<f8')]", "[('a', '<f8'),]", "[['a', '<f8']]", "(('a', '<f8'),)", "[('a', '<f8', 2)]", "[('a', '<f8', (2,))]",
    "[('a', '<f8', [2])]", "[('a', '<f8', ())]", "[('', '<f8')]", "[('', '|V8')]", "[('', '<f8'), ('', '<f8')]",
    "[('a', '<f8'), ('a', '<f8')]", "[(('t', 'a'), '<f8')]", "[(('a', 'a'), '<f8')]", "[((None, 'a'), '<f8')]", "[(('t', ''), '<f8')]",
    "[('a', '|O')]", "[('a', [('b', '<f8')])]", "('<f8', (2,))", "('<f8', 2)", "('<f8', ())", "('<f8',)", "{'a': '<f8'}", "'\\x3cf8'",
    "'\\u003cf8'", "'\\074f8'", "'<f\\\n8'", "'<f8\\0'", "'<f8'#x\n", "\x0c", "\n", "\r", "\t", "#", ",", ",,", ":", ";", "\\\n", "=",
    "[('a', '<f8', (True,))]", "[('a', '<f8', -1)]", "[('a', '<f8', 0)]", "[('a', '|S0', 3)]", "[('a', '|V0', (3,))]", "9" * 19, "9" * 40,
    "[('a', ('<f8', (2,)), 3)]", "[('a', '<f8', 2, 3)]", "[('a',)]", "[(1, '<f8')]", "[(b'a', '<f8')]", "['<f8']", "'descr'", "'shape'",
]


def header():
    made, file = array()
    while len(file) > 20_000:
        made, file = array()
    width = 2 if file[6] == 1 else 4
    start = 8 + width
    end = start + int.from_bytes(file[8:start], "little")
    version, payload = file[6], file[end:]
    text = file[start:end].decode("utf8" if version == 3 else "latin1")
    if rng.random() < 0.7:
        # Of this the parts are known, and each is changed to something that has its form.
        version, payload = rng.choice([1, 2, 3]), bytes(8 * rng.choice([0, 1, 2, 4, 6]))
        parts = {"descr": "'<f8'", "fortran_order": "False", "shape": rng.choice(["(2,)", "(1,)", "()", "(2, 3)", "(4,)"])}
        for _ in range(rng.choice([0, 1, 1, 1, 2])):
            parts[rng.choice(list(parts))] = rng.choice(TOKENS)
        if rng.random() < 0.2:
            parts["shape"] = "(%s,)" % rng.choice(TOKENS)
        keys = rng.sample(list(parts), 3) + rng.sample(list(parts), rng.choice([0, 0, 0, 1]))
        quote = rng.choice("'\"")
        pairs = [quote + key + quote + rng.choice([": ", ":", " :\t"]) + parts[key] for key in keys]
        text = "{" + ", ".join(pairs) + rng.choice([", ", "", ","]) + "}" + rng.choice([" " * 20 + "\n", "", "\n", "\r\n", " "])
    for _ in range(rng.choice([0, 0, 1, 1, 2])):
        at, to = sorted(rng.randint(0, len(text)) for _ in range(2))
        text = text[:at] + rng.choice(TOKENS + list("'\"()[]{},:#\\ \n9L")) + text[min(to, at + rng.choice([0, 0, 1, 2, 5])):]
    encoded = text.encode("utf8" if version == 3 else "latin1", "replace")
    if rng.random() < 0.02:
        version = rng.choice([0, 1, 2, 3, 4])
    width = 2 if version == 1 else 4
    length = len(encoded) if rng.random() < 0.97 else max(0, len(encoded) + rng.choice([-1, 1, 64]))
    if length >= 1 << 8 * width:
        return header()
    changed = b"\x93NUMPY" + bytes([version, 0]) + length.to_bytes(width, "little") + encoded
    # Mostly as many bytes as the header asks for now.
    if rng.random() < 0.95:
        try:
            stream = io.BytesIO(changed)
            shape, _, element = format._read_array_header(stream, format.read_magic(stream))
            needed = int(np.prod(shape, dtype=object)) * element.itemsize
            if 0 <= needed < 100_000:
                payload = bytes(needed)
        except Exception:
            pass
    return changed + payload


for _ in range(int(sys.argv[3])):
    if sys.argv[1] == "arrays":
        _, saved = array()
        answer(saved, loaded(saved))
    else:
        changed = header()
        answer(changed, loaded(changed))
