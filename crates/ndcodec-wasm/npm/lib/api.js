// What the package exports.
export { NdArray } from "./array.js";
export { Chain, decode, encode, encodeText } from "./chain.js";
export { decodeBytes, detect, encodeBytes, inspect, recommend, stages } from "./data.js";
export { load, loaded, memoryUsed, release } from "./engine.js";
export { NdcodecError } from "./error.js";
export { decodeStream, encodeStream } from "./stream.js";
