// The client of the compute API: what a compute service says and asks. It registers, beats, claims tasks, fetches what
// they are, and pushes results; all by routes that the Python services use too.
import { parseComputeId } from '../domain/compute-id.ts';
import { Scope, type ScopeDict } from '../domain/scope.ts';
import { ScopedKey } from '../domain/scoped-key.ts';
import { encodeKeyedChain } from '../gufe/keyed-chain.ts';
import { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import type { AnyTransformation } from '../gufe/transformation.ts';
import { COMPUTE_ENDPOINTS } from '../wire/compute.ts';
import { mapBounded } from './concurrency.ts';
import type { CallOptions } from './http.ts';
import {
  type KeyLike,
  keyText,
  readKeys,
  readKeysOrNull,
  type ScopeLike,
  scopeQuery,
  toScope,
} from './keys.ts';
import { readResult, readStoredWork, readTransformation, type StoredWork } from './reading.ts';
import { encodeUpload, type ResultFrame } from './result-upload.ts';
import {
  type ClientEnvironment,
  type ClientOptions,
  optionsFromEnvironment,
  ServiceClient,
} from './service-client.ts';

export interface ClaimOptions extends CallOptions {
  /** How many tasks at most; 1 by default. */
  readonly count?: number | undefined;
  /** Only tasks of these protocols, by class name; any by default. */
  readonly protocols?: readonly string[] | null | undefined;
}

/** What a claimed task asks a service to run. */
export interface TaskWork {
  readonly transformation: AnyTransformation;
  /** The result to go on from, when the task extends another. */
  readonly extends: ProtocolDAGResult | null;
}

/** The queue of a network, and its weight when services choose among networks. */
export interface TaskHub {
  readonly network: ScopedKey;
  readonly weight: number;
}

/** Talks to the compute API as one compute identity. Service ids are `{name}-{32 hex digits}`. */
export class AlchemiscaleComputeClient extends ServiceClient {
  /** A client from `ALCHEMISCALE_URL`, `ALCHEMISCALE_ID` and `ALCHEMISCALE_KEY` in `env`; says which of them are missing. */
  static fromEnvironment(
    env: ClientEnvironment,
    options: Omit<ClientOptions, 'apiUrl' | 'identifier' | 'key'> = {},
  ): AlchemiscaleComputeClient {
    return new AlchemiscaleComputeClient({ ...optionsFromEnvironment(env), ...options });
  }

  /** Makes a service known; only known services may claim. */
  async register(
    serviceId: string,
    options: CallOptions & { readonly computeManagerId?: string | null | undefined } = {},
  ): Promise<string> {
    const params = { service: checkedId(serviceId) };
    const body = { compute_manager_id: options.computeManagerId ?? null };
    return await this.transport.call(COMPUTE_ENDPOINTS.registerService, {
      params,
      body,
      signal: options.signal,
    });
  }

  /** A sign of life. A service that is silent for too long loses its registration and its tasks. */
  async heartbeat(serviceId: string, options: CallOptions = {}): Promise<string> {
    const params = { service: checkedId(serviceId) };
    return await this.transport.call(COMPUTE_ENDPOINTS.heartbeat, { params, body: {}, ...options });
  }

  /** Says good-bye: tasks the service still holds go back to waiting. */
  async deregister(serviceId: string, options: CallOptions = {}): Promise<string> {
    const params = { service: checkedId(serviceId) };
    return await this.transport.call(COMPUTE_ENDPOINTS.deregisterService, { params, body: {}, ...options });
  }

  /** The task hubs in any of the scopes, one for each network; with `returnGufe` what they are, by the text of their key. */
  queryTaskHubs(
    scopes: readonly ScopeLike[],
    options?: CallOptions & { readonly returnGufe?: false },
  ): Promise<ScopedKey[]>;
  queryTaskHubs(
    scopes: readonly ScopeLike[],
    options: CallOptions & { readonly returnGufe: true },
  ): Promise<Map<string, TaskHub>>;
  async queryTaskHubs(
    scopes: readonly ScopeLike[],
    options: CallOptions & { readonly returnGufe?: boolean } = {},
  ): Promise<ScopedKey[] | Map<string, TaskHub>> {
    const { returnGufe = false, signal } = options;
    const answers = await mapBounded(scopes, this.bounded({ signal }), (scope, inner) => {
      const query = { ...scopeQuery(scope), return_gufe: returnGufe ? 'True' : 'False' };
      return this.transport.call(COMPUTE_ENDPOINTS.queryTaskHubs, { query, signal: inner });
    });
    if (!returnGufe) return readKeys([...new Set((answers as string[][]).flat())]);
    const texts = answers.flatMap(answer => Object.entries(answer as Record<string, string>));
    return new Map(texts.map(([hub, text]) => [hub, readTaskHub(text)]));
  }

  /** Claims tasks from one hub: `count` entries, the claimed ones first, then nulls. */
  async claimTaskHubTasks(
    hub: KeyLike,
    serviceId: string,
    options: ClaimOptions = {},
  ): Promise<(ScopedKey | null)[]> {
    const params = { hub: keyText(hub) };
    const body = claimBody(serviceId, options);
    const { signal } = options;
    return readKeysOrNull(
      await this.transport.call(COMPUTE_ENDPOINTS.claimTaskHubTasks, { params, body, signal }),
    );
  }

  /**
   * Claims tasks in any of the scopes: `count` entries, the claimed ones first, then nulls. Null instead of a list means
   * that the service is denied for now (it failed too often lately, or is not registered): wait longer than after nulls.
   */
  async claimTasks(
    scopes: readonly ScopeLike[],
    serviceId: string,
    options: ClaimOptions & { readonly scopesExclude?: readonly ScopeLike[] | null | undefined } = {},
  ): Promise<(ScopedKey | null)[] | null> {
    const body = {
      ...claimBody(serviceId, options),
      scopes: scopes.map(scopeDict),
      scopes_exclude: options.scopesExclude?.map(scopeDict) ?? null,
    };
    const { signal } = options;
    const tasks = await this.transport.call(COMPUTE_ENDPOINTS.claimTasks, { body, signal });
    return tasks === null ? null : readKeysOrNull(tasks);
  }

  /** The transformation that a task performs. */
  async getTaskTransformation(task: KeyLike, options: CallOptions = {}): Promise<ScopedKey> {
    const params = { task: keyText(task) };
    return ScopedKey.parse(
      await this.transport.call(COMPUTE_ENDPOINTS.getTaskTransformation, { params, ...options }),
    );
  }

  /** What to run for a task. */
  async retrieveTaskTransformation(task: KeyLike, options: CallOptions = {}): Promise<TaskWork> {
    const key = keyText(task);
    const { transformation, extends: extended } = await this.#retrieve(key, options);
    const what = `the result that ${key} extends`;
    return {
      transformation: readTransformation(transformation, `the transformation of ${key}`, this.reading),
      extends: extended && readResult(extended, what, { zstd: this.zstd, decode: this.reading }),
    };
  }

  /** The same as bytes: the keyed chain as JSON text, and the stored result it extends (a zstd frame) or null. */
  async retrieveTaskTransformationBytes(task: KeyLike, options: CallOptions = {}): Promise<StoredWork> {
    return await this.#retrieve(keyText(task), options);
  }

  /**
   * Pushes what a task gave, success or failure, and returns the reference it is kept under. Takes the result, or the zstd
   * frame of its keyed chain: as bytes, or as a Blob (`await fs.openAsBlob(path)`) that is never in memory as a whole.
   * Without a service's id it counts as anyone's: see `statusAfterPush`.
   */
  async setTaskResult(
    task: KeyLike,
    result: ProtocolDAGResult | ResultFrame,
    serviceId: string | null,
    options: CallOptions & { readonly compress?: boolean } = {},
  ): Promise<ScopedKey> {
    const params = { task: keyText(task) };
    const service = serviceId === null ? NO_SERVICE : checkedId(serviceId);
    const frame = result instanceof ProtocolDAGResult ? this.zstd.compress(encodeKeyedChain(result)) : result;
    const encoded = await encodeUpload(frame, service, options.compress ?? true);
    const { signal } = options;
    return ScopedKey.fromDict(
      await this.transport.call(COMPUTE_ENDPOINTS.setTaskResult, { params, encoded, signal }),
    );
  }

  async #retrieve(task: string, options: CallOptions): Promise<StoredWork> {
    const params = { task };
    const endpoint = COMPUTE_ENDPOINTS.retrieveTaskTransformation;
    return readStoredWork(await this.transport.bytes(endpoint, { params, ...options }), task);
  }
}

/** What the original's client writes when it is given no id. */
const NO_SERVICE = 'None';

/** A malformed id is refused here: the original's services answer it with a bare 500. */
function checkedId(serviceId: string): string {
  parseComputeId(serviceId, 'ComputeServiceID');
  return serviceId;
}

function readTaskHub(text: string): TaskHub {
  const { network, weight } = JSON.parse(text) as { network: string; weight: number };
  return { network: ScopedKey.parse(network), weight };
}

function claimBody(
  serviceId: string,
  options: ClaimOptions,
): { compute_service_id: string; count: number; protocols: string[] | null } {
  const protocols = options.protocols ? [...options.protocols] : null;
  return { compute_service_id: checkedId(serviceId), count: options.count ?? 1, protocols };
}

function scopeDict(scope: ScopeLike): ScopeDict {
  return (scope instanceof Scope ? scope : toScope(scope)).toDict();
}
