"""One attack through the Python package, in a process of its own: argv is a JSON object, stdout gets another."""

import json
import resource
import sys

import numpy as np

import ndcodec
from ndcodec.http import Chains

GIB = 1 << 30


def status(key: str) -> int:
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith(key + ":"))
    return int(line.split()[1]) << 10


def run(case: dict, data: bytes) -> int:
    """The bytes of the result."""
    chain, op = case["chain"], case["op"]
    limits = {} if case["max_bytes"] is None else {"max_bytes": None if case["max_bytes"] < 0 else case["max_bytes"]}
    if op == "bytes":
        return len(ndcodec.decode_bytes(data, chain, **limits))
    if op == "detect":
        return len(ndcodec.detect(data).begins)
    if op == "inspect":
        return len(ndcodec.inspect(data, chain).chain)
    if op == "npz":
        # With this many members it is the directory that is attacked.
        archive = ndcodec.load_npz(case["path"], **limits)
        if len(archive) > 1000:
            return sum(len(name) for name in archive)
        archive.members()
        arrays, errors = archive.read_all()
        if errors:
            raise next(iter(errors.values()))
        return sum(array.nbytes for array in arrays.values())
    if op == "all":
        arrays = ndcodec.decode_all(data, chain, **limits)
        return sum(array.nbytes for array in arrays)
    if op == "into":
        room = bytearray(case["max_bytes"])
        return ndcodec.decode_into(data, room, chain).nbytes
    if op == "codec":
        import numcodecs

        ndcodec.configure_storage(max_bytes=case["max_bytes"])
        return len(memoryview(numcodecs.get_codec({"id": "ndcodec", "chain": chain}).decode(data)).cast("B"))
    if op == "http":
        service = Chains(chain, max_bytes=case["max_bytes"])
        return service.decode(data, f'application/vnd.ndcodec; chain="{chain}"').nbytes
    if op == "header":
        service, header = Chains("npy|zstd", max_bytes=case["max_bytes"]), data.decode()
        for call in (lambda: service.decode(b"", header), lambda: service.encode(np.zeros(3), header), lambda: service.allow(header)):
            try:
                call()
            except ValueError:
                pass
        return 0
    if op == "json":
        found = json.loads(data, object_hook=ndcodec.json_hook)
        found = found if isinstance(found, list) else [found]
        return sum(array.nbytes for array in found if isinstance(array, np.ndarray))
    return ndcodec.decode(data, chain, **limits).nbytes


def main() -> None:
    case = json.loads(sys.argv[1])
    if case["chain"] is not None:
        with open(case["chain"]) as file:
            case["chain"] = file.read()
    with open(case["path"], "rb") as file:
        data = file.read()
    resource.setrlimit(resource.RLIMIT_AS, (9 * GIB, 9 * GIB))
    # What the first call costs belongs to the program and not to the attack.
    ndcodec.decode(ndcodec.encode(np.arange(3), "chunked(shuffle|zstd)"), "chunked")
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before, start = status("VmRSS"), resource.getrusage(resource.RUSAGE_SELF)
    said = {"outcome": "ok", "message": "", "result": 0}
    try:
        said["result"] = run(case, data)
    except (ValueError, MemoryError) as error:
        said.update(outcome="error", message=f"{type(error).__name__}: {error}")
        if "internal error" in said["message"]:
            said["outcome"] = "bug"
    end = resource.getrusage(resource.RUSAGE_SELF)
    said["seconds"] = end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime
    said["peak"] = status("VmHWM") - before
    print(json.dumps(said))


main()
