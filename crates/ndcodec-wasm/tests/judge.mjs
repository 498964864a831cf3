// What the corpus says must come out, held against what comes out: the same in Node and in browsers.

/** The rows of the manifest. */
export function parseManifest(text) {
  const [head, ...lines] = text.split("\n").filter((line) => line !== "");
  const names = head.split("\t");
  return lines.map((line) => Object.fromEntries(line.split("\t").map((cell, index) => [names[index], cell])));
}

/** The families that the package is held to. */
export function isJudged(row) {
  return ["npy", "chain", "base64", "container"].includes(row.kind.split("/")[0]);
}

/** What is wrong with a row, in lines; none if nothing is. */
export async function judge(ndcodec, row, bytes) {
  if (row.kind === "base64/vectors") return vectors(ndcodec, bytes);
  if (row.kind === "base64/malformed") return malformed(ndcodec, bytes);
  const isBytes = row.kind.startsWith("container/") || row.kind.startsWith("base64/");
  let found;
  try {
    found = isBytes ? ndcodec.decodeBytes(bytes, codecsOf(row)) : ndcodec.decode(bytes, chainOf(row));
  } catch (error) {
    if (!(error instanceof ndcodec.NdcodecError) || error.kind === "internal") return [`${row.path}: ${error.stack}`];
    return row.outcome === "decode" ? [`${row.path}: ${error.message}`] : [];
  }
  if (row.outcome === "reject" || row.outcome === "refuse") return [`${row.path}: was decoded, and must be refused`];
  const wrong = [];
  const sum = await sha256(isBytes ? found : canonical(found));
  if (row.sha256 && sum !== row.sha256) wrong.push(`${row.path}: other elements came out`);
  if (!isBytes && row.shape && JSON.stringify(found.shape) !== JSON.stringify(JSON.parse(row.shape))) {
    wrong.push(`${row.path}: shape [${found.shape}], not ${row.shape}`);
  }
  // An array that is in both orders may be said to be in either.
  const isBoth = !isBytes && found.shape.filter((length) => length !== 1).length <= 1;
  if (!isBytes && row.order && !isBoth && found.order !== row.order) wrong.push(`${row.path}: order ${found.order}`);
  return wrong;
}

function chainOf(row) {
  if (row.recipe === "") return "npy";
  const shape = JSON.parse(row.shape || "[]");
  const stages = row.recipe.split("|").map((stage) => {
    if (stage === "raw") return `raw("${row.dtype}",${shape.length === 0 ? "scalar" : shape.join("x")},order=${row.order})`;
    // The manifest's word for a suffix, which is the default.
    return stage === "crc32c_end" ? "crc32c" : stage;
  });
  return stages.join("|");
}

function codecsOf(row) {
  const stage = row.recipe.split("|").at(-1);
  if (stage === "lz4block") return row.proves.includes("needs the size from outside") ? "lz4(framing=block)" : "lz4(framing=sized)";
  const needs = (what) => row.proves.includes(`[needs ${what}]`);
  const parameters = [];
  if (stage === "base64url") parameters.push("alphabet=url");
  if (stage === "base64url" || needs("optional padding")) parameters.push("pad=optional");
  if (needs("whitespace skipping")) parameters.push("whitespace=true");
  const name = stage.startsWith("base64") ? "base64" : stage;
  return parameters.length === 0 ? name : `${name}(${parameters.join(",")})`;
}

/** Elements in C order, little-endian, structured dtypes packed. */
export function canonical(array) {
  const ordered = array.toOrder("C");
  // A typed array holds values, which are little-endian; bytes are as the dtype has them.
  if (!ordered.isRaw) return ordered.bytes;
  const packed = [];
  // The manifest's script goes through short tables by numpy's scalars, whose strings lose the zeros at their end.
  const cutsStrings = ordered.size <= 5000;
  for (let place = 0; place < ordered.size; place += 1) {
    pack(ordered.info, ordered.bytes.subarray(place * ordered.info.itemsize, (place + 1) * ordered.info.itemsize), packed, cutsStrings);
  }
  return Uint8Array.from(packed);
}

function pack(dtype, bytes, packed, cutsStrings) {
  if (dtype.fields === undefined) {
    const width = scalarWidth(dtype);
    for (let at = 0; at < bytes.length; at += width) {
      const scalar = bytes.subarray(at, at + width);
      packed.push(...(dtype.littleEndian ? scalar : scalar.slice().reverse()));
    }
    return;
  }
  for (const field of dtype.fields) {
    const count = field.shape.reduce((product, length) => product * length, 1);
    const start = packed.length;
    for (let item = 0; item < count; item += 1) {
      const at = field.offset + item * field.dtype.itemsize;
      pack(field.dtype, bytes.subarray(at, at + field.dtype.itemsize), packed, cutsStrings);
    }
    if (cutsStrings && field.shape.length === 0) packed.length = start + stringLength(field.dtype, packed.slice(start));
  }
}

/** The length of a string without the zeros at its end, of at least one character. */
function stringLength(dtype, bytes) {
  if (dtype.kind !== "bytes" && dtype.kind !== "str") return bytes.length;
  const width = scalarWidth(dtype);
  let length = bytes.length;
  while (length > width && bytes.slice(length - width, length).every((byte) => byte === 0)) length -= width;
  return length;
}

function scalarWidth(dtype) {
  if (["bool", "bytes", "void"].includes(dtype.kind)) return 1;
  if (dtype.kind === "str") return 4;
  return dtype.kind === "complex" || dtype.kind === "clongdouble" ? dtype.itemsize / 2 : dtype.itemsize;
}

async function sha256(bytes) {
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(sum, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function vectors(ndcodec, bytes) {
  const wrong = [];
  for (const vector of JSON.parse(new TextDecoder().decode(bytes))) {
    const text = fromHex(vector.text_hex);
    // One line end behind a text is passed over, whatever other strict decoders do.
    if (text.at(-1) === 10) continue;
    const decoded = refusedOr(ndcodec, () => ndcodec.decodeBytes(text, "base64"));
    const isRight = vector.strict_standard === "accept" ? toHex(decoded) === vector.decoded_hex : decoded === undefined;
    if (!isRight) wrong.push(`base64 vector ${vector.id}`);
  }
  return wrong;
}

function malformed(ndcodec, bytes) {
  const wrong = [];
  for (const text of JSON.parse(new TextDecoder().decode(bytes))) {
    // The strings are Latin-1: a character is a byte.
    const latin = Uint8Array.from(text, (character) => character.codePointAt(0));
    if (text.replace(/\r?\n$/, "") === "") continue;
    if (refusedOr(ndcodec, () => ndcodec.decodeBytes(latin, "base64")) !== undefined) wrong.push(`base64 text ${JSON.stringify(text)}`);
  }
  return wrong;
}

function refusedOr(ndcodec, decode) {
  try {
    return decode();
  } catch (error) {
    if (error instanceof ndcodec.NdcodecError && error.kind !== "internal") return undefined;
    throw error;
  }
}

function fromHex(hex) {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) => parseInt(hex.slice(2 * index, 2 * index + 2), 16));
}

function toHex(bytes) {
  return bytes && Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
