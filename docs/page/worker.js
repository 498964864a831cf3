// Everything that takes time: decoding, statistics, trying chains. The page asks by messages, and ends this worker to cancel.
import * as ndcodec from "./ndcodec/index.js";

import { find } from "./find.js";
import { isNumeric, line, plane, rowsOf, statistics, tableOf } from "./measure.js";
import { saved } from "./save.js";

/** An array of this size is measured as a whole; of a larger one, the chains see its first rows. */
const MOST_TRIED = 32 << 20;
const PIECE = 4 << 20;

let arrays = [];
let array;
let range;

const methods = {
  /** Reads a file or a text and finds what is inside. */
  async open({ source, byHand }, report) {
    const bytes = await read(source, report);
    report({ doing: "Looking for arrays" });
    if (byHand.chain !== "" || byHand.dtype !== "") {
      arrays = [{ name: "", data: bytes, chain: chainByHand(byHand), how: "you said so" }];
      if (ndcodec.loaded().length === 1) await loadFull();
    } else {
      const found = await find(ndcodec, bytes, loadFull);
      arrays = found.arrays;
      if (arrays.length === 0) return { unknown: found.unknown ?? {}, nbytes: bytes.length };
    }
    return { names: arrays.map(({ name, chain, array }) => ({ name, chain: chain ?? `list of ${array.size} numbers` })) };
  },

  /** Decodes one of the arrays that were found. */
  async select({ index }, report) {
    const given = arrays[index];
    report({ doing: "Decoding" });
    array = given.array ?? (await decoded(given, report));
    range = undefined;
    const chain = given.chain === undefined ? undefined : new ndcodec.Chain(given.chain);
    const numeric = isNumeric(array);
    return {
      how: given.how,
      chain: String(chain ?? "(JSON)"),
      stages: chain?.stages ?? [],
      dtype: array.dtype,
      kind: array.info.kind,
      unit: array.info.unit,
      shape: array.shape,
      order: array.order,
      nbytes: array.nbytes,
      encodedLength: given.data?.length,
      table: tableOf(array),
      isNumeric: numeric,
      canBeImage: numeric && array.ndim >= 2 && array.shape.at(-1) > 8 && array.shape.at(-2) > 1 && array.size > 0,
      slices: array.ndim < 3 ? 1 : array.shape.slice(0, -2).reduce((product, length) => product * length, 1),
    };
  },

  statistics() {
    if (!isNumeric(array)) return undefined;
    const found = statistics(array);
    range = { low: found.min, high: found.max };
    return found;
  },

  line: () => line(array),
  plane: ({ index }) => plane(array, index, range ?? { low: 0, high: 1 }),
  rows: ({ from, to }) => rowsOf(array, from, to),

  save({ kind }) {
    const { parts, type, ending } = saved(ndcodec, array, kind);
    return { blob: new Blob(parts, { type }), ending };
  },

  /** Tries other chains on the array, and says which to take. */
  async trials(_, report) {
    report({ doing: "Loading all words" });
    await loadFull();
    const sample = sampled();
    const chains = candidates();
    const rows = [];
    for (const [index, text] of chains.entries()) {
      report({ doing: `Trying ${text}`, part: index / chains.length });
      const row = trial(text, sample);
      if (row !== undefined) rows.push(row);
    }
    rows.sort((a, b) => a.bytes - b.bytes);
    const found = ndcodec.recommend(sample, "balanced");
    return { rows, nbytes: sample.nbytes, isWhole: sample.size === array.size, chain: found.chain, reason: found.reason };
  },
};

async function loadFull() {
  await ndcodec.load("full");
}

/** The bytes of a file or a text, with progress. */
async function read(source, report) {
  if (typeof source === "string") return new TextEncoder().encode(source);
  const bytes = new Uint8Array(source.size);
  let at = 0;
  for await (const piece of source.stream()) {
    bytes.set(piece, at);
    at += piece.length;
    report({ doing: "Reading", part: at / source.size });
  }
  return bytes;
}

