// numpy writes and JavaScript reads, and back: through files and through HTTP.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import * as ndcodec from "ndcodec";

import { needed } from "./skip.mjs";

const python = needed("NDCODEC_PYTHON", "Python");
const peer = join(dirname(fileURLToPath(import.meta.url)), "numpy_peer.py");

test("files of every dtype, both ways", { skip: python.skip }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "ndcodec-web-"));
  execFileSync(python.value, [peer, "make", folder]);
  const names = (await readdir(folder)).filter((name) => name.endsWith(".npy"));
  assert.ok(names.length >= 40, `${names.length} files`);
  for (const name of names) {
    const array = ndcodec.decode(await readFile(join(folder, name)), "npy");
    // Through a chain and back, so that both directions have been seen.
    const back = ndcodec.decode(ndcodec.encodeText(array, "npy|zlib|base64"), "npy|zlib|base64");
    await writeFile(join(folder, `${name}.back`), ndcodec.encode(back, "npy"));
  }
  const said = execFileSync(python.value, [peer, "check", folder], { encoding: "utf8" });
  assert.match(said, new RegExp(`^${names.length} of ${names.length} are the same`));
  await rm(folder, { recursive: true });
});

test("HTTP, both ways", { skip: python.skip }, async () => {
  const server = spawn(python.value, [peer, "serve"], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const port = await new Promise((resolve, reject) => {
      server.stdout.once("data", (data) => resolve(Number(String(data).trim())));
      server.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    });
    const url = `http://127.0.0.1:${port}`;
    const names = await (await fetch(`${url}/`)).json();
    assert.ok(names.length >= 40);
    for (const name of names) {
      const response = await fetch(`${url}/${name}`);
      const array = ndcodec.decode(await response.arrayBuffer(), response.headers.get("ndcodec-chain"));
      const answer = await fetch(`${url}/${name}`, { method: "POST", body: ndcodec.encode(array, "npy|gzip") });
      assert.equal(await answer.text(), "the same", name);
    }
  } finally {
    server.kill();
  }
});
