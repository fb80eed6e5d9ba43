// Part of AlchemiscaleClient: results, as references, as stored bytes, as gufe objects, gathered to estimates.
//
// A transformation has any number of results (one for each completed task); its protocol gathers them into one
// ProtocolResult with an estimate and an uncertainty. Downloads run side by side within the client's `concurrency`.
// The `get` methods give everything at once; the `iterate` methods hand on what is there and hold only a few at a time.
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { ScopedKey } from '../../domain/scoped-key.ts';
import { Protocol, type ProtocolResult } from '../../gufe/protocol/protocol.ts';
import type { ProtocolDAGResult } from '../../gufe/protocol/result.ts';
import type { AnyTransformation } from '../../gufe/transformation.ts';
import { USER_ENDPOINTS } from '../../wire/user.ts';
import { type BoundedOptions, iterateBounded, mapBounded, type ProgressOptions } from '../concurrency.ts';
import type { CallOptions } from '../http.ts';
import { type KeyLike, keyText, readKeys, toKey } from '../keys.ts';
import { readLatin1, readResult } from '../reading.ts';
import { StrategyRunMethods } from './strategy-runs.ts';

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

export interface ResultOptions<F extends ResultForm> extends ProgressOptions {
  /** `ProtocolResult` by default. */
  readonly returnAs?: F;
}

/** The two kinds of stored results, as they are in paths. */
type Route = 'results' | 'failures';

export class ResultMethods extends StrategyRunMethods {
  /** The successful results of a transformation, gathered by its protocol unless asked for otherwise. */
  async getTransformationResults<F extends ResultForm = 'ProtocolResult'>(
    transformation: KeyLike,
    options: ResultOptions<F> = {},
  ): Promise<ResultForms[F]> {
    return await this.#gathered(toKey(transformation), this.bounded(options));
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

  /**
   * Like getNetworkResults, but hands on each transformation with its results as soon as they are there, in no order.
   * However large the network and however slow the loop, it holds the results of a few transformations at a time; leaving
   * the loop stops the downloads.
   *
   * @example
   * for await (const [transformation, result] of client.iterateNetworkResults(network)) …
   */
  async *iterateNetworkResults<F extends ResultForm = 'ProtocolResult'>(
    network: KeyLike,
    options: ResultOptions<F> = {},
  ): AsyncGenerator<[transformation: ScopedKey, results: ResultForms[F]], void, undefined> {
    const { bounds, keys, share } = await this.#shared(network, options);
    yield* iterateBounded(keys, bounds, async (key, signal) => {
      const results = await this.#gathered<F>(key, { ...options, ...share, onProgress: undefined, signal });
      return [key, results];
    });
  }

  /** The results of a transformation, or with `failures` the failed ones, each handed on as soon as it is there. */
  async *iterateTransformationResults(
    transformation: KeyLike,
    options: ProgressOptions & { readonly failures?: boolean } = {},
  ): AsyncGenerator<ProtocolDAGResult, void, undefined> {
    const key = toKey(transformation);
    const route = options.failures ? 'failures' : 'results';
    const refs = await this.#transformationRefs(key, route, options);
    const bounds = { ...this.bounded(options), onDone: options.onProgress };
    yield* iterateBounded(refs, bounds, (ref, signal) => this.#download(key, route, ref, signal));
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
    return await this.#readStored(toKey(transformation), route, keyText(ref), options, bytes => bytes);
  }

  async #download(
    transformation: ScopedKey,
    route: Route,
    ref: string,
    signal: AbortSignal,
  ): Promise<ProtocolDAGResult> {
    return await this.#readStored(transformation, route, ref, { signal }, bytes =>
      readResult(bytes, ref, { zstd: this.zstd, decode: this.reading }),
    );
  }

  async #readStored<T>(
    transformation: ScopedKey,
    route: Route,
    ref: string,
    { signal }: CallOptions,
    decode: (bytes: Uint8Array) => T,
  ): Promise<T> {
    const params = { transformation: transformation.toString(), route, ref };
    const fetch = async (): Promise<Uint8Array> => {
      const [text = ''] = await this.transport.call(USER_ENDPOINTS.getResult, { params, signal });
      return readLatin1(text, ref);
    };
    return await this.kept.read(ref, fetch, decode, signal);
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
    const { concurrency, signal, onProgress } = options;
    return await mapBounded(refs, { concurrency, signal, onDone: onProgress }, (ref, inner) =>
      this.#download(transformation, route, ref, inner),
    );
  }

  async #forEachTransformation<R>(
    network: KeyLike,
    options: ProgressOptions,
    work: (key: ScopedKey, shared: CallOptions & { concurrency: number }) => Promise<R>,
  ): Promise<Map<string, R>> {
    const { bounds, keys, share } = await this.#shared(network, options);
    const results = await mapBounded(keys, bounds, (key, signal) => work(key, { ...share, signal }));
    return new Map(keys.map((key, index) => [key.toString(), results[index] as R]));
  }

  /** Shares the bound between transformations and the results of one, so that few of either are fetched fast too. */
  async #shared(
    network: KeyLike,
    options: ProgressOptions,
  ): Promise<{ keys: ScopedKey[]; bounds: BoundedOptions; share: { concurrency: number } }> {
    const keys = await this.getNetworkTransformations(network, { signal: options.signal });
    const { concurrency } = this.transport;
    const share = Math.max(1, Math.floor(concurrency / Math.max(1, keys.length)));
    const bounds = { concurrency, signal: options.signal, onDone: options.onProgress };
    return { keys, bounds, share: { concurrency: share } };
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
