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
  try {
    yield* decoder as AsyncIterable<Uint8Array>;
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

/** Where a number of more than 15 digits may stand: there JSON.parse could round. */
const LARGE_NUMBER = /(?:^|[:,[])\s*-?\d{16}/;

/** The longest lists that a route takes, of keys as objects, have 600,000. */
const MAX_VALUES = 1_000_000;

/** Parses Python's JSON dialect: NaN and Infinity are numbers, integers beyond 2^53 are bigints. */
export function parseBody(bytes: Uint8Array): unknown {
  checkValues(bytes);
  const text = decodeText(bytes);
  try {
    if (!LARGE_NUMBER.test(text)) return JSON.parse(text);
  } catch {
    // The slower parser knows the dialect, and the place of what is wrong.
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

/**
 * A value may take two bytes of text and a hundred of memory: 64 MiB of brackets would hold the process for a minute and
 * take 2 GB. Those in strings are counted too; nobody has that many.
 */
function checkValues(bytes: Uint8Array): void {
  if (bytes.length <= MAX_VALUES) return;
  let values = 0;
  for (const byte of bytes) if (byte === COMMA || byte === BRACKET || byte === BRACE) values++;
  if (values <= MAX_VALUES) return;
  throw new AlchemiscaleError('BODY_TOO_LARGE', `The body is over the limit of ${MAX_VALUES} JSON values`, {
    facts: { limit: MAX_VALUES },
  });
}
const [COMMA, BRACKET, BRACE] = [0x2c, 0x5b, 0x7b];

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
