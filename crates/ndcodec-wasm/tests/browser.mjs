// Chromium, and a server of files on this machine, for the tests that need them.
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml" };
/** As the machine's only user may be root, and nothing outside of it may be asked. */
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Serves folders: `{"/": folder, "/corpus/": folder}`, the longest prefix first. */
export async function serve(folders) {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const sent = { bytes: 0 };
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const prefix = prefixes.find((prefix) => path.startsWith(prefix));
    const inside = normalize(path.slice(prefix.length) || "index.html");
    const file = join(folders[prefix], inside);
    const found = inside.startsWith("..") ? undefined : await stat(file).catch(() => undefined);
    if (!found?.isFile()) return response.writeHead(404).end();
    sent.bytes += found.size;
    response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream", "Content-Length": found.size });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, sent, close: () => server.close() };
}

/** Chromium with an empty profile. */
export async function chromium() {
  const { chromium } = await import(pathToFileURL(join(process.env.NDCODEC_NODE, "node_modules/playwright-core/index.mjs")));
  const profile = await mkdtemp(join(tmpdir(), "ndcodec-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.NDCODEC_CHROMIUM,
    headless: true,
    args: FLAGS,
    acceptDownloads: true,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** How much longer work takes here than on a machine that does nothing else: times on the clock over times of the processor. */
export function busyness() {
  const [start, before] = [performance.now(), process.cpuUsage().user];
  let spent = 0;
  while (spent < 200) spent = (process.cpuUsage().user - before) / 1000;
  return Math.max(1, (performance.now() - start) / spent);
}
