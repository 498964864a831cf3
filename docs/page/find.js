// What was dropped or pasted: which arrays are inside, and how sure that is.

/** Text longer than this is not parsed as JSON: it would hold the worker for too long. */
const MOST_JSON = 64 << 20;
const MOST_ARRAYS = 1000;

/**
 * What the bytes hold: `{arrays: [{name, chain, data, how}], unknown?}`.
 *
 * `ndcodec` may have the common words only; `loadFull` brings the others, and is called where the data need them.
 */
export async function find(ndcodec, bytes, loadFull) {
  const direct = await detected(ndcodec, bytes, loadFull);
  if (direct.chain !== undefined) return { arrays: [{ name: "", ...direct, data: bytes, how: "its first bytes say so" }] };
  const text = asText(bytes);
  if (text === undefined) return { arrays: [], unknown: direct };
  const inside = await inDocument(ndcodec, text, loadFull);
  if (inside.length > 0) return { arrays: inside };
  const cleaned = await inText(ndcodec, text.trim(), loadFull);
  if (cleaned !== undefined) return { arrays: [cleaned] };
  return { arrays: [], unknown: direct };
}

async function detected(ndcodec, bytes, loadFull) {
  const found = ndcodec.detect(bytes);
  if (found.chain !== undefined || ndcodec.loaded().includes("full")) return found;
  // Another word may know it.
  const isLikely = found.known === undefined && bytes.length > 8;
  if (!isLikely) return found;
  await loadFull();
  return ndcodec.detect(bytes);
}

/** The bytes as text, if they are printable. */
function asText(bytes) {
  if (bytes.length > MOST_JSON) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return /[\0-\x08\x0e-\x1f]/.test(text.slice(0, 4096)) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Text that is an array once it was put right: a data: URL, hexadecimal digits, base64 in lines or in the other alphabet. */
async function inText(ndcodec, text, loadFull) {
  const body = text.replace(/^["'`]|["'`],?$/g, "").replace(/^b?['"]|['"]$/g, "");
  const dataUrl = /^data:[^,]*;base64,/.exec(body);
  const rest = (dataUrl ? body.slice(dataUrl[0].length) : body).replace(/\\n|\s+/g, "");
  const tries = [];
  if (/^(0x)?([0-9a-f]{2})+$/i.test(rest)) tries.push(["hex", rest.replace(/^0x/i, "")]);
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(rest)) tries.push(["base64", padded(rest)]);
  if (/^[A-Za-z0-9_-]+={0,2}$/.test(rest)) tries.push(["base64", padded(rest.replaceAll("-", "+").replaceAll("_", "/"))]);
  for (const [codec, digits] of tries) {
    let bytes;
    try {
      // Hexadecimal digits are not among the common words.
      bytes = codec === "hex" ? fromHex(digits) : ndcodec.decodeBytes(digits, codec);
    } catch {
      continue;
    }
    const found = await detected(ndcodec, bytes, loadFull);
    if (found.chain !== undefined) {
      const around = dataUrl ? "a data: URL" : codec === "hex" ? "hexadecimal digits" : "base64 that was put right";
      return { name: "", chain: found.chain, data: bytes, how: `${around} around it, and then its first bytes say so`, taken: codec };
    }
  }
  return undefined;
}

function fromHex(digits) {
  return Uint8Array.from({ length: digits.length / 2 }, (_, place) => parseInt(digits.slice(2 * place, 2 * place + 2), 16));
}

function padded(digits) {
  return digits.replace(/=+$/, "").padEnd(Math.ceil(digits.replace(/=+$/, "").length / 4) * 4, "=");
}

/** The arrays in a JSON document. */
async function inDocument(ndcodec, text, loadFull) {
  let document;
  try {
    document = JSON.parse(text);
  } catch {
    return [];
  }
  const arrays = [];
  await walk(document, "", async (value, path) => {
    const found = await inValue(ndcodec, value, loadFull);
    if (found !== undefined) arrays.push({ name: path || "the document", ...found });
    return found !== undefined || arrays.length >= MOST_ARRAYS;
  });
  return arrays;
}

async function walk(value, path, visit) {
  if (await visit(value, path)) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) if (typeof item === "object" || typeof item === "string") await walk(item, `${path}[${index}]`, visit);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) await walk(item, path === "" ? key : `${path}.${key}`, visit);
  }
}

async function inValue(ndcodec, value, loadFull) {
  if (typeof value === "string") return inString(ndcodec, value, loadFull);
  if (Array.isArray(value)) return inNested(ndcodec, value);
  if (typeof value !== "object" || value === null) return undefined;
  if (typeof value.chain === "string" && typeof value.data === "string") {
    return { chain: value.chain, data: encodeUtf8(value.data), how: "the document names the chain" };
  }
  // Plotly: little-endian elements of a short dtype, and the shape as a text.
  if (typeof value.bdata === "string" && typeof value.dtype === "string") {
    const shape = String(value.shape ?? "").split(",").map((length) => length.trim()).filter(Boolean).join("x");
    return { chain: `raw(<${value.dtype}${shape ? `,${shape}` : ""})|base64`, data: encodeUtf8(value.bdata), how: "it is how Plotly writes arrays" };
  }
  // json-numpy and its like.
  const data = value.__numpy__ ?? value.__ndarray__ ?? value.data;
  if (typeof data === "string" && typeof value.dtype === "string" && Array.isArray(value.shape ?? [])) {
    const shape = value.shape ?? [];
    return { chain: `raw("${value.dtype}",${shape.length === 0 ? "scalar" : shape.join("x")})|base64`, data: encodeUtf8(data), how: "dtype and shape stand beside it" };
  }
  return undefined;
}

async function inString(ndcodec, value, loadFull) {
  if (value.length < 16) return undefined;
  const bytes = encodeUtf8(value);
  const found = ndcodec.detect(bytes);
  if (found.chain !== undefined) return { chain: found.chain, data: bytes, how: "its first bytes say so" };
  return value.length < 24 || /\s\S+\s/.test(value.slice(0, 64)) ? undefined : inText(ndcodec, value, loadFull);
}

/** Numbers in nested lists. */
function inNested(ndcodec, value) {
  if (value.length === 0) return undefined;
  let first = value;
  while (Array.isArray(first)) first = first[0];
  if (typeof first !== "number" && typeof first !== "boolean") return undefined;
  try {
    return { array: ndcodec.NdArray.from(value), how: "it is a list of numbers" };
  } catch {
    return undefined;
  }
}

function encodeUtf8(text) {
  return new TextEncoder().encode(text);
}
