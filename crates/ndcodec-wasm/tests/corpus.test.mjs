// Files that other software wrote: what must decode does, bit by bit, and what must not does not.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import * as ndcodec from "ndcodec/full";

import { isJudged, judge, parseManifest } from "./judge.mjs";
import { needed } from "./skip.mjs";

const corpus = needed("NDCODEC_CORPUS", "corpus");

test("every row of the corpus comes out as its manifest says", { skip: corpus.skip }, async () => {
  const rows = parseManifest(await readFile(join(corpus.value, "MANIFEST.tsv"), "utf8")).filter(isJudged);
  const counts = {};
  const wrong = [];
  for (const row of rows) {
    wrong.push(...(await judge(ndcodec, row, await readFile(join(corpus.value, row.path)))));
    counts[row.outcome] = (counts[row.outcome] ?? 0) + 1;
  }
  assert.deepEqual(wrong, []);
  assert.ok(counts.decode >= 400 && counts.reject >= 70 && counts.refuse >= 15, JSON.stringify(counts));
});

test("arrays that were measured come back from every common chain", { skip: corpus.skip }, async () => {
  const rows = parseManifest(await readFile(join(corpus.value, "MANIFEST.tsv"), "utf8"));
  const arrays = rows.filter((row) => row.kind === "real" && row.path.endsWith(".npy"));
  assert.ok(arrays.length >= 8);
  for (const row of arrays) {
    const array = ndcodec.decode(await readFile(join(corpus.value, row.path)), "npy");
    for (const chain of ["npy|zlib|base64", "npy|shuffle|zstd(1)", "chunked(shuffle|lz4)", "auto(fast)"]) {
      const back = ndcodec.decode(ndcodec.encode(array, chain), chain);
      assert.deepEqual([back.dtype, back.shape, back.order], [array.dtype, array.shape, array.order], `${row.path} ${chain}`);
      assert.equal(Buffer.compare(back.bytes, array.bytes), 0, `${row.path} ${chain}`);
    }
  }
});
