// Networks with strategies for the strategist's tests: small graphs in the contract suites' form, tasks in given statuses.

import type { ScopeDict } from '../../src/domain/scope.ts';
import { DEFAULT_STRATEGY_STATE, type StrategyState } from '../../src/domain/strategy.ts';
import { ConnectivityStrategy, encodeKeyedChain } from '../../src/gufe/index.ts';
import { GUFE_REGISTRY } from '../../src/gufe/keyed-chain.ts';
import type { Key, StateStore } from '../../src/store/state-store.ts';
import { createProposer } from '../../src/strategist/proposer.ts';
import type { RunDeps } from '../../src/strategist/run.ts';
import { type Stored, sampleNetwork, submit } from '../contract/state-store/samples.ts';
import type { World } from '../contract/state-store/world.ts';

export type Pair = readonly [a: number, b: number];

/** A network with an edge for each pair of systems; a pair of one system twice is a NonTransformation. */
export function graph(store: StateStore, scope: ScopeDict, pairs: readonly Pair[]): Promise<Stored> {
  const edges = pairs.map(([a, b], place) => ({
    name: `edge ${place}`,
    protocol: 'ProtocolA',
    systems: a === b ? ([`system ${a}`] as const) : ([`system ${a}`, `system ${b}`] as const),
    non: a === b,
  }));
  return submit(store, scope, sampleNetwork('graph', edges));
}

/** Systems in a row. */
export function row(edges: number): readonly Pair[] {
  return Array.from({ length: edges }, (_, place) => [place, place + 1] as const);
}

/** At most three runs each. */
export const CONNECTIVITY: Uint8Array = encodeKeyedChain(new ConnectivityStrategy());

export async function setStrategy(
  store: StateStore,
  network: Key,
  state: Partial<StrategyState> = {},
  chain: Uint8Array = CONNECTIVITY,
): Promise<void> {
  // A store may take the bytes along to another thread.
  await store.strategies.set({
    network,
    chain: chain.slice(),
    state: { ...DEFAULT_STRATEGY_STATE, ...state },
  });
}

/** Successful results of a transformation, each of a task of its own. */
export async function addResults(world: World, transformation: Key, count: number): Promise<void> {
  for (const task of await world.tasks(transformation, count)) await world.push(task, true, null);
}

/** What runs need, with time that stands still unless told. */
export function runDeps(store: StateStore, change: Partial<RunDeps> = {}): RunDeps {
  return {
    store,
    objects: { get: async () => null },
    loadProtocols: async () => GUFE_REGISTRY,
    cache: null,
    propose: createProposer(),
    clock: () => new Date(Date.UTC(2026, 5, 1)),
    minimumSleepSeconds: 0,
    ...change,
  };
}
