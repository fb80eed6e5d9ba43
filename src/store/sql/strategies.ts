// Strategies of networks: their objects are stored like those of networks, in the network's scope; a row says which of them a
// network has, and how it is doing.

import type { StrategyMode, StrategyState, StrategyStatus, TaskScaling } from '../../domain/strategy.ts';
import { readStrategyChain } from '../../domain/submission.ts';
import type { Key, SetStrategy, StrategyStore } from '../state-store.ts';
import { readChainOf } from './chains.ts';
import { type Connection, type Database, statement } from './database.ts';
import { findObjects, keyOf, splitKey } from './keys.ts';
import { type DifferingObject, readInPieces, storeObjects } from './object-write.ts';

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
    getState: ({ network }) => database.read(connection => getState(connection, network)),
    wake: ({ network }) =>
      database.write(
        async connection => (await connection.run(WAKE(await networkId(connection, network)))) > 0,
      ),
  };
}

/** An id that no network has. */
const NO_NETWORK = -1;

async function networkId(connection: Connection, network: Key): Promise<number> {
  return (await findObjects(connection, [network], 'network')).get(network)?.id ?? NO_NETWORK;
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
  const id = await database.read(connection => networkId(connection, network));
  if (id === NO_NETWORK || scope === null) return null;
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

interface StateRow {
  readonly mode: StrategyMode;
  readonly status: StrategyStatus;
  readonly iterations: number;
  readonly sleep_interval: number;
  readonly last_iteration: number | null;
  readonly last_iteration_result_count: number;
  readonly max_tasks_per_transformation: number;
  readonly task_scaling: TaskScaling;
  readonly exception_name: string | null;
  readonly exception_message: string | null;
  readonly traceback: string | null;
}

const GET_STATE = statement<[network: number], StateRow>(
  `SELECT
    mode, status, iterations, sleep_interval, last_iteration, last_iteration_result_count,
    max_tasks_per_transformation, task_scaling, exception_name, exception_message, traceback
  FROM strategy
  WHERE network = ?`,
);

async function getState(connection: Connection, network: Key): Promise<StrategyState | null> {
  const row = await connection.first(GET_STATE(await networkId(connection, network)));
  if (row === null) return null;
  const { exception_name: name, exception_message: message } = row;
  return {
    mode: row.mode,
    status: row.status,
    iterations: row.iterations,
    sleepInterval: row.sleep_interval,
    lastIteration: row.last_iteration === null ? null : new Date(row.last_iteration),
    lastIterationResultCount: row.last_iteration_result_count,
    maxTasksPerTransformation: row.max_tasks_per_transformation,
    taskScaling: row.task_scaling,
    exception: name === null || message === null ? null : [name, message],
    traceback: row.traceback,
  };
}
