"""Many files, or a store, from one chain to another: `convert`, which goes on where it stopped."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ndcodec._errors import NdcodecError
from ndcodec._ndcodec import Chain
from ndcodec.dask import _blocks, _manifest
from ndcodec.dask._chains import CarriedChain, lossy_word
from ndcodec.dask._places import Place, is_aside, place_of

__all__ = ["Failure", "Progress", "Report", "convert"]

#: What was converted and what failed, written when all was tried.
REPORT = "ndcodec-convert.json"
#: What was converted until now, in pieces that each appear whole.
STATE = ".ndcodec-convert"
MAX_REPORT = 1 << 30
#: The state is kept this often: what a kill costs.
SECONDS = 2.0
PIECE = 1000


@dataclass(frozen=True)
class Failure:
    """What was not converted, and why."""

    name: str
    error: str


@dataclass(frozen=True)
class Progress:
    """How far `convert` is. A unit is a file, or a chunk of a store."""

    done: int
    failed: int
    total: int
    #: The bytes of the arrays, and what they became, of what was converted now.
    nbytes: int
    encoded_len: int


@dataclass(frozen=True)
class Report:
    """What `convert` did. The file ``ndcodec-convert.json`` of the destination says it of each file."""

    #: Files, or chunks of a store, that were converted now, and those that were before.
    converted: int
    kept: int
    failed: tuple[Failure, ...]
    nbytes: int
    encoded_len: int


@dataclass(frozen=True)
class Unit:
    """Something to convert by itself: the function is called on a worker."""

    name: str
    #: What tells whether the source is as it was when this was converted.
    version: dict[str, Any]
    function: Callable[..., dict[str, Any]]
    args: tuple[Any, ...]


@dataclass(frozen=True)
class Job:
    """All that is to be converted."""

    kind: str
    units: list[Unit]
    #: What failed before it was tried.
    refused: list[Failure]


@dataclass
class _State:
    """What is known of the destination: the plan that made it, and for each unit what came out."""

    place: Place
    plan: dict[str, Any]
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    fresh: list[dict[str, Any]] = field(default_factory=list)
    kept_at: float = field(default_factory=time.monotonic)
    was_there: bool = False

    def load(self) -> None:
        try:
            report = _json(self.place, REPORT)
            self._check(report)
            self._take(report["entries"])
        except FileNotFoundError:
            pass
        for name in sorted(self.place.sizes(STATE)):
            if is_aside(name):
                continue
            piece = _json(self.place, f"{STATE}/{name}")
            self._check(piece)
            self._take(piece["entries"])

    def _check(self, found: dict[str, Any]) -> None:
        self.was_there = True
        if found["plan"] != self.plan:
            raise NdcodecError(
                f"`{self.place}` holds what another conversion made, by {json.dumps(found['plan'])}, and this one is "
                f"{json.dumps(self.plan)}; give another destination, or `restart=True` to convert all anew"
            )

    def _take(self, entries: list[dict[str, Any]]) -> None:
        for entry in entries:
            if "error" not in entry:
                self.entries[entry["name"]] = entry

    def add(self, entry: dict[str, Any]) -> None:
        self.entries[entry["name"]] = entry
        self.fresh.append(entry)
        if len(self.fresh) >= PIECE or time.monotonic() - self.kept_at > SECONDS:
            self.keep()

    def keep(self, even_nothing: bool = False) -> None:
        if self.fresh or even_nothing:
            self._put(f"{STATE}/{time.time_ns():020}-{uuid.uuid4().hex}.json", self.fresh)
        self.fresh, self.kept_at = [], time.monotonic()

    def finish(self, failed: Iterable[Failure], names: Iterable[str]) -> None:
        """Write the report, in an order that does not depend on what was done first, and remove the state."""
        entries = [self.entries[name] for name in names if name in self.entries]
        entries += [{"name": failure.name, "error": failure.error} for failure in failed]
        self._put(REPORT, sorted(entries, key=lambda entry: str(entry["name"])))
        for name in self.place.sizes(STATE):
            self.place.remove(f"{STATE}/{name}")
        self.place.remove_folder(STATE)

    def forget(self) -> None:
        self.place.remove(REPORT)
        for name in self.place.sizes(STATE):
            self.place.remove(f"{STATE}/{name}")

    def _put(self, name: str, entries: list[dict[str, Any]]) -> None:
        lines = ",\n".join("    " + json.dumps(entry, sort_keys=True) for entry in entries)
        head = f'  "format": "ndcodec-convert",\n  "version": 1,\n  "plan": {json.dumps(self.plan)},\n'
        self.place.put(name, f'{{\n{head}  "entries": [\n{lines}\n  ]\n}}\n'.encode())


def convert(
    src: str | os.PathLike[str],
    dst: str | os.PathLike[str],
    chain: str | Chain = "auto",
    *,
    from_chain: str | Chain | None = None,
    include: Sequence[str] = ("*",),
    exclude: Sequence[str] = (),
    suffix: str = ".nd",
    client: Any = None,
    workers: int | None = None,
    memory_limit: str | int = "auto",
    threads: int = 1,
    max_bytes: int = 1 << 30,
    check: bool = True,
    restart: bool = False,
    src_options: Mapping[str, Any] | None = None,
    dst_options: Mapping[str, Any] | None = None,
    progress: Callable[[Progress], object] | None = None,
) -> Report:
    """Convert every array of ``src`` by ``chain`` into ``dst``: paths or URLs of folders.

    ``src`` is a folder of files (whatever `ndcodec.decode` takes, or ``from_chain`` says, and `.npz` archives), a Zarr
    store, which becomes a Zarr v3 store, or an array in blocks (`write`). A file ``a/b.npy`` becomes ``a/b.npy.nd``, and a
    member ``x`` of an archive ``a/b.npz`` becomes ``a/b.npz/x.nd``. ``include`` and ``exclude`` are patterns of names,
    such as ``*.npy``.

    What fails is left out, and the `Report` says why; nothing else fails for it. Outputs appear whole or not at all, once
    they were decoded and compared (unless ``check=False``). Called again after it was killed, it goes on, and ends with the
    same bytes; called again when it is done, it converts what is new, has changed, or failed. With ``restart=True`` it
    converts all anew.

    It runs on the cluster of ``client``, or makes one of ``workers`` processes on this machine.

    Of Zarr stores, the source is taken not to change meanwhile; of an array in blocks, all or nothing is converted.
    """
    if max_bytes < 1 or threads < 1 or (workers is not None and workers < 1):
        raise NdcodecError(
            f"`max_bytes`, `threads` and `workers` are at least 1, not {max_bytes}, {threads} and {workers}"
        )
    source, target = place_of(src, src_options), place_of(dst, dst_options)
    _check_apart(source, target)
    carried = CarriedChain.of(chain)
    if carried.open().stages[0] == "raw":
        raise NdcodecError(f"what `{carried.text}` writes cannot be read without its dtype; give a chain with a header")
    given = None if from_chain is None else CarriedChain.of(from_chain)
    options = Options(carried, given, suffix, threads, max_bytes, check and lossy_word(carried.text) is None)
    cluster = _Cluster(client, workers, memory_limit)
    if source.size(_manifest.NAME) is not None:
        return _convert_blocks(src, dst, options, cluster, src_options, dst_options, restart)
    job = _job(source, target, src, dst, options, include, exclude, src_options, dst_options, restart)
    plan = {"kind": job.kind, "chain": carried.text, "from": given.text if given else None, "suffix": suffix}
    state = _State(target, plan)
    if restart:
        state.forget()
    state.load()
    return _run(job, state, cluster, progress)


@dataclass(frozen=True)
class Options:
    """What is the same for every unit."""

    chain: CarriedChain
    from_chain: CarriedChain | None
    suffix: str
    threads: int
    max_bytes: int
    #: Decode what was encoded, and compare.
    check: bool


def _job(
    source: Place,
    target: Place,
    src: str | os.PathLike[str],
    dst: str | os.PathLike[str],
    options: Options,
    include: Sequence[str],
    exclude: Sequence[str],
    src_options: Mapping[str, Any] | None,
    dst_options: Mapping[str, Any] | None,
    restart: bool,
) -> Job:
    if any(source.size(name) is not None for name in ("zarr.json", ".zarray", ".zgroup")):
        try:
            from ndcodec.dask import _convert_zarr
        except ImportError as error:
            raise NdcodecError(f"`{source}` is a Zarr store, and reading it needs zarr 3: {error}") from None

        return _convert_zarr.job(src, dst, options, include, exclude, src_options, dst_options, restart)
    from ndcodec.dask import _convert_files

    return _convert_files.job(source, target, options, include, exclude)


def _run(job: Job, state: _State, cluster: _Cluster, progress: Callable[[Progress], object] | None) -> Report:
    there = _Listing(state.place)
    todo = [unit for unit in job.units if not _is_done(unit, state.entries.get(unit.name), there)]
    kept = len(job.units) - len(todo)
    failed = list(job.refused)
    nbytes = encoded_len = done = 0
    if todo:
        # If this is killed, what goes on knows that something may be half done.
        state.keep(even_nothing=True)
    try:
        for unit, entry in _results(todo, cluster):
            if "error" in entry:
                failed.append(Failure(unit.name, entry["error"]))
                state.entries.pop(unit.name, None)
            else:
                done += 1
                nbytes += entry["nbytes"]
                encoded_len += entry["encoded_len"]
                state.add({**entry, "name": unit.name, "source": unit.version})
            if progress is not None:
                progress(Progress(kept + done, len(failed), len(job.units) + len(job.refused), nbytes, encoded_len))
    finally:
        state.keep()
    if state.was_there:
        _remove_asides(state.place)
    state.finish(failed, (unit.name for unit in job.units))
    failed.sort(key=lambda failure: failure.name)
    return Report(done, kept, tuple(failed), nbytes, encoded_len)


def _results(units: list[Unit], cluster: _Cluster) -> Iterator[tuple[Unit, dict[str, Any]]]:
    """Each unit with what came of it, as it comes. A few are underway for each thread, however many there are."""
    if units:
        with cluster.running() as client:
            yield from _results_by(units, client)


def _results_by(units: list[Unit], client: Any) -> Iterator[tuple[Unit, dict[str, Any]]]:
    from distributed import as_completed

    waiting = iter(units)
    underway: dict[Any, Unit] = {}
    completed = as_completed(loop=client.loop, raise_errors=False)

    def more() -> None:
        room = 3 * max(1, sum(client.nthreads().values()))
        while len(underway) < room and (unit := next(waiting, None)) is not None:
            future = client.submit(unit.function, *unit.args, pure=False, key=f"ndcodec-convert-{uuid.uuid4().hex}")
            underway[future] = unit
            completed.add(future)

    more()
    while underway:
        future = next(completed)
        unit = underway.pop(future)
        error = None if future.status == "finished" else future.exception()
        entry = future.result() if error is None else {"error": f"{type(error).__name__}: {error}"}
        future.release()
        yield unit, entry
        more()


class _Listing:
    """The sizes of what is there, by one listing for each folder."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.folders: dict[str, dict[str, int]] = {}

    def size(self, name: str) -> int | None:
        folder, _, last = name.rpartition("/")
        if folder not in self.folders:
            self.folders[folder] = self.place.sizes(folder)
        return self.folders[folder].get(last)


