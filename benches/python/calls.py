"""What one call from Python costs at 1 KiB, beside numpy's copy of the same array, which tells how quiet the machine was.

    cargo xtask bench python_calls
    cargo xtask bench --against REV python_calls

Claim: no call is slower than in the commit before, which `--against` holds. Time is processor time, of one thread.
"""

import time

import measure
import ndcodec
import numpy as np

CHAINS = [
    "npy",
    "npy|base64",
    "npy|zlib",
    "npy|gzip",
    "npy|zstd",
    "npy|lz4",
    "npy|shuffle|zstd",
    "npy|zstd|base64",
    "npy|crc32c",
    "npy|pco",
    "raw(<f8)|zlib|base64",
    "chunked(shuffle|lz4)",
    "auto",
]
NBYTES = 1024


def calls(text, x):
    """Every way in and out that a service takes, by direction."""
    chain = ndcodec.Chain(text)
    data = chain.encode(x)
    out = np.empty_like(x)
    yield "encode", lambda: chain.encode(x)
    yield "decode", lambda: chain.decode(data)
    yield "decode_into", lambda: chain.decode_into(data, out)
    yield "encode by text", lambda: ndcodec.encode(x, text)
    yield "decode by text", lambda: ndcodec.decode(data, text)
    if text.endswith("base64"):
        yield "encode_text", lambda: chain.encode_text(x)
    if text.startswith("npy"):
        yield "inspect", lambda: ndcodec.inspect(data, text)


def main():
    parser = measure.arguments(__doc__)
    parser.add_argument("words", nargs="*", help="only the chains that are named")
    args = measure.parse(parser)
    x = (np.arange(NBYTES // 8) / 7).round(3)
    rows = []
    for text in CHAINS:
        if args.words and text not in args.words:
            continue
        for direction, call in calls(text, x):
            ours, rival, ratio = measure.pair(call, x.copy, args.seconds, clock=time.process_time)
            rows.append(measure.Row("calls", f"{text} on 1 KiB", x.nbytes, direction, ours, "a copy by numpy", rival, ratio))
            print(rows[-1], flush=True)
    measure.finish(args, rows, [])


if __name__ == "__main__":
    main()