/** `raw` with what was said, in place of the format that the chain has. */
function chainByHand({ chain, dtype, shape, order }) {
  if (dtype === "") return chain;
  const stages = chain === "" ? ["raw"] : chain.split("|");
  const isFormat = /^\s*(raw|npy)\b/.test(stages[0]);
  const codecs = isFormat ? stages.slice(1) : stages;
  const parameters = [`"${dtype.replaceAll('"', "")}"`, ...(shape === "" ? [] : [shape])];
  if (order === "F") parameters.push("order=F");
  return [`raw(${parameters.join(",")})`, ...codecs].join("|");
}

/** Decodes in pieces where the codecs stream, so that progress can be told. */
async function decoded({ chain, data }, report) {
  const header = {};
  const pieces = [];
  let length = 0;
  const stream = new Blob([data]).stream().pipeThrough(
    ndcodec.decodeStream(chain, { onHeader: (found) => Object.assign(header, found), maxBytes: 2 ** 31 - 1 }),
  );
  if (data.length < PIECE) return ndcodec.decode(data, chain, { maxBytes: 2 ** 31 - 1 });
  for await (const piece of stream) {
    pieces.push(piece);
    length += piece.length;
    report({ doing: "Decoding", part: header.nbytes ? length / header.nbytes : undefined });
  }
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  ndcodec.release();
  const shape = header.shape.includes(null) ? ndcodec.inspect(data, chain).shape : header.shape;
  const dims = shape.map((length) => length ?? bytes.length / header.info.itemsize);
  return new ndcodec.NdArray({ data: bytes, dtype: header.dtype, shape: dims, order: header.order });
}

/** The array, or its first rows. */
function sampled() {
  if (array.nbytes <= MOST_TRIED || array.ndim === 0) return array;
  const whole = array.toOrder("C");
  const row = whole.data.length / whole.shape[0];
  const rows = Math.max(1, Math.floor((MOST_TRIED / whole.nbytes) * whole.shape[0]));
  return new ndcodec.NdArray({ data: whole.data.subarray(0, rows * row), dtype: whole.dtype, shape: [rows, ...whole.shape.slice(1)] });
}

function candidates() {
  const codecs = ["zstd", "zstd(9)", "lz4", "zlib", "gzip"];
  const chains = ["npy", "npy|base64", ...codecs.map((codec) => `npy|${codec}`)];
  if (array.info.itemsize > 1) chains.push("npy|shuffle|zstd", "npy|shuffle|lz4", "npy|bitshuffle|zstd");
  if (["int", "uint", "datetime", "timedelta"].includes(array.info.kind)) chains.push("npy|delta|shuffle|zstd");
  if (array.info.kind === "float") chains.push("npy|predict|shuffle|zstd", "npy|decimal|zstd");
  return [...chains, "npy|zstd|base64", "auto"];
}

function trial(text, sample) {
  try {
    const chain = new ndcodec.Chain(text);
    const start = performance.now();
    const encoded = chain.encode(sample);
    const middle = performance.now();
    chain.decode(encoded, { maxBytes: 2 ** 31 - 1 });
    return { chain: text, bytes: encoded.length, ratio: sample.nbytes / encoded.length, encode: middle - start, decode: performance.now() - middle };
  } catch {
    // A filter that does not take this dtype is no candidate.
    return undefined;
  }
}

addEventListener("message", async ({ data: { id, method, parameters } }) => {
  const report = (progress) => postMessage({ id, progress });
  try {
    postMessage({ id, result: await methods[method](parameters, report) });
  } catch (error) {
    const { message, kind, help } = error;
    postMessage({ id, error: { message, kind: kind ?? "internal", help } });
  }
});

// Messages that came before are lost, since the module above was awaited.
postMessage({ ready: true });
