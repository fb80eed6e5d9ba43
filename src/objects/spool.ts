// Where an upload waits for its end, when the store behind must know the key before the first byte. Small ones stay in memory,
// which is nearly all results; larger ones go to a file that has no name any more, so that nothing is left of it however
// the process ends.
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Results of tested protocols are a few kilobytes to some megabytes. */
const MEMORY_BYTES = 1024 * 1024;
const READ_BYTES = 256 * 1024;

/** Bytes that are written once and then read. Errors are those of the file system. */
export class Spool {
  readonly #folder: string;
  readonly #memoryBytes: number;
  #chunks: Uint8Array[] = [];
  #file: FileHandle | null = null;
  #size = 0;

  constructor(folder: string, memoryBytes: number = MEMORY_BYTES) {
    this.#folder = folder;
    this.#memoryBytes = memoryBytes;
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#file === null && this.#size + chunk.length > this.#memoryBytes) {
      this.#file = await openNameless(this.#folder);
      for (const before of this.#chunks) await writeAll(this.#file, before);
      this.#chunks = [];
    }
    if (this.#file === null) this.#chunks.push(new Uint8Array(chunk));
    else await writeAll(this.#file, chunk);
    this.#size += chunk.length;
  }

  /** Everything, in one piece where it was kept in memory. */
  async *read(): AsyncGenerator<Uint8Array> {
    if (this.#file === null) {
      yield Buffer.concat(this.#chunks);
      return;
    }
    for (let at = 0; at < this.#size; ) {
      const { buffer, bytesRead } = await this.#file.read(
        Buffer.allocUnsafeSlow(READ_BYTES),
        0,
        READ_BYTES,
        at,
      );
      if (bytesRead === 0) throw new Error(`the spooled upload ends after ${at} of ${this.#size} bytes`);
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  /** Forgets everything. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    this.#chunks = [];
    await file?.close();
  }
}

async function openNameless(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `.alchemiscale-upload-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await rm(path);
  return file;
}

/** One write may take only a part, a nearly full disk for one. */
async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
}
