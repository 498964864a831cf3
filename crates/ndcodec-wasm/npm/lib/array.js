// n-dimensional arrays: elements in a typed array, with dtype, shape and order.
import { bytesOf, describe, isStorageOf, naturalDtype, reader, storage, typed, width } from "./dtype.js";
import { misuse } from "./error.js";
import { fromList } from "./list.js";

/** Elements in a typed array, with dtype, shape and order. `get` reads one, `field` takes a column of a table. */
export class NdArray {
  /** Of `{data, shape?, dtype?, order?}`; `data` is not copied. */
  constructor({ data, shape, dtype, order = "C" }) {
    if (Array.isArray(data)) ({ data, dtype, shape } = fromList(data, dtype, shape));
    if (order !== "C" && order !== "F") throw misuse(`the order is "C" or "F", not ${JSON.stringify(order)}`);
    if (dtype === undefined && !ArrayBuffer.isView(data)) throw misuse("bytes need a dtype to be an array", "give a `dtype` too");
    this.info = describe(dtype ?? naturalDtype(data));
    this.dtype = this.info.text;
    this.order = order;
    // Bytes hold elements as the dtype has them; a typed array holds values, which have no byte order.
    this.isRaw = false;
    this.data = data;
    if (!isStorageOf(data, this.info) || storage(this.info) === Uint8Array) {
      this.data = ofBytes(data, this.info);
      this.isRaw = storage(this.info) === Uint8Array;
    }
    const each = width(this.info);
    this.size = each === 0 ? 0 : this.data.length / each;
    this.shape = shape === undefined ? [this.size] : [...shape];
    const wanted = this.shape.reduce((product, length) => product * length, 1);
    if (each === 0) this.size = wanted;
    if (!(wanted === this.size)) {
      throw misuse(`an array of shape [${this.shape}] has ${wanted} elements, and the data have ${this.size} of \`${this.dtype}\``);
    }
  }

  /** Of what a module decoded. */
  static decoded({ dtype, shape, order, bytes }) {
    const array = Object.create(NdArray.prototype);
    const data = typed(bytes, dtype);
    const size = shape.reduce((product, length) => product * length, 1);
    return Object.assign(array, { info: dtype, dtype: dtype.text, shape, order, data, size, isRaw: storage(dtype) === Uint8Array });
  }

  /** Of a typed array, an array, nested arrays of values, or `{data, shape, dtype, order}`. */
  static from(given) {
    if (given instanceof NdArray) return given;
    if (ArrayBuffer.isView(given) || Array.isArray(given)) return new NdArray({ data: given });
    if (typeof given === "object" && given !== null && "data" in given) return new NdArray(given);
    throw misuse("this is not an array", "give a typed array, or `{data, shape, dtype}`");
  }

  /** The number of dimensions. */
  get ndim() {
    return this.shape.length;
  }

  /** The length of the elements in bytes. */
  get nbytes() {
    return this.data.byteLength;
  }

  /** The bytes of the elements, as `data` has them. */
  get bytes() {
    return bytesOf(this.data);
  }

  /** How far apart neighbours are along each dimension, in elements. */
  get strides() {
    const strides = new Array(this.ndim);
    let stride = 1;
    for (let step = 0; step < this.ndim; step += 1) {
      const axis = this.order === "C" ? this.ndim - 1 - step : step;
      strides[axis] = stride;
      stride *= this.shape[axis];
    }
    return strides;
  }

  /** The element at these indices; negative ones count from the end. */
  get(...indices) {
    if (indices.length !== this.ndim) throw misuse(`an array of shape [${this.shape}] takes ${this.ndim} indices, not ${indices.length}`);
    const { strides } = this;
    let place = 0;
    for (const [axis, given] of indices.entries()) {
      const length = this.shape[axis];
      const index = given < 0 ? given + length : given;
      if (!(Number.isInteger(index) && index >= 0 && index < length)) {
        throw misuse(`index ${given} is not within dimension ${axis}, which has ${length}`);
      }
      place += index * strides[axis];
    }
    return this.item(place);
  }

  /** The element at this place of memory. */
  item(place) {
    if (this.info.kind === "struct") return record(this, place);
    return reader(this.info, this.data)(place);
  }

  /** The elements in C order. */
  *[Symbol.iterator]() {
    const array = this.toOrder("C");
    if (array.info.kind === "struct") {
      for (let place = 0; place < array.size; place += 1) yield record(array, place);
      return;
    }
    const read = reader(array.info, array.data);
    for (let place = 0; place < array.size; place += 1) yield read(place);
  }

  /** The elements in nested arrays; one value where there are no dimensions. */
  toNested() {
    const values = this[Symbol.iterator]();
    const build = (axis) => {
      if (axis === this.ndim) return values.next().value;
      return Array.from({ length: this.shape[axis] }, () => build(axis + 1));
    };
    return build(0);
  }

