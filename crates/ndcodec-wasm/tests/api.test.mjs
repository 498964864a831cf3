// What the package does, call by call.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

import * as ndcodec from "ndcodec";
import { Chain, NdArray, NdcodecError, decode, encode, encodeText } from "ndcodec";

test("a typed array becomes text and comes back", () => {
  const x = Float64Array.of(1, 2, 3, 4, 5, 6);
  const text = encodeText({ data: x, shape: [2, 3] }, "npy|zstd|base64");
  assert.equal(typeof text, "string");
  const y = decode(text);
  assert.deepEqual([y.dtype, y.shape, y.order], ["<f8", [2, 3], "C"]);
  assert.deepEqual(y.data, x);
  assert.equal(y.get(1, -1), 6);
  assert.deepEqual(y.toNested(), [[1, 2, 3], [4, 5, 6]]);
});

test("each typed array has its dtype", () => {
  const arrays = {
    "|i1": Int8Array.of(-128, 127), "|u1": Uint8Array.of(0, 255), "<i2": Int16Array.of(-32768, 32767),
    "<u2": Uint16Array.of(0, 65535), "<i4": Int32Array.of(-(2 ** 31), 2 ** 31 - 1), "<u4": Uint32Array.of(0, 2 ** 32 - 1),
    "<i8": BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n), "<u8": BigUint64Array.of(0n, 2n ** 64n - 1n),
    "<f4": Float32Array.of(-0, Infinity), "<f8": Float64Array.of(NaN, 5e-324),
  };
  for (const [dtype, data] of Object.entries(arrays)) {
    const back = decode(encode(data, "npy|gzip"), "npy|gzip");
    assert.equal(back.dtype, dtype);
    assert.deepEqual(back.data, data);
    assert.equal(back.data.constructor, data.constructor);
  }
});

test("a dtype may have the other byte order", () => {
  const encoded = encode({ data: Int32Array.of(1, -2), dtype: ">i4" }, "raw");
  assert.deepEqual([...encoded], [0, 0, 0, 1, 255, 255, 255, 254]);
  const back = decode(encoded, 'raw(">i4")');
  assert.equal(back.dtype, ">i4");
  assert.deepEqual(back.data, Int32Array.of(1, -2));
  // Bytes are in the order that the dtype says.
  assert.deepEqual(new NdArray({ data: encoded, dtype: ">i4" }).data, Int32Array.of(1, -2));
  assert.deepEqual(encode(back, "raw"), encoded);
});

test("what JavaScript has no type for is a view", () => {
  const half = new NdArray({ data: Uint16Array.of(0x3c00, 0xc000, 0x7c00, 1), dtype: "<f2" });
  assert.deepEqual([...half], [1, -2, Infinity, 2 ** -24]);
  const complex = new NdArray({ data: Float32Array.of(1, 2, 3, 4), dtype: "<c8" });
  assert.deepEqual(complex.shape, [2]);
  assert.deepEqual(complex.get(1), { re: 3, im: 4 });
  const times = new NdArray({ data: BigInt64Array.of(0n, 86_400n, -(2n ** 63n)), dtype: "<M8[s]" });
  assert.deepEqual(times.toDates(), [new Date(0), new Date(86_400_000), null]);
  const words = NdArray.from(["größer", "😀"]);
  assert.equal(words.dtype, "<U6");
  assert.deepEqual([...decode(encode(words, "npy"), "npy")], ["größer", "😀"]);
  const flags = NdArray.from([[true, false]]);
  assert.deepEqual([flags.dtype, flags.shape, flags.toNested()], ["|b1", [1, 2], [[true, false]]]);
});

test("a structured array has fields", () => {
  const dtype = "[('t', '<i4'), ('x', '>f8', (2,)), ('name', '<U2')]";
  const bytes = new DataView(new ArrayBuffer(2 * 28));
  for (const row of [0, 1]) {
    bytes.setInt32(row * 28, row + 7, true);
    bytes.setFloat64(row * 28 + 4, row + 0.5);
    bytes.setFloat64(row * 28 + 12, row + 0.25);
    bytes.setUint32(row * 28 + 20, 97 + row, true);
  }
  const table = decode(encode({ data: bytes, dtype }, "npy|zlib"), "npy|zlib");
  assert.deepEqual(table.fields, ["t", "x", "name"]);
  assert.deepEqual(table.field("t").data, Int32Array.of(7, 8));
  assert.deepEqual(table.field("x").toNested(), [[0.5, 0.25], [1.5, 1.25]]);
  assert.deepEqual(table.get(1), { t: 8, x: [1.5, 1.25], name: "b" });
  assert.throws(() => table.field("y"), /has no field `y`[^]*there are: t, x, name/);
});

