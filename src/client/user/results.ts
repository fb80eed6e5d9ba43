// Part of AlchemiscaleClient: results, as references, as stored bytes, as gufe objects, gathered to estimates.
//
// A transformation has any number of results (one for each completed task); its protocol gathers them into one
// ProtocolResult with an estimate and an uncertainty. Downloads run side by side within the client's `concurrency`.
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { ScopedKey } from '../../domain/scoped-key.ts';
import { Protocol, type ProtocolResult } from '../../gufe/protocol/protocol.ts';
import type { ProtocolDAGResult } from '../../gufe/protocol/result.ts';
import type { AnyTransformation } from '../../gufe/transformation.ts';
import { USER_ENDPOINTS } from '../../wire/user.ts';
import { mapBounded } from '../concurrency.ts';
import type { CallOptions } from '../http.ts';
import { type KeyLike, keyText, readKeys, toKey } from '../keys.ts';
import { readLatin1, readResult } from '../reading.ts';
import { HubMethods } from './hubs.ts';

/** What results of one transformation can be asked for as. */
export interface ResultForms {
  /** All runs gathered into one; null without any. */
  readonly ProtocolResult: ProtocolResult | null;
  /** Each run gathered alone. */
  readonly ProtocolResults: ProtocolResult[];
  /** The runs themselves; needs no implementation of the protocol. */
  readonly ProtocolDAGResults: ProtocolDAGResult[];
}
export type ResultForm = keyof ResultForms;

export interface ProgressOptions extends CallOptions {
  /** Called after each of the `total` items that is done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface ResultOptions<F extends ResultForm> extends ProgressOptions {
  /** `ProtocolResult` by default. */
  readonly returnAs?: F;
}

/** The two kinds of stored results, as they are in paths. */
type Route = 'results' | 'failures';

