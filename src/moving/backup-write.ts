// Writes a backup: of one moment, while servers go on. It comes into being under another name and gets its own when it is whole.
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { constants, createZstdCompress } from 'node:zlib';
import type { ObjectStore } from '../objects/object-store.ts';
import type { StateStore, TransferRecord } from '../store/state-store.ts';
import {
  type BodyEndLine,
  type BodyLine,
  type EndLine,
  explained,
  FORMAT,
  type Header,
  sealOf,
  VERSION,
} from './backup-format.ts';
import { type BodiesMoved, BodyCount, type FoundBody, findBody, isDamage, listBodies } from './bodies.ts';
import type { CopyOptions } from './copy-records.ts';
import { NoteList, type Notes } from './notes.ts';
import { createPart } from './part-file.ts';
import { openStoreSource, type RecordSource } from './source.ts';
import { Tally, type Totals } from './tally.ts';

export interface BackupOptions extends CopyOptions {
  readonly store: StateStore;
  /** Null leaves bodies out. */
  readonly objects: ObjectStore | null;
  readonly path: string;
  readonly now: Date;
}

/** What is in a backup. */
export interface BackedUp {
  readonly totals: Totals;
  readonly notes: Notes;
  readonly bodies: BodiesMoved | null;
  /** Bytes of the file. */
  readonly size: number;
}

/** Writes a backup file, which must not be there. Throws BAD_REQUEST, or STORAGE_FULL. */
export async function backup(options: BackupOptions): Promise<BackedUp> {
  const part = await createPart(options.path);
  try {
    const done = await writeAll(new SealedFile(part.file), options);
    await part.publish();
    return done;
  } catch (error) {
    await part.discard();
    throw explained(options.path, 'written', error);
  }
}

async function writeAll(sealed: SealedFile, options: BackupOptions): Promise<BackedUp> {
  const { store, objects, now } = options;
  const header: Header = {
    format: FORMAT,
    version: VERSION,
    id: randomUUID(),
    created: now.toISOString(),
    bodies: objects !== null,
    keepsBytes: store.capabilities.keepsBytes,
  };
  await sealed.line(header);
  await using source = await openStoreSource(store, 'the store');
  const { tally, notes } = await writeRecords(sealed, source, options);
  const totals = tally.totals();
  const bodies =
    objects === null ? null : await writeBodies(sealed, source, objects, totals.counts.result, options);
  const end: EndLine = {
    kind: 'end',
    ...totals,
    bodies: bodies?.copied ?? 0,
    missing: bodies?.problemCount ?? 0,
  };
  await sealed.line(end);
  return { totals, notes, bodies, size: await sealed.end() };
}

async function writeRecords(
  sealed: SealedFile,
  source: RecordSource,
  { onProgress, signal }: CopyOptions,
): Promise<{ readonly tally: Tally; readonly notes: Notes }> {
  const tally = new Tally('bytes');
  const left = new NoteList();
  let done = 0;
  onProgress({ stage: 'writing records', done, total: source.total });
  for await (const { records, notes } of source.pages()) {
    signal.throwIfAborted();
    for (const record of records) {
      tally.add(record);
      await sealed.record(record);
    }
    left.add(notes);
    done += records.length;
    onProgress({ stage: 'writing records', done, total: source.total });
  }
  return { tally, notes: left };
}

async function writeBodies(
  sealed: SealedFile,
  source: RecordSource,
  objects: ObjectStore,
  results: number,
  { onProgress, signal }: CopyOptions,
): Promise<BodiesMoved> {
  const count = new BodyCount();
  onProgress({ stage: 'writing results', done: 0, total: results });
  for await (const body of listBodies(source)) {
    signal.throwIfAborted();
    try {
      const found = await findBody(objects, body);
      if (found === null) count.missing(body);
      else {
        const fault = await sealed.body(found, signal);
        if (fault === null) count.copied(found.stored.size);
        else count.problem(`the result of ${body.ref} cannot be read: ${messageOf(fault)}`);
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      count.problem(`the result of ${body.ref} cannot be read: ${error.message}`);
    }
    onProgress({ stage: 'writing results', done: count.done, total: results });
  }
  return count.total();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const PAD = new Uint8Array(1 << 16);

/** A file of which every byte is compressed and hashed on its way. */
class SealedFile {
  readonly #file: FileHandle;
  readonly #zstd = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  readonly #hash = createHash('sha256');
  readonly #written: Promise<void>;
  #failure: unknown = null;
  #size = 0;

  constructor(file: FileHandle) {
    this.#file = file;
    this.#written = this.#pump();
    this.#written.catch((error: unknown) => {
      this.#failure = error;
      this.#zstd.destroy();
    });
  }

  async #pump(): Promise<void> {
    for await (const chunk of this.#zstd as AsyncIterable<Buffer>) {
      this.#hash.update(chunk);
      await this.#writeAll(chunk);
    }
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) at += (await this.#file.write(bytes, at)).bytesWritten;
    this.#size += bytes.length;
  }

  async #push(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#zstd.write(bytes)) return;
    // Should the disk be full, nothing is drained any more.
    await Promise.race([once(this.#zstd, 'drain'), this.#written]);
    if (this.#failure !== null) throw this.#failure;
  }

  line(value: object): Promise<void> {
    return this.#push(Buffer.from(`${JSON.stringify(value)}\n`));
  }

  async record(record: TransferRecord): Promise<void> {
    if (!('bytes' in record)) return this.line(record);
    await this.line({ ...record, bytes: record.bytes.length });
    await this.#push(record.bytes);
    await this.#push(Buffer.from('\n'));
  }

  /** Null when it was written whole, else what was wrong with it. */
  async body({ location, stored }: FoundBody, signal: AbortSignal): Promise<unknown> {
    await this.line({ kind: 'body', location, bytes: stored.size } satisfies BodyLine);
    const hash = createHash('sha256');
    let left = stored.size;
    let fault: unknown = null;
    try {
      for await (const chunk of stored.read()) {
        signal.throwIfAborted();
        if (chunk.length > left) throw new Error('it is longer than was said');
        hash.update(chunk);
        left -= chunk.length;
        await this.#push(chunk);
      }
      if (left > 0) throw new Error('it is shorter than was said');
    } catch (error) {
      if (this.#failure !== null || signal.aborted) throw error;
      fault = error;
    }
    for (; left > 0; left -= Math.min(left, PAD.length)) await this.#push(PAD.subarray(0, left));
    await this.#push(Buffer.from('\n'));
    await this.line({
      kind: 'body-end',
      sha256: fault === null ? hash.digest('hex') : null,
    } satisfies BodyEndLine);
    return fault;
  }

  /** Flushes everything to disk; the size. */
  async end(): Promise<number> {
    this.#zstd.end();
    await this.#written;
    await this.#writeAll(sealOf(this.#hash.digest()));
    await this.#file.sync();
    return this.#size;
  }
}
