// The example for a bundler: Vite builds it, and Chromium runs what it built.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { chromium, serve } from "./browser.mjs";
import { needed } from "./skip.mjs";

const browser = needed("NDCODEC_CHROMIUM", "Chromium");

test("a page that Vite bundles", { skip: browser.skip }, async () => {
  await rm("bundled", { recursive: true, force: true });
  await cp(join(process.env.NDCODEC_ROOT, "crates/ndcodec-wasm/examples/bundled"), "bundled", { recursive: true });
  const vite = join(process.env.NDCODEC_NODE, "node_modules/vite/bin/vite.js");
  execFileSync(process.execPath, [vite, "build", "--logLevel", "warn"], { cwd: "bundled", stdio: ["ignore", "inherit", "inherit"] });
  const built = await readdir("bundled/dist/assets");
  for (const set of ["common", "full"]) {
    assert.ok(built.some((name) => name.startsWith(`${set}_bg-`) && name.endsWith(".wasm")), built.join());
  }

  const server = await serve({ "/": join(process.cwd(), "bundled/dist") });
  const opened = await chromium();
  try {
    const page = await opened.context.newPage();
    const problems = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    await page.goto(`${server.url}/index.html`);
    const shown = page.locator("pre", { hasText: "in a worker" });
    await shown.waitFor({ timeout: 60_000 }).catch((error) => assert.fail(`${error}: ${problems.join("; ")}`));
    assert.equal(await shown.textContent(), "6 of [2,3]\nwith every word: 8\nin a worker: 1,2,3,4,5,6");
    assert.deepEqual(problems, []);
  } finally {
    await opened.close();
    server.close();
  }
});