def _is_done(unit: Unit, entry: dict[str, Any] | None, there: _Listing) -> bool:
    if entry is None or entry.get("source") != unit.version:
        return False
    return all(there.size(name) == length for name, length, _ in entry.get("outputs", []))


def _convert_blocks(
    src: str | os.PathLike[str],
    dst: str | os.PathLike[str],
    options: Options,
    cluster: _Cluster,
    src_options: Mapping[str, Any] | None,
    dst_options: Mapping[str, Any] | None,
    restart: bool,
) -> Report:
    chain = None if options.from_chain is None else options.from_chain.text
    array = _blocks.read(src, chain=chain, storage_options=src_options, max_block_bytes=options.max_bytes)
    with cluster.running() as client, client.as_current():
        written = _blocks.write(
            array,
            dst,
            options.chain.open(),
            mode="overwrite" if restart else "keep",
            threads=options.threads,
            storage_options=dst_options,
            max_block_bytes=options.max_bytes,
        )
    _blocks.clean(dst, storage_options=dst_options)
    made = written.blocks - written.resumed
    return Report(made, written.resumed, (), written.nbytes, written.encoded_len)


@dataclass(frozen=True)
class _Cluster:
    """The caller's, or one of this machine that is made when it is needed."""

    client: Any
    workers: int | None
    memory_limit: str | int

    @contextmanager
    def running(self) -> Generator[Any, None, None]:
        if self.client is not None:
            yield self.client
            return
        from distributed import Client, LocalCluster

        with LocalCluster(
            n_workers=self.workers or os.cpu_count() or 1,
            threads_per_worker=1,
            memory_limit=self.memory_limit,
            dashboard_address=":0",
            silence_logs=50,
        ) as cluster:
            with Client(cluster, set_as_default=False) as made:
                yield made


