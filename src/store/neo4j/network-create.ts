// Writing a network: its objects (object-write.ts), and in the transaction that brings the network itself the hub that offers its
// tasks and the mark that carries its state. Keys of both are derived from the network's, so that a network has one of each.
import { hash } from 'node:crypto';
import type { NetworkState } from '../../domain/network-state.ts';
import { readSubmission } from '../../domain/submission.ts';
import { DEFAULT_WEIGHT } from '../../domain/task.ts';
import type { CreatedNetwork, CreateNetwork, Key } from '../state-store.ts';
import { type Database, statement, type Transaction, type Value } from './database.ts';
import type { OnDifference } from './differences.ts';
import {
  keyOf,
  MODELS_MODULE,
  objectProperties,
  type SpecificScope,
  scopeProperties,
  specificScope,
} from './keys.ts';
import { type Draft, draftOf, piecesOf, retryOverlaps, writeObjects } from './object-write.ts';
import { runInPieces } from './pace.ts';
import { publishRoot, stageRoot } from './root-write.ts';

/** See NetworkStore.create. */
export async function createNetwork(
  database: Database,
  { scope: dict, state, chain }: CreateNetwork,
  onDifference: OnDifference,
): Promise<CreatedNetwork> {
  const scope = specificScope(dict);
  const submission = await runInPieces(readSubmission(chain));
  const pieces = piecesOf(await draftOf(submission.objects, scope));
  const root = pieces.at(-1) as Draft;
  const isLarge = pieces.length > 1;
  const network = keyOf(submission.network.gufeKey, scope);
  const differing = new Set<Key>();
  if (isLarge && !(await database.read(tx => isNetwork(tx, network)))) {
    for (const piece of pieces.slice(0, -1)) {
      await retryOverlaps(database, tx => writeObjects(tx, piece, differing));
    }
    await stageRoot(database, root);
  }
  const writeRoot = (tx: Transaction): Promise<boolean> =>
    isLarge ? publishRoot(tx, root) : writeObjects(tx, root, differing);
  const created = await retryOverlaps(database, async tx => {
    const isNew = !(await isNetwork(tx, network)) && (await writeRoot(tx));
    await markNetwork(tx, network, scope, state);
    return isNew;
  });
  for (const key of differing) onDifference({ key });
  return { network, created };
}

const FIND = statement<{ readonly network: Key }, { readonly key: Key }>(
  `MATCH (n:GufeTokenizable {_scoped_key: $network})
  WHERE n:AlchemicalNetwork
  RETURN n._scoped_key AS key`,
);

async function isNetwork(tx: Transaction, network: Key): Promise<boolean> {
  return (await tx.first(FIND({ network }))) !== null;
}

type Properties = Readonly<Record<string, Value>>;

const MARK = statement<{
  readonly network: Key;
  readonly hub: Properties;
  readonly mark: Properties;
  readonly state: NetworkState;
  readonly scope: Properties;
}>(
  `MATCH (n:GufeTokenizable {_scoped_key: $network})
  MERGE (h:GufeTokenizable {_scoped_key: $hub._scoped_key})
  ON CREATE SET h:TaskHub, h += $hub
  MERGE (h)-[p:PERFORMS]->(n)
  ON CREATE SET p += $scope
  MERGE (m:GufeTokenizable {_scoped_key: $mark._scoped_key})
  ON CREATE SET m:NetworkMark, m += $mark
  SET m.state = $state
  MERGE (m)-[q:MARKS]->(n)
  ON CREATE SET q += $scope`,
);

/**
 * Gives a network its hub and its mark where it has none, and sets its state.
 *
 * Differs from alchemiscale: a network that is submitted again keeps the weight of its hub. Its state is set to the one
 * submitted, as there.
 */
export async function markNetwork(
  tx: Transaction,
  network: Key,
  scope: SpecificScope,
  state: NetworkState,
): Promise<void> {
  const token = hash('md5', network, 'hex');
  const hub = {
    ...objectProperties(`TaskHub-${token}`, scope, MODELS_MODULE),
    network,
    weight: DEFAULT_WEIGHT,
  };
  const mark = { ...objectProperties(`NetworkMark-${token}`, scope, MODELS_MODULE), target: network, state };
  await tx.run(MARK({ network, hub, mark, state, scope: scopeProperties(scope) }));
}

const UNMARKED = statement<
  Record<never, never>,
  { readonly network: Key; readonly scope: readonly string[] }
>(
  `MATCH (n:AlchemicalNetwork)
  WHERE NOT (n)<-[:MARKS]-(:NetworkMark)
  RETURN n._scoped_key AS network, [n._org, n._campaign, n._project] AS scope
  ORDER BY network`,
);

/**
 * The migration from version 0.3 of the original to 0.4: every network without a mark gets one, in state `active`. Says how
 * many there were. Harmless when repeated.
 */
export function markUnmarkedNetworks(database: Database): Promise<number> {
  return database.write(async tx => {
    const rows = await tx.all(UNMARKED({}));
    for (const { network, scope } of rows) {
      const [org = '', campaign = '', project = ''] = scope;
      await markNetwork(tx, network, { org, campaign, project }, 'active');
    }
    return rows.length;
  });
}
