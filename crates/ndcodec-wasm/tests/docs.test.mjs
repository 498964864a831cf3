// The examples of docs/javascript.md, and the one for Node.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

const root = process.env.NDCODEC_ROOT;
const page = await readFile(join(root, "docs/javascript.md"), "utf8");
const blocks = [...page.matchAll(/^```js\n([^]*?)^```/gm)].map((match) => match[1]);
await mkdir("examples", { recursive: true });

test("the page has examples", () => assert.ok(blocks.length >= 6));

for (const [index, block] of blocks.entries()) {
  test(`example ${index + 1} of docs/javascript.md`, async () => {
    const file = `examples/docs-${index}.mjs`;
    // An assertion of the console only prints; here it must fail.
    await writeFile(file, `console.assert = (holds, ...why) => { if (!holds) throw new Error(why.join(" ")); };\n${block}`);
    execFileSync(process.execPath, [file], { stdio: ["ignore", "inherit", "inherit"] });
  });
}

test("the example for Node", async () => {
  await writeFile("examples/node.mjs", await readFile(join(root, "crates/ndcodec-wasm/examples/node.mjs")));
  const input = join(root, "docs/examples/earth-orientation.npy");
  const said = execFileSync(process.execPath, ["examples/node.mjs", input, "earth.txt"], { encoding: "utf8" });
  assert.match(said, /^<f8 array of shape \[20074, 10\]: \d+ bytes, \d+ characters of text$/m);
  assert.match(said, /^equal to the last bit$/m);
});
