// Numbers about an array: statistics, a histogram, and what a plot or a table needs of it.

const BINS = 48;
/** A plot has as many points as a wide screen. */
const MOST_POINTS = 2000;
const MOST_PIXELS = 512;
const MOST_COLUMNS = 200;

/** Whether an element is a number that can be plotted. */
export function isNumeric(array) {
  return ["bool", "int", "uint", "float", "datetime", "timedelta", "bfloat16"].includes(array.info.kind);
}

/** A function that gives the number at a place of memory. */
function numbers(array) {
  const { data, info } = array;
  const isPlain = ["bool", "int", "uint", "float"].includes(info.kind) && !(data instanceof Uint16Array && info.kind === "float");
  if (isPlain) return typeof data[0] === "bigint" ? (place) => Number(data[place]) : (place) => data[place];
  return (place) => Number(array.item(place));
}

/** `{count, finite, nan, infinite, min, max, mean, deviation, zeros, counts, low, high}`. */
export function statistics(array) {
  const at = numbers(array);
  const result = { count: array.size, nan: 0, infinite: 0, zeros: 0, min: Infinity, max: -Infinity };
  let [mean, squares, seen] = [0, 0, 0];
  for (let place = 0; place < array.size; place += 1) {
    const value = at(place);
    if (!Number.isFinite(value)) {
      if (Number.isNaN(value)) result.nan += 1;
      else result.infinite += 1;
      continue;
    }
    // Welford's way, which loses nothing where the mean is large.
    seen += 1;
    const distance = value - mean;
    mean += distance / seen;
    squares += distance * (value - mean);
    if (value === 0) result.zeros += 1;
    if (value < result.min) result.min = value;
    if (value > result.max) result.max = value;
  }
  if (seen === 0) return { ...result, finite: 0 };
  return { ...result, finite: seen, mean, deviation: Math.sqrt(squares / seen), ...histogram(array, at, result) };
}

function histogram(array, at, { min, max }) {
  const counts = new Array(BINS).fill(0);
  // The whole range may be wider than a double.
  const scale = max > min ? BINS / (max / 2 - min / 2) / 2 : 0;
  for (let place = 0; place < array.size; place += 1) {
    const value = at(place);
    if (Number.isFinite(value)) counts[Math.min(BINS - 1, Math.floor((value / 2 - min / 2) * scale * 2))] += 1;
  }
  return { counts, low: min, high: max };
}

/** Points for a line plot: the columns of the last axis if they are few, else all in a row. Long runs keep their extremes. */
export function line(array) {
  const ordered = array.toOrder("C");
  const at = numbers(ordered);
  const last = array.ndim === 2 ? array.shape[1] : 1;
  const columns = last >= 1 && last <= 8 ? last : 1;
  const length = Math.floor(array.size / columns);
  const step = Math.max(1, Math.ceil(length / (MOST_POINTS / 2)));
  const x = [];
  const series = Array.from({ length: columns }, () => []);
  for (let from = 0; from < length; from += step) {
    const to = Math.min(length, from + step);
    x.push(from);
    if (step > 1) x.push(Math.min(length - 1, from + step / 2));
    for (let column = 0; column < columns; column += 1) {
      let [low, high] = [Infinity, -Infinity];
      for (let row = from; row < to; row += 1) {
        const value = at(row * columns + column);
        if (value < low) low = value;
        if (value > high) high = value;
      }
      const known = (value) => (Number.isFinite(value) ? value : null);
      series[column].push(known(low));
      if (step > 1) series[column].push(known(high));
    }
  }
  return { x, series, step };
}

/** The plane of the last two axes with this number, in shades from 0 to 255; 255 levels and no colour: `{width, height, shades}`. */
export function plane(array, index, range) {
  const ordered = array.toOrder("C");
  const at = numbers(ordered);
  const [height, width] = array.shape.slice(-2);
  const step = Math.max(1, Math.ceil(Math.max(height, width) / MOST_PIXELS));
  const [rows, columns] = [Math.ceil(height / step), Math.ceil(width / step)];
  const shades = new Uint8ClampedArray(rows * columns);
  const span = range.high - range.low || 1;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const value = at(index * height * width + row * step * width + column * step);
      shades[row * columns + column] = Number.isFinite(value) ? (255 * (value - range.low)) / span : 0;
    }
  }
  return { width: columns, height: rows, shades, step };
}

/** How an array lies in a table: `{rows, columns, names}`. */
export function tableOf(array) {
  if (array.fields.length > 0) return { rows: array.size, columns: array.fields.length, names: array.fields, hidden: 0 };
  const columns = array.ndim < 2 ? 1 : array.shape.at(-1);
  const shown = Math.min(columns, MOST_COLUMNS);
  const rows = columns === 0 ? 0 : array.size / columns;
  const names = array.ndim < 2 ? ["value"] : Array.from({ length: shown }, (_, column) => String(column));
  return { rows, columns: shown, names, hidden: columns - shown };
}

/** Some rows of the table as texts, each with its indices in front. */
export function rowsOf(array, from, to) {
  const table = tableOf(array);
  const ordered = array.toOrder("C");
  const outer = array.fields.length > 0 || array.ndim < 2 ? array.shape : array.shape.slice(0, -1);
  const width = array.ndim < 2 ? 1 : array.shape.at(-1);
  return Array.from({ length: Math.min(to, table.rows) - from }, (_, step) => {
    const row = from + step;
    const cells = array.fields.length > 0
      ? Object.values(ordered.item(row)).map(shown)
      : Array.from({ length: table.columns }, (_, column) => shown(ordered.item(row * width + column)));
    return [place(row, outer), ...cells];
  });
}

function place(row, shape) {
  const indices = [];
  for (const length of [...shape].reverse()) {
    indices.unshift(row % length);
    row = Math.floor(row / length);
  }
  return indices.join(", ");
}

/** An element as text. */
export function shown(value) {
  if (value instanceof Uint8Array) return bytesText(value);
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    if ("re" in value) return `${shown(value.re)}${value.im < 0 || Object.is(value.im, -0) ? "" : "+"}${shown(value.im)}i`;
    return `{${Object.entries(value).map(([name, item]) => `${name}: ${shown(item)}`).join(", ")}}`;
  }
  if (typeof value === "string") return JSON.stringify(value);
  return Object.is(value, -0) ? "-0" : String(value);
}

function bytesText(bytes) {
  const isPrintable = bytes.every((byte) => byte >= 32 && byte < 127);
  return isPrintable ? JSON.stringify(String.fromCharCode(...bytes)) : Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
