// The types that the package declares, as a strict compiler of TypeScript sees them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

const GOOD = `
import { Chain, NdArray, NdcodecError, decode, decodeStream, encode, encodeStream, encodeText, inspect, load, recommend, stages } from "ndcodec";
import type { Detected, Inspection, TypedArray } from "ndcodec/full";

const text: string = encodeText({ data: Float64Array.of(1, 2), shape: [2] }, "npy|base64");
const array: NdArray = decode(text, new Chain("npy|base64"), { maxBytes: 1 << 20 });
const data: TypedArray = array.data;
if (data instanceof Float64Array) data.fill(0);
const bytes: Uint8Array = encode([[1, 2], [3, 4]], "npy");
const found: Inspection = inspect(bytes);
const length: number | null = found.shape[0];
const names: string[] = stages().map((stage) => stage.name);
const dates: (Date | null)[] = array.toDates();
try {
  await load("full");
} catch (error) {
  if (error instanceof NdcodecError) console.log(error.span?.[0], error.limit === "maxBytes");
}
const { chain } = recommend(array, "small");
new Blob([bytes as BlobPart]).stream().pipeThrough(encodeStream(chain, { dtype: "<f8", shape: [2] })).pipeThrough(decodeStream(chain, { onHeader: (header) => header.dtype }));
for (const value of array) if (typeof value === "bigint") value.toString();
export type { Detected };
export { dates, length, names };
`;
const BAD = `
import { encode, decode } from "ndcodec";
encode("text", "npy");
decode(new Uint8Array(1), "npy", { maxByte: 1 });
`;

async function compiled(name, source) {
  await mkdir("types", { recursive: true });
  await writeFile(join("types", name), source);
  const compiler = join(process.env.NDCODEC_NODE, "node_modules/typescript/bin/tsc");
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom,dom.iterable"];
  const { stdout, status } = spawnSync(process.execPath, [compiler, ...options, join("types", name)], { encoding: "utf8" });
  return { stdout, status };
}

test("what is right compiles", async () => assert.deepEqual(await compiled("good.ts", GOOD), { stdout: "", status: 0 }));

test("what is wrong does not", async () => {
  const { stdout, status } = await compiled("bad.ts", BAD);
  assert.notEqual(status, 0);
  assert.match(stdout, /bad\.ts\(3,[^]*bad\.ts\(4,/);
});
