// Which words there are: WebAssembly drops registrations that nothing names, so they are counted here.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import * as ndcodec from "ndcodec";

/** The words that a feature of the crate has, by its manifest. */
async function words(feature) {
  const manifest = await readFile(join(process.env.NDCODEC_ROOT, "crates/ndcodec-wasm/Cargo.toml"), "utf8");
  const list = new RegExp(`^${feature} = \\[([^\\]]*)\\]`, "m").exec(manifest)[1];
  const named = [...list.matchAll(/"ndcodec\/([^"]+)"/g)].map((match) => match[1]);
  return list.includes('"common"') ? [...named, ...(await words("common"))] : named;
}

test("each module has the words of its feature, and the full one has all that there are", async () => {
  const there = () => ndcodec.stages().map((stage) => stage.name);
  assert.deepEqual(ndcodec.loaded(), ["common"]);
  assert.deepEqual(there(), (await words("common")).sort());
  assert.throws(() => new ndcodec.Chain("npy|lz4"), /no stage `lz4`[^]*load\("full"\)/);
  assert.throws(() => ndcodec.recommend([1, 2]), /needs the full set of words/);

  const early = new ndcodec.Chain("npy|zstd");
  await ndcodec.load("full");
  assert.deepEqual(there(), (await words("full")).sort());
  const facade = await readFile(join(process.env.NDCODEC_ROOT, "crates/ndcodec/Cargo.toml"), "utf8");
  const full = /^full = \[([^\]]*)\]/m.exec(facade)[1];
  const all = [...full.matchAll(/"([\w-]+)"/g)].map((match) => match[1]).filter((name) => !["libdeflate", "npz"].includes(name));
  // The library of `pco` stops where addresses have 32 bits.
  assert.deepEqual([...there(), "pco"].sort(), all.sort());
  // What was made before goes on.
  assert.deepEqual([...early.decode(early.encode(Int8Array.of(1, 2)))], [1, 2]);
  const found = ndcodec.recommend({ data: Int32Array.from({ length: 10_000 }, (_, i) => i), shape: [100, 100] }, "small");
  assert.ok(found.encodedLength < 4000 && ndcodec.decode(ndcodec.encode(Int32Array.of(1), found.chain)).size === 1, JSON.stringify(found));
});

test("every word has a summary, and its parameters have too", () => {
  for (const stage of ndcodec.stages()) {
    assert.ok(stage.summary !== "" && ["format", "filter", "codec"].includes(stage.kind), stage.name);
    for (const param of stage.params) assert.ok(param.doc !== "" && param.type !== "other", `${stage.name} ${param.name}`);
  }
});
