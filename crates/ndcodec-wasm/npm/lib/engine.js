// The WebAssembly modules: loading them, calling them, and starting one anew that had to stop.
import * as common from "../wasm/common.js";
import * as full from "../wasm/full.js";
import { NdcodecError, misuse } from "./error.js";

// `new URL` with a literal is what bundlers look for when they collect files.
const engines = {
  common: { glue: common, url: () => new URL("../wasm/common_bg.wasm", import.meta.url) },
  full: { glue: full, url: () => new URL("../wasm/full_bg.wasm", import.meta.url) },
};
for (const engine of Object.values(engines)) {
  engine.loading = undefined;
  engine.exports = undefined;
  // How often it was started: what was made in an instance that is gone must be made again.
  engine.generation = 0;
}

/**
 * Loads a module: "common", or "full", which has every word and takes the place of the other.
 *
 * `source` is for those who keep the file elsewhere: a URL, a Response, bytes or a WebAssembly.Module.
 */
export async function load(set = "common", source) {
  const engine = engines[set];
  if (engine === undefined) throw misuse(`no set of words \`${set}\`; there are: common, full`);
  engine.loading ??= start(engine, source).catch((error) => {
    engine.loading = undefined;
    throw error;
  });
  await engine.loading;
}

/** Which modules are loaded. */
export function loaded() {
  return Object.keys(engines).filter((set) => engines[set].exports !== undefined);
}

/** How many bytes the modules' memories have. They grow with the largest array and never shrink: see `release`. */
export function memoryUsed() {
  const used = Object.values(engines).map((engine) => engine.exports?.memory.buffer.byteLength ?? 0);
  return used.reduce((sum, bytes) => sum + bytes, 0);
}

/** Gives the memory of the modules back, by starting them anew. Chains go on working; open streams do not. */
export function release() {
  for (const engine of Object.values(engines)) if (engine.exports !== undefined) restart(engine);
}

/** The module that has the most words. */
export function current() {
  const engine = engines.full.exports === undefined ? engines.common : engines.full;
  if (engine.exports === undefined) throw misuse("no module is loaded", 'await load("common") first');
  return engine;
}

/** Calls a function of the module, and makes errors of what it throws. */
export function call(engine, run) {
  try {
    return run(engine.glue);
  } catch (error) {
    throw translated(engine, error);
  }
}

async function start(engine, source) {
  const module = await compiled(source ?? engine.url());
  engine.exports = engine.glue.initSync({ module });
  engine.generation += 1;
}

async function compiled(source) {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof URL && source.protocol === "file:") {
    const { readFile } = await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:fs/promises");
    return WebAssembly.compile(await readFile(source));
  }
  if (source instanceof URL || typeof source === "string") source = await fetch(source);
  if (!(source instanceof Response)) return WebAssembly.compile(source);
  if (!source.ok) throw new NdcodecError({ message: `cannot load ${source.url}: ${source.status}`, kind: "io", fault: "io" });
  return WebAssembly.compile(await source.arrayBuffer());
}

function restart(engine) {
  engine.glue.__wbg_reset_state();
  engine.exports = engine.glue.initSync();
  engine.generation += 1;
}

function translated(engine, error) {
  if (error instanceof NdcodecError) return error;
  const isStopped = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
  if (!isStopped) {
    return typeof error === "object" && error !== null && "kind" in error ? new NdcodecError(error) : error;
  }
  const hadNoMemory = engine.glue.hadNoMemory();
  restart(engine);
  const fields = hadNoMemory
    ? { message: "there is no memory for this in WebAssembly, which has 4 GiB at most", kind: "no_memory", fault: "io" }
    : { message: `the WebAssembly module stopped: ${error.message}; this is a bug`, kind: "internal", fault: "internal" };
  return new NdcodecError(fields, { cause: error });
}
