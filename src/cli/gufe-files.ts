// Files of gufe objects: read from a path or standard input, plain or compressed, and written whole or not at all.
import { createReadStream } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { getHeapStatistics } from 'node:v8';
import { gzipSync } from 'node:zlib';
import { AlchemiscaleError } from '../domain/errors.ts';
import { decodeKeyedChainStream } from '../gufe/chain-stream.ts';
import { GufeError } from '../gufe/error.ts';
import { decodeGufe } from '../gufe/forms.ts';
import type { GufeObject } from '../gufe/values.ts';
import { DecompressError, decompressed } from '../lib/decompress-stream.ts';
import { nodeZstd } from '../lib/zstd.ts';
import { MisuseError } from './errors.ts';

const PIECE_BYTES = 1024 * 1024;
/** What is not a keyed chain in JSON is read as a whole. */
const MAX_WHOLE_BYTES = 2 ** 30;

/**
 * A user's own files are no stranger's: as many values are read as there is memory for, and each takes about 170 bytes. (A full
 * dict of 10,000 transformations between small molecules has 25 million.)
 */
export const OWN_FILES = {
  maxValues: Math.max(10_000_000, Math.trunc(getHeapStatistics().heap_size_limit / 180)),
} as const;

/** What a file is called in messages. */
export function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/** The bytes of a file as they are; `-` is standard input. */
export async function* openFile(path: string): AsyncGenerator<Uint8Array> {
  const source = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: PIECE_BYTES });
  try {
    for await (const piece of source) yield piece as Uint8Array;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    if (code === 'ENOENT') throw new MisuseError(`There is no file '${path}'.`);
    if (code === 'EISDIR') throw new MisuseError(`'${path}' is a folder; a file is wanted.`);
    throw new MisuseError(path === '-' ? `${nameOf(path)}: ${message}.` : `'${path}': ${message}.`);
  }
}

/** The object in a file of any of gufe's forms, plain, gzip or zstd. A keyed chain in JSON is never held as a whole. */
export function readObjectFile(path: string): Promise<GufeObject> {
  return readFileByForm(path, {
    jsonChain: pieces => decodeKeyedChainStream(pieces, OWN_FILES),
    other: bytes => decodeGufe(bytes, OWN_FILES),
  });
}

/** How to read what is in a file: both get it without its compression. */
export interface FormReaders<T> {
  /** A keyed chain as JSON, in pieces. */
  readonly jsonChain: (pieces: AsyncIterable<Uint8Array>) => Promise<T>;
  /** A full dict as JSON, or MessagePack, or what is no gufe object at all. */
  readonly other: (bytes: Uint8Array) => T;
}

/** Reads a file by what it begins with, plain, gzip or zstd; errors name the file. */
export async function readFileByForm<T>(path: string, { jsonChain, other }: FormReaders<T>): Promise<T> {
  try {
    const pieces = decompressed(openFile(path));
    const head = await takeHead(pieces);
    const all = resumed(head, pieces);
    return firstCharacter(head) === '[' ? await jsonChain(all) : other(await readWhole(all));
  } catch (error) {
    throw inFile(path, error);
  }
}

/** The text of a file, plain, gzip or zstd. */
export async function readTextFile(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readBytesFile(path));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new GufeError(`${nameOf(path)}: the file is no text in UTF-8`, { cause });
  }
}

/** The bytes of a file without their compression. */
export async function readBytesFile(path: string): Promise<Uint8Array> {
  try {
    return await readWhole(decompressed(openFile(path)));
  } catch (error) {
    throw inFile(path, error);
  }
}

/** The same error with the name of the file. */
export function inFile(path: string, error: unknown): unknown {
  if (error instanceof DecompressError)
    return new GufeError(`${nameOf(path)}: ${error.message}`, { cause: error });
  if (!(error instanceof GufeError)) return error;
  const [offset, line, entry] = [error.offset ?? undefined, error.line ?? undefined, error.path ?? undefined];
  return new GufeError(`${nameOf(path)}: ${error.message}`, { cause: error, offset, line, path: entry });
}

/** As much as it takes to see what the text begins with. */
async function takeHead(pieces: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (firstCharacter(head) === '') {
    const next = await pieces.next();
    if (next.done === true) break;
    // Blanks before the text are not needed.
    head = next.value;
  }
  return head;
}

function firstCharacter(bytes: Uint8Array): string {
  const first = bytes.find(byte => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09);
  return first === undefined ? '' : String.fromCharCode(first);
}

async function* resumed(head: Uint8Array, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* pieces;
}

async function readWhole(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    parts.push(piece);
    size += piece.length;
    if (size > MAX_WHOLE_BYTES) {
      throw new GufeError(`over ${MAX_WHOLE_BYTES} bytes; only a keyed chain in JSON can be larger`);
    }
  }
  return Buffer.concat(parts);
}

/** Writes a file under another name and then gives it its own. JSON whose file's name ends in .gz or .zst is compressed. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    await writeFile(temporary, typeof content === 'string' ? compressedFor(path, content) : content);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    const why = (cause as Error).message;
    throw new AlchemiscaleError('INVALID_BODY', `'${path}' cannot be written: ${why}`, { cause });
  }
}

function compressedFor(path: string, text: string): Uint8Array | string {
  if (path.endsWith('.gz')) return gzipSync(text);
  const zstd = path.endsWith('.zst') ? nodeZstd() : null;
  // With its size in the header, without which Python's readers refuse a frame.
  return zstd === null ? text : zstd.compress(new TextEncoder().encode(text));
}
