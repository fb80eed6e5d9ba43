// The bodies of results: bytes in an object store, under the locations that references name. Which of them belong to an instance is
// read from its tasks.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AlchemiscaleError } from '../domain/errors.ts';
import { resultLocation } from '../domain/result-location.ts';
import { ScopedKey } from '../domain/scoped-key.ts';
import type { ObjectStore, StoredObject } from '../objects/object-store.ts';
import { NoteList } from './notes.ts';
import type { RecordSource } from './source.ts';

/** Where the body of a result may lie, most likely first: where it belongs, or where its reference says. */
export interface Body {
  readonly ref: string;
  readonly locations: readonly string[];
}

/** The bodies of all results; one that several references name may come again. */
export async function* listBodies(source: RecordSource): AsyncGenerator<Body> {
  for await (const { records } of source.pages(['task'])) {
    for (const record of records) {
      if (record.kind !== 'task') continue;
      const transformation = ScopedKey.parse(record.transformation);
      for (const { key, objKey, ok, location } of record.results) {
        const place = resultLocation(transformation, objKey, ok);
        const locations = location === '' ? [place] : [...new Set([place, location])];
        yield { ref: key, locations };
      }
    }
  }
}

/** A body that was found. */
export interface FoundBody {
  readonly location: string;
  readonly stored: StoredObject;
}

/** Null when there is none. */
export async function findBody(objects: ObjectStore, { locations }: Body): Promise<FoundBody | null> {
  for (const location of locations) {
    const stored = await retried(() => objects.get(location));
    if (stored !== null) return { location, stored };
  }
  return null;
}

const TRIES = 4;
const FIRST_WAIT_MS = 200;

/** Tries again what a store that does not answer refused. */
export async function retried<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const isPassing = error instanceof AlchemiscaleError && error.code === 'STORE_UNAVAILABLE';
      if (!isPassing || tries === TRIES) throw error;
      const waitMs = FIRST_WAIT_MS * 2 ** tries * (0.5 + Math.random() / 2);
      // Who is stopped says why by itself.
      await sleep(waitMs, undefined, { signal }).catch(() => {});
      signal?.throwIfAborted();
    }
  }
}

/** True for a body that is there and cannot be read: the others can be. */
export function isDamage(error: unknown): error is AlchemiscaleError {
  return error instanceof AlchemiscaleError && error.code === 'OBJECT_UNREADABLE';
}

/** For `catch`: what cannot be read counts as not there. */
export function damagedAsAbsent(error: unknown): null {
  if (isDamage(error)) return null;
  throw error;
}

/** The SHA-256 of a stored object. Throws OBJECT_UNREADABLE. */
export async function sha256Of(stored: StoredObject, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stored.read()) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest('hex');
}

/**
 * Writes bytes under a location, and reads them back; says their SHA-256. Throws OBJECT_UNREADABLE when what is read back is
 * something else.
 */
export async function writeBody(
  objects: ObjectStore,
  location: string,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  const upload = await objects.createUpload();
  try {
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      hash.update(chunk);
      await upload.write(chunk);
    }
    await upload.commit(location);
  } catch (error) {
    await upload.abort();
    throw error;
  }
  const digest = hash.digest('hex');
  const stored = await objects.get(location);
  if (stored === null || (await sha256Of(stored, signal)) !== digest) {
    throw new AlchemiscaleError('OBJECT_UNREADABLE', `${location} did not come back as it was written`, {
      facts: { location },
    });
  }
  return digest;
}

/** What became of bodies. */
export interface BodiesMoved {
  readonly copied: number;
  /** Were there already. */
  readonly there: number;
  readonly bytes: number;
  /** A sentence for each that could not be had, or for several; the first of many. */
  readonly problems: readonly string[];
  /** Bodies that could not be had. */
  readonly problemCount: number;
}

/** Counts what becomes of bodies. */
export class BodyCount {
  #copied = 0;
  #there = 0;
  #bytes = 0;
  readonly #problems = new NoteList();

  get done(): number {
    return this.#copied + this.#there + this.#problems.count;
  }

  copied(bytes: number): void {
    this.#copied++;
    this.#bytes += bytes;
  }

  there(): void {
    this.#there++;
  }

  /** `n` bodies for one and the same reason. */
  problem(sentence: string, n = 1): void {
    this.#problems.add([sentence], n);
  }

  missing({ ref, locations }: Body): void {
    this.problem(`the result of ${ref} is missing: there is no object ${locations.join(' or ')}`);
  }

  total(): BodiesMoved {
    return {
      copied: this.#copied,
      there: this.#there,
      bytes: this.#bytes,
      problems: this.#problems.first,
      problemCount: this.#problems.count,
    };
  }
}
