// ndcodec with the words of the common chains; `load("full")` adds the others, and so does importing "ndcodec/full".
import { load } from "./lib/engine.js";

await load("common");

export * from "./lib/api.js";
