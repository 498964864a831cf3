// Arrays of JavaScript, nested ones too, as typed arrays.
import { describe, storage, width } from "./dtype.js";
import { misuse } from "./error.js";

/** `{data, dtype, shape}` of nested arrays of numbers, BigInts, booleans or strings. */
export function fromList(list, dtype, shape) {
  const found = [];
  for (let level = list; Array.isArray(level); level = level[0]) found.push(level.length);
  const values = found.length > 1 ? list.flat(found.length - 1) : list;
  const count = found.reduce((product, length) => product * length, 1);
  if (values.length !== count || values.some(Array.isArray)) throw misuse("the nested arrays are of different lengths");
  dtype ??= guessed(values);
  return { data: filled(values, describe(dtype)), dtype, shape: shape ?? found };
}

function guessed(values) {
  const types = new Set(values.map((value) => typeof value));
  if (types.size === 0) return "<f8";
  if (types.size > 1) throw misuse(`the values are of several types: ${[...types].join(", ")}`);
  switch ([...types][0]) {
    case "number":
      return "<f8";
    case "bigint":
      return "<i8";
    case "boolean":
      return "|b1";
    case "string":
      return `<U${Math.max(1, ...values.map((value) => [...value].length))}`;
    default:
      throw misuse("the values are not numbers, BigInts, booleans or strings", "give a typed array and a `dtype`");
  }
}

function filled(values, dtype) {
  if (dtype.kind === "str") return characters(values, dtype);
  const Type = storage(dtype);
  if (width(dtype) !== 1 || Type === Uint16Array && dtype.kind === "float") {
    throw misuse(`a list of values cannot become \`${dtype.text}\``, "give a typed array");
  }
  const isBig = Type === BigInt64Array || Type === BigUint64Array;
  const data = new Type(values.length);
  for (const [index, value] of values.entries()) {
    data[index] = isBig ? BigInt(value) : value;
    const isSame = isBig || typeof value !== "number" || dtype.kind === "float" || Object.is(data[index], value) || data[index] === value;
    if (!isSame) throw misuse(`${value} is not a value of \`${dtype.text}\``);
  }
  return data;
}

function characters(values, dtype) {
  const each = width(dtype);
  const data = new Uint32Array(values.length * each);
  for (const [index, value] of values.entries()) {
    const codes = Array.from(value, (character) => character.codePointAt(0));
    if (codes.length > each) throw misuse(`a string of ${codes.length} characters does not fit into \`${dtype.text}\``);
    data.set(codes, index * each);
  }
  return data;
}
