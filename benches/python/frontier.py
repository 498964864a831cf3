"""Every array of the corpus' `real/` through `auto`, beside what is known to make arrays small or fast.

    python benches/python/frontier.py --check

One thread, process time, what is compared in turns in one process. Each side begins with a numpy array and ends with its
bytes; dtype and shape are told to the rivals for nothing. Words narrow the run down to arrays; `--folder` measures others.

With `--check` these have to hold, speeds and ratios as geometric means over the arrays:

- `auto(small)`: ratio 6.2, encoding a sixth as fast as pcodec 12 or faster, decoding as fast as OpenZL;
- `auto(balanced)`: ratio 5.7, both ways as fast as pcodec 8; no array more than 3 % larger than the smallest of
  `npy|zstd`, `npy|shuffle|zstd`, `npy|delta|shuffle|zstd`;
- `auto(fast)`: ratio 3.5, both ways as fast as Blosc2's lz4 with shuffle; no array more than 5 % larger than Blosc2's best
  by lz4;
- beside `np.save`, `zlib.compress`, `base64.b64encode`: `auto(balanced)|base64` smaller on each array, 10 times as fast to
  encode and 5 to decode; `auto(fast)|base64` 40 and 12 times;
- of 256 MiB by each goal but `small`: ten random rows read under 1 % of what was encoded, and two threads take 1/1.7 of the
  time of one, by the clock, if there are two cores that nobody else uses.
"""

import base64
import csv
import io
import lzma
import statistics
import sys
import time
import zlib
from pathlib import Path
from typing import Callable, NamedTuple

import measure
import ndcodec
import numpy as np
import zstandard

try:
    import blosc2
    import fpzip
    import imagecodecs
    import openzl.ext as openzl
    import pcodec.standalone
except ImportError as why:
    sys.exit(f"{why}: the rivals need Python 3.11 or later, and requirements.txt")

# Two that take a tenth of a second or less are called at least so often, and slower ones once.
ROUNDS = 5
SLOW = 0.5


class Way(NamedTuple):
    """From an array to bytes, and from these and an array like it to the bytes of the array."""

    name: str
    encode: Callable[[np.ndarray], bytes]
    decode: Callable[[bytes, np.ndarray], object]
    fits: Callable[[np.ndarray], bool] = lambda _: True


def ours(text: str) -> Way:
    chain = ndcodec.Chain(text)
    # Differences of floats would be rounded.
    fits = (lambda x: x.dtype.kind in "iu") if "delta" in text else (lambda _: True)
    return Way(text, lambda x: chain.encode(x, threads=1), lambda data, _: chain.decode(data, threads=1), fits)


def numbers(x: np.ndarray) -> np.ndarray:
    """What pcodec takes: one dimension of numbers."""
    return x.ravel().view(np.uint8) if x.dtype == bool else x.ravel()


def pco(level: int) -> Way:
    config = pcodec.ChunkConfig(compression_level=level, enable_8_bit=True)
    compress, decompress = pcodec.standalone.simple_compress, pcodec.standalone.simple_decompress
    return Way(f"pcodec {level}", lambda x: compress(numbers(x), config), lambda data, _: decompress(data))


def zl(level: int) -> Way:
    """The graph that finds out by itself what suits numbers."""
    compressor = openzl.Compressor()
    compressor.select_starting_graph(openzl.graphs.Compress()(compressor))
    compressor.set_parameter(openzl.CParam.FormatVersion, openzl.MAX_FORMAT_VERSION)
    compressor.set_parameter(openzl.CParam.CompressionLevel, level)

    def encode(x: np.ndarray) -> bytes:
        context = openzl.CCtx()
        context.ref_compressor(compressor)
        flat = x.ravel().view(f"u{x.itemsize}")
        return context.compress([openzl.Input(openzl.Type.Numeric, flat)])

    def decode(data: bytes, _: np.ndarray) -> object:
        [output] = openzl.DCtx().decompress(data)
        return output.content.as_nparray()

    return Way(f"OpenZL {level}", encode, decode)


