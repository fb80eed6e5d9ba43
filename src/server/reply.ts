// Answers: JSON, gzip'ed when that pays and the client takes it. Python clients parse every answer, so there is always
// a document, `null` if need be, and always of type application/json (of another type they might guess the charset).
import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createGzip, gzip, gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';
import { writeFloat } from '../lib/json-write.ts';

/** JSON text that a handler wrote itself: bytes, or pieces of which `bytes` is the least total size. */
export type JsonText = Uint8Array | { readonly bytes: number; readonly pieces: AsyncIterable<Uint8Array> };

/** Below this gzip costs more than it saves; the original's figures. */
const MIN_GZIP_BYTES = 1000;
const GZIP = { level: 5 };
/**
 * What comes in pieces are stored results: compressed bytes, in which there are no repeats to find, spelled in UTF-8,
 * whose first bytes are skewed. Huffman coding alone takes a fifth of the time for 13 % more.
 */
const GZIP_PIECES = { strategy: constants.Z_HUFFMAN_ONLY };
/** Up to this size compressing takes well under a millisecond, less than handing it to another thread. */
const MAX_SYNC_BYTES = 16 * 1024;
const PIECE_BYTES = 256 * 1024;

const gzipAsync = promisify<Uint8Array, typeof GZIP, Buffer>(gzip);

/** Writes a value as compact JSON. */
export type JsonWriter = (value: unknown) => string;

/**
 * The writer for answers of this shape. Where it has floats they are written as Python writes them, 1 as `1.0`: Python's
 * clients hand out what they parse, and there `1` would be an integer.
 */
export function writerFor(schema: TSchema): JsonWriter {
  const types = new Set(typesIn(schema));
  if (!types.has('number')) return stringify;
  if (types.has('integer')) throw new TypeError('no writer for answers with both floats and integers');
  return value =>
    JSON.stringify(value, (_, member) => (typeof member === 'number' ? rawJSON(writeFloat(member)) : member));
}

function* typesIn(schema: unknown): Generator<unknown> {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [name, member] of Object.entries(schema)) {
    if (name === 'type' && typeof member === 'string') yield member;
    else yield* typesIn(member);
  }
}

/** Sends JSON. */
export function sendJson(request: FastifyRequest, reply: FastifyReply, text: string): Promise<FastifyReply> {
  return sendText(request, reply, Buffer.from(text));
}

/** Sends JSON text as it is. */
export async function sendText(
  request: FastifyRequest,
  reply: FastifyReply,
  text: JsonText,
): Promise<FastifyReply> {
  reply.header('content-type', 'application/json');
  const isBytes = text instanceof Uint8Array;
  if ((isBytes ? text.length : text.bytes) >= MIN_GZIP_BYTES) {
    reply.header('vary', 'Accept-Encoding');
    if (acceptsGzip(request)) {
      reply.header('content-encoding', 'gzip');
      if (!isBytes) {
        return reply.send(
          pipeline(
            Readable.from(text.pieces),
            createGzip({ ...GZIP_PIECES, chunkSize: PIECE_BYTES }),
            () => {},
          ),
        );
      }
      return reply.send(text.length <= MAX_SYNC_BYTES ? gzipSync(text, GZIP) : await gzipAsync(text, GZIP));
    }
  }
  return reply.send(isBytes ? asBuffer(text) : Readable.from(text.pieces, { objectMode: false }));
}

/** True when the client says that it takes gzip. An empty header, which Python clients send, means that it does not. */
export function acceptsGzip(request: FastifyRequest): boolean {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  const match = /(?:^|[,\s])(?:gzip|\*)\s*(?:;\s*q=([0-9.]+)\s*)?(?:,|$)/i.exec(accepted);
  return match !== null && Number(match[1] ?? 1) > 0;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Not yet among TypeScript's declarations. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Priorities beyond 2^53. Only they pay for the slower way.
    return JSON.stringify(value, (_, member) =>
      typeof member === 'bigint' ? rawJSON(member.toString()) : member,
    );
  }
}

/** The inside of a JSON string that stands for the bytes, one code point each. */
export function latin1Inside(bytes: Uint8Array): Buffer {
  return Buffer.from(JSON.stringify(asBuffer(bytes).toString('latin1')).slice(1, -1));
}
