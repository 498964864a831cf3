// ndcodec with every word from the start.
import { load } from "./lib/engine.js";

await load("full");

export * from "./lib/api.js";
