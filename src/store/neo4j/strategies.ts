// Strategies of networks. A strategy is an object like those of networks, in the network's scope; the relationship from it to
// the network says that the network has it, and how it is doing.
import type { StrategyState } from '../../domain/strategy.ts';
import { readStrategyChain } from '../../domain/submission.ts';
import type { Key, SetStrategy, StrategyStore } from '../state-store.ts';
import { readChain } from './chains.ts';
import { type Database, statement, type Value } from './database.ts';
import type { OnDifference } from './differences.ts';
import { keyOf, splitKey } from './keys.ts';
import { lockNodes } from './locks.ts';
import { draftOf, retryOverlaps, writeObjects } from './object-write.ts';
import { runInPieces } from './pace.ts';
import { createRunMethods } from './strategy-runs.ts';
import { FIND, HAS, type OfNetwork, stateOf } from './strategy-state.ts';
import { createTargetMethods } from './strategy-tasks.ts';

/** The strategy slice of a Neo4j store. */
export function createStrategyStore(database: Database, onDifference: OnDifference): StrategyStore {
  return {
    set: params => setStrategy(database, params, onDifference),
    async remove({ network }) {
      await database.write(tx => tx.run(REMOVE({ network })));
    },
    async getChain({ network }) {
      const found = await database.read(tx => tx.first(FIND({ network })));
      return found === null ? null : readChain(database, found.strategy);
    },
    async getState({ network }) {
      const found = await database.read(tx => tx.first(FIND({ network })));
      return found === null ? null : stateOf(found.state);
    },
    async wake({ network }) {
      return (await database.write(tx => tx.first(WAKE({ network })))) !== null;
    },
    ...createRunMethods(database),
    ...createTargetMethods(database),
  };
}

const IS_NETWORK = statement<OfNetwork, OfNetwork>(
  `MATCH (n:GufeTokenizable {_scoped_key: $network})
  WHERE n:AlchemicalNetwork
  RETURN n._scoped_key AS network`,
);

const REMOVE = statement<OfNetwork>(`${HAS}
  DELETE r`);

const ADD = statement<{ readonly network: Key; readonly strategy: Key; readonly state: Properties }>(
  `MATCH (n:GufeTokenizable {_scoped_key: $network})
  MATCH (s:GufeTokenizable {_scoped_key: $strategy})
  CREATE (s)-[r:PROGRESSES]->(n)
  SET r = $state`,
);

async function setStrategy(
  database: Database,
  { network, chain, state }: SetStrategy,
  onDifference: OnDifference,
): Promise<Key | null> {
  const scope = splitKey(network);
  if (scope === null || (await database.read(tx => tx.first(IS_NETWORK({ network })))) === null) return null;
  const { root, objects } = await runInPieces(readStrategyChain(chain));
  const draft = await draftOf(objects, scope);
  const strategy = keyOf(root.gufeKey, scope);
  const differing = new Set<Key>();
  await retryOverlaps(database, async tx => {
    // Two that set a strategy at once: the second takes away what the first has set.
    await lockNodes(tx, [network]);
    await tx.run(REMOVE({ network }));
    await writeObjects(tx, draft, differing);
    await tx.run(ADD({ network, strategy, state: propertiesOf(state) }));
  });
  for (const key of differing) onDifference({ key });
  return strategy;
}

type Properties = { readonly [name: string]: Value };

/** As the original keeps a state: integers as such, nothing where there is nothing. */
export function propertiesOf(state: StrategyState): Properties {
  return {
    mode: state.mode,
    status: state.status,
    iterations: BigInt(state.iterations),
    sleep_interval: BigInt(state.sleepInterval),
    last_iteration: state.lastIteration,
    last_iteration_result_count: BigInt(state.lastIterationResultCount),
    max_tasks_per_transformation: BigInt(state.maxTasksPerTransformation),
    task_scaling: state.taskScaling,
    exception: state.exception,
    traceback: state.traceback,
  };
}

const WAKE = statement<OfNetwork, OfNetwork>(
  `${HAS}
  SET r.status = 'awake'
  REMOVE r.exception, r.traceback, r.lease_holder, r.lease_until
  RETURN n._scoped_key AS network
  LIMIT 1`,
);