test("Fortran order stays", () => {
  const x = { data: Float32Array.of(0, 3, 1, 4, 2, 5), shape: [2, 3], order: "F" };
  const y = decode(encode(x, "npy"), "npy");
  assert.equal(y.order, "F");
  assert.deepEqual(y.toNested(), [[0, 1, 2], [3, 4, 5]]);
  assert.deepEqual(y.toOrder("C").data, Float32Array.of(0, 1, 2, 3, 4, 5));
  assert.deepEqual(y.toOrder("C").toOrder("F").data, y.data);
});

test("a chain is checked before a byte moves, and the error points at its place", () => {
  assert.throws(() => new Chain("npy|zst(level=19)|base64"), (error) => {
    assert.ok(error instanceof NdcodecError);
    assert.equal(error.kind, "chain");
    assert.deepEqual(error.span, [4, 7]);
    assert.match(error.help, /did you mean `zstd`/);
    assert.match(error.message, /\^\^\^/);
    return true;
  });
  // Places are those of JavaScript's strings.
  assert.throws(() => new Chain("npy|😀"), (error) => error.span[0] === 4 && error.span[1] <= 6);
});

test("bad data are errors that name stage, kind and byte", () => {
  const encoded = encode(Float64Array.of(1, 2, 3), "npy|zstd");
  assert.throws(() => decode(encoded.subarray(0, -1), "npy|zstd"), (error) => error.kind === "truncated" && error.stage === "zstd");
  assert.throws(() => decode(encoded, "npy|zstd", { maxBytes: 100 }), (error) => error.kind === "limit" && error.limit === "maxBytes");
  assert.throws(() => decode("Zm9v!", "npy|base64"), (error) => error.stage === "base64" && error.offset === 4);
  assert.throws(() => decode(Uint8Array.of(1, 2, 3)), /cannot tell the chain/);
});

test("a header that is longer than usual is written and read when both are told", async () => {
  const names = Array.from({ length: 2000 }, (_, index) => String(index).padStart(200, "0"));
  const dtype = `[${names.map((name) => `('${name}', '<f8')`).join(", ")}]`;
  const array = { data: new Uint8Array(16000).fill(1), dtype, shape: [1] };
  const options = { maxHeader: 1 << 20 };
  const passed = (error) => error.kind === "limit" && error.limit === "maxHeader";
  for (const chain of ["npy|zstd", "npy|base64"]) {
    assert.throws(() => encode(array, chain), passed);
    const encoded = encode(array, chain, options);
    assert.throws(() => decode(encoded, chain), passed);
    assert.deepEqual(decode(encoded, chain, options).bytes, array.data);
  }
  assert.throws(() => encodeText(array, "npy|base64"), passed);
  const text = encodeText(array, "npy|base64", options);
  const layout = { dtype, shape: [1] };
  assert.throws(() => new Chain("npy").encode(array, { maxHeader: -1 }), /`maxHeader` is a number of bytes, not -1/);
  const stream = (given) => new Blob([array.data]).stream().pipeThrough(ndcodec.encodeStream("npy|base64", given));
  assert.equal(await new Response(stream({ ...layout, ...options })).text(), text);
  assert.throws(() => stream(layout), passed);
});

test("a stream without end is an error, and not all of memory", async () => {
  let given = 0;
  const endless = new ReadableStream({
    pull(controller) {
      given += 1;
      controller.enqueue(new Uint8Array(1 << 16));
    },
  });
  const decoded = endless.pipeThrough(ndcodec.decodeStream("npy|zstd", { maxBytes: 1000 }));
  const passed = (error) => error instanceof NdcodecError && error.kind === "limit" && error.limit === "maxBytes";
  await assert.rejects(new Response(decoded).arrayBuffer(), passed);
  assert.ok(given < 20, String(given));
});

test("misuse is said, with what to do", () => {
  const cases = [
    [() => encode({ data: Float64Array.of(1, 2, 3), shape: [2, 2] }, "npy"), /has 4 elements, and the data have 3/],
    [() => encode({ data: Float64Array.of(1), dtype: "<f4" }, "npy"), /Float64Array cannot hold elements of `<f4`[^]*Float32Array/],
    [() => encode(new ArrayBuffer(8), "npy"), /this is not an array/],
    [() => encode({ data: new ArrayBuffer(7), dtype: "<f8" }, "npy"), /7 bytes are not a whole number of elements/],
    [() => encode([[1, 2], [3]], "npy"), /different lengths/],
    [() => encode({ data: [1, 300], dtype: "|u1" }, "npy"), /300 is not a value of `\|u1`/],
    [() => decode(42, "npy"), /encoded data are bytes or a text/],
    [() => decode("", "npy", { maxBytes: -1 }), /`maxBytes` is a number of bytes, not -1/],
    [() => new NdArray({ data: Uint8Array.of(1), dtype: "<q9" }), /q9/],
    [() => NdArray.from(Uint8Array.of(1, 2)).get(2), /index 2 is not within dimension 0, which has 2/],
  ];
  for (const [run, message] of cases) {
    assert.throws(run, (error) => error instanceof NdcodecError && error.fault === "caller" && message.test(error.message), String(run));
  }
});

