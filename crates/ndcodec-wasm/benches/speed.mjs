// node speed.mjs ARRAY.npy: ndcodec beside what one would take otherwise, for the same work, in turns within one process.
//
// Times are medians, in milliseconds. Run by `cargo xtask web bench`.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import * as ndcodec from "ndcodec/full";

const modules = join(process.env.NDCODEC_NODE, "node_modules");
const require = createRequire(join(modules, "x.js"));
const take = (path) => import(pathToFileURL(join(modules, path)));

const fflate = require("fflate");
const pako = require("pako");
const fzstd = require("fzstd");
const base64js = require("base64-js");
const lz4js = require("lz4js");
const zstdWasm = require("@bokuweb/zstd-wasm");
const numcodecs = {
  zstd: (await take("numcodecs/dist/zstd.js")).default,
  zlib: (await take("numcodecs/dist/zlib.js")).default,
  gzip: (await take("numcodecs/dist/gzip.js")).default,
  lz4: (await take("numcodecs/dist/lz4.js")).default,
};
const { load: loadNpy } = await take("npyjs/dist/index.js").catch(() => ({}));

await zstdWasm.init();
const array = ndcodec.decode(await readFile(process.argv[2]), "npy");
const bytes = array.bytes.slice();
const ROUNDS = 15;

const codec = (text) => ({
  encode: () => ndcodec.encodeBytes(bytes, text),
  decode: (data) => ndcodec.decodeBytes(data, text),
});

async function through(stream, data) {
  return new Uint8Array(await new Response(new Blob([data]).stream().pipeThrough(stream)).arrayBuffer());
}

const zlibOf = (kind, level) => kind.fromConfig({ level });
const tasks = {
  "gzip, level 6": {
    ndcodec: codec("gzip(6)"),
    fflate: { encode: () => fflate.gzipSync(bytes, { level: 6 }), decode: (data) => fflate.gunzipSync(data) },
    pako: { encode: () => pako.gzip(bytes, { level: 6 }), decode: (data) => pako.ungzip(data) },
    CompressionStream: { encode: () => through(new CompressionStream("gzip"), bytes), decode: (data) => through(new DecompressionStream("gzip"), data) },
    numcodecs: { encode: () => zlibOf(numcodecs.gzip, 6).encode(bytes), decode: (data) => zlibOf(numcodecs.gzip, 6).decode(data) },
  },
  "zlib, level 1": {
    ndcodec: codec("zlib(1)"),
    fflate: { encode: () => fflate.zlibSync(bytes, { level: 1 }), decode: (data) => fflate.unzlibSync(data) },
    pako: { encode: () => pako.deflate(bytes, { level: 1 }), decode: (data) => pako.inflate(data) },
    numcodecs: { encode: () => zlibOf(numcodecs.zlib, 1).encode(bytes), decode: (data) => zlibOf(numcodecs.zlib, 1).decode(data) },
  },
  "zstd, level 3": {
    ndcodec: codec("zstd(3)"),
    fzstd: { decode: (data) => fzstd.decompress(data) },
    "zstd-wasm": { encode: () => zstdWasm.compress(bytes, 3), decode: (data) => zstdWasm.decompress(data) },
    numcodecs: { encode: () => zlibOf(numcodecs.zstd, 3).encode(bytes), decode: (data) => zlibOf(numcodecs.zstd, 3).decode(data) },
  },
  lz4: {
    ndcodec: codec("lz4"),
    lz4js: { encode: () => lz4js.compress(bytes), decode: (data) => lz4js.decompress(data) },
  },
  "lz4 block": {
    ndcodec: codec("lz4(framing=sized)"),
    numcodecs: { encode: () => numcodecs.lz4.fromConfig({ acceleration: 1 }).encode(bytes), decode: (data) => numcodecs.lz4.fromConfig({ acceleration: 1 }).decode(data) },
  },
  base64: {
    ndcodec: { encode: () => ndcodec.encodeText({ data: bytes }, "raw|base64"), decode: (text) => ndcodec.decode(text, "raw(|u1)|base64").data },
    "base64-js": { encode: () => base64js.fromByteArray(bytes), decode: (text) => base64js.toByteArray(text) },
    "btoa, atob": { encode: () => btoa(binary(bytes)), decode: (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)) },
  },
};
if (loadNpy !== undefined) {
  const npy = ndcodec.encode(array, "npy");
  const buffer = npy.buffer.slice(npy.byteOffset, npy.byteOffset + npy.byteLength);
  tasks[".npy"] = { ndcodec: { decode: () => ndcodec.decode(buffer, "npy").data }, npyjs: { decode: async () => (await loadNpy(buffer)).data } };
}

function binary(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return text;
}

function median(times) {
  return times.sort((a, b) => a - b)[times.length >> 1];
}

/** The medians of each rival at one direction of a task, each taking its turn in every round. */
async function measured(rivals, direction, inputs) {
  const times = Object.fromEntries(rivals.map(([name]) => [name, []]));
  for (let round = 0; round < ROUNDS + 2; round += 1) {
    for (const [name, rival] of rivals) {
      const start = performance.now();
      await rival[direction](inputs);
      // The first rounds are for the engine's compiler.
      if (round >= 2) times[name].push(performance.now() - start);
    }
  }
  return Object.fromEntries(rivals.map(([name]) => [name, median(times[name])]));
}

console.log(`${bytes.length} bytes of ${array.dtype}; Node ${process.version}\n`);
console.log("| work | by | encode | decode | bytes |\n| --- | --- | ---: | ---: | ---: |");
const ratios = [];
for (const [task, rivals] of Object.entries(tasks)) {
  const all = Object.entries(rivals);
  const [, own] = all[0];
  const encoded = own.encode?.();
  const results = {};
  for (const direction of ["encode", "decode"]) {
    results[direction] = await measured(all.filter(([, rival]) => rival[direction]), direction, encoded);
  }
  for (const [name, rival] of all) {
    const size = rival.encode ? (await rival.encode()).length : "";
    const cell = (direction) => results[direction][name]?.toFixed(2) ?? "";
    console.log(`| ${task} | ${name} | ${cell("encode")} | ${cell("decode")} | ${size} |`);
    for (const direction of ["encode", "decode"]) {
      if (name !== "ndcodec" && rival[direction]) ratios.push(results[direction][name] / results[direction].ndcodec);
    }
  }
}
const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
console.log(`\nOthers take ${mean.toFixed(2)} times as long in the geometric mean of ${ratios.length} comparisons; ndcodec is slower in ${ratios.filter((ratio) => ratio < 1).length}.`);
