// A cache in a folder: one file an entry, found by the hash of its name; the least recently read go when it is full.
//
// Several programs may share a folder: files appear whole (written aside, then renamed), the time of the last read is the
// file's own modification time, and what others have added is seen when room is made. No fsync: a file torn by a power cut
// fails its digest and is fetched anew.
//
// A cache that cannot be read or written costs time, not results: the first problem is told, and calls go on without.
//
// No import from Node, so that browsers can load the module; making a DiskCache there is refused.
import { AlchemiscaleError } from '../../domain/errors.ts';
import { nodeZstd } from '../../lib/zstd.ts';
import { mapBounded } from '../concurrency.ts';
import type { ClientCache } from './cache.ts';
import { fileNameOf, readEntry, writeEntry } from './entry.ts';

const DEFAULT_SIZE_LIMIT_BYTES = 1024 ** 3;

/** Where and how much. */
export interface DiskCacheOptions {
  /** `~/.cache/alchemiscale-ts` by default. Made when needed. */
  readonly directory?: string | undefined;
  /** How much the files may take together; 1 GiB by default. An entry that is larger alone is not kept. */
  readonly sizeLimitBytes?: number | undefined;
  /** Told of the first problem with the folder; a warning of the process by default. */
  readonly onProblem?: ((error: unknown) => void) | undefined;
}

const node = {
  fs: globalThis.process?.getBuiltinModule?.('node:fs/promises'),
  os: globalThis.process?.getBuiltinModule?.('node:os'),
};

/** Entries are only looked for in this subfolder: a later format gets another, and nothing of others is ever removed. */
const FORMAT = 'v1';
const ENTRY = /^([0-9a-f]{2})[/\\]([0-9a-f]{62})$/;
const PART = /^part-[0-9a-f]{32}$/;
/** A file that is written aside for longer than this was left by a program that died. */
const ABANDONED_AFTER_MS = 3_600_000;
/** Each time room is made, this part of the limit becomes free, and after as much is written others are looked for. */
const SLACK = 1 / 16;
const STATS_AT_ONCE = 16;

interface Listed {
  readonly path: string;
  readonly sizeBytes: number;
  readonly readAtMs: number;
}

/** Keeps entries in a folder; for Node. */
export class DiskCache implements ClientCache {
  readonly directory: string;
  readonly #root: string;
  readonly #fs: NonNullable<typeof node.fs>;
  readonly #limitBytes: number;
  readonly #zstd = nodeZstd();
  readonly #onProblem: (error: unknown) => void;
  #hadProblem = false;
  /** What may be written before the folder is looked at again. */
  #freeBytes = 0;
  #lastWrite: Promise<void> = Promise.resolve();

  /** Touches nothing yet. Throws BAD_REQUEST where there is no Node, or for a limit that is none. */
  constructor(options: DiskCacheOptions = {}) {
    const { fs, os } = node;
    if (fs === undefined || os === undefined) {
      throw badRequest('a cache on disk needs Node 20.16 or newer; in a browser pass the option cache');
    }
    const limit = options.sizeLimitBytes ?? DEFAULT_SIZE_LIMIT_BYTES;
    if (!Number.isSafeInteger(limit) || limit < 0) {
      throw badRequest(`the size limit of a cache must be a whole number of bytes; got ${limit}`);
    }
    this.directory = options.directory ?? `${os.homedir()}/.cache/alchemiscale-ts`;
    this.#root = `${this.directory}/${FORMAT}`;
    this.#fs = fs;
    this.#limitBytes = limit;
    this.#onProblem = options.onProblem ?? (error => warn(this.directory, error));
  }

