// An array as a file: .npy, the text of a chain, JSON, or CSV.
import { rowsOf, shown, tableOf } from "./measure.js";

const LINES_AT_ONCE = 4096;

/** `{parts, type, ending}` for a Blob. */
export function saved(ndcodec, array, kind) {
  switch (kind) {
    case "npy":
      return { parts: [ndcodec.encode(array, "npy")], type: "application/octet-stream", ending: "npy" };
    case "text":
      return { parts: [ndcodec.encodeText(array, "npy|zstd|base64")], type: "text/plain", ending: "txt" };
    case "json":
      return { parts: [json(array)], type: "application/json", ending: "json" };
    default:
      return { parts: [...csv(array)], type: "text/csv", ending: "csv" };
  }
}

/** dtype, shape and nested values. What JSON has no number for becomes a text: 64-bit integers that lose digits, NaN, infinities. */
function json(array) {
  const value = (key, item) => {
    if (typeof item === "bigint") return BigInt.asIntN(54, item) === item ? Number(item) : String(item);
    if (typeof item === "number" && !Number.isFinite(item)) return String(item);
    return item instanceof Uint8Array ? shown(item).replace(/^"|"$/g, "") : item;
  };
  return JSON.stringify({ dtype: array.dtype, shape: array.shape, data: array.toNested() }, value);
}

/** A line for each row, by RFC 4180. */
function* csv(array) {
  const cell = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const bare = (text) => (text.startsWith('"') ? JSON.parse(text) : text);
  const table = tableOf(array);
  if (table.hidden > 0) return yield* allColumns(array);
  yield `${table.names.map(cell).join(",")}\r\n`;
  for (let from = 0; from < table.rows; from += LINES_AT_ONCE) {
    const rows = rowsOf(array, from, from + LINES_AT_ONCE);
    yield rows.map((row) => `${row.slice(1).map((text) => cell(bare(text))).join(",")}\r\n`).join("");
  }
}

/** A table that is wider than what is shown. */
function* allColumns(array) {
  const ordered = array.toOrder("C");
  const width = array.shape.at(-1);
  yield `${Array.from({ length: width }, (_, column) => column).join(",")}\r\n`;
  for (let row = 0; row < array.size / width; row += 1) {
    yield `${Array.from({ length: width }, (_, column) => shown(ordered.item(row * width + column))).join(",")}\r\n`;
  }
}
