// The relationship from a strategy to its network, which carries the strategy's state and the lease of a run.
import type { StrategyMode, StrategyState, StrategyStatus, TaskScaling } from '../../domain/strategy.ts';
import type { Key } from '../state-store.ts';
import { statement, type Transaction } from './database.ts';

/** The network asked about. */
export type OfNetwork = { readonly network: Key };

/** Cypher: the strategy `s` of the network `n`, by `r`. */
export const HAS = `MATCH (n:GufeTokenizable {_scoped_key: $network})<-[r:PROGRESSES]-(s:GufeTokenizable)
  WHERE n:AlchemicalNetwork`;

/** What the relationship carries. The lease is ours: the original does not read it, and drops it when it writes a state. */
interface StateProperties {
  readonly mode: StrategyMode;
  readonly status: StrategyStatus;
  readonly iterations: bigint;
  readonly sleep_interval: bigint;
  readonly last_iteration?: Date;
  readonly last_iteration_result_count: bigint;
  readonly max_tasks_per_transformation: bigint;
  readonly task_scaling: TaskScaling;
  readonly exception?: readonly [string, string];
  readonly traceback?: string;
  readonly lease_holder?: string;
  readonly lease_until?: Date;
}

/** The state without the lease. */
export function stateOf(properties: StateProperties): StrategyState {
  return {
    mode: properties.mode,
    status: properties.status,
    iterations: Number(properties.iterations),
    sleepInterval: Number(properties.sleep_interval),
    lastIteration: properties.last_iteration ?? null,
    lastIterationResultCount: Number(properties.last_iteration_result_count),
    maxTasksPerTransformation: Number(properties.max_tasks_per_transformation),
    taskScaling: properties.task_scaling,
    exception: properties.exception ?? null,
    traceback: properties.traceback ?? null,
  };
}

/** The strategy and what the relationship carries. */
export const FIND = statement<OfNetwork, { readonly strategy: Key; readonly state: StateProperties }>(
  `${HAS}
  RETURN s._scoped_key AS strategy, properties(r) AS state
  LIMIT 1`,
);

const LOCK = statement<OfNetwork>(`${HAS}
  SET r.mode = r.mode`);

/** Locks the relationship, then reads it; null without a strategy. Before hubs and tasks. */
export async function lockStrategy(
  tx: Transaction,
  network: Key,
): Promise<{ readonly strategy: Key; readonly state: StateProperties } | null> {
  await tx.run(LOCK({ network }));
  return tx.first(FIND({ network }));
}

/** The mode of the strategy, which is locked; null when the lease is not the holder's. */
export async function holdLease(tx: Transaction, network: Key, holder: string): Promise<StrategyMode | null> {
  const found = await lockStrategy(tx, network);
  return found !== null && found.state.lease_holder === holder ? found.state.mode : null;
}
