"""Every way to spell a dtype, and many at random, with what numpy makes of each.

Writes a line of JSON for each: its form, the text, and `[descr, name]`, or `null` where numpy refuses it. The forms are
`text`, a string in a header; `descr`, any literal in a header; and `dict`, what `numpy.dtype` takes and no header has. The
name is that of a scalar of another package, else empty.
"""

import io
import json
import random
import sys
import warnings

import numpy as np
from numpy.lib.format import descr_to_dtype, dtype_to_descr

try:
    import ml_dtypes  # which gives numpy the names of its scalars
except ImportError:
    ml_dtypes = None

warnings.simplefilter("ignore")
rng = random.Random(int(sys.argv[1]))

ORDERS = ["", "<", ">", "=", "|"]
UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "generic", "μs", "µs", "B", "S", "x", ""]
NAMES = sorted(name for name in np.sctypeDict if isinstance(name, str))
OTHERS = ["np.float32", "numpy.float32", "Float32", "FLOAT", "f32", "float8", "int128", "uint3", "string", "np.dtype", "dtype"]
EXTENSIONS = ["bfloat16", "float4_e2m1fn", "float8_e4m3", "float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "int2", "int4", "uint4"]
LETTERS = [chr(code) for code in range(32, 127)] + ["\x7f", "é", "μ"]
SIZES = ["0", "1", "2", "3", "4", "5", "6", "8", "10", "12", "16", "20", "24", "32", "64", "+4", " 4", "\t8", "\x0b2", "04", "00",
         "-4", "-0", "4 ", "4x", "4.0", "2147483647", "2147483648", "536870911", "536870912", "9" * 19, "9" * 20]
COUNTS = ["", "1", "2", "25", "0", "00", "+3", " 3", "3 ", "2147483647", "2147483648", "-1", "4294967297"]
# Not `/0`, of which numpy dies.
DIVISORS = ["", "", "", "/1", "/2", "/3", "/+4", "/7", "/12", "/14", "/24", "/30", "/1000", "/1000000", "/x", "/", "/2 "]


def loaded(descr):
    """What numpy makes of a file of two elements, with this in its header."""
    try:
        dtype = descr_to_dtype(descr)
        if dtype.itemsize > 100_000 and not dtype.hasobject and not dtype.subdtype:
            return described(dtype)
        header = "{'descr': %r, 'fortran_order': False, 'shape': (2,), }" % (descr,)
        header = header.encode("utf8")
        file = b"\x93NUMPY\3\0" + len(header).to_bytes(4, "little") + header + bytes(2 * min(dtype.itemsize, 100_000))
        return described(np.load(io.BytesIO(file), allow_pickle=False).dtype)
    except (Exception, DeprecationWarning):
        return None


def described(dtype):
    return [repr(dtype_to_descr(dtype)), dtype.name if dtype.num >= 256 else ""]


def made(spec):
    """What `numpy.dtype` makes of a dict, if there is a descr for it."""
    try:
        dtype = np.dtype(spec)
        return None if dtype.hasobject else described(dtype)
    except Exception:
        return None


def scalars():
    for order in ORDERS:
        for name in NAMES + OTHERS + EXTENSIONS + LETTERS:
            yield order + name
        for letter in LETTERS:
            for size in SIZES:
                yield order + letter + size


def date():
    unit = rng.choice(["", "[", "[]", "[s", "s]", "[s]]"])
    if rng.random() < 0.9:
        unit = "[%s%s%s]" % (rng.choice(COUNTS), rng.choice(UNITS), rng.choice(DIVISORS))
    code = rng.choice(["M8", "m8", "datetime64", "timedelta64", "M8", "m8", "M", "m4", "datetime"])
    return rng.choice(ORDERS) + code + unit + rng.choice([""] * 20 + ["x", " ", "[s]"])


GOOD = ["f4", "<f8", "i2", "?", "d", "u1", "S3", "U2", "V4", "S0", "float32", "bool", "intp", "M8[s]", "<m8[25ns]", "c8", "e"]
SHAPES = ["2", "3", "1", "0", "(2,)", "(2,3)", "(1, 2)", "()", "(2)", "2,3", "2 ", " 2", "( 2 , 3 ,)", "02", "(2,,3)", "(,)", "(2",
          "2)", "( )", " ", "2147483648", "9" * 19, "1_0"]
BLANKS = ["", "", "", "", " ", "  ", "\t", "\n", "\x1c", "\xa0"]


def item():
    dtype = rng.choice(GOOD) if rng.random() < 0.8 else rng.choice([date(), rng.choice(NAMES), "", "x", "O", "f4[2]", "3f4", "a3"])
    if rng.random() < 0.4:
        dtype = rng.choice(ORDERS) + dtype.lstrip("<>=|")
    if rng.random() < 0.4:
        dtype = rng.choice(SHAPES) + dtype
        if rng.random() < 0.5:
            dtype = rng.choice(ORDERS) + dtype
    return dtype


def commas():
    items = [item() for _ in range(rng.choice([1, 1, 2, 2, 3, 4]))]
    text = "".join(part + rng.choice(BLANKS) + "," + rng.choice(BLANKS) for part in items)
    if rng.random() < 0.9:
        text = text.rstrip().removesuffix(",")
    if rng.random() < 0.15:
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice("<>=|(),[] 0123f48iSUx.?_") + text[at + rng.choice([0, 1]) :]
    return text


def string():
    roll = rng.random()
    if roll < 0.5:
        return rng.choice(GOOD)
    return item() if roll < 0.8 else commas()


def shape():
    return rng.choice([2, 1, 0, (), (2,), (2, 3), (0,), (1, 1), [2], [], -1, (True,), None, "2", 2**31])


def name():
    name = rng.choice(["a", "b", "c", "f0", "", "é", "long name"])
    roll = rng.random()
    if roll < 0.8:
        return name
    # Not without both: numpy keeps an unnamed void field of such a name, and reads what it then writes as padding.
    return (rng.choice(["t", "a", "", None if name else "u"]), name) if roll < 0.97 else rng.choice([1, None, b"a", ("t", "u", name)])


def literal(depth):
    roll = rng.random()
    if depth == 0 or roll < 0.5:
        return string()
    if roll < 0.65:
        return (literal(depth - 1), shape())
    fields = []
    for _ in range(rng.randint(0, 3)):
        field = [name(), literal(depth - 1)] + [shape()] * (rng.random() < 0.3)
        fields.append(tuple(field) if rng.random() < 0.9 else field)
    return fields


def dictionary(depth):
    count = rng.randint(0, 3)
    names = rng.sample(["a", "b", "c", "", "é"], count)
    formats = []
    for _ in names:
        roll = rng.random()
        if depth and roll < 0.2:
            formats.append(dictionary(depth - 1))
        else:
            formats.append((rng.choice(GOOD), shape()) if roll < 0.4 else string())
    spec = {"names": names, "formats": formats}
    if rng.random() < 0.6:
        spec["offsets"] = [rng.choice([0, 4, 8, 16, 40]) * index for index in range(count)]
    if rng.random() < 0.4:
        spec["itemsize"] = rng.choice([0, 8, 64, 200, -1])
    if rng.random() < 0.3:
        spec["titles"] = [rng.choice([None, "t", "u%d" % index]) for index in range(count)]
    if rng.random() < 0.2:
        spec["aligned"] = rng.choice([False, True])
    if rng.random() < 0.05:
        spec[rng.choice(list(spec))] = rng.choice([None, 3, "ab", [], ["a"]])
    if rng.random() < 0.05:
        spec["other"] = 1
    if rng.random() < 0.05:
        del spec[rng.choice(list(spec))]
    if rng.random() < 0.3:
        spec = {key: tuple(value) if isinstance(value, list) else value for key, value in spec.items()}
    return spec


def answer(form, text, made):
    print(json.dumps([form, text, made]))


texts = set(scalars())
texts.update(date() for _ in range(20_000))
texts.update(commas() for _ in range(20_000))
for text in sorted(texts):
    answer("text", text, loaded(text))
for _ in range(5000):
    descr = literal(3)
    answer("descr", repr(descr), loaded(descr))
for _ in range(5000):
    spec = dictionary(2)
    answer("dict", repr(spec), made(spec))