test("zero dimensions, and none of a length, are arrays too", () => {
  const scalar = decode(encode({ data: Float64Array.of(3), shape: [] }, "npy"), "npy");
  assert.deepEqual([scalar.shape, scalar.get(), scalar.toNested()], [[], 3, 3]);
  const empty = decode(encode({ data: new Float64Array(0), shape: [3, 0] }, "npy|zstd"), "npy|zstd");
  assert.deepEqual([empty.shape, empty.toNested()], [[3, 0], [[], [], []]]);
});

test("inspect reads the first bytes, detect names the chain", () => {
  const encoded = encode({ data: new Float32Array(1000), shape: [10, 100] }, "npy|gzip|base64");
  assert.equal(ndcodec.detect(encoded).chain, "npy|gzip|base64");
  const found = ndcodec.inspect(encoded.subarray(0, 200), "npy|gzip|base64");
  assert.deepEqual([found.dtype, found.shape, found.order, found.nbytes], ["<f4", [10, 100], "C", 4000]);
  assert.match(ndcodec.detect("data:;base64,AAAA").guess ?? ndcodec.detect("data:;base64,AAAA").pipeline ?? "dataurl", /base64|dataurl/);
});

test("chains say what they are made of", () => {
  const chain = new Chain("npy|zstd(level=3)|base64");
  assert.equal(chain.isText, true);
  assert.deepEqual(chain.stages.map((stage) => stage.name), ["npy", "zstd", "base64"]);
  const level = chain.stages[1].params.find((param) => param.name === "level");
  assert.deepEqual([level.value, level.isGiven], ["3", true]);
  assert.equal(String(new Chain("raw|zlib").resolve({ data: new Int16Array(6), shape: [2, 3] })), "raw(<i2,2x3)|zlib");
});

test("streams take and give pieces", async () => {
  const data = Float64Array.from({ length: 200_000 }, (_, index) => Math.sin(index / 100));
  const pieces = new ReadableStream({
    start(controller) {
      for (let at = 0; at < data.length; at += 7001) controller.enqueue(data.subarray(at, at + 7001));
      controller.close();
    },
  });
  const encoded = pieces.pipeThrough(ndcodec.encodeStream("npy|zstd|base64", { dtype: "<f8", shape: [200, 1000] }));
  let header;
  const decoded = encoded.pipeThrough(ndcodec.decodeStream("npy|zstd|base64", { onHeader: (found) => (header = found) }));
  const all = [];
  for await (const piece of decoded) all.push(piece);
  assert.ok(all.length > 1 && all.every((piece) => piece.length <= 256 * 1024));
  assert.deepEqual([header.dtype, header.shape], ["<f8", [200, 1000]]);
  assert.deepEqual(new Float64Array(await new Blob(all).arrayBuffer()), data);

  const bad = new Blob(["AAAA!"]).stream().pipeThrough(ndcodec.decodeStream("npy|base64"));
  await assert.rejects(async () => { for await (const _ of bad); }, NdcodecError);
});

test("a worker has the same", async () => {
  const code = `
    import { parentPort } from "node:worker_threads";
    import { decode, encodeText } from "ndcodec";
    parentPort.postMessage(decode(encodeText([1.5, 2.5], "npy|zstd|base64")).toNested());`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(code.replaceAll('"ndcodec"', JSON.stringify(import.meta.resolve("ndcodec"))))}`);
  const worker = new Worker(url);
  const answer = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  assert.deepEqual(answer, [1.5, 2.5]);
  await worker.terminate();
});

test("memory is given back, and chains go on", () => {
  const chain = new Chain("npy|zstd");
  const encoded = chain.encode(new Uint8Array(64 << 20));
  const most = ndcodec.memoryUsed();
  ndcodec.release();
  assert.ok(ndcodec.memoryUsed() < most / 4, `${ndcodec.memoryUsed()} of ${most}`);
  assert.equal(chain.decode(encoded).size, 64 << 20);
});
