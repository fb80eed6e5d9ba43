// What the clients of both services share: the options they are made from, and the routes that both services have.
import { AlchemiscaleError } from '../domain/errors.ts';
import { Scope } from '../domain/scope.ts';
import type { DecodeOptions } from '../gufe/keyed-chain.ts';
import type { Registry } from '../gufe/registry.ts';
import { nodeZstd, type Zstd } from '../lib/zstd.ts';
import type { ResponseOf } from '../wire/endpoint.ts';
import { SERVICE_ENDPOINTS } from '../wire/service.ts';
import { type ClientCache, KeptObjects } from './cache/cache.ts';
import { DiskCache } from './cache/disk.ts';
import { type CallOptions, Transport, type TransportOptions } from './http.ts';

/** How a client is made; `apiUrl`, `identifier` and `key` are all it needs. */
export interface ClientOptions extends TransportOptions {
  /** The gufe classes that answers are read as. By default gufe's own: protocols of others stay opaque. */
  readonly registry?: Registry;
  /** Node's own by default; a browser needs one to read results. */
  readonly zstd?: Zstd;
  /**
   * True keeps networks, transformations, chemical systems and results in a folder, so that they are fetched once. Node
   * only; false by default.
   */
  readonly useLocalCache?: boolean;
  /** The folder; `~/.cache/alchemiscale-ts` by default. */
  readonly cacheDirectory?: string;
  /** How much the folder may hold; 1 GiB by default. The least recently used go first. */
  readonly cacheSizeLimitBytes?: number;
  /** In place of a folder: anything that keeps bytes. */
  readonly cache?: ClientCache;
}

/** The variables that a client's address and credentials are commonly kept in. */
export type ClientEnvironment = Readonly<Record<string, string | undefined>>;

export class ServiceClient {
  protected readonly transport: Transport;
  /** How keyed chains are read. */
  protected readonly reading: DecodeOptions;
  /** The objects of this service that are kept from call to call. */
  protected readonly kept: KeptObjects;
  readonly #zstd: Zstd | null;

  constructor(options: ClientOptions) {
    this.transport = new Transport(options);
    this.reading = options.registry === undefined ? {} : { registry: options.registry };
    this.#zstd = options.zstd ?? nodeZstd();
    this.kept = new KeptObjects(cacheOf(options), this.transport.origin);
  }

  protected get zstd(): Zstd {
    if (this.#zstd !== null) return this.#zstd;
    throw new AlchemiscaleError(
      'BAD_REQUEST',
      'results need zstd, which is not built in here: pass the option zstd',
    );
  }

  /** The options of a call that makes many requests, with this client's bound on how many at once. */
  protected bounded<T extends CallOptions>(options: T): T & { readonly concurrency: number } {
    return { ...options, concurrency: this.transport.concurrency };
  }

  /** A word from the service; fails when it cannot be reached or the credentials are wrong. */
  async getInfo(options: CallOptions = {}): Promise<ResponseOf<typeof SERVICE_ENDPOINTS.getInfo>> {
    return await this.transport.call(SERVICE_ENDPOINTS.getInfo, options);
  }

  /** The scopes this identity may use, in order. */
  async listScopes(options: CallOptions = {}): Promise<Scope[]> {
    const params = { identifier: this.transport.identifier };
    const scopes = await this.transport.call(SERVICE_ENDPOINTS.listScopes, { params, ...options });
    return scopes.sort().map(text => Scope.parse(text));
  }
}

function cacheOf(options: ClientOptions): ClientCache | null {
  const { useLocalCache = false, cache, cacheDirectory, cacheSizeLimitBytes } = options;
  if (!useLocalCache) return cache ?? null;
  if (cache !== undefined) {
    throw new AlchemiscaleError('BAD_REQUEST', 'useLocalCache and cache exclude each other');
  }
  return new DiskCache({ directory: cacheDirectory, sizeLimitBytes: cacheSizeLimitBytes });
}

/**
 * Address and credentials from `ALCHEMISCALE_URL`, `ALCHEMISCALE_ID` and `ALCHEMISCALE_KEY`, and where caches go from
 * `XDG_CACHE_HOME`; says which of the first three are missing.
 */
export function optionsFromEnvironment(
  env: ClientEnvironment,
): Pick<ClientOptions, 'apiUrl' | 'identifier' | 'key' | 'cacheDirectory'> {
  const { ALCHEMISCALE_URL: apiUrl, ALCHEMISCALE_ID: identifier, ALCHEMISCALE_KEY: key } = env;
  const { XDG_CACHE_HOME } = env;
  const cache = XDG_CACHE_HOME ? { cacheDirectory: `${XDG_CACHE_HOME}/alchemiscale-ts` } : {};
  if (apiUrl && identifier && key) return { apiUrl, identifier, key, ...cache };
  const wanted = { ALCHEMISCALE_URL: apiUrl, ALCHEMISCALE_ID: identifier, ALCHEMISCALE_KEY: key };
  const missing = Object.entries(wanted).filter(([, value]) => !value);
  const names = missing.map(([name]) => name);
  throw new AlchemiscaleError('BAD_REQUEST', `the environment lacks ${names.join(', ')}`, {
    facts: { missing: names },
  });
}
