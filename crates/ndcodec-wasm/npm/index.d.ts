// ndcodec: one line of text says how an n-dimensional array becomes bytes or text, and back.

/** The array that holds the elements. Its type depends on the dtype: see docs/javascript.md. */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** `"C"`: the last index varies fastest; `"F"`: the first. */
export type Order = "C" | "F";

/** One element as a JavaScript value. */
export type Value =
  | number
  | bigint
  | boolean
  | string
  | Uint8Array
  | { re: number; im: number }
  | { [field: string]: Nested };

/** Elements in nested arrays. */
export type Nested = Value | Nested[];

/** What a dtype means. */
export interface DtypeInfo {
  /** numpy's notation, such as `<f8`. */
  text: string;
  /** The descr of a `.npy` header, such as `'<f8'` with its quotes. */
  descr: string;
  /** `bool`, `int`, `uint`, `float`, `complex`, `longdouble`, `clongdouble`, `datetime`, `timedelta`, `bytes`, `str`, `void`, `struct`, or the name of an extension such as `bfloat16`. */
  kind: string;
  itemsize: number;
  littleEndian: boolean;
  /** The unit of times, such as `ns` or `10ms`. */
  unit?: string;
  fields?: { name: string; title?: string; offset: number; shape: number[]; dtype: DtypeInfo }[];
}

/** The parts of an array. */
export interface ArrayLike {
  /** A typed array, bytes in the byte order of the dtype, or (nested) arrays of values. */
  data: TypedArray | DataView | ArrayBufferLike | Nested[];
  /** Default: one dimension. */
  shape?: readonly number[];
  /** In numpy's notation. Default: the dtype of the typed array. */
  dtype?: string;
  order?: Order;
}

/** What `encode` takes. */
export type ArrayInput = NdArray | TypedArray | ArrayLike | Nested[];

/** Bytes or text. */
export type Encoded = string | ArrayBufferLike | ArrayBufferView;

/** Limits for data from strangers. `Infinity` lifts a limit. */
export interface Limits {
  /** The most bytes that the decoded result may have. Default: 1 GiB. */
  maxBytes?: number;
  /** The most characters that a format's header may have. Default: 262,144. */
  maxHeader?: number;
  /** The largest window that a frame may ask a streaming decoder to hold. Default: 128 MiB. */
  maxWindow?: number;
}

/** How an array is encoded. */
export interface EncodeOptions {
  /** The most characters that the header may have. Default: 262,144. If you raise it, readers must raise theirs. */
  maxHeader?: number;
}

/** Elements in a typed array, with dtype, shape and order. */
export class NdArray implements Iterable<Value> {
  constructor(given: ArrayLike);
  static from(given: ArrayInput): NdArray;
  /** The elements in memory order. */
  readonly data: TypedArray;
  /** numpy's notation. A typed array holds values: it has no byte order, whatever the dtype says. */
  readonly dtype: string;
  readonly info: DtypeInfo;
  readonly shape: number[];
  readonly order: Order;
  readonly size: number;
  readonly ndim: number;
  readonly nbytes: number;
  readonly bytes: Uint8Array;
  /** In elements, not bytes. */
  readonly strides: number[];
  /** The names of the fields of a structured dtype. */
  readonly fields: string[];
  /** The element at these indices; negative ones count from the end. */
  get(...indices: number[]): Value;
  /** The element at this position in memory order. */
  item(place: number): Value;
  /** A field of a structured dtype. */
  field(name: string): NdArray;
  toOrder(order: Order): NdArray;
  toNested(): Nested;
  /** The elements in C order as numbers. */
  toFloat64(): Float64Array;
  /** The elements in C order as dates; `null` for not-a-time. */
  toDates(): (Date | null)[];
  [Symbol.iterator](): IterableIterator<Value>;
}

/** A parameter of a stage. */
export interface Param {
  name: string;
  type: string;
  default?: string;
  isRequired: boolean;
  doc: string;
  min?: string;
  max?: string;
  words?: string[];
  /** For a stage in a chain: the parameter's value. */
  value?: string;
  /** For a stage in a chain: whether the chain's text gives the parameter. */
  isGiven?: boolean;
}

/** A word of a chain. */
export interface Stage {
  name: string;
  kind: string;
  summary: string;
  specification: string;
  isText: boolean;
  isLossy: boolean;
  isStreaming: boolean;
  isContainer: boolean;
  params: Param[];
  /** For a stage in a chain: its text there. */
  text?: string;
}

