// Data from strangers: limits hold in WebAssembly's memory, and the module lives on.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";

import * as ndcodec from "ndcodec/full";

import { needed } from "./skip.mjs";

const corpus = needed("NDCODEC_CORPUS", "corpus");
const MIB = 1 << 20;

/** Decodes what is hostile: an error of ours or an array, within the memory that the limit leaves, and not for long. */
function survives(bytes, chain, maxBytes, what) {
  ndcodec.release();
  const before = ndcodec.memoryUsed();
  const start = performance.now();
  try {
    ndcodec.decode(bytes, chain, { maxBytes });
  } catch (error) {
    assert.ok(error instanceof ndcodec.NdcodecError && error.kind !== "internal", `${what}: ${error.stack}`);
  }
  const used = ndcodec.memoryUsed() - before;
  const allowed = 3 * maxBytes + 12 * MIB + 2 * bytes.length;
  assert.ok(used <= allowed, `${what}: ${used} bytes of memory, and ${allowed} are allowed`);
  assert.ok(performance.now() - start < 5000, `${what}: too slow`);
  assert.equal(ndcodec.decode(ndcodec.encode(Int8Array.of(7), "npy|zstd|base64")).get(0), 7, `${what}: the module is lost`);
}

test("bombs are errors", () => {
  const zeros = new Uint8Array(64 * MIB);
  const npy = ndcodec.encode(zeros, "npy");
  for (const [chain, bytes] of [
    ["npy|gzip", gzipSync(npy, { level: 9 })],
    ["npy|zstd", ndcodec.encode(zeros, "npy|zstd")],
    ["npy|lz4", ndcodec.encode(zeros, "npy|lz4")],
    ["npy|zlib|zlib|zlib", ndcodec.encode(zeros, "npy|zlib|zlib|zlib")],
    ["chunked(zstd)", ndcodec.encode(zeros, "chunked(zstd)")],
    ["auto", ndcodec.encode(zeros, "auto")],
  ]) {
    assert.throws(() => ndcodec.decode(bytes, chain, { maxBytes: 4 * MIB }), (error) => error.kind === "limit", chain);
    survives(bytes, chain, 4 * MIB, chain);
  }
});

test("a header that claims too much gets nothing", () => {
  const claim = (shape) => {
    const head = `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape}), }`.padEnd(117) + "\n";
    return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00\x76\x00", "latin1"), Buffer.from(head), Buffer.alloc(64)]);
  };
  for (const shape of ["100000000,", "500000000,", "4294967296, 4294967296", "9999999999999999999999,", "536870911,"]) {
    for (const maxBytes of [MIB, 1024 * MIB, Infinity]) {
      ndcodec.release();
      assert.throws(() => ndcodec.decode(claim(shape), "npy", { maxBytes }), ndcodec.NdcodecError, shape);
    }
    survives(claim(shape), "npy", MIB, shape);
  }
});

test("what has no room in WebAssembly is an error, and the module lives on", () => {
  // Without a limit the claim is believed: five gigabytes that this much data could well hold.
  const bytes = ndcodec.encode(new Uint8Array(1 << 20), "npy|zstd");
  assert.throws(() => ndcodec.decodeBytes(bytes, "lz4(framing=sized)", { maxBytes: Infinity }), ndcodec.NdcodecError);
  const huge = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.alloc(20 * MIB, 0xff)]);
  assert.throws(() => ndcodec.decodeBytes(huge, "lz4(framing=sized)", { maxBytes: Infinity }), ndcodec.NdcodecError);
  assert.equal(ndcodec.decode(ndcodec.encode(Int8Array.of(7), "npy|zstd|base64")).get(0), 7);
});

test("a byte changed, a byte missing, a byte more: an error of ours or an array", () => {
  const array = { data: Int16Array.from({ length: 300 }, (_, i) => (i * i) % 1000), shape: [20, 15] };
  for (const chain of ["npy", "npy|zstd", "npy|gzip|base64", "npy|shuffle|lz4", "chunked(delta|zstd)", "auto", "raw(<i2,20x15)|zlib|crc32c"]) {
    const good = ndcodec.encode(array, chain);
    const step = Math.max(1, Math.floor(good.length / 150));
    for (let at = 0; at < good.length; at += step) {
      const changed = good.slice();
      changed[at] ^= 1 << at % 8;
      for (const bytes of [changed, good.subarray(0, at), Buffer.concat([good, good.subarray(0, at + 1)])]) {
        try {
          ndcodec.decode(bytes, chain, { maxBytes: MIB });
        } catch (error) {
          assert.ok(error instanceof ndcodec.NdcodecError && error.kind !== "internal", `${chain} at ${at}: ${error.stack}`);
        }
      }
    }
  }
});

test("nested chains and texts do not exhaust the stack", () => {
  for (const text of ["chunked(".repeat(20_000), `npy${"|zlib".repeat(20_000)}`, "(".repeat(100_000), "raw(\"[('a',".repeat(5000)]) {
    assert.throws(() => new ndcodec.Chain(text), (error) => error instanceof ndcodec.NdcodecError && error.kind !== "internal");
  }
  const deep = `${"[".repeat(3000)}('a', '<i4')${"]".repeat(3000)}`;
  assert.throws(() => new ndcodec.NdArray({ data: new Uint8Array(4), dtype: deep }), ndcodec.NdcodecError);
});

test("files that attacked other readers", { skip: corpus.skip }, async () => {
  const folder = join(dirname(corpus.value), "attacks");
  const names = (await readdir(folder)).filter((name) => /\.(ndch|npy|zst|bin)$/.test(name));
  assert.ok(names.length >= 10, names.join(" "));
  for (const name of names) {
    const bytes = await readFile(join(folder, name));
    for (const chain of ["npy", "chunked", "auto", "npy|zstd", undefined]) survives(bytes, chain, 16 * MIB, `${name} ${chain}`);
  }
  survives(brotliCompressSync(Buffer.alloc(1000)), undefined, MIB, "brotli");
});