def blosc(name: str, codec: "blosc2.Codec", level: int, *filters: "blosc2.Filter") -> Way:
    def encode(x: np.ndarray) -> bytes:
        given = {"codec": codec, "clevel": level, "typesize": x.itemsize, "nthreads": 1}
        return blosc2.compress2(x, filters=list(filters) or [blosc2.Filter.NOFILTER], **given)

    return Way(f"Blosc2 {name}", encode, lambda data, _: blosc2.decompress2(data, nthreads=1))


def zstd(level: int) -> Way:
    compressor, decompressor = zstandard.ZstdCompressor(level=level), zstandard.ZstdDecompressor()
    return Way(f"zstd {level}", lambda x: compressor.compress(x.data), lambda data, _: decompressor.decompress(data))


def is_image(x: np.ndarray) -> bool:
    is_flat = x.ndim == 2 and min(x.shape) > 64
    return x.dtype in (np.uint8, np.uint16) and (is_flat or (x.ndim == 3 and x.shape[-1] in (3, 4)))


def recipe_encode(x: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, x)
    return base64.b64encode(zlib.compress(file.getvalue()))


def recipe_decode(text: bytes, _: np.ndarray) -> np.ndarray:
    return np.load(io.BytesIO(zlib.decompress(base64.b64decode(text))))


SHUFFLE, BITSHUFFLE = blosc2.Filter.SHUFFLE, blosc2.Filter.BITSHUFFLE
LZ4, ZSTD = blosc2.Codec.LZ4, blosc2.Codec.ZSTD
RECIPE = "np.save, zlib, base64"
GOALS = ["auto(small)", "auto(balanced)", "auto(fast)"]
PLAIN = ["npy|zstd", "npy|shuffle|zstd", "npy|delta|shuffle|zstd"]
BLOSC_LZ4 = ["lz4", "shuffle lz4", "bitshuffle lz4"]
OF_PART = ["fpzip", "JPEG XL 7"]

OURS = [ours(text) for text in [*GOALS, "chunked(shuffle|zstd)", "chunked(shuffle|lz4)", *PLAIN]]
OURS += [ours(f"{goal}|base64") for goal in GOALS[1:]]
RIVALS = [
    *[pco(level) for level in (12, 8)],
    *[zl(level) for level in (6, 1)],
    blosc("lz4", LZ4, 5),
    blosc("shuffle lz4", LZ4, 5, SHUFFLE),
    blosc("bitshuffle lz4", LZ4, 5, BITSHUFFLE),
    blosc("shuffle zstd 1", ZSTD, 1, SHUFFLE),
    blosc("shuffle zstd 5", ZSTD, 5, SHUFFLE),
    blosc("bitshuffle zstd 5", ZSTD, 5, BITSHUFFLE),
    blosc("shuffle zstd 9", ZSTD, 9, SHUFFLE),
    zstd(3),
    zstd(19),
    Way("xz 9e", lambda x: lzma.compress(x.data, preset=9 | lzma.PRESET_EXTREME), lambda data, _: lzma.decompress(data)),
    Way(RECIPE, recipe_encode, recipe_decode),
    Way("fpzip", lambda x: fpzip.compress(x), lambda data, _: fpzip.decompress(data), lambda x: x.dtype in ("<f4", "<f8") and x.ndim <= 4),
    Way(
        "JPEG XL 7",
        lambda x: imagecodecs.jpegxl_encode(x, lossless=True, effort=7, numthreads=1),
        lambda data, _: imagecodecs.jpegxl_decode(data, numthreads=1),
        is_image,
    ),
]


class Figure(NamedTuple):
    """What one way makes of one array, and the seconds for it."""

    size: int
    encode: float
    decode: float


def in_turns(calls: dict[str, Callable[[], object]], quick: bool) -> dict[str, float]:
    """Median seconds of a call of each: in every round each that is not slow is called as often as fills a turn."""
    loops, times = {}, {}
    for name, call in calls.items():
        start = time.process_time()
        call()
        once = time.process_time() - start
        loops[name] = max(1, int(measure.TURN / max(once, 1e-9)))
        times[name] = [once] if once >= SLOW or quick else []
    names = [name for name in calls if not times[name]]
    for round in range(ROUNDS if names else 0):
        for turn in range(len(names)):
            name = names[(round + turn) % len(names)]
            start = time.process_time()
            for _ in range(loops[name]):
                calls[name]()
            times[name].append((time.process_time() - start) / loops[name])
    return {name: statistics.median(of) for name, of in times.items()}


