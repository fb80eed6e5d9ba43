// The strategist beside the stores: what `alchemiscale strategist` runs, and what `alchemiscale up` runs along with the rest.
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Scope, type ScopeDict } from '../domain/scope.ts';
import { DEFAULT_STRATEGIST_WORKERS } from '../domain/strategy-cycle.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { StateStore } from '../store/state-store.ts';
import { createProposer } from '../strategist/proposer.ts';
import type { ResultCache } from '../strategist/results.ts';
import { Strategist } from '../strategist/service.ts';

/** What it stands on. The stores belong to the caller, who closes them after it. */
interface StrategistParts {
  readonly store: StateStore;
  readonly objects: ObjectStore;
  readonly cache: ResultCache | null;
  readonly log: Logger;
}

/** How it works. */
export interface StrategistPace {
  readonly sleepIntervalSeconds: number;
  readonly maxWorkers: number;
  readonly scopes: readonly ScopeDict[];
}

/** Node's timers fire at once for anything longer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One that has not been started. */
export function createStrategist(parts: StrategistParts, pace: StrategistPace): Strategist {
  return new Strategist({
    ...parts,
    ...pace,
    propose: createProposer(),
    // Protocols are loaded for strategies that look at estimates; no other needs them.
    loadProtocols: async () => (await import('../protocols/registry.ts')).PROTOCOL_REGISTRY,
    clock: () => new Date(),
    async sleep(ms, signal) {
      try {
        await wait(Math.min(ms, MAX_TIMER_MS), undefined, { signal });
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  });
}

/** One that works, or none. */
export interface RunningStrategist {
  /** Resolves when what it runs has ended. */
  stop(): Promise<void>;
  /** The same, at the next piece of work. */
  abort(): Promise<void>;
}

/** Starts one that is for every scope; null for a pace starts none. */
export function startStrategist(
  parts: StrategistParts,
  pace: { readonly sleepIntervalSeconds: number } | null,
): RunningStrategist {
  if (pace === null) return { stop: async () => undefined, abort: async () => undefined };
  const strategist = createStrategist(parts, {
    ...pace,
    maxWorkers: DEFAULT_STRATEGIST_WORKERS,
    scopes: [Scope.ALL],
  });
  strategist.start().catch(err => parts.log.error({ err }, 'the strategist has ended'));
  return strategist;
}