/** What the first bytes of an encoded array say about it. */
export interface Inspection {
  /** The chain that decodes it, with what the header says filled in. */
  chain: string;
  dtype: string;
  info: DtypeInfo;
  /** A dimension is `null` if it depends on data after the first bytes. */
  shape: (number | null)[];
  order: Order;
  nbytes?: number;
  headerLength: number;
  filters: string;
}

/** What data seem to be. */
export interface Detected {
  /** An array, and the chain that decodes it. */
  chain?: string;
  /** The layers, if the bytes inside have no known format. */
  pipeline?: string;
  /** A guess from the alphabet of the text only, such as `base64`. */
  guess?: string;
  /** The name of other software's data, and what to do about it. */
  known?: string;
  advice?: string;
  /** The first bytes inside, eight at most. */
  begins?: Uint8Array;
}

/** A checked chain. Make one and keep it. */
export class Chain {
  constructor(text: string);
  toString(): string;
  readonly isText: boolean;
  readonly stages: Stage[];
  /** This chain with every parameter filled in that it infers from such an array. */
  resolve(array: ArrayInput): Chain;
  encode(array: ArrayInput, options?: EncodeOptions): Uint8Array;
  encodeText(array: ArrayInput, options?: EncodeOptions): string;
  decode(encoded: Encoded, limits?: Limits): NdArray;
  /** The rows from `start` to before `end`. */
  rows(encoded: Encoded, start: number, end: number, limits?: Limits): NdArray;
  inspect(prefix: Encoded, limits?: Limits): Inspection;
  choices(encoded: Encoded, limits?: Limits): { part: string; chain: string; nbytes: number; encodedLength: number }[];
}

export function encode(array: ArrayInput, chain: string | Chain, options?: EncodeOptions): Uint8Array;
export function encodeText(array: ArrayInput, chain: string | Chain, options?: EncodeOptions): string;
/** Without `chain`, the chain is detected. */
export function decode(encoded: Encoded, chain?: string | Chain, limits?: Limits): NdArray;
export function inspect(prefix: Encoded, chain?: string | Chain, limits?: Limits): Inspection;
export function detect(data: Encoded, options?: { isWhole?: boolean }): Detected;
export function stages(): Stage[];
/** Which chain suits an array. Needs the full set of words. */
export function recommend(
  array: ArrayInput,
  goal?: "fast" | "balanced" | "small",
): { chain: string; encodedLength: number; reason: string };
/** Bytes through codecs, such as `zstd|base64`. */
export function encodeBytes(bytes: Encoded, codecs: string): Uint8Array;
export function decodeBytes(encoded: Encoded, codecs: string, limits?: Limits): Uint8Array;

/** Takes the elements in pieces, in the byte order of the dtype; gives encoded bytes. */
export function encodeStream(
  chain: string | Chain,
  layout: { dtype: string; shape: readonly number[]; order?: Order } & EncodeOptions,
): TransformStream<ArrayBufferView, Uint8Array>;
/** Takes encoded bytes or text in pieces; gives the elements in pieces, in the byte order of the dtype. */
export function decodeStream(
  chain: string | Chain,
  options?: Limits & { onHeader?: (header: Inspection) => void },
): TransformStream<Encoded, Uint8Array>;

/** Loads a set of words. Give `source` if the module's file is in another place. */
export function load(
  set?: "common" | "full",
  source?: URL | string | Response | BufferSource | WebAssembly.Module,
): Promise<void>;
export function loaded(): ("common" | "full")[];
/** How many bytes of memory the modules use. */
export function memoryUsed(): number;
/** Frees the modules' memory. Chains still work afterwards; open streams do not. */
export function release(): void;

/** What went wrong, with its place in the chain or in the data. */
export class NdcodecError extends Error {
  /** `truncated`, `trailing`, `corrupt`, `checksum`, `refused`, `dtype`, `limit`, `no_memory`, `unsupported`, `chain`, `array`, `input`, `io` or `internal`. */
  readonly kind: string;
  /** Who can fix it: `caller`, `data`, `limit`, `unsupported`, `io` or `internal`. */
  readonly fault: string;
  readonly help?: string;
  /** The limit that was exceeded, if the kind is `limit`. */
  readonly limit?: "maxBytes" | "maxHeader" | "maxWindow";
  /** The text of the chain, what is wrong in it, and where, in UTF-16 units. */
  readonly chain?: string;
  readonly reason?: string;
  readonly span?: [number, number];
  /** The stage that failed on data, its place in the chain, the direction, and the byte. */
  readonly stage?: string;
  readonly index?: number;
  readonly direction?: "encode" | "decode";
  readonly offset?: number;
}
