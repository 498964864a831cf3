"""Arrays on more than one machine, by Dask: in blocks of files, in Zarr stores, and between workers.

It needs ``dask[array]``; workers on other machines ``distributed``, object stores their package of fsspec.
"""

from ndcodec.dask._blocks import Written, clean, info, read, write
from ndcodec.dask._convert import Failure, Progress, Report, convert
from ndcodec.dask._manifest import Block, Manifest
from ndcodec.dask._wire import register, unregister
from ndcodec.dask._zarr import to_zarr

__all__ = [
    "Block",
    "Failure",
    "Manifest",
    "Progress",
    "Report",
    "Written",
    "clean",
    "convert",
    "info",
    "read",
    "register",
    "to_zarr",
    "unregister",
    "write",
]