export class ResultMethods extends HubMethods {
  /** The successful results of a transformation, gathered by its protocol unless asked for otherwise. */
  async getTransformationResults<F extends ResultForm = 'ProtocolResult'>(
    transformation: KeyLike,
    options: ResultOptions<F> = {},
  ): Promise<ResultForms[F]> {
    return await this.#gathered(toKey(transformation), {
      ...options,
      concurrency: this.transport.concurrency,
    });
  }

  /** The failed results of a transformation: each has the failures of its units, with their tracebacks. */
  async getTransformationFailures(
    transformation: KeyLike,
    options: ProgressOptions = {},
  ): Promise<ProtocolDAGResult[]> {
    const key = toKey(transformation);
    const refs = await this.#transformationRefs(key, 'failures', options);
    return await this.#downloads(key, 'failures', refs, this.bounded(options));
  }

  /** The successful results of a task: one, or none, unless it was pushed more than once. */
  async getTaskResults(task: KeyLike, options: ProgressOptions = {}): Promise<ProtocolDAGResult[]> {
    const params = { task: keyText(task) };
    const refs = await this.transport.call(USER_ENDPOINTS.getTaskResults, { params, signal: options.signal });
    return await this.#taskDownloads(task, 'results', refs, options);
  }

  /** The failed results of a task: one for each time it failed. */
  async getTaskFailures(task: KeyLike, options: ProgressOptions = {}): Promise<ProtocolDAGResult[]> {
    const params = { task: keyText(task) };
    const refs = await this.transport.call(USER_ENDPOINTS.getTaskFailures, {
      params,
      signal: options.signal,
    });
    return await this.#taskDownloads(task, 'failures', refs, options);
  }

  /**
   * The results of all transformations of a network, by the text of the transformation's key; progress counts
   * transformations. Each is gathered as soon as its results are here, so memory holds few at a time.
   */
  async getNetworkResults<F extends ResultForm = 'ProtocolResult'>(
    network: KeyLike,
    options: ResultOptions<F> = {},
  ): Promise<Map<string, ResultForms[F]>> {
    return await this.#forEachTransformation(network, options, (key, shared) =>
      this.#gathered<F>(key, { ...shared, ...(options.returnAs && { returnAs: options.returnAs }) }),
    );
  }

  /** The failed results of all transformations of a network, by the text of the transformation's key. */
  async getNetworkFailures(
    network: KeyLike,
    options: ProgressOptions = {},
  ): Promise<Map<string, ProtocolDAGResult[]>> {
    return await this.#forEachTransformation(network, options, async (key, shared) => {
      const refs = await this.#transformationRefs(key, 'failures', shared);
      return await this.#downloads(key, 'failures', refs, shared);
    });
  }

  /** References of the stored results of a transformation, successes or failures. */
  async getTransformationResultRefs(
    transformation: KeyLike,
    options: CallOptions & { readonly failures?: boolean } = {},
  ): Promise<ScopedKey[]> {
    const route = options.failures ? 'failures' : 'results';
    return readKeys(await this.#transformationRefs(toKey(transformation), route, options));
  }

  /** One stored result as the bytes the service keeps: a zstd frame of the JSON text of its keyed chain. */
  async getResultBytes(
    transformation: KeyLike,
    ref: KeyLike,
    options: CallOptions & { readonly failures?: boolean } = {},
  ): Promise<Uint8Array> {
    const route = options.failures ? 'failures' : 'results';
    const params = { transformation: keyText(transformation), route, ref: keyText(ref) };
    const [text = ''] = await this.transport.call(USER_ENDPOINTS.getResult, {
      params,
      signal: options.signal,
    });
    return readLatin1(text, params.ref);
  }

  async #gathered<F extends ResultForm = 'ProtocolResult'>(
    key: ScopedKey,
    options: ResultOptions<F> & { readonly concurrency: number },
  ): Promise<ResultForms[F]> {
    const refs = await this.#transformationRefs(key, 'results', options);
    const form: ResultForm = options.returnAs ?? 'ProtocolResult';
    if (form === 'ProtocolDAGResults') {
      return (await this.#downloads(key, 'results', refs, options)) as ResultForms[F];
    }
    if (refs.length === 0) return (form === 'ProtocolResult' ? null : []) as ResultForms[F];
    const protocol = protocolOf(await this.getTransformation(key, { signal: options.signal }));
    const results = await this.#downloads(key, 'results', refs, options);
    const gathered =
      form === 'ProtocolResult' ? protocol.gather(results) : results.map(result => protocol.gather([result]));
    return gathered as ResultForms[F];
  }

  async #transformationRefs(key: ScopedKey, route: Route, options: CallOptions): Promise<string[]> {
    const { getTransformationResults, getTransformationFailures } = USER_ENDPOINTS;
    const request = { params: { transformation: key.toString() }, signal: options.signal };
    return route === 'results'
      ? await this.transport.call(getTransformationResults, request)
      : await this.transport.call(getTransformationFailures, request);
  }

  async #taskDownloads(
    task: KeyLike,
    route: Route,
    refs: readonly string[],
    options: ProgressOptions,
  ): Promise<ProtocolDAGResult[]> {
    if (refs.length === 0) return [];
    const transformation = await this.getTaskTransformation(task, { signal: options.signal });
    return await this.#downloads(transformation, route, refs, this.bounded(options));
  }

  async #downloads(
    transformation: ScopedKey,
    route: Route,
    refs: readonly string[],
    options: ProgressOptions & { readonly concurrency: number },
  ): Promise<ProtocolDAGResult[]> {
    const { concurrency, onProgress } = options;
    const failures = route === 'failures';
    return await mapBounded(
      refs,
      { concurrency, signal: options.signal, onDone: onProgress },
      async (ref, signal) => {
        const bytes = await this.getResultBytes(transformation, ref, { failures, signal });
        return readResult(bytes, ref, { zstd: this.zstd, decode: this.reading });
      },
    );
  }

  /** Shares the bound between transformations and the results of one, so that few of either are fetched fast too. */
  async #forEachTransformation<R>(
    network: KeyLike,
    options: ProgressOptions,
    work: (key: ScopedKey, shared: CallOptions & { concurrency: number }) => Promise<R>,
  ): Promise<Map<string, R>> {
    const keys = await this.getNetworkTransformations(network, { signal: options.signal });
    const { concurrency } = this.transport;
    const share = Math.max(1, Math.floor(concurrency / Math.max(1, keys.length)));
    const bounds = { concurrency, signal: options.signal, onDone: options.onProgress };
    const results = await mapBounded(keys, bounds, (key, signal) =>
      work(key, { signal, concurrency: share }),
    );
    return new Map(keys.map((key, index) => [key.toString(), results[index] as R]));
  }
}

function protocolOf(transformation: AnyTransformation): Protocol {
  const { protocol } = transformation;
  if (protocol instanceof Protocol) return protocol;
  throw new AlchemiscaleError(
    'BAD_REQUEST',
    `results of ${transformation.key} cannot be gathered: no implementation of ${protocol.module}.${protocol.qualname} ` +
      "is known here; add it to the client's registry, or ask for ProtocolDAGResults",
    { facts: { protocol: `${protocol.module}.${protocol.qualname}` } },
  );
}
