// Whole results, for strategies that look at estimates; the others never get here. A result is read once and then found in a
// cache by its key, for results never change; a transformation's own protocol gathers them.
import { AlchemiscaleError } from '../domain/errors.ts';
import { resultLocation } from '../domain/result-location.ts';
import { ScopedKey } from '../domain/scoped-key.ts';
import { gufeKeyOf, type TransformationSurvey } from '../domain/strategy-cycle.ts';
import { decodeJson } from '../gufe/forms.ts';
import { decodeKeyedChain } from '../gufe/keyed-chain.ts';
import { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import type { Registry } from '../gufe/registry.ts';
import { type NetworkProgress, progressOf, type TransformationProgress } from '../gufe/strategy/strategy.ts';
import { type AnyTransformation, NonTransformation, Transformation } from '../gufe/transformation.ts';
import { isZstdFrame, nodeZstd } from '../lib/zstd.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { ResultRef, StateStore } from '../store/state-store.ts';

/** Keeps bytes by name; it may lose them. */
export interface ResultCache {
  get(name: string): Promise<Uint8Array | null>;
  set(name: string, bytes: Uint8Array): Promise<void>;
  delete(name: string): Promise<void>;
}

/** Where results come from. */
export interface ResultSources {
  readonly store: Pick<StateStore, 'networks' | 'results'>;
  readonly objects: Pick<ObjectStore, 'get'>;
  /** Reads protocols that can gather; loaded when first asked for, since they are large. */
  readonly loadProtocols: () => Promise<Registry>;
  /** Null keeps nothing. */
  readonly cache: ResultCache | null;
}

/** More than this is no result but an accident. */
const MAX_RESULT_BYTES = 4 * 1024 ** 3;

/** Estimates of all transformations that have results; ends at the next piece of a result when aborted. Throws OBJECT_UNREADABLE, or GufeError for a protocol that is not known here. */
export async function gatheredProgress(
  sources: ResultSources,
  surveys: readonly TransformationSurvey[],
  signal: AbortSignal,
): Promise<NetworkProgress> {
  const progress = new Map<string, TransformationProgress | null>();
  for (const { transformation, results } of surveys) {
    const gathered = results === 0 ? null : await gather(sources, transformation, signal);
    progress.set(gufeKeyOf(transformation), gathered);
  }
  return progress;
}

async function gather(
  sources: ResultSources,
  key: string,
  signal: AbortSignal,
): Promise<TransformationProgress> {
  const { store } = sources;
  const registry = await sources.loadProtocols();
  const chain = await store.networks.getChain({ key });
  const root = chain === null ? null : decodeKeyedChain(chain, { registry });
  if (!(root instanceof Transformation || root instanceof NonTransformation)) {
    throw new AlchemiscaleError('OBJECT_UNREADABLE', `${key} cannot be read as a transformation`);
  }
  const transformation: AnyTransformation = root;
  const results: ProtocolDAGResult[] = [];
  for (const ref of await store.results.list({ of: { transformation: key }, ok: true })) {
    signal.throwIfAborted();
    const found = await store.results.get({ ref });
    if (found !== null) results.push(await readResult(sources, found, signal));
  }
  return progressOf(transformation.gather(results));
}

async function readResult(
  sources: ResultSources,
  ref: ResultRef,
  signal: AbortSignal,
): Promise<ProtocolDAGResult> {
  const { cache } = sources;
  const registry = await sources.loadProtocols();
  // Keys are stated by clients: another scope's result of the same key may hold something else.
  const name = `${ref.transformation}/${ref.objKey}`;
  const kept = (await cache?.get(name)) ?? null;
  if (kept !== null) {
    try {
      return decodeResult(kept, ref, registry);
    } catch {
      await cache?.delete(name);
    }
  }
  const bytes = await fetchResult(sources, ref, signal);
  const result = decodeResult(bytes, ref, registry);
  await cache?.set(name, bytes);
  return result;
}

/** As the original: where it belongs, else where its reference says. */
async function fetchResult(
  { objects }: ResultSources,
  ref: ResultRef,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const place = resultLocation(ScopedKey.parse(ref.transformation), ref.objKey, ref.ok);
  for (const location of new Set([place, ref.location])) {
    const stored = await objects.get(location);
    if (stored === null) continue;
    const pieces: Uint8Array[] = [];
    for await (const piece of stored.read()) {
      signal.throwIfAborted();
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }
  throw unreadable(ref, 'it is not in the object store');
}

function decodeResult(stored: Uint8Array, ref: ResultRef, registry: Registry): ProtocolDAGResult {
  try {
    const zstd = nodeZstd();
    const isPacked = zstd !== null && isZstdFrame(stored);
    const object = decodeJson(isPacked ? zstd.decompress(stored, MAX_RESULT_BYTES) : stored, { registry });
    if (object instanceof ProtocolDAGResult) return object;
    throw new TypeError(`expected a ProtocolDAGResult, got ${object.key}`);
  } catch (cause) {
    throw unreadable(ref, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unreadable(ref: ResultRef, why: string, cause?: unknown): AlchemiscaleError {
  return new AlchemiscaleError('OBJECT_UNREADABLE', `the result ${ref.ref} cannot be read: ${why}`, {
    cause,
  });
}
