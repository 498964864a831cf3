"""What docs/scale.md counts with, measured: arrays between workers beside Dask's own way, and what a block costs.

    python benches/python/scale.py wire        # bytes and seconds, and the bandwidth below which encoding pays
    python benches/python/scale.py link        # the same arrays over a link of that bandwidth, half and twice of it
    python benches/python/scale.py blocks      # seconds of a task, a file, a digest, a manifest's entry
    python benches/python/scale.py memory      # 2 GiB over two workers of 1 GiB each, and what a thread holds

Needs ndcodec, dask and distributed. All on one machine: a network is what the figures are for, and none is measured.
"""

import argparse
import csv
import hashlib
import os
import socket
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

CHAINS = ["chunked(shuffle|lz4)", "chunked(shuffle|zstd)", "auto"]
PART = 16 << 20


def arrays(folder):
    """Arrays of 16 MiB: real ones, again and again with a shift where they are shorter, and a made one."""
    rng = np.random.default_rng(7)
    yield "made_walk_f64", np.cumsum(rng.normal(size=PART // 8)).round(3)
    for path in sorted(Path(folder, "real").glob("*.npy")):
        x = np.load(path)
        flat = x.ravel()
        if flat.nbytes >= PART // 16:
            count = PART // x.itemsize
            yield path.stem, np.concatenate([np.roll(flat, n) for n in range(-(-count // len(flat)))])[:count]


def median(function, seconds=0.6):
    """Median of the CPU seconds of a call, of at least three."""
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return statistics.median(times)


def pays_below(nbytes, length, encode, decode):
    """Bytes a second of a link over which encoding, sending and decoding take as long as sending alone."""
    return (nbytes - length) / (encode + decode)


def wire(args):
    from distributed.protocol import deserialize, serialize
    import ndcodec.dask as nd

    for name, x in arrays(args.corpus):
        header, frames = serialize(x)
        frames = [bytearray(frame) for frame in frames]
        plain = median(lambda: serialize(x)) + median(lambda: deserialize(header, frames))
        for chain in CHAINS:
            nd.register(chain)
            header, sent = serialize(x)
            length = sum(memoryview(frame).nbytes for frame in sent)
            if length >= x.nbytes:
                yield name, chain, x.nbytes, length, median(lambda: serialize(x)), 0, "", "not encoded"
            else:
                sent = [bytearray(frame) for frame in sent]
                assert deserialize(header, sent).tobytes() == x.tobytes()
                encode, decode = median(lambda: serialize(x)), median(lambda: deserialize(header, sent))
                below = pays_below(x.nbytes, length, encode, max(decode - plain, 0))
                yield name, chain, x.nbytes, length, encode, decode, f"{below * 8 / 1e9:.2f}", ""
            nd.unregister()


def over(bandwidth, send, receive, frames):
    """Seconds from an array to an array over a link of so many bytes a second, through a socket."""
    one, other = socket.socketpair()
    done = []

    def reader():
        got = []
        for frame in frames():
            room = bytearray(frame)
            view = memoryview(room)
            while view:
                view = view[other.recv_into(view) :]
            got.append(room)
        receive(got)
        done.append(time.perf_counter())

    start = time.perf_counter()
    data = send()
    thread = threading.Thread(target=reader)
    thread.start()
    clock = time.perf_counter()
    for frame in data:
        view = memoryview(frame).cast("B")
        while view:
            one.sendall(view[:65536])
            clock += len(view[:65536]) / bandwidth
            view = view[65536:]
            time.sleep(max(0, clock - time.perf_counter()))
    thread.join()
    one.close(), other.close()
    return done[0] - start


def link(args):
    from distributed.protocol import deserialize, serialize
    import ndcodec.dask as nd

    chain = CHAINS[0]
    for name, x in arrays(args.corpus):
        nd.register(chain)
        header, sent = serialize(x)
        lengths = [memoryview(frame).nbytes for frame in sent]
        if sum(lengths) >= x.nbytes:
            continue
        received = [bytearray(frame) for frame in sent]
        encode, decode = median(lambda: serialize(x)), median(lambda: deserialize(header, received))
        below = pays_below(x.nbytes, sum(lengths), encode, decode)
        for factor in (0.25, 0.5, 2.0):
            ours, theirs = [], []
            for _ in range(3):
                nd.register(chain)
                ours.append(
                    over(below * factor, lambda: serialize(x)[1], lambda got: deserialize(header, got), lambda: lengths)
                )
                nd.unregister()
                plain = serialize(x)[0]
                theirs.append(
                    over(
                        below * factor, lambda: serialize(x)[1], lambda got: deserialize(plain, got), lambda: [x.nbytes]
                    )
                )
            a, b = min(ours), min(theirs)
            yield (
                name,
                chain,
                x.nbytes,
                sum(lengths),
                a,
                b,
                f"{below * factor * 8 / 1e9:.2f}",
                f"{b / a:.2f} times as fast",
            )


def blocks(args):
    import dask.array as da
    import ndcodec
    import ndcodec.dask as nd
    import psutil
    from distributed import Client, LocalCluster, wait
    from ndcodec.dask._places import place_of

    x = np.cumsum(np.random.default_rng(7).normal(size=PART // 8)).round(3)
    data = x.tobytes()
    yield "sha256", "", PART, 32, median(lambda: hashlib.sha256(data).digest()), 0, "", ""
    for chain in CHAINS:
        encoded = ndcodec.encode(x, chain, threads=1)
        times = (
            median(lambda: ndcodec.encode(x, chain, threads=1)),
            median(lambda: ndcodec.decode(encoded, chain, threads=1)),
        )
        yield "made_walk_f64", chain, PART, len(encoded), *times, "", "one thread"
    with tempfile.TemporaryDirectory(dir=args.scratch) as folder:
        place = place_of(folder)
        files = []
        for n in range(50):
            start = time.perf_counter()
            place.put(f"f{n}", b"x" * 4096)
            files.append(time.perf_counter() - start)
        yield "file", "", 4096, 4096, statistics.median(files), 0, "", "written aside, flushed, renamed"
        count = 2000
        small = da.zeros(count, chunks=1)
        with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
            with Client(cluster) as client:
                client.gather(client.map(lambda n: n, range(10)))
                start = time.perf_counter()
                nd.write(small, f"{folder}/blocks", "npy")
                took = (time.perf_counter() - start) / count
                yield "block", "npy", 8, 136, took, 0, "", "a block of one number, written by two workers"
                start = time.perf_counter()
                nd.read(f"{folder}/blocks").sum().compute()
                yield "block", "npy", 8, 136, 0, (time.perf_counter() - start) / count, "", "read by them"
                before = psutil.Process().memory_info().rss
                many = client.persist(da.zeros(10 * count, chunks=1))
                wait(many)
                grown = (psutil.Process().memory_info().rss - before) / (10 * count)
                yield "task", "", int(grown), 0, 0, 0, "", "bytes of the scheduler and the client for one that is kept"
                del many
        manifest = os.path.getsize(f"{folder}/blocks/ndcodec-blocks.json")
        start = time.perf_counter()
        nd.info(f"{folder}/blocks")
        yield (
            "manifest",
            "",
            count,
            manifest,
            0,
            (time.perf_counter() - start) / count,
            "",
            "bytes and seconds for so many blocks",
        )


class Peak:
    """The most bytes that each of some processes has while the block of the `with` runs, and what they had before."""

    def __init__(self, client):
        import psutil

        self.processes = [psutil.Process(pid) for pid in client.run(os.getpid).values()]
        self.idle = max(self._now())
        self.most = self.idle
        self.over = threading.Event()

    def _now(self):
        return [process.memory_info().rss for process in self.processes]

    def _watch(self):
        while not self.over.wait(0.01):
            self.most = max(self.most, *self._now())

    def __enter__(self):
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def __exit__(self, *raised):
        self.over.set()
        self.thread.join()


def memory(args):
    import dask.array as da
    import ndcodec.dask as nd
    from distributed import Client, LocalCluster

    options = {"threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    block = 64 << 20
    with tempfile.TemporaryDirectory(dir=args.scratch) as folder:
        with LocalCluster(n_workers=1, memory_limit=0, **options) as cluster, Client(cluster) as client:
            x = da.arange(block, chunks=block // 8) % 1_000_003
            with Peak(client) as peak:
                nd.write(x, f"{folder}/x", "chunked(shuffle|lz4)")
                nd.read(f"{folder}/x").sum().compute()
            note = f"most bytes of a worker with one thread, beside an idle one, for blocks of {block}"
            yield "thread", "chunked(shuffle|lz4)", peak.most, peak.idle, 0, 0, "", note

    total, block = 2 << 30, 32 << 20
    with tempfile.TemporaryDirectory(dir=args.scratch) as folder:
        with LocalCluster(n_workers=2, memory_limit=1 << 30, **options) as cluster, Client(cluster) as client:
            pids = client.run(os.getpid)
            with Peak(client) as peak:
                x = da.arange(total // 8, chunks=block // 8) % 1_000_003
                start = time.perf_counter()
                written = nd.write(x, f"{folder}/x", "chunked(shuffle|lz4)")
                wrote = time.perf_counter() - start
                start = time.perf_counter()
                y = nd.read(f"{folder}/x")
                # Each block of the second needs one from the other end of the array, of another worker.
                same, mean = da.compute((y == x).all(), (y + y[::-1]).mean())
                read = time.perf_counter() - start
            n = total // 8
            whole, rest = divmod(n, 1_000_003)
            expected = 2 * (whole * (1_000_003 * 1_000_002 // 2) + rest * (rest - 1) // 2) / n
            assert same and abs(mean - expected) < 1e-9 * expected, (same, mean, expected)
            assert client.run(os.getpid) == pids, "a worker was started again"
            note = f"written, and read for two sums, in {written.blocks} blocks"
            yield "array", "chunked(shuffle|lz4)", total, written.encoded_len, wrote, read, "", note
            yield "worker", "", peak.most, peak.idle, 0, 0, "", "most bytes of a worker of 1 GiB, beside an idle one"


HEAD = "bench,case,chain,bytes,encoded,encode_seconds,decode_seconds,gigabit,note".split(",")
PARTS = {"wire": wire, "link": link, "blocks": blocks, "memory": memory}

#: Bytes of an array, and the cores that are put to it, with 10 Gbit/s to the store for every 16 of them.
SIZES = [(10**9, 2), (10**11, 16), (10**12, 64), (10**13, 256), (10**14, 1024), (10**15, 4096)]
BLOCK = 256 << 20


def model(path):
    """Prints the table of docs/scale.md: what the constants of a record come to, on paper."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = {(row["case"], row["chain"], row["note"][:4]): row for row in csv.DictReader(file)}

    def one(case, chain="", note=""):
        return next(row for (c, t, n), row in rows.items() if c == case and t == chain and n.startswith(note))

    number = lambda row, key: float(row[key])  # noqa: E731
    sha = number(one("sha256"), "encode_seconds") / number(one("sha256"), "bytes")
    each_write = number(one("block", "npy", "a bl"), "encode_seconds")
    each_read = number(one("block", "npy", "read"), "decode_seconds")
    entry = number(one("manifest"), "encoded") / number(one("manifest"), "bytes")
    task = number(one("task"), "bytes")
    print("| array | cores | chain | blocks | stored | write | read | manifest | scheduler |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for nbytes, cores in SIZES:
        for chain in (CHAINS[0], CHAINS[2]):
            row = one("made_walk_f64", chain, "one ")
            ratio = number(row, "encoded") / number(row, "bytes")
            encode = number(row, "encode_seconds") / number(row, "bytes") + ratio * sha
            decode = number(row, "decode_seconds") / number(row, "bytes") + ratio * sha
            count = -(-nbytes // BLOCK)
            link = max(1, cores / 16) * 10e9 / 8
            write = max(nbytes * encode / cores, nbytes * ratio / link, count * each_write)
            read = max(nbytes * decode / cores, nbytes * ratio / link, count * each_read)
            cells = [size(nbytes), cores, f"`{chain}`".replace("|", "\\|"), f"{count:,}", size(nbytes * ratio)]
            cells += [span(write), span(read), size(count * entry), size(2 * count * task)]
            print("|", " | ".join(map(str, cells)), "|")
    thread = next((row for (case, _, _), row in rows.items() if case == "thread"), None)
    if thread is not None:
        idle = number(thread, "encoded")
        each = (number(thread, "bytes") - idle) / (64 << 20)
        print(f"\nA worker: {size(idle)} and {each:.1f} blocks for each thread, {size(idle + each * BLOCK)} with one.")


def size(nbytes):
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if nbytes < 1000:
            break
        nbytes, unit = nbytes / 1000, {"B": "kB", "kB": "MB", "MB": "GB", "GB": "TB", "TB": "PB"}[unit]
    return f"{nbytes:.3g} {unit}"


def span(seconds):
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="wire, link, blocks, memory; else all")
    parser.add_argument("--csv", metavar="FILE", help="write the rows there, too")
    parser.add_argument("--corpus", default=os.environ.get("NDCODEC_CORPUS", "../shared/corpus"), metavar="FOLDER")
    parser.add_argument("--scratch", metavar="FOLDER", help="where files are written; else the system's")
    parser.add_argument(
        "--model", metavar="FILE", help="measure nothing: print the table of docs/scale.md from a record"
    )
    args = parser.parse_args()
    if args.model:
        return model(args.model)
    if unknown := set(args.parts) - PARTS.keys():
        parser.error(f"there is no part {sorted(unknown)[0]!r}")
    rows = []
    for part in args.parts or PARTS:
        for name, chain, nbytes, length, encode, decode, gigabit, note in PARTS[part](args):
            row = [part, name, chain, nbytes, length, f"{encode:.4e}", f"{decode:.4e}", gigabit, note]
            print(*row, sep="  ", flush=True)
            rows.append(row)
    if args.csv:
        with open(args.csv, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEAD)
            writer.writerows(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
