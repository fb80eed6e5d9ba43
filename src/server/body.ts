// Bodies, from the socket to a value. Limits count what comes out of the decompressor, so that a small body cannot
// become a large one (a bomb is answered 413). Decompression runs off the event loop.
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { constants, createGunzip, createZstdDecompress, gunzip, zstdDecompress } from 'node:zlib';
import { AlchemiscaleError } from '../domain/errors.ts';
import { JsonError } from '../lib/json-error.ts';
import { parseJson, toPlain } from '../lib/json-value.ts';
import { InvalidInput } from './errors.ts';

const CHUNK_BYTES = 256 * 1024;
/** Bodies of a few kilobytes are the rule; a large output buffer would cost more than they do. */
const SMALL_BYTES = 16 * 1024;
/** A frame may ask for this much memory, log2; Python's compressor at its default level asks for 2 MiB. */
const ZSTD_WINDOW_LOG_MAX = 25;
export const ZSTD_LIMITS: { readonly params: Record<number, number> } = {
  params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
};

type Encoding = 'identity' | 'gzip' | 'zstd';

/** The whole body, decompressed. */
export async function readBytes(
  stream: Readable,
  headers: IncomingHttpHeaders,
  limit: number,
): Promise<Buffer> {
  const encoding = encodingOf(headers);
  if (Number(headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of piecesOf(stream) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, bytes);
  if (encoding === 'identity') return body;
  const options = {
    maxOutputLength: limit,
    chunkSize: bytes < SMALL_BYTES ? SMALL_BYTES : CHUNK_BYTES,
  };
  return new Promise((resolve, reject) => {
    const done = (cause: Error | null, bytes: Buffer): void =>
      cause === null ? resolve(bytes) : reject(decodingError(cause, limit));
    if (encoding === 'gzip') gunzip(body, options, done);
    else zstdDecompress(body, { ...options, ...ZSTD_LIMITS }, done);
  });
}

/** The body as it comes, decompressed; whoever reads it counts. */
export async function* readStream(
  stream: Readable,
  headers: IncomingHttpHeaders,
): AsyncGenerator<Uint8Array> {
  const encoding = encodingOf(headers);
  if (encoding === 'identity') {
    yield* piecesOf(stream);
    return;
  }
  const options = { chunkSize: CHUNK_BYTES };
  const decoder =
    encoding === 'gzip' ? createGunzip(options) : createZstdDecompress({ ...options, ...ZSTD_LIMITS });
  const leave = (error: Error): unknown => decoder.destroy(error);
  stream.on('error', leave).pipe(decoder);
  let unpacked = 0;
  try {
    for await (const piece of decoder as AsyncIterable<Uint8Array>) {
      unpacked += piece.length;
      refuseBomb(unpacked, decoder.bytesWritten);
      yield piece;
    }
  } catch (cause) {
    throw isZlibError(cause) ? decodingError(cause, 0) : cause;
  } finally {
    stream.off('error', leave).unpipe(decoder);
  }
}

/** Leaving early must not destroy the request, whose rest is still to be taken: see app.ts. */
function piecesOf(stream: Readable): AsyncIterable<Uint8Array> {
  return stream.iterator({ destroyOnReturn: false });
}

function encodingOf(headers: IncomingHttpHeaders): Encoding {
  const name = headers['content-encoding']?.trim().toLowerCase() || 'identity';
  if (name === 'identity' || name === 'gzip' || name === 'zstd') return name;
  throw new AlchemiscaleError(
    'UNREADABLE_BODY',
    `Content-Encoding '${name}' is not supported: use gzip or zstd`,
  );
}

/** True for what the decompressors throw: their codes are zlib's and zstd's own. */
function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^Z_|^ZSTD_/.test(String(error.code));
}

function decodingError(cause: unknown, limit: number): AlchemiscaleError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  return code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(limit) : unreadable(cause);
}

function unreadable(cause: unknown): AlchemiscaleError {
  return new AlchemiscaleError('UNREADABLE_BODY', 'There was an error parsing the body', { cause });
}

/** A result of gigabytes is a matter of minutes; a few hundred bytes that become one are no result. */
const MAX_RATIO = 1000;
const HARMLESS_BYTES = 64 * 1024 * 1024;

/** Throws BODY_TOO_LARGE for what unpacks to far more than results do: they shrink to a tenth, seldom to a hundredth. */
export function refuseBomb(unpackedBytes: number, packedBytes: number): void {
  if (unpackedBytes <= HARMLESS_BYTES || unpackedBytes <= MAX_RATIO * packedBytes) return;
  throw new AlchemiscaleError('BODY_TOO_LARGE', `The body unpacks to more than ${MAX_RATIO} times its size`, {
    facts: { limit: MAX_RATIO },
  });
}

