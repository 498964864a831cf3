// What data are, which stages there are, and which chain suits an array.
import { chainOf, detectedChain, given, taken } from "./chain.js";
import { call, current } from "./engine.js";
import { misuse } from "./error.js";
import { limitsOf } from "./limits.js";

/** Names the chain of data: `{chain?, pipeline?, guess?, known?, advice?, begins?}`. Of the first bytes only, say `{isWhole: false}`. */
export function detect(data, { isWhole = true } = {}) {
  const bytes = taken(data);
  return call(current(), (glue) => glue.detect(bytes, isWhole));
}

/** What the first bytes say: `{chain, dtype, shape, order, nbytes, headerLength}`; without a chain, by the one that is detected. */
export function inspect(prefix, chain, options) {
  const bytes = taken(prefix);
  return (chain === undefined ? detectedChain(bytes) : chainOf(chain)).inspect(bytes, options);
}

/** The stages of the loaded module, with their parameters. */
export function stages() {
  return call(current(), (glue) => glue.stages());
}

/** The chain that suits an array, and why; `goal` is "fast", "balanced" or "small". Needs the full set of words. */
export function recommend(array, goal = "balanced") {
  const engine = current();
  if (engine.glue.recommend === undefined) throw misuse("`recommend` needs the full set of words", 'await load("full") first');
  return call(engine, (glue) => glue.recommend(...given(array), goal));
}

/** Bytes through codecs, such as `zstd|base64`. */
export function encodeBytes(bytes, codecs) {
  return call(current(), (glue) => glue.encodeBytes(codecs, taken(bytes)));
}

/** Bytes back through codecs, such as `zstd|base64`. */
export function decodeBytes(encoded, codecs, options) {
  const bytes = taken(encoded);
  return call(current(), (glue) => glue.decodeBytes(codecs, bytes, limitsOf(options)));
}
