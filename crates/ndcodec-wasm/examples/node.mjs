// node node.mjs INPUT.npy OUTPUT.txt: an array as text for a field of JSON, and back.
import { readFile, writeFile } from "node:fs/promises";

import { decode, encodeText } from "ndcodec";

const [input, output] = process.argv.slice(2);
const x = decode(await readFile(input), "npy");
const text = encodeText(x, "npy|shuffle|zstd|base64");
await writeFile(output, text);
console.log(`${x.dtype} array of shape [${x.shape.join(", ")}]: ${x.nbytes} bytes, ${text.length} characters of text`);

const y = decode(await readFile(output, "utf8"));
console.log(Buffer.compare(x.bytes, y.bytes) === 0 ? "equal to the last bit" : "something else came back");
