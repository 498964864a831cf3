"""Reads chunks that ndcodec wrote with numcodecs, h5py and zarr: `peers_chunks.py FOLDER`.

FOLDER holds `payload.bin`, the elements of an array of shape (48, 32) and dtype <f4, and the chunk files named below,
each of which holds all of it. Prints a line for each that came back equal.
"""
import json
import pathlib
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
shape = (48, 32)
payload = (folder / "payload.bin").read_bytes()
array = np.frombuffer(payload, "<f4").reshape(shape)


def check(name, found):
    assert np.asarray(found).tobytes() == payload, f"{name} read something else"
    print(name)


def numcodecs_reads():
    import numcodecs

    configs = {
        "base64": [{"id": "base64"}],
        "zlib": [{"id": "zlib"}],
        "gzip": [{"id": "gzip"}],
        "zstd": [{"id": "zstd"}],
        "lz4": [{"id": "lz4"}],
        "shuffle-zstd": [{"id": "shuffle", "elementsize": 4}, {"id": "zstd"}],
        "delta": [{"id": "delta", "dtype": "<i4"}],
        "crc32": [{"id": "crc32"}],
        "adler32": [{"id": "adler32"}],
        "fletcher32": [{"id": "fletcher32"}],
    }
    if sys.version_info >= (3, 11):
        configs["crc32c"] = [{"id": "crc32c", "location": "end"}]
    for name, stages in configs.items():
        found = (folder / f"numcodecs-{name}").read_bytes()
        for config in reversed(stages):
            found = numcodecs.get_codec(config).decode(found)
        check(f"numcodecs {name}", np.frombuffer(np.asarray(found).tobytes(), "u1"))


def h5py_reads():
    import h5py

    filters = {
        "gzip": dict(compression="gzip"),
        "shuffle-gzip": dict(compression="gzip", shuffle=True),
        "shuffle-gzip-fletcher32": dict(compression="gzip", shuffle=True, fletcher32=True),
    }
    for name, options in filters.items():
        with h5py.File(folder / f"{name}.h5", "w") as file:
            data = file.create_dataset("d", shape, "<f4", chunks=shape, **options)
            data.id.write_direct_chunk((0, 0), (folder / f"h5py-{name}").read_bytes())
        with h5py.File(folder / f"{name}.h5", "r") as file:
            check(f"h5py {name}", file["d"][...])


def zarr_reads():
    import zarr

    version_3 = {
        "zstd": ["zstd"],
        "gzip-crc32c": ["gzip", "crc32c"],
        "zstd-crc32c": ["zstd", "crc32c"],
    }
    configurations = {"zstd": {"level": 3, "checksum": False}, "gzip": {"level": 5}}
    for name, codecs in version_3.items():
        store = folder / f"{name}.zarr"
        metadata = {
            "zarr_format": 3,
            "node_type": "array",
            "shape": shape,
            "data_type": "float32",
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shape}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "fill_value": 0.0,
            "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}]
            + [{"name": codec, **({"configuration": configurations[codec]} if codec in configurations else {})} for codec in codecs],
            "attributes": {},
        }
        (store / "c" / "0").mkdir(parents=True)
        (store / "zarr.json").write_text(json.dumps(metadata))
        (store / "c" / "0" / "0").write_bytes((folder / f"zarr-{name}").read_bytes())
        check(f"zarr {name}", zarr.open(store, mode="r")[...])
    store = folder / "v2.zarr"
    store.mkdir()
    (store / ".zarray").write_text(json.dumps({
        "zarr_format": 2, "shape": shape, "chunks": shape, "dtype": "<f4", "fill_value": 0.0, "order": "C",
        "filters": [{"id": "shuffle", "elementsize": 4}], "compressor": {"id": "lz4", "acceleration": 1},
    }))
    (store / "0.0").write_bytes((folder / "zarr-v2-shuffle-lz4").read_bytes())
    check("zarr v2-shuffle-lz4", zarr.open(store, mode="r")[...])


numcodecs_reads()
h5py_reads()
if sys.version_info >= (3, 11):
    zarr_reads()
else:
    print("zarr 3 needs Python 3.11", file=sys.stderr)
