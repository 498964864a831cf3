// TransformStreams both ways.
import { chainOf, taken } from "./chain.js";
import { bytesOf, describe } from "./dtype.js";
import { call, current } from "./engine.js";
import { NdcodecError } from "./error.js";
import { limitsOf, maxHeaderOf } from "./limits.js";

const PIECE = 256 * 1024;
/** The most bytes of an array, if nothing else is said. */
const MAX_BYTES = 2 ** 30;

/**
 * Takes the elements of an array in pieces (typed arrays or bytes, little-endian), and gives encoded bytes.
 *
 * Codecs that stream need bounded memory; filters and containers that see a whole array collect it.
 */
export function encodeStream(chain, { dtype, shape, order = "C", maxHeader }) {
  let encoder;
  let engine;
  return new TransformStream({
    start() {
      // As `encode` has it: pieces are in the byte order of the dtype.
      describe(dtype);
      engine = current();
      const most = maxHeaderOf({ maxHeader });
      encoder = chainOf(chain).handle((handle) => handle.encoder(dtype, Float64Array.from(shape), order === "F", most));
    },
    transform(piece, controller) {
      give(controller, call(engine, () => encoder.push(bytesOf(piece))));
    },
    flush(controller) {
      give(controller, call(engine, () => encoder.finish()));
    },
  });
}

/**
 * Takes encoded bytes (or texts) in pieces, and gives the elements in pieces of at most 256 KiB, in the byte order of the dtype.
 *
 * The encoded bytes are held until the last has come, up to four times `maxBytes`: decoders ask for bytes, and a module cannot wait for
 * them. The elements are never held as a whole where the codecs stream.
 * `onHeader` is called with `{chain, dtype, shape, order}` before the first piece.
 */
export function decodeStream(chain, { onHeader, ...options } = {}) {
  const limits = limitsOf(options);
  const maxBytes = Number.isNaN(limits[0]) ? MAX_BYTES : limits[0];
  const most = 4 * maxBytes + PIECE;
  const pieces = [];
  let length = 0;
  return new TransformStream({
    transform(piece) {
      const bytes = taken(piece).slice();
      length += bytes.length;
      if (length > most) throw tooLong(most, maxBytes);
      pieces.push(bytes);
    },
    async flush(controller) {
      const engine = current();
      const encoded = joined(pieces.splice(0), length);
      const decoder = chainOf(chain).handle((handle) => handle.decoder(encoded, limits));
      try {
        const header = call(engine, () => decoder.header());
        onHeader?.({ ...header, dtype: header.dtype.text, info: header.dtype });
        for (;;) {
          const piece = call(engine, () => decoder.pull(PIECE));
          if (piece.length === 0) break;
          controller.enqueue(piece);
          // A reader that is slower than this gets its turn.
          while (controller.desiredSize !== null && controller.desiredSize <= 0) await turn();
        }
      } finally {
        decoder.free();
      }
    },
    // One piece may wait to be read.
  }, undefined, { highWaterMark: 1 });
}

/** No chain needs so many bytes for an array within the limit: as hexadecimal text of hexadecimal text it has four times its own. */
function tooLong(most, maxBytes) {
  const help = "raise `maxBytes`, if the data are from somebody you trust";
  const message = `the encoded data have more than ${most} bytes, which is more than an array of ${maxBytes} bytes needs\nhelp: ${help}`;
  return new NdcodecError({ message, help, kind: "limit", fault: "limit", limit: "maxBytes" });
}

function give(controller, bytes) {
  if (bytes.length > 0) controller.enqueue(bytes);
}

function turn() {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function joined(pieces, length) {
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
