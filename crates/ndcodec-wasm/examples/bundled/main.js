// What a bundler collects: the package, its two modules of WebAssembly, and a worker.
import { decode, encodeText, load } from "ndcodec";

const text = encodeText({ data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] }, "npy|zstd|base64");
const lines = [`${decode(text).get(1, 2)} of [${decode(text).shape}]`];

await load("full");
lines.push(`with every word: ${decode(encodeText(Int32Array.of(7, 8), "npy|lz4|base64")).get(1)}`);

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => {
  lines.push(`in a worker: ${data}`);
  document.querySelector("pre").textContent = lines.join("\n");
};
worker.postMessage(text);
