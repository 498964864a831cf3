// dtypes: which typed array holds the elements, and what an element is.
import { call, current } from "./engine.js";
import { misuse } from "./error.js";

const remembered = new Map();
const MOST_REMEMBERED = 256;

/** What a dtype in numpy's notation means: `{text, kind, itemsize, littleEndian, unit?, fields?}`. */
export function describe(text) {
  let known = remembered.get(text);
  if (known === undefined) {
    known = call(current(), (glue) => glue.describeDtype(text));
    if (remembered.size === MOST_REMEMBERED) remembered.clear();
    remembered.set(text, known);
  }
  return known;
}

/** float16, where the engine has it; else the 16 bits of each. */
export const Half = globalThis.Float16Array ?? Uint16Array;

const NATURAL = new Map([
  [Int8Array, "|i1"],
  [Uint8Array, "|u1"],
  [Uint8ClampedArray, "|u1"],
  [Int16Array, "<i2"],
  [Uint16Array, "<u2"],
  [Int32Array, "<i4"],
  [Uint32Array, "<u4"],
  [BigInt64Array, "<i8"],
  [BigUint64Array, "<u8"],
  [Float32Array, "<f4"],
  [Float64Array, "<f8"],
]);
if (globalThis.Float16Array !== undefined) NATURAL.set(globalThis.Float16Array, "<f2");

/** The dtype of a typed array's elements. */
export function naturalDtype(data) {
  for (const [type, dtype] of NATURAL) if (data instanceof type) return dtype;
  throw misuse("the data are not a typed array", "give a typed array, or `{data, shape, dtype}`");
}

/** The typed array that holds elements of this dtype. */
export function storage(dtype) {
  switch (dtype.kind) {
    case "int":
      return { 1: Int8Array, 2: Int16Array, 4: Int32Array, 8: BigInt64Array }[dtype.itemsize];
    case "uint":
      return { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array }[dtype.itemsize];
    case "float":
      return { 2: Half, 4: Float32Array, 8: Float64Array }[dtype.itemsize];
    case "complex":
      return { 8: Float32Array, 16: Float64Array }[dtype.itemsize];
    case "datetime":
    case "timedelta":
      return BigInt64Array;
    case "str":
      return Uint32Array;
    default:
      return Uint8Array;
  }
}

/** Whether a typed array can hold elements of this dtype without a change of value. */
export function isStorageOf(data, dtype) {
  if (data instanceof storage(dtype)) return true;
  if (dtype.kind === "float" && dtype.itemsize === 2) return data instanceof Uint16Array;
  return dtype.kind === "uint" && dtype.itemsize === 1 && data instanceof Uint8ClampedArray;
}

/** The bytes of a typed array, a DataView or a buffer, which are not copied. */
export function bytesOf(data) {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(data);
}

/** `bytes` as the typed array for a dtype; copied only where they do not lie as it needs. */
export function typed(bytes, dtype) {
  const Type = storage(dtype);
  const unit = Type.BYTES_PER_ELEMENT;
  if (bytes.byteOffset % unit !== 0) bytes = bytes.slice();
  return new Type(bytes.buffer, bytes.byteOffset, bytes.byteLength / unit);
}

/** How many entries of the typed array make one element. */
export function width(dtype) {
  return dtype.itemsize / storage(dtype).BYTES_PER_ELEMENT;
}

/** The value of a half-precision float of these bits. */
export function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A function that gives the element of an index, in memory order. */
export function reader(dtype, data) {
  const each = width(dtype);
  switch (dtype.kind) {
    case "bool":
      return (index) => data[index] !== 0;
    case "float":
      return data instanceof Uint16Array ? (index) => halfToNumber(data[index]) : (index) => data[index];
    case "int":
    case "uint":
    case "datetime":
    case "timedelta":
      return (index) => data[index];
    case "complex":
      return (index) => ({ re: data[2 * index], im: data[2 * index + 1] });
    case "str":
      return (index) => text(data.subarray(index * each, (index + 1) * each));
    case "bytes":
      return (index) => withoutZeros(data.subarray(index * each, (index + 1) * each));
    case "bfloat16":
      return (index) => bfloat(data, index, dtype.littleEndian);
    default:
      return (index) => data.subarray(index * each, (index + 1) * each);
  }
}

function bfloat(data, index, littleEndian) {
  const bits = new DataView(data.buffer, data.byteOffset + 2 * index, 2).getUint16(0, littleEndian);
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits << 16);
  return view.getFloat32(0);
}

/** numpy pads strings with zeros, and drops them when it reads. */
function withoutZeros(units) {
  let end = units.length;
  while (end > 0 && units[end - 1] === 0) end -= 1;
  return units.subarray(0, end);
}

function text(codePoints) {
  // numpy may hold numbers that are no character; they become the replacement character here, and only here.
  const shown = Array.from(withoutZeros(codePoints), (code) => (code > 0x10ffff ? 0xfffd : code));
  let result = "";
  for (const code of shown) result += String.fromCodePoint(code);
  return result;
}
