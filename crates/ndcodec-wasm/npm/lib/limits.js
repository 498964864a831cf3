// The caller's ceilings for decoding.
import { misuse } from "./error.js";

const NAMES = ["maxBytes", "maxHeader", "maxWindow"];

/** `[maxBytes, maxHeader, maxWindow]` of options; what is not given is NaN, and keeps its default. */
export function limitsOf(options = {}) {
  const limits = new Float64Array(NAMES.length).fill(NaN);
  for (const [index, name] of NAMES.entries()) {
    const limit = options[name];
    if (limit === undefined) continue;
    if (typeof limit !== "number" || !(limit >= 0)) throw misuse(`\`${name}\` is a number of bytes, not ${limit}`);
    limits[index] = limit;
  }
  return limits;
}

/** `maxHeader` of the options for encoding; NaN if it is not given, which keeps the default. */
export function maxHeaderOf({ maxHeader } = {}) {
  return limitsOf({ maxHeader })[1];
}
