// Writing a network: its objects (object-write.ts), and in the transaction that makes them visible the network with its hub,
// its mark and its edges.
import { hash } from 'node:crypto';
import type { NetworkState } from '../../domain/network-state.ts';
import { readSubmission, type Submission } from '../../domain/submission.ts';
import { DEFAULT_WEIGHT } from '../../domain/task.ts';
import type { CreatedNetwork, CreateNetwork, Key } from '../state-store.ts';
import { type Connection, type Database, list, statement, table } from './database.ts';
import { findObjects, keyOf, specificScope } from './keys.ts';
import { type DifferingObject, type Published, readInPieces, storeObjects } from './object-write.ts';

/** A network about to be stored. */
interface Draft {
  readonly submission: Submission;
  readonly key: Key;
  readonly state: NetworkState;
}

/** See NetworkStore.create. */
export async function createNetwork(
  database: Database,
  params: CreateNetwork,
  onDifference: (difference: DifferingObject) => void,
): Promise<CreatedNetwork> {
  const scope = specificScope(params.scope);
  const submission = await readInPieces(database, readSubmission(params.chain));
  const key = keyOf(submission.network.gufeKey, scope);
  const draft = { submission, key, state: params.state };
  return storeObjects<CreatedNetwork>(database, {
    draft: { objects: submission.objects, scope },
    async answerWithout() {
      const exists = await database.write(connection => setStateOfExisting(connection, draft));
      return exists ? { network: key, created: false } : null;
    },
    async publish(connection, published) {
      // The same network may have been stored between the question above and the look at what the scope has.
      if (await setStateOfExisting(connection, draft)) return { network: key, created: false };
      await addNetwork(connection, draft, published);
      return { network: key, created: true };
    },
    onDifference,
  });
}

const SET_STATE = statement<[state: NetworkState, network: number]>(
  'UPDATE network SET state = ? WHERE id = ?',
);

/**
 * Differs from alchemiscale: a network that is submitted again keeps the weight of its hub. Its state is set to the one
 * submitted, as there.
 */
async function setStateOfExisting(connection: Connection, { key, state }: Draft): Promise<boolean> {
  const found = (await findObjects(connection, [key], 'network')).get(key);
  if (found !== undefined) await connection.run(SET_STATE(state, found.id));
  return found !== undefined;
}

const ADD_TRANSFORMATIONS = statement<[rows: string]>(
  `INSERT INTO transformation (id, protocol)
  SELECT d.id, d.protocol FROM rows(? AS id INTEGER, protocol TEXT) d WHERE true
  ON CONFLICT DO NOTHING`,
);
const ADD_NETWORK = statement<
  [network: number, scope: number, token: string, state: NetworkState, weight: number]
>('INSERT INTO network (id, scope, token, state, weight) VALUES (?, ?, ?, ?, ?)');
const ADD_EDGES = statement<[network: number, transformations: string]>(
  'INSERT INTO edge (network, transformation) SELECT ?, k.value FROM numbers(?) k WHERE true ON CONFLICT DO NOTHING',
);

/** Writes down what makes objects a network. */
async function addNetwork(
  connection: Connection,
  { submission, key, state }: Draft,
  { scope, idOf }: Published,
): Promise<void> {
  const edges = submission.transformations.map(({ gufeKey, protocol }) => [idOf(gufeKey), protocol] as const);
  await connection.run(ADD_TRANSFORMATIONS(table(edges)));
  const network = idOf(submission.network.gufeKey);
  await connection.run(ADD_NETWORK(network, scope, hash('md5', key, 'hex'), state, DEFAULT_WEIGHT));
  await connection.run(ADD_EDGES(network, list(edges.map(([id]) => id))));
}
