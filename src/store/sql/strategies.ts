// Strategies of networks: their objects are stored like those of networks, in the network's scope; a row says which of them a
// network has, and how it is doing.

import type { StrategyMode, StrategyStatus, TaskScaling } from '../../domain/strategy.ts';
import { readStrategyChain } from '../../domain/submission.ts';
import type { Key, SetStrategy, StrategyStore } from '../state-store.ts';
import { readChainOf } from './chains.ts';
import { type Database, statement } from './database.ts';
import { findObjects, keyOf, splitKey } from './keys.ts';
import { type DifferingObject, readInPieces, storeObjects } from './object-write.ts';
import { createRunMethods } from './strategy-runs.ts';
import { networkId, readState } from './strategy-state.ts';
import { createTargetMethods } from './strategy-tasks.ts';

/** The strategy slice of a SQL store. `onDifference`: see createNetworkStore. */
export function createStrategyStore(
  database: Database,
  onDifference: (difference: DifferingObject) => void,
): StrategyStore {
  return {
    set: params => setStrategy(database, params, onDifference),
    remove: ({ network }) =>
      database.write(async connection => {
        await connection.run(REMOVE(await networkId(connection, network)));
      }),
    getChain: ({ network }) =>
      database.read(async connection => {
        const found = await connection.first(GET_OBJECT(await networkId(connection, network)));
        return found === null ? null : readChainOf(connection, found.object);
      }),
    getState: ({ network }) =>
      database.read(async connection => readState(connection, await networkId(connection, network))),
    wake: ({ network }) =>
      database.write(
        async connection => (await connection.run(WAKE(await networkId(connection, network)))) > 0,
      ),
    ...createRunMethods(database),
    ...createTargetMethods(database),
  };
}

const SET = statement<
  [
    network: number,
    object: number,
    mode: StrategyMode,
    status: StrategyStatus,
    iterations: number,
    sleepInterval: number,
    lastIterationMs: number | null,
    lastIterationResultCount: number,
    maxTasksPerTransformation: number,
    taskScaling: TaskScaling,
    exceptionName: string | null,
    exceptionMessage: string | null,
    traceback: string | null,
  ]
>(
  `INSERT INTO strategy (
    network, object, mode, status, iterations, sleep_interval, last_iteration, last_iteration_result_count,
    max_tasks_per_transformation, task_scaling, exception_name, exception_message, traceback
  )
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (network) DO UPDATE
  SET object = excluded.object, mode = excluded.mode, status = excluded.status, iterations = excluded.iterations,
    sleep_interval = excluded.sleep_interval, last_iteration = excluded.last_iteration,
    last_iteration_result_count = excluded.last_iteration_result_count,
    max_tasks_per_transformation = excluded.max_tasks_per_transformation, task_scaling = excluded.task_scaling,
    exception_name = excluded.exception_name, exception_message = excluded.exception_message,
    traceback = excluded.traceback, lease_holder = NULL, lease_until = NULL`,
);

async function setStrategy(
  database: Database,
  { network, chain, state }: SetStrategy,
  onDifference: (difference: DifferingObject) => void,
): Promise<Key | null> {
  const scope = splitKey(network);
  const id = (await database.read(connection => findObjects(connection, [network], 'network'))).get(
    network,
  )?.id;
  if (id === undefined || scope === null) return null;
  const { root, objects } = await readInPieces(database, readStrategyChain(chain));
  return storeObjects<Key>(database, {
    draft: { objects, scope },
    answerWithout: async () => null,
    async publish(connection, { idOf }) {
      await connection.run(
        SET(
          id,
          idOf(root.gufeKey),
          state.mode,
          state.status,
          state.iterations,
          state.sleepInterval,
          state.lastIteration?.getTime() ?? null,
          state.lastIterationResultCount,
          state.maxTasksPerTransformation,
          state.taskScaling,
          state.exception?.[0] ?? null,
          state.exception?.[1] ?? null,
          state.traceback,
        ),
      );
      return keyOf(root.gufeKey, scope);
    },
    onDifference,
  });
}

const REMOVE = statement<[network: number]>('DELETE FROM strategy WHERE network = ?');
const GET_OBJECT = statement<[network: number], { readonly object: number }>(
  'SELECT object FROM strategy WHERE network = ?',
);
const WAKE = statement<[network: number]>(
  `UPDATE strategy
  SET status = 'awake', exception_name = NULL, exception_message = NULL, traceback = NULL,
    lease_holder = NULL, lease_until = NULL
  WHERE network = ?`,
);
