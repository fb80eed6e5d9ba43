// Reads a backup. First the whole file is compared with the hash behind it: what is damaged or cut off is refused before anything
// of it is believed. Then its lines are handed out as they come, in bounded memory.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createZstdDecompress } from 'node:zlib';
import { TRANSFER_KINDS } from '../store/slices/transfer.ts';
import type { TransferKind, TransferPage, TransferRecord } from '../store/state-store.ts';
import {
  type BodyEndLine,
  type BodyLine,
  type EndLine,
  explained,
  FORMAT,
  type Header,
  refusedFile,
  SEAL_BYTES,
  sealOf,
  VERSION,
} from './backup-format.ts';
import { ByteReader } from './byte-reader.ts';
import type { CopyOptions } from './copy-records.ts';
import type { RecordSource } from './source.ts';

/** A backup that is whole. */
export interface BackupFile {
  readonly header: Header;
  readonly end: EndLine;
  readonly source: RecordSource;
  /** The bodies of results; `chunks` must be read before the next one is asked for. */
  bodies(): AsyncIterable<BodyInFile>;
}

export interface BodyInFile {
  readonly location: string;
  readonly size: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The SHA-256 of the chunks, after which none is left; null for a body that could not be read when the backup was made. */
  readonly sha256: () => Promise<string | null>;
}

/** More than one block of compressed data, and than any first line. */
const HEAD_BYTES = 1 << 20;

/** What the first line says, which nobody has compared with anything yet. Throws BAD_REQUEST for a file that is none. */
export async function readHeader(path: string): Promise<Header> {
  const file = await openFile(path);
  await file.close();
  // Its own words are about JSON and zstd.
  return headerOf(path, new LineReader(path, HEAD_BYTES), cause => refusedFile(path, DAMAGED, cause));
}

/** How a store that is being filled from a backup names it. */
export function sourceName({ id }: Header): string {
  return `backup ${id}`;
}

/** Looks a backup over. Throws BAD_REQUEST for a file that is none, or damaged, or newer than the program. */
export async function openBackup(path: string, options: CopyOptions): Promise<BackupFile> {
  const size = await checkSeal(path, options);
  const read = (): LineReader => new LineReader(path, size);
  const header = await headerOf(path, read());
  const end = await findEnd(path, read, options);
  const source: RecordSource = {
    name: sourceName(header),
    keepsBytes: header.keepsBytes,
    total: Object.values(end.counts).reduce((sum, n) => sum + n, 0) - end.counts.action - end.counts.result,
    pages: (kinds = TRANSFER_KINDS) => readPages(read(), kinds),
  };
  return { header, end, source, bodies: () => readBodies(path, read()) };
}

async function headerOf(
  path: string,
  reader: LineReader,
  refusal: (cause: unknown) => unknown = cause => cause,
): Promise<Header> {
  const first = reader.next(HEAD_BYTES).catch((cause: unknown) => {
    throw refusal(cause);
  });
  const header = (await first.finally(() => reader.close())) as unknown as Header | null;
  if (header?.format !== FORMAT) throw refusedFile(path, 'is no backup of alchemiscale');
  if (header.version > VERSION) {
    throw refusedFile(
      path,
      `has version ${header.version} of the format, this program knows ${VERSION}: update it`,
    );
  }
  return header;
}

/** Opens a file, and nothing else. */
async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await open(path);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    throw explained(path, 'read', error);
  }
  throw refusedFile(path, 'is no file: name the backup itself');
}

const DAMAGED = 'is no backup, or it is damaged or cut off: nothing of it was used';

async function checkSeal(path: string, options: CopyOptions): Promise<number> {
  const file = await openFile(path);
  try {
    const content = (await file.stat()).size - SEAL_BYTES;
    if (content > 0 && (await hasSeal(file, content, options))) return content;
  } catch (error) {
    throw explained(path, 'read', error);
  } finally {
    await file.close();
  }
  throw refusedFile(path, DAMAGED);
}

async function hasSeal(
  file: FileHandle,
  content: number,
  { onProgress, signal }: CopyOptions,
): Promise<boolean> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(1 << 20);
  for (let at = 0; at < content; ) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, content - at), at);
    if (bytesRead === 0) return false;
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
    onProgress({ stage: 'checking the file', done: at, total: content });
  }
  const seal = Buffer.alloc(SEAL_BYTES);
  await file.read(seal, 0, SEAL_BYTES, content);
  return seal.equals(sealOf(hash.digest()));
}

