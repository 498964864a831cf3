"""numpy arrays to bytes or text and back, by one line of text.

>>> import ndcodec, numpy as np
>>> x = np.arange(6, dtype="<f4").reshape(2, 3)
>>> text = ndcodec.encode_text(x, "npy|zstd|base64")
>>> y = ndcodec.decode(text)
>>> y.dtype, y.shape, bool((x == y).all())
(dtype('float32'), (2, 3), True)

``auto`` chooses filters and codecs for you: ``ndcodec.encode(x, "auto")``, or ``"auto|base64"`` for text. `recommend`
names the chain that suits an array.

A chain has a format (``npy``, ``raw``, ``chunked``, ``auto``), then filters (``shuffle``, ``delta``), then codecs
(``zstd``, ``zlib``, ``lz4``, ``base64``). `stages` lists them all.
"""

import os as _os

from ndcodec._async import adecode, aencode, aencode_text
from ndcodec._errors import ChainError, LimitError, NdcodecError, StageError
from ndcodec._info import (
    Choice,
    Detected,
    Inspection,
    Parameter,
    Recommendation,
    Stage,
    detect,
    inspect,
    inspect_all,
    recommend,
    stages,
)
from ndcodec._json import JsonHook, json_default, json_hook, json_loads
from ndcodec._ndcodec import (
    VERSION as __version__,
)
from ndcodec._ndcodec import (
    Chain,
    Pipeline,
    decode,
    decode_all,
    decode_bytes,
    decode_into,
    decode_iter,
    decode_rows,
    encode,
    encode_bytes,
    encode_bytes_text,
    encode_into,
    encode_text,
    release_memory,
    set_memory_budget,
)
from ndcodec._ndcodec import after_fork as _after_fork
from ndcodec._npz import NpzArchive, NpzMember, load_npz, save_npz
from ndcodec._pickle import dumps, dumps_text, loads
from ndcodec._register import register
from ndcodec._storage import configure_storage

__all__ = [
    "Chain",
    "ChainError",
    "Choice",
    "Detected",
    "Inspection",
    "JsonHook",
    "LimitError",
    "NdcodecError",
    "NpzArchive",
    "NpzMember",
    "Parameter",
    "Pipeline",
    "Recommendation",
    "Stage",
    "StageError",
    "__version__",
    "adecode",
    "aencode",
    "aencode_text",
    "configure_storage",
    "decode",
    "decode_all",
    "decode_bytes",
    "decode_into",
    "decode_iter",
    "decode_rows",
    "detect",
    "dumps",
    "dumps_text",
    "encode",
    "encode_bytes",
    "encode_bytes_text",
    "encode_into",
    "encode_text",
    "inspect",
    "inspect_all",
    "json_default",
    "json_hook",
    "json_loads",
    "load_npz",
    "loads",
    "recommend",
    "register",
    "release_memory",
    "save_npz",
    "set_memory_budget",
    "stages",
]

if hasattr(_os, "register_at_fork"):
    _os.register_at_fork(after_in_child=_after_fork)