  /** The elements in C order as numbers: 64-bit integers, and times, to the nearest one. */
  toFloat64() {
    const { kind } = this.info;
    if (kind === "float" && this.info.itemsize === 8) return this.toOrder("C").data;
    if (!["bool", "int", "uint", "float", "datetime", "timedelta", "bfloat16"].includes(kind)) {
      throw misuse(`elements of \`${this.dtype}\` are not numbers`);
    }
    const array = this.toOrder("C");
    if (kind === "int" || kind === "uint" || array.info.itemsize === 4) {
      return Float64Array.from(array.data, Number);
    }
    const read = reader(array.info, array.data);
    return Float64Array.from({ length: array.size }, (_, place) => Number(read(place)));
  }

  /** The times as dates; not-a-time, and units that have no fixed length before 1970 and after, are `null`. */
  toDates() {
    const scale = { W: 604_800_000, D: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, ns: 1e-6, ps: 1e-9, fs: 1e-12, as: 1e-15 };
    const [, count, base] = /^\[?(\d*)([A-Za-z]+)\]?$/.exec(this.info.unit ?? "") ?? [];
    if (this.info.kind !== "datetime") throw misuse(`elements of \`${this.dtype}\` are not times`);
    return Array.from(this, (time) => {
      if (time === -(2n ** 63n)) return null;
      const number = Number(time) * Number(count || 1);
      if (base === "Y" || base === "M") return new Date(Date.UTC(base === "Y" ? 1970 + number : 1970, base === "M" ? number : 0));
      return scale[base] === undefined ? null : new Date(number * scale[base]);
    });
  }

  /** This array with its elements in another order; copied only where that moves them. */
  toOrder(order) {
    const isBoth = this.shape.filter((length) => length > 1).length <= 1 || this.size === 0;
    if (order === this.order) return this;
    const data = isBoth ? this.data : moved(this);
    return Object.assign(Object.create(NdArray.prototype), this, { data, order });
  }

  /** The names of the fields of a structured dtype. */
  get fields() {
    return this.info.fields?.map((field) => field.name) ?? [];
  }

  /** A field of a structured dtype, as an array of its own with the field's dimensions behind those of the table. */
  field(name) {
    const field = this.info.fields?.find((field) => field.name === name);
    if (field === undefined) {
      throw misuse(`\`${this.dtype}\` has no field \`${name}\``, this.info.fields && `there are: ${this.fields.join(", ")}`);
    }
    const table = this.toOrder("C");
    const length = field.shape.reduce((product, length) => product * length, field.dtype.itemsize);
    const bytes = new Uint8Array(this.size * length);
    for (let row = 0; row < this.size; row += 1) {
      const from = row * this.info.itemsize + field.offset;
      bytes.set(table.data.subarray(from, from + length), row * length);
    }
    return new NdArray({ data: bytes, dtype: field.dtype.text, shape: [...this.shape, ...field.shape] });
  }
}

/** A copy with the bytes of each scalar reversed. */
function swapped(bytes, size) {
  const turned = new Uint8Array(bytes.length);
  for (let from = 0; from < bytes.length; from += size) {
    for (let byte = 0; byte < size; byte += 1) turned[from + byte] = bytes[from + size - 1 - byte];
  }
  return turned;
}

/** Bytes, in the byte order of the dtype, as the typed array that holds its elements. */
function ofBytes(data, info) {
  const isBytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray || data instanceof DataView || !ArrayBuffer.isView(data);
  if (!isBytes) throw misuse(`${data.constructor.name} cannot hold elements of \`${info.text}\``, `give a ${storage(info).name}, or bytes`);
  let bytes = bytesOf(data);
  if (info.itemsize > 0 && bytes.length % info.itemsize !== 0) {
    throw misuse(`${bytes.length} bytes are not a whole number of elements of \`${info.text}\`, which have ${info.itemsize} each`);
  }
  if (!info.littleEndian && storage(info) !== Uint8Array) bytes = swapped(bytes, storage(info).BYTES_PER_ELEMENT);
  return typed(bytes, info);
}

/** The record of a table at a place of memory. */
function record(table, place) {
  const size = table.info.itemsize;
  const data = table.data.subarray(place * size, (place + 1) * size);
  const one = new NdArray({ data, dtype: table.dtype, shape: [] });
  return Object.fromEntries(table.fields.map((name) => [name, one.field(name).toNested()]));
}

/** The elements in the other order. */
function moved(array) {
  const each = width(array.info);
  const data = new array.data.constructor(array.data.length);
  // The other order is this one with the dimensions reversed.
  const shape = array.order === "C" ? [...array.shape] : [...array.shape].reverse();
  const steps = new Array(shape.length);
  let step = 1;
  for (const [axis, length] of shape.entries()) {
    steps[axis] = step;
    step *= length;
  }
  const indices = new Array(shape.length).fill(0);
  let to = 0;
  for (let from = 0; from < array.size; from += 1) {
    if (each === 1) data[to] = array.data[from];
    else data.set(array.data.subarray(from * each, (from + 1) * each), to * each);
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      indices[axis] += 1;
      to += steps[axis];
      if (indices[axis] < shape[axis]) break;
      to -= steps[axis] * shape[axis];
      indices[axis] = 0;
    }
  }
  return data;
}
