// Finished results wait on disk until the server has acknowledged them, so that neither a server that is away nor a
// service that is killed costs a result. An entry is two files in one folder:
//
//     <id>.zst    the result as it is sent, a zstd frame
//     <id>.json   whose it is; written last, by rename: an entry without it does not exist
//
// Differs from alchemiscale: there a result whose push fails is lost with the hours that it took.
//
// Services that share the folder may find each other's entries. That is harmless: the server takes a result twice as
// once, and an entry that is gone has been delivered.
import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';

/** The folder below `shared_basedir` that a service's spool is in. */
export const SPOOL_FOLDER = 'undelivered-results';

/** Whose a result is and where it goes. */
export interface ResultAddress {
  /** Text of the task's scoped key. */
  readonly task: string;
  /** The service that ran the task. */
  readonly service: string;
  readonly apiUrl: string;
  readonly identifier: string;
}

export interface SpooledResult extends ResultAddress {
  readonly id: string;
}

export class Spool {
  readonly #folder: string;
  readonly #log: Pick<Logger, 'warn'>;

  constructor(folder: string, log: Pick<Logger, 'warn'>) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Writes a result; when this has returned it survives the end of the process, and of power. */
  async keep(address: ResultAddress, frame: Uint8Array): Promise<SpooledResult> {
    const id = randomUUID();
    await mkdir(this.#folder, { recursive: true });
    await writeDurably(this.#framePath(id), frame);
    const { task, service, apiUrl, identifier } = address;
    const text = JSON.stringify({ task, service, apiUrl, identifier });
    await writeDurably(this.#path(id, '.tmp'), text);
    await rename(this.#path(id, '.tmp'), this.#path(id, '.json'));
    await syncFolder(this.#folder);
    return { ...address, id };
  }

  /** Results that wait for delivery to this service by this identity, whoever left them. */
  async list(to: Pick<ResultAddress, 'apiUrl' | 'identifier'>): Promise<readonly SpooledResult[]> {
    const names = await readdir(this.#folder).catch(ifAbsent<string[]>([]));
    const found: SpooledResult[] = [];
    for (const name of names.filter(each => each.endsWith('.json')).sort()) {
      const id = name.slice(0, -'.json'.length);
      const address = await this.#readAddress(id);
      if (address?.apiUrl === to.apiUrl && address.identifier === to.identifier)
        found.push({ ...address, id });
    }
    return found;
  }

  /** The frame, read while it is sent; null when the entry has gone, which means that it was delivered. */
  async read(id: string): Promise<Blob | null> {
    const path = this.#framePath(id);
    // `openAsBlob` does not say why it failed.
    return await access(path).then(() => openAsBlob(path), ifAbsent(null));
  }

  /** Forgets a result that was delivered. */
  async remove(id: string): Promise<void> {
    await rm(this.#path(id, '.json'), { force: true });
    await rm(this.#framePath(id), { force: true });
  }

  /** Puts a result aside that the server will never take; returns where its frame lies now. */
  async putAside(id: string): Promise<string> {
    const aside = join(this.#folder, 'refused');
    await mkdir(aside, { recursive: true });
    for (const ending of ['.json', '.zst']) {
      await rename(this.#path(id, ending), join(aside, id + ending)).catch(ifAbsent(undefined));
    }
    return join(aside, `${id}.zst`);
  }

  async #readAddress(id: string): Promise<ResultAddress | null> {
    try {
      const value: unknown = JSON.parse(await readFile(this.#path(id, '.json'), 'utf8'));
      if (isAddress(value)) return value;
      this.#log.warn({ file: this.#path(id, '.json') }, 'not a spooled result; left alone');
    } catch (error) {
      if (!isAbsent(error)) this.#log.warn({ err: error }, 'a spooled result cannot be read; left alone');
    }
    return null;
  }

  #framePath(id: string): string {
    return this.#path(id, '.zst');
  }

  #path(id: string, ending: string): string {
    return join(this.#folder, id + ending);
  }
}

async function writeDurably(path: string, content: Uint8Array | string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new name survives a power cut only once its folder has been written. Windows has no such call. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isAddress(value: unknown): value is ResultAddress {
  if (typeof value !== 'object' || value === null) return false;
  const names = ['task', 'service', 'apiUrl', 'identifier'];
  return names.every(name => name in value && typeof (value as Record<string, unknown>)[name] === 'string');
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function ifAbsent<T>(value: T): (error: unknown) => T {
  return error => {
    if (isAbsent(error)) return value;
    throw error;
  };
}