def figures(x: np.ndarray, ways: list[Way], quick: bool) -> dict[str, Figure]:
    ways = [way for way in ways if way.fits(x)]
    encoded = {way.name: way.encode(x) for way in ways}
    for way in ways:
        back = way.decode(encoded[way.name], x)
        back = back.tobytes() if isinstance(back, np.ndarray) else bytes(back)
        assert back == x.tobytes(), f"{way.name} gives another array back"
    encode = in_turns({way.name: lambda way=way: way.encode(x) for way in ways}, quick)
    decode = in_turns({way.name: lambda way=way: way.decode(encoded[way.name], x) for way in ways}, quick)
    return {way.name: Figure(len(encoded[way.name]), encode[way.name], decode[way.name]) for way in ways}


class Found:
    """The figures of all arrays."""

    def __init__(self, arrays: dict[str, np.ndarray], of: dict[str, dict[str, Figure]]):
        self.arrays, self.of = arrays, of

    def mean(self, what: Callable[[int, Figure], float], name: str) -> float:
        return statistics.geometric_mean(what(x.nbytes, self.of[array][name]) for array, x in self.arrays.items())

    def ratio(self, name: str) -> float:
        return self.mean(lambda nbytes, figure: nbytes / figure.size, name)

    def encode(self, name: str) -> float:
        """Megabytes a second."""
        return self.mean(lambda nbytes, figure: nbytes / 1e6 / figure.encode, name)

    def decode(self, name: str) -> float:
        return self.mean(lambda nbytes, figure: nbytes / 1e6 / figure.decode, name)

    def smallest(self, array: str, names: list[str]) -> tuple[int, str]:
        return min((self.of[array][name].size, name) for name in names if name in self.of[array])


def broken(found: Found) -> list[str]:
    """The bounds that do not hold."""
    failed = []

    def least(what: str, value: float, bound: float):
        said = f"{what}: {value:.2f}, and should be {bound:.2f} or more"
        print(f"{'holds' if value >= bound else 'NOT SO'}: {said}")
        if value < bound:
            failed.append(said)

    for goal, ratio, encode, share, decode in [
        ("auto(small)", 6.2, "pcodec 12", 1 / 6, "OpenZL 6"),
        ("auto(balanced)", 5.7, "pcodec 8", 1, "pcodec 8"),
        ("auto(fast)", 3.5, "Blosc2 shuffle lz4", 1, "Blosc2 shuffle lz4"),
    ]:
        least(f"{goal}, ratio", found.ratio(goal), ratio)
        least(f"{goal}, MB/s of encoding beside {encode}", found.encode(goal), share * found.encode(encode))
        least(f"{goal}, MB/s of decoding beside {decode}", found.decode(goal), found.decode(decode))
    for goal, beside, bound in [
        ("auto(balanced)", PLAIN, 1.03),
        ("auto(fast)", [f"Blosc2 {name}" for name in BLOSC_LZ4], 1.05),
        ("auto(balanced)|base64", [RECIPE], 1),
    ]:
        for array in found.arrays:
            size, name = found.smallest(array, beside)
            worst = size * bound / found.of[array][goal].size
            least(f"{goal} on {array}: {bound} times the length by {name}, divided by its own", worst, 1)
    large(least)
    for goal, encode, decode in [("auto(balanced)|base64", 10, 5), ("auto(fast)|base64", 40, 12)]:
        least(f"{goal}, encoding by {RECIPE}", found.encode(goal) / found.encode(RECIPE), encode)
        least(f"{goal}, decoding by {RECIPE}", found.decode(goal) / found.decode(RECIPE), decode)
    return failed


