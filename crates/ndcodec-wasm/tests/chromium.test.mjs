// The package in a browser: the corpus, the plain page of the examples, and a worker.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { chromium, serve } from "./browser.mjs";
import { isJudged, parseManifest } from "./judge.mjs";
import { needed } from "./skip.mjs";

const browser = needed("NDCODEC_CHROMIUM", "Chromium");
const corpus = needed("NDCODEC_CORPUS", "corpus");
const skip = browser.skip || corpus.skip;
let [server, opened] = [];

before(async () => {
  if (skip) return;
  await mkdir("site", { recursive: true });
  const example = await readFile(join(process.env.NDCODEC_ROOT, "crates/ndcodec-wasm/examples/page.html"), "utf8");
  await writeFile("page.html", example);
  await writeFile("blank.html", "<!doctype html><title>blank</title>");
  server = await serve({ "/": process.cwd(), "/corpus/": corpus.value });
  opened = await chromium();
});
after(async () => {
  await opened?.close();
  server?.close();
});

test("every row of the corpus, in Chromium", { skip }, async () => {
  const rows = parseManifest(await readFile(join(corpus.value, "MANIFEST.tsv"), "utf8")).filter(isJudged);
  const page = await opened.context.newPage();
  await page.goto(`${server.url}/blank.html`);
  const wrong = await page.evaluate(async (rows) => {
    const ndcodec = await import("/node_modules/ndcodec/full.js");
    const { judge } = await import("/tests/judge.mjs");
    const wrong = [];
    for (const row of rows) {
      const path = row.path.split("/").map(encodeURIComponent).join("/");
      const bytes = new Uint8Array(await (await fetch(`/corpus/${path}`)).arrayBuffer());
      wrong.push(...(await judge(ndcodec, row, bytes)));
    }
    return wrong;
  }, rows);
  assert.deepEqual(wrong, []);
  assert.ok(rows.length > 500);
  await page.close();
});

test("the plain page of the examples", { skip }, async () => {
  const page = await opened.context.newPage();
  await page.goto(`${server.url}/page.html`);
  await page.getByLabel("A file").setInputFiles(join(process.env.NDCODEC_ROOT, "docs/examples/earth-orientation.npy"));
  await page.getByText("<f8 array of shape [20074, 10]").waitFor();
  await page.getByLabel("A file").setInputFiles({ name: "bad.npy", mimeType: "", buffer: Buffer.from("nothing of the kind") });
  await page.getByText("cannot tell the chain").waitFor();
  await page.close();
});

test("a worker in Chromium, and half precision as the browser has it", { skip }, async () => {
  await writeFile("worker.js", 'import { decode, encode } from "./node_modules/ndcodec/index.js";\npostMessage(decode(encode({ data: [1.5, 2.5], dtype: "<f4" }, "npy|zstd")).data);\n');
  const page = await opened.context.newPage();
  await page.goto(`${server.url}/blank.html`);
  const answer = await page.evaluate(
    () => new Promise((resolve, reject) => {
      const worker = new Worker("/worker.js", { type: "module" });
      worker.onmessage = (event) => resolve([...event.data]);
      worker.onerror = (event) => reject(new Error(event.message));
    }),
  );
  assert.deepEqual(answer, [1.5, 2.5]);
  const half = await page.evaluate(async () => {
    const { NdArray, decode, encode } = await import("/node_modules/ndcodec/index.js");
    const bits = new Uint16Array([0x3c00, 0x7e01, 0x0001]);
    const back = decode(encode({ data: bits, dtype: "<f2" }, "npy"), "npy");
    return { type: back.data.constructor.name, first: back.get(0), bits: [...new Uint16Array(back.bytes.slice().buffer)], natural: globalThis.Float16Array ? new NdArray({ data: new Float16Array(2) }).dtype : "<f2" };
  });
  assert.deepEqual([half.first, half.bits, half.natural], [1, [0x3c00, 0x7e01, 0x0001], "<f2"]);
  assert.match(half.type, /^(Float16Array|Uint16Array)$/);
  await page.close();
});