  async get(name: string): Promise<Uint8Array | null> {
    const path = await this.#pathOf(name);
    try {
      const file = await this.#fs.readFile(path);
      const bytes = await readEntry(name, file, this.#zstd).catch(() => null);
      if (bytes === null) await this.#fs.rm(path, { force: true });
      else await this.#touch(path);
      return bytes;
    } catch (error) {
      if (!isMissing(error)) this.#problem(error);
      return null;
    }
  }

  /** Writes one after another, so that together they stay within the limit. */
  async set(name: string, bytes: Uint8Array): Promise<void> {
    const write = this.#lastWrite.then(() => this.#write(name, bytes));
    this.#lastWrite = write.catch(error => this.#problem(error));
    await this.#lastWrite;
  }

  async delete(name: string): Promise<void> {
    try {
      await this.#fs.rm(await this.#pathOf(name), { force: true });
    } catch (error) {
      this.#problem(error);
    }
  }

  async #pathOf(name: string): Promise<string> {
    const hash = await fileNameOf(name);
    return `${this.#root}/${hash.slice(0, 2)}/${hash.slice(2)}`;
  }

  async #touch(path: string): Promise<void> {
    const now = new Date();
    // Someone else's cache, which may be read only, is of use too.
    await this.#fs.utimes(path, now, now).catch(() => {});
  }

  async #write(name: string, bytes: Uint8Array): Promise<void> {
    const file = await writeEntry(name, bytes, this.#zstd);
    if (file.length > this.#limitBytes) return;
    if (file.length > this.#freeBytes) this.#freeBytes = await this.#makeRoom(file.length);
    this.#freeBytes -= file.length;
    const path = await this.#pathOf(name);
    const part = `${this.#root}/part-${randomHex()}`;
    await this.#fs.mkdir(path.slice(0, path.lastIndexOf('/')), { recursive: true, mode: 0o700 });
    try {
      await this.#fs.writeFile(part, file, { flag: 'wx', mode: 0o600 });
      await this.#fs.rename(part, path);
    } catch (error) {
      await this.#fs.rm(part, { force: true });
      throw error;
    }
  }

  /** Removes the least recently read until `bytes` fit; says how much may be written before the next look. */
  async #makeRoom(bytes: number): Promise<number> {
    const entries = await this.#list();
    const slack = Math.floor(this.#limitBytes * SLACK);
    let total = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
    if (total + bytes > this.#limitBytes) {
      const target = Math.max(0, this.#limitBytes - Math.max(slack, bytes));
      entries.sort((a, b) => a.readAtMs - b.readAtMs);
      for (const entry of entries) {
        if (total <= target) break;
        await this.#fs.rm(entry.path, { force: true });
        total -= entry.sizeBytes;
      }
    }
    return Math.min(this.#limitBytes - total, Math.max(slack, bytes));
  }

  async #list(): Promise<Listed[]> {
    const names = await this.#fs.readdir(this.#root, { recursive: true }).catch(whenMissing([]));
    const listed = await mapBounded(names, { concurrency: STATS_AT_ONCE }, name => this.#look(name));
    return listed.filter(entry => entry !== null);
  }

  async #look(name: string): Promise<Listed | null> {
    if (!ENTRY.test(name) && !PART.test(name)) return null;
    const path = `${this.#root}/${name}`;
    const stats = await this.#fs.stat(path).catch(whenMissing(null));
    if (stats === null) return null;
    if (ENTRY.test(name)) return { path, sizeBytes: stats.size, readAtMs: stats.mtimeMs };
    if (Date.now() - stats.mtimeMs > ABANDONED_AFTER_MS) await this.#fs.rm(path, { force: true });
    return null;
  }

  #problem(error: unknown): void {
    if (this.#hadProblem) return;
    this.#hadProblem = true;
    this.#onProblem(error);
  }
}

function randomHex(): string {
  return globalThis.crypto.randomUUID().replaceAll('-', '');
}

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'ENOENT';
}

/** For a `catch`: other programs may remove files between two looks. */
function whenMissing<T>(value: T): (error: unknown) => T {
  return error => {
    if (isMissing(error)) return value;
    throw error;
  };
}

function warn(directory: string, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  globalThis.process?.emitWarning(`the cache in ${directory} cannot be used: ${why}`, 'AlchemiscaleWarning');
}

function badRequest(message: string): AlchemiscaleError {
  return new AlchemiscaleError('BAD_REQUEST', message);
}
