// What a client keeps of a service between calls: objects that never change behind their key (networks, transformations,
// chemical systems, results), as the bytes that came. Tasks, statuses and weights change and are never kept.
//
// Differs from alchemiscale: an entry belongs to one service; there entries are found by key alone, so that what one
// server calls by a key is shown as another's. And nothing is kept unless the user asks for it.
import { AlchemiscaleError } from '../../domain/errors.ts';

/**
 * Where bytes are kept: on disk with DiskCache, or anything of your own (in a browser the Cache API or IndexedDB). Losing
 * entries is fine, and `set` may decline. Throwing is not: a call fails when its cache does.
 */
export interface ClientCache {
  /** The bytes kept under a name, exactly as they were given, or null. */
  get(name: string): Promise<Uint8Array | null>;
  set(name: string, bytes: Uint8Array): Promise<void>;
  delete(name: string): Promise<void>;
}

/** The objects of one service, out of a cache where they are there. */
export class KeptObjects {
  readonly #cache: ClientCache | null;
  readonly #service: string;

  /** `service` is its address; null for a cache keeps nothing. */
  constructor(cache: ClientCache | null, service: string) {
    this.#cache = cache;
    this.#service = service;
  }

  /**
   * What is under a key: from the cache, or fetched and then kept. Bytes from the cache that cannot be read are fetched
   * anew, once; fetched bytes that cannot be read are not kept.
   */
  async read<T>(
    key: string,
    fetch: () => Promise<Uint8Array>,
    decode: (bytes: Uint8Array) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    const cache = this.#cache;
    if (cache === null) return decode(await fetch());
    signal?.throwIfAborted();
    const name = `${this.#service}/${key}`;
    const kept = await cache.get(name);
    if (kept !== null) {
      try {
        return decode(kept);
      } catch (error) {
        if (!(error instanceof AlchemiscaleError && error.code === 'OBJECT_UNREADABLE')) throw error;
        await cache.delete(name);
      }
    }
    const bytes = await fetch();
    const value = decode(bytes);
    await cache.set(name, bytes);
    return value;
  }
}