def _check_apart(source: Place, target: Place) -> None:
    """Outputs among the inputs would be inputs the next time."""
    one, other = str(source).rstrip("/") + "/", str(target).rstrip("/") + "/"
    if one.startswith(other) or other.startswith(one):
        raise NdcodecError(f"one of the destination `{target}` and the source `{source}` lies inside of the other")


def _remove_asides(place: Place) -> None:
    """What a killed worker left of a file that it was writing."""
    for name, _ in list(place.walk()):
        if is_aside(name.rpartition("/")[2]):
            place.remove(name)


def _json(place: Place, name: str) -> dict[str, Any]:
    data = place.get(name, MAX_REPORT)
    try:
        found = json.loads(data)
        if found["format"] != "ndcodec-convert" or found["version"] != 1 or not isinstance(found["plan"], dict):
            raise ValueError("it is of another format or version")
        for entry in found["entries"]:
            outputs = entry.get("outputs", [])
            if not isinstance(entry["name"], str) or not all(
                isinstance(one[0], str) and len(one) == 3 for one in outputs
            ):
                raise ValueError("an entry has no name or outputs")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, IndexError) as error:
        raise NdcodecError(
            f"`{name}` in `{place}` is not what `convert` wrote ({type(error).__name__}: {error}); "
            "`restart=True` converts all anew"
        ) from None
    read: dict[str, Any] = found
    return read
