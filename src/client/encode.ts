// How values become bytes on the wire and back: JSON text whose integers may exceed 2^53, bytes as latin-1 text, gzip.
import { AlchemiscaleError } from '../domain/errors.ts';
import { parseJson, toPlain } from '../lib/json-value.ts';

/** A body that is sent as it is; a function is called once for each try. */
export interface EncodedBody {
  readonly contentEncoding?: 'gzip';
  readonly content: Uint8Array<ArrayBuffer> | (() => ReadableStream<Uint8Array>);
}

/** Node's zlib, where there is one; a browser has CompressionStream instead. */
const nodeZlib = globalThis.process?.getBuiltinModule?.('node:zlib');

/** What the original's clients use; a network shrinks by a factor of 10 to 20 at any level. */
const DEFAULT_GZIP_LEVEL = 5;

/** True where `fetch` can send a body that is made while it is sent. */
export const CAN_STREAM_BODIES: boolean = nodeZlib !== undefined;

/** The gzip form of `bytes`. The level is a wish: browsers have only one. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>, level: number): Promise<Uint8Array<ArrayBuffer>> {
  if (nodeZlib === undefined) {
    const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }
  const zlib = nodeZlib;
  return new Promise((resolve, reject) => {
    zlib.gzip(bytes, { level }, (error, zipped) => (error ? reject(error) : resolve(zipped)));
  });
}

/** A body made from pieces while it is sent, gzipped at `level` or, for null, as it is. Node only. */
export function streamBody(
  pieces: AsyncIterable<Uint8Array>,
  level: number | null,
): ReadableStream<Uint8Array> {
  const stream = globalThis.process?.getBuiltinModule?.('node:stream');
  if (nodeZlib === undefined || stream === undefined)
    throw new TypeError('bodies can be streamed on Node only');
  const source = stream.Readable.from(pieces, { objectMode: false });
  // A failure reaches whoever reads the end of the pipeline, hence no callback of its own.
  const end = level === null ? source : stream.pipeline(source, nodeZlib.createGzip({ level }), () => {});
  return stream.Readable.toWeb(end) as ReadableStream<Uint8Array>;
}

/** The level that `compress` asks for, or null for none. Throws BAD_REQUEST outside 0..9. */
export function gzipLevel(compress: boolean | number): number | null {
  if (typeof compress === 'boolean') return compress ? DEFAULT_GZIP_LEVEL : null;
  if (Number.isInteger(compress) && compress >= 0 && compress <= 9) return compress;
  throw new AlchemiscaleError(
    'BAD_REQUEST',
    `compress must be true, false or a level from 0 to 9; got ${compress}`,
  );
}

/** JSON text around bytes that already are JSON text. */
export function concatJson(...parts: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const pieces = parts.map(part => (typeof part === 'string' ? new TextEncoder().encode(part) : part));
  const joined = new Uint8Array(pieces.reduce((length, piece) => length + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.byteLength;
  }
  return joined;
}

/** JSON text of a body; a bigint is written as a plain integer. */
export function toJson(value: unknown): string {
  const integers: string[] = [];
  const text = JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'bigint') return inner;
    integers.push(String(inner));
    return INTEGER_MARK;
  });
  return integers.length === 0 ? text : text.replaceAll(QUOTED_MARK, () => integers.shift() ?? '');
}

// Not JSON.rawJSON: browsers learned it only lately. Keys, scopes and status words cannot hold this text.
const INTEGER_MARK = '\u0001integer\u0001';
const QUOTED_MARK = JSON.stringify(INTEGER_MARK);

/** Reads an answer. Integers that a double would change become bigint (priorities go up to 2^63-1). */
export function fromJson(text: string): unknown {
  return HAS_LONG_NUMBER.test(text) ? toPlain(parseJson(text)) : JSON.parse(text);
}

// The lossless parser is some ten times slower; nearly no answer has a number that long.
const HAS_LONG_NUMBER = /(?:^|[[:,\s])-?\d{16}/;

/**
 * The inside of the JSON string that stands for `bytes`, as UTF-8 (half as long as with ASCII escapes, and any JSON
 * reader takes it). 15 ms per MB.
 */
export function latin1Json(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const json = new Uint8Array(bytes.length * LONGEST_ESCAPE);
  let at = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte >= 0x80) {
      json[at++] = 0xc0 | (byte >> 6);
      json[at++] = 0x80 | (byte & 0x3f);
    } else if (byte < 0x20) {
      json.set(CONTROL_ESCAPE, at);
      json[at + 4] = ZERO + (byte >> 4);
      json[at + 5] = HEX_DIGITS[byte & 0xf] as number;
      at += LONGEST_ESCAPE;
    } else {
      if (byte === QUOTE || byte === BACKSLASH) json[at++] = BACKSLASH;
      json[at++] = byte;
    }
  }
  return json.subarray(0, at);
}

const [QUOTE, BACKSLASH, ZERO] = [0x22, 0x5c, 0x30];
const HEX_DIGITS = new TextEncoder().encode('0123456789abcdef');
const CONTROL_ESCAPE = new TextEncoder().encode('\\u0000');
const LONGEST_ESCAPE = CONTROL_ESCAPE.length;