def large(least: Callable[[str, float, float], None]):
    """What holds for an array of many chunks."""
    rng = np.random.default_rng(3)
    x = (np.cumsum(rng.integers(-9, 10, size=1 << 25)) / 100).reshape(-1, 64)
    for goal in GOALS[1:]:
        chain = ndcodec.Chain(goal)
        clock: dict[tuple[str, int], list[float]] = {}
        for _ in range(3):
            for threads in (1, 2):
                start = time.perf_counter()
                data = chain.encode(x, threads=threads)
                middle = time.perf_counter()
                chain.decode(data, threads=threads)
                clock.setdefault(("encoding", threads), []).append(middle - start)
                clock.setdefault(("decoding", threads), []).append(time.perf_counter() - middle)
        for what in ("encoding", "decoding"):
            gain = min(clock[what, 1]) / min(clock[what, 2])
            least(f"{goal} of 256 MiB, {what} by two threads beside one", gain, 1.7)
        worst = 0
        for row in rng.integers(0, len(x), size=10):
            asked = []

            def read(offset: int, length: int) -> bytes:
                asked.append(length)
                return data[offset : offset + length]

            rows = ndcodec._ndcodec.decode_rows_at(read, len(data), int(row), int(row) + 1, chain, max_bytes=None)
            assert (np.asarray(rows) == x[row : row + 1]).all(), f"row {row} is another one"
            worst = max(worst, sum(asked))
        least(f"{goal} of 256 MiB, a hundredth of its bytes divided by those read for a row", len(data) / 100 / worst, 1)


def tables(found: Found):
    names = list(next(iter(found.of.values())))
    names = [name for name in names if all(name in of for of in found.of.values())]
    print(f"\n{'geometric means':<28} {'ratio':>7} {'encode MB/s':>12} {'decode MB/s':>12}")
    for name in sorted(names, key=found.ratio, reverse=True):
        print(f"{name:<28} {found.ratio(name):>7.3f} {found.encode(name):>12.0f} {found.decode(name):>12.0f}")
    others = [way.name for way in RIVALS if way.name != RECIPE]
    print(f"\n{'ratios':<28} " + " ".join(f"{goal:>14}" for goal in GOALS) + "  the best other")
    for array, x in found.arrays.items():
        size, name = found.smallest(array, others)
        ratios = " ".join(f"{x.nbytes / found.of[array][goal].size:>14.2f}" for goal in GOALS)
        print(f"{array:<28} {ratios} {x.nbytes / size:>6.2f} by {name}")
    print()


def write(path: str, found: Found):
    """A row for each way, array and direction; of a rival its own columns alone."""
    is_ours = {way.name for way in OURS}
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(measure.HEAD)
        for array, of in found.of.items():
            for name, figure in of.items():
                for direction, seconds in [("encode", figure.encode), ("decode", figure.decode)]:
                    mine, theirs = (f"{seconds:.4e}", figure.size), ("", "")
                    case, rival = f"{name} on {array}", ""
                    if name not in is_ours:
                        (mine, theirs), case, rival = (theirs, mine), f"on {array}", name
                    row = ["frontier", case, found.arrays[array].nbytes, direction, 1, mine[0], rival, theirs[0], ""]
                    writer.writerow([*row, mine[1], theirs[1]])


def main():
    parser = measure.arguments(__doc__)
    parser.add_argument("--folder", type=Path, help="arrays to measure in place of the corpus'")
    parser.add_argument("--without-slow", action="store_true", help="leave out what takes seconds to encode")
    parser.add_argument("words", nargs="*", help="only the arrays of these names")
    args = measure.parse(parser)
    blosc2.set_nthreads(1)
    if args.folder:
        arrays = {path.stem: np.load(path) for path in sorted(args.folder.glob("*.npy"))}
    else:
        arrays = measure.real()
    arrays = {name: np.ascontiguousarray(x) for name, x in arrays.items() if not args.words or name in args.words}
    if not arrays:
        sys.exit(f"no array is called {' or '.join(args.words)}")
    slow = ["xz 9e", "zstd 19", "Blosc2 shuffle zstd 9"] if args.without_slow else []
    ways = [way for way in OURS + RIVALS if way.name not in slow]
    of = {}
    for name, x in arrays.items():
        of[name] = figures(x, ways, args.quick)
        print(f"{name}: measured", flush=True)
    found = Found(arrays, of)
    tables(found)
    failed = broken(found)
    if args.csv:
        write(args.csv, found)
    if failed and args.check:
        sys.exit(f"{len(failed)} bounds do not hold")


if __name__ == "__main__":
    main()