/** The refusal that names the limit. */
export function tooLarge(limit: number): AlchemiscaleError {
  return new AlchemiscaleError('BODY_TOO_LARGE', `The body is over the limit of ${limit} bytes`, {
    facts: { limit },
  });
}

/** True when the body is said to be JSON; as in FastAPI a body that is not said to be is not looked at. */
export function isJson(contentType: string): boolean {
  const [type = ''] = contentType.split(';');
  return /^application\/(?:[^/]+\+)?json$/i.test(type.trim());
}

/** The longest lists that a route takes, of keys as objects, have 600,000. */
const MAX_VALUES = 1_000_000;

/** Parses Python's JSON dialect: NaN and Infinity are numbers, integers beyond 2^53 are bigints. */
export function parseBody(bytes: Uint8Array): unknown {
  const { values, hasLongNumber } = survey(bytes);
  if (values > MAX_VALUES) {
    throw new AlchemiscaleError('BODY_TOO_LARGE', `The body is over the limit of ${MAX_VALUES} JSON values`, {
      facts: { limit: MAX_VALUES },
    });
  }
  const text = decodeText(bytes);
  try {
    if (!hasLongNumber) return JSON.parse(text);
  } catch {
    // The slower parser knows the dialect, and the place of what is wrong.
  }
  if (bytes.length > MAX_SLOW_BYTES) {
    throw new AlchemiscaleError(
      'BODY_TOO_LARGE',
      `The body is not plain JSON, or has integers of 16 digits; such bodies have a limit of ${MAX_SLOW_BYTES} bytes`,
      { facts: { limit: MAX_SLOW_BYTES } },
    );
  }
  try {
    return toPlain(parseJson(text));
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    const problem = {
      type: 'json_invalid',
      loc: ['body', cause.offset],
      msg: 'JSON decode error',
      input: {},
      ctx: { error: inPythonsWords(cause.message) },
    };
    throw new InvalidInput([problem], { cause });
  }
}

/** The slower parser takes 0.1 s for this, in which nothing else is answered. */
const MAX_SLOW_BYTES = 4 * 1024 * 1024;

/**
 * What can be known at the speed of memory. A value may take two bytes of text and a hundred of memory: 64 MiB of brackets
 * would hold the process for a minute and take 2 GB; those in strings are counted too, nobody has that many. And where
 * a number of 16 digits begins, JSON.parse could round.
 */
function survey(bytes: Uint8Array): { readonly values: number; readonly hasLongNumber: boolean } {
  let values = 0;
  let digits = 0;
  let hasLongNumber = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === COMMA || byte === BRACKET || byte === BRACE) values++;
    if (byte < ZERO || byte > NINE) digits = 0;
    else if (++digits === LONG_NUMBER_DIGITS) hasLongNumber ||= startsNumber(bytes, at - digits);
  }
  return { values, hasLongNumber };
}
const [COMMA, BRACKET, BRACE, COLON, MINUS] = [0x2c, 0x5b, 0x7b, 0x3a, 0x2d];
const [ZERO, NINE] = [0x30, 0x39];
const LONG_NUMBER_DIGITS = 16;

/** True when what stands before the digits, up to `at`, lets them be a number and no part of a string. */
function startsNumber(bytes: Uint8Array, at: number): boolean {
  let before = bytes[at] === MINUS ? at - 1 : at;
  while (before >= 0 && isSpace(bytes[before] as number)) before--;
  const byte = bytes[before];
  return byte === undefined || byte === COMMA || byte === BRACKET || byte === COLON;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function inPythonsWords(message: string): string {
  if (message.startsWith('expected a value')) return 'Expecting value';
  if (message.startsWith('expected a name')) return 'Expecting property name enclosed in double quotes';
  if (message.startsWith("expected ','")) return "Expecting ',' delimiter";
  if (message.startsWith("expected ':'")) return "Expecting ':' delimiter";
  if (message.startsWith('unterminated string')) return 'Unterminated string starting at';
  if (message.startsWith('expected the end')) return 'Extra data';
  return message;
}

/** The fields of a URL-encoded form; of a repeated one the last. Any other body has no fields. */
export function parseForm(bytes: Uint8Array, contentType: string): Record<string, string> {
  const [type = ''] = contentType.split(';');
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded') return {};
  return Object.fromEntries(new URLSearchParams(decodeText(bytes)));
}
