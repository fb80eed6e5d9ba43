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
  FORMAT,
  type Header,
  refusedFile,
  SEAL_BYTES,
  sealOf,
  VERSION,
} from './backup-format.ts';
import { ByteReader } from './byte-reader.ts';
import type { OnProgress } from './progress.ts';
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
  /** Once the chunks have been read: their SHA-256; null for a body that could not be read when the backup was made. */
  readonly sha256: () => Promise<string | null>;
}

/** Looks a backup over. Throws BAD_REQUEST for a file that is none, or damaged, or newer than the program. */
export async function openBackup(path: string, onProgress: OnProgress): Promise<BackupFile> {
  const size = await checkSeal(path, onProgress);
  const read = (): LineReader => new LineReader(path, size);
  const first = read();
  const header = (await first.next()) as unknown as Header | null;
  await first.close();
  if (header?.format !== FORMAT) throw refusedFile(path, 'is no backup of alchemiscale');
  if (header.version > VERSION) {
    throw refusedFile(
      path,
      `has version ${header.version} of the format, this program knows ${VERSION}: update it`,
    );
  }
  const end = await findEnd(path, read, onProgress);
  const source: RecordSource = {
    name: `backup ${header.id}`,
    keepsBytes: header.keepsBytes,
    total: Object.values(end.counts).reduce((sum, n) => sum + n, 0) - end.counts.action - end.counts.result,
    pages: (kinds = TRANSFER_KINDS) => readPages(read(), kinds),
  };
  return { header, end, source, bodies: () => readBodies(path, read()) };
}

async function checkSeal(path: string, onProgress: OnProgress): Promise<number> {
  const file = await open(path).catch((cause: Error) => {
    throw refusedFile(path, `cannot be read: ${cause.message}`, cause);
  });
  try {
    const { size } = await file.stat();
    const content = size - SEAL_BYTES;
    if (content > 0 && (await hasSeal(file, content, size, onProgress))) return content;
  } finally {
    await file.close();
  }
  throw refusedFile(path, 'is no backup, or it is damaged or cut off: nothing of it was used');
}

async function hasSeal(
  file: FileHandle,
  content: number,
  size: number,
  onProgress: OnProgress,
): Promise<boolean> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(1 << 20);
  for (let at = 0; at < content; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, content - at), at);
    if (bytesRead === 0) return false;
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
    onProgress({ stage: 'checking the file', done: at, total: size });
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
  async next(): Promise<Line | null> {
    return this.#guarded(async () => {
      for await (const _ of this.chunks());
      const text = await this.#reader.line();
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

async function findEnd(path: string, read: () => LineReader, onProgress: OnProgress): Promise<EndLine> {
  const reader = read();
  try {
    let last: Line | null = null;
    let done = 0;
    for (let line = await reader.next(); line !== null; line = await reader.next()) {
      last = line;
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
      yield {
        location,
        size: bytes,
        chunks: reader.chunks(),
        async sha256() {
          const end = (await reader.next()) as unknown as BodyEndLine | null;
          if (end?.kind !== 'body-end') throw refusedFile(path, `has no end of ${location}`);
          return end.sha256;
        },
      };
    }
  } finally {
    await reader.close();
  }
}