type Line = Readonly<Record<string, unknown>>;

/** The lines of a backup; after one with `bytes`, these are taken or left. */
class LineReader {
  readonly #path: string;
  readonly #stream: ReturnType<typeof createReadStream>;
  readonly #reader: ByteReader;
  /** Bytes of the line that have not been taken; null when there are none, and no line feed behind them. */
  #left: number | null = null;

  constructor(path: string, size: number) {
    this.#path = path;
    this.#stream = createReadStream(path, { end: size - 1, highWaterMark: 1 << 20 });
    const zstd = createZstdDecompress();
    this.#stream.on('error', error => zstd.destroy(error));
    this.#reader = new ByteReader(this.#stream.pipe(zstd));
  }

  /** Null behind the last. What was left of the bytes of the one before is passed over. */
  async next(most?: number): Promise<Line | null> {
    return this.#guarded(async () => {
      for await (const _ of this.chunks());
      const text = await this.#reader.line(most);
      if (text === null) return null;
      const line = JSON.parse(text) as Line;
      this.#left = typeof line.bytes === 'number' ? line.bytes : null;
      return line;
    });
  }

  /** The bytes that belong to the line. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    while (this.#left !== null && this.#left > 0) {
      const chunk = await this.#reader.some(this.#left);
      if (chunk === null) throw new Error('it ends in the middle');
      this.#left -= chunk.length;
      yield chunk;
    }
    if (this.#left === 0) await this.#reader.line();
    this.#left = null;
  }

  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.chunks()) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw refusedFile(this.#path, `cannot be read: ${why}`, cause);
    }
  }

  async close(): Promise<void> {
    this.#stream.destroy();
    await this.#reader.close();
  }
}

async function findEnd(
  path: string,
  read: () => LineReader,
  { onProgress, signal }: CopyOptions,
): Promise<EndLine> {
  const reader = read();
  try {
    let last: Line | null = null;
    let done = 0;
    for (let line = await reader.next(); line !== null; line = await reader.next()) {
      last = line;
      signal.throwIfAborted();
      if (++done % 1000 === 0) onProgress({ stage: 'reading the file', done, total: null });
    }
    if (last?.kind === 'end') return last as unknown as EndLine;
  } finally {
    await reader.close();
  }
  throw refusedFile(path, 'has no end: it was not finished');
}

const RECORDS_AT_ONCE = 500;
const BYTES_AT_ONCE = 4 << 20;

async function* readPages(reader: LineReader, kinds: readonly TransferKind[]): AsyncGenerator<TransferPage> {
  const known: readonly unknown[] = TRANSFER_KINDS;
  try {
    let records: TransferRecord[] = [];
    let size = 0;
    const page = (): TransferPage => ({ records, next: null, notes: [] });
    await reader.next();
    for (
      let line = await reader.next();
      line !== null && known.includes(line.kind);
      line = await reader.next()
    ) {
      if (!kinds.includes(line.kind as TransferKind)) continue;
      const record = 'bytes' in line ? { ...line, bytes: await reader.bytes() } : line;
      records.push(record as unknown as TransferRecord);
      size += Number(line.bytes ?? 0);
      if (records.length < RECORDS_AT_ONCE && size < BYTES_AT_ONCE) continue;
      yield page();
      records = [];
      size = 0;
    }
    if (records.length > 0) yield page();
  } finally {
    await reader.close();
  }
}

async function* readBodies(path: string, reader: LineReader): AsyncGenerator<BodyInFile> {
  try {
    for (let line = await reader.next(); line !== null; line = await reader.next()) {
      if (line.kind !== 'body') continue;
      const { location, bytes } = line as unknown as BodyLine;
      const readEnd = async (): Promise<string | null> => {
        const end = (await reader.next()) as unknown as BodyEndLine | null;
        if (end?.kind !== 'body-end') throw refusedFile(path, `has no end of ${location}`);
        return end.sha256;
      };
      let end: Promise<string | null> | null = null;
      yield {
        location,
        size: bytes,
        chunks: reader.chunks(),
        sha256() {
          end ??= readEnd();
          return end;
        },
      };
    }
  } finally {
    await reader.close();
  }
}
