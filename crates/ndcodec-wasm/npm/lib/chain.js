// Chains: the text that says how an array becomes bytes or text, and back.
import { NdArray } from "./array.js";
import { bytesOf } from "./dtype.js";
import { call, current } from "./engine.js";
import { NdcodecError, misuse } from "./error.js";
import { limitsOf, maxHeaderOf } from "./limits.js";

/** A checked chain. Make one and keep it; it keeps its compression contexts. */
export class Chain {
  #text;
  #engine;
  #generation;
  #handle;

  constructor(text) {
    if (typeof text !== "string") throw misuse("a chain is a text, such as `npy|zstd|base64`");
    this.#engine = current();
    this.#text = text;
    this.#text = this.handle((chain) => chain.text);
  }

  /** Calls a function with the module's own object, which is made anew where the module was started anew. */
  handle(run) {
    const engine = this.#engine;
    return call(engine, (glue) => {
      if (this.#generation !== engine.generation) {
        this.#handle = new glue.Chain(this.#text);
        this.#generation = engine.generation;
      }
      return run(this.#handle, glue);
    });
  }

  toString() {
    return this.#text;
  }

  /** Whether what it encodes is text. */
  get isText() {
    return this.handle((chain) => chain.isText);
  }

  /** Its stages with their parameters, in the order of encoding. */
  get stages() {
    return this.handle((chain) => chain.stages());
  }

  /** This chain with all filled in that it infers from such an array. */
  resolve(array) {
    const { dtype, shape, order } = NdArray.from(array);
    return new Chain(this.handle((chain) => chain.resolve(dtype, Float64Array.from(shape), order === "F")));
  }

  /** An array as bytes. */
  encode(array, options) {
    const maxHeader = maxHeaderOf(options);
    return this.handle((chain) => chain.encode(...given(array), maxHeader));
  }

  /** An array as text, by a chain that ends in text. */
  encodeText(array, options) {
    const maxHeader = maxHeaderOf(options);
    return this.handle((chain) => chain.encodeText(...given(array), maxHeader));
  }

  /** An array of bytes or text. */
  decode(encoded, options) {
    const limits = limitsOf(options);
    const bytes = taken(encoded);
    return NdArray.decoded(this.handle((chain) => chain.decode(bytes, limits)));
  }

  /** The rows from `start` to before `end`, of which containers decode no more than they must. */
  rows(encoded, start, end, options) {
    const bytes = taken(encoded);
    const limits = limitsOf(options);
    return NdArray.decoded(this.handle((chain) => chain.rows(bytes, start, end, limits)));
  }

  /** What the first bytes say: `{chain, dtype, shape, order, nbytes, headerLength}`. */
  inspect(prefix, options) {
    const bytes = taken(prefix);
    const found = this.handle((chain) => chain.inspect(bytes, limitsOf(options)));
    return { ...found, dtype: found.dtype.text, info: found.dtype };
  }

  /** What a container such as `auto` chose for each part. */
  choices(encoded, options) {
    const bytes = taken(encoded);
    return this.handle((chain) => chain.choices(bytes, limitsOf(options)));
  }
}

const kept = new Map();
const MOST_KEPT = 64;

/** The chain of this text, made once. */
export function chainOf(chain) {
  if (chain instanceof Chain) return chain;
  const engine = current();
  const known = kept.get(chain);
  if (known?.engine === engine) return known.chain;
  const made = new Chain(chain);
  if (kept.size === MOST_KEPT) kept.delete(kept.keys().next().value);
  kept.set(chain, { engine, chain: made });
  return made;
}

/** An array as bytes. */
export function encode(array, chain, options) {
  return chainOf(chain).encode(array, options);
}

/** An array as text, by a chain that ends in text. */
export function encodeText(array, chain, options) {
  return chainOf(chain).encodeText(array, options);
}

/** An array of bytes or text; without a chain, by the one that is detected. */
export function decode(encoded, chain, options) {
  if (chain !== undefined) return chainOf(chain).decode(encoded, options);
  return detectedChain(taken(encoded)).decode(encoded, options);
}

/** The chain that the data name by themselves. */
export function detectedChain(bytes) {
  const found = call(current(), (glue) => glue.detect(bytes, true));
  if (found.chain !== undefined) return chainOf(found.chain);
  const layers = found.pipeline ?? found.guess;
  const what = found.known ? `it is ${found.known}` : layers ? `it may be \`${layers}\` around something else` : "nothing in it is known";
  const help = found.known ? found.advice : "name the chain that wrote it: decode(data, chain)";
  throw new NdcodecError({ message: `cannot tell the chain: ${what}\nhelp: ${help}`, kind: "unsupported", fault: "unsupported", help });
}

/** The bytes of encoded data in whatever they came. */
export function taken(encoded) {
  if (encoded instanceof Uint8Array) return encoded;
  if (typeof encoded === "string") return new TextEncoder().encode(encoded);
  if (ArrayBuffer.isView(encoded) || encoded instanceof ArrayBuffer || isShared(encoded)) return bytesOf(encoded);
  throw misuse("encoded data are bytes or a text", "give a Uint8Array, an ArrayBuffer or a string");
}

function isShared(data) {
  return typeof SharedArrayBuffer !== "undefined" && data instanceof SharedArrayBuffer;
}

/** The arguments of a module's functions that take an array. */
export function given(array) {
  const { bytes, dtype, shape, order, isRaw } = NdArray.from(array);
  return [bytes, dtype, Float64Array.from(shape), order === "F", isRaw];
}
