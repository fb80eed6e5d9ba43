// Writing a network. A large one is 20,000 objects and 50,000 references, half a second of work; claims and heartbeats that
// arrive meanwhile must not wait for all of it. So it is read and written in short pieces with pauses between them:
//
//   1. the chain is read and hashed; whatever is wrong with it is found here, before anything is written;
//   2. what the scope has not yet is staged: texts, objects and references, in many short transactions. A staged object has
//      no scope, so nothing finds it;
//   3. one last transaction gives the staged objects their scope and adds the network with its edges: now it is there.
//
// A crash in between leaves texts and objects that nothing refers to. Should another submission have stored one of the same
// objects between 2 and 3, ours starts again and finds it. Objects of one scope are shared by key; the first text under a
// key is kept. Texts are shared by their hash, across scopes: keys are stated by clients, hashes are not.
import { hash } from 'node:crypto';
import type { NetworkState } from '../../domain/network-state.ts';
import { readSubmission, type Submission, type SubmittedObject } from '../../domain/submission.ts';
import { DEFAULT_WEIGHT } from '../../domain/task.ts';
import type { CreatedNetwork, CreateNetwork, Key } from '../state-store.ts';
import { type Connection, type Database, list, statement, type Value } from './database.ts';
import { ensureScope, findObjects, keyOf, type SpecificScope, specificScope } from './keys.ts';

/** An object that came with other bytes than those stored under its key. Normal between versions of gufe. */
export interface DifferingObject {
  readonly key: Key;
}

/** A network with the hashes of its texts. */
interface Draft {
  readonly submission: Submission;
  readonly scope: SpecificScope;
  readonly key: Key;
  readonly state: NetworkState;
  readonly sha256: ReadonlyMap<SubmittedObject, string>;
}

/** Other submissions of the same objects may come in between; not for ever. */
const MAX_TRIES = 10;

/** See NetworkStore.create. */
export async function createNetwork(
  database: Database,
  params: CreateNetwork,
  onDifference: (difference: DifferingObject) => void,
): Promise<CreatedNetwork> {
  const draft = await readDraft(database, params);
  for (let tries = 1; ; tries++) {
    if (await database.write(connection => setStateOfExisting(connection, draft))) {
      return { network: draft.key, created: false };
    }
    const known = await findKnown(database, draft, tries === 1 ? onDifference : () => {});
    const staged = new Map<string, number>();
    try {
      await stage(database, draft, known, staged);
      const done = await database.write(connection => publish(connection, draft, known, staged));
      if (done) return { network: draft.key, created: true };
    } catch (error) {
      await discard(database, staged).catch(() => {});
      throw error;
    }
    await discard(database, staged);
    if (tries === MAX_TRIES) throw new Error(`network ${draft.key} was overtaken ${MAX_TRIES} times`);
  }
}

/** Work is cut so that nobody waits longer than this for a turn. */
const PIECE_MS = 4;

async function readDraft(database: Database, params: CreateNetwork): Promise<Draft> {
  const scope = specificScope(params.scope);
  let turnMs = performance.now();
  const pauseWhenDue = async (): Promise<void> => {
    if (performance.now() - turnMs < PIECE_MS) return;
    await database.pause();
    turnMs = performance.now();
  };
  const reading = readSubmission(params.chain);
  let step = reading.next();
  while (step.done !== true) {
    await pauseWhenDue();
    step = reading.next();
  }
  const submission = step.value;
  const sha256 = new Map<SubmittedObject, string>();
  for (const object of submission.objects) {
    sha256.set(object, hash('sha256', object.bytes, 'hex'));
    await pauseWhenDue();
  }
  const key = keyOf(submission.network.gufeKey, scope);
  return { submission, scope, key, state: params.state, sha256 };
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

const FIND_KNOWN = statement<
  [keys: string, org: string, campaign: string, project: string],
  { readonly id: number; readonly gufe_key: string; readonly sha256: string }
>(
  `SELECT o.id, o.gufe_key, d.sha256
  FROM json_each(?) k
  CROSS JOIN scope s
  CROSS JOIN object o
  JOIN document d ON d.id = o.document
  WHERE s.org = ? AND s.campaign = ? AND s.project = ?
    AND o.scope = s.id AND o.gufe_key = k.value`,
);

/** The ids of the objects that the scope has already, by gufe key. */
async function findKnown(
  database: Database,
  { submission, scope, sha256 }: Draft,
  onDifference: (difference: DifferingObject) => void,
): Promise<ReadonlyMap<string, number>> {
  const known = new Map<string, number>();
  for (const objects of pieces(submission.objects, 2000)) {
    const keys = list(objects.map(({ gufeKey }) => gufeKey));
    const ask = FIND_KNOWN(keys, scope.org, scope.campaign, scope.project);
    const rows = await database.read(connection => connection.all(ask));
    const hashes = new Map(rows.map(row => [row.gufe_key, row.sha256]));
    for (const row of rows) known.set(row.gufe_key, row.id);
    for (const object of objects) {
      const kept = hashes.get(object.gufeKey);
      if (kept !== undefined && kept !== sha256.get(object))
        onDifference({ key: keyOf(object.gufeKey, scope) });
    }
    await database.pause();
  }
  return known;
}

const OBJECTS_AT_ONCE = 250;
const BYTES_AT_ONCE = 1 << 20;
const ROWS_AT_ONCE = 2000;

/** Writes what is not `known`, and adds it to `staged`. */
async function stage(
  database: Database,
  draft: Draft,
  known: ReadonlyMap<string, number>,
  staged: Map<string, number>,
): Promise<void> {
  const missing = draft.submission.objects.filter(({ gufeKey }) => !known.has(gufeKey));
  for (const objects of piecesByBytes(missing)) {
    const first = await database.write(connection => stageObjects(connection, objects, draft));
    for (const [place, object] of objects.entries()) staged.set(object.gufeKey, first + place);
    await database.pause();
  }
  const idOf = (gufeKey: string): number => (known.get(gufeKey) ?? staged.get(gufeKey)) as number;
  const dependencies = missing.flatMap(({ gufeKey, references }) =>
    references.map(reference => [idOf(gufeKey), reference.attribute, idOf(reference.gufeKey)] as const),
  );
  for (const some of pieces(dependencies, ROWS_AT_ONCE)) {
    await database.write(connection => connection.runEach(ADD_DEPENDENCY, some));
    await database.pause();
  }
}

const LAST_OBJECT = statement<[], { readonly id: number }>('SELECT coalesce(max(id), 0) AS id FROM object');
const ADD_DOCUMENT = 'INSERT INTO document (sha256, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING';
const ADD_OBJECT = `INSERT INTO object (id, gufe_key, qualname, name, depth, document)
  SELECT ?, ?, ?, ?, ?, id
  FROM document
  WHERE sha256 = ?`;
const ADD_DEPENDENCY = `INSERT INTO dependency (parent, attribute, child)
  VALUES (?, ?, ?)
  ON CONFLICT DO NOTHING`;

/** Writes objects without a scope under consecutive ids; returns the first. */
async function stageObjects(
  connection: Connection,
  objects: readonly SubmittedObject[],
  { sha256 }: Draft,
): Promise<number> {
  const first = ((await connection.first(LAST_OBJECT()))?.id ?? 0) + 1;
  const hashOf = (object: SubmittedObject): string => sha256.get(object) as string;
  await connection.runEach(
    ADD_DOCUMENT,
    objects.map(object => [hashOf(object), object.bytes]),
  );
  await connection.runEach(
    ADD_OBJECT,
    objects.map((object, place): Value[] => {
      const { gufeKey, qualname, name, depth } = object;
      return [first + place, gufeKey, qualname, name, depth, hashOf(object)];
    }),
  );
  return first;
}

const FIND_OVERTAKEN = statement<[scope: number, staged: string], { readonly id: number }>(
  `SELECT o.id
  FROM object o
  WHERE o.scope = ?
    AND o.gufe_key IN (SELECT value FROM json_each(?))
  LIMIT 1`,
);
const GIVE_SCOPE = statement<[scope: number, staged: string]>(
  'UPDATE object SET scope = ? WHERE id IN (SELECT value FROM json_each(?))',
);
const ADD_TRANSFORMATION = 'INSERT INTO transformation (id, protocol) VALUES (?, ?) ON CONFLICT DO NOTHING';
const ADD_NETWORK = statement<
  [network: number, scope: number, token: string, state: NetworkState, weight: number]
>('INSERT INTO network (id, scope, token, state, weight) VALUES (?, ?, ?, ?, ?)');
const ADD_EDGES = statement<[network: number, transformations: string]>(
  'INSERT INTO edge (network, transformation) SELECT ?, value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING',
);

/** Makes the network visible; false when another submission has stored one of its objects meanwhile. */
async function publish(
  connection: Connection,
  { submission, scope, key, state }: Draft,
  known: ReadonlyMap<string, number>,
  staged: ReadonlyMap<string, number>,
): Promise<boolean> {
  const scopeId = await ensureScope(connection, scope);
  if ((await connection.first(FIND_OVERTAKEN(scopeId, list([...staged.keys()])))) !== null) return false;
  await connection.run(GIVE_SCOPE(scopeId, list([...staged.values()])));
  const idOf = (gufeKey: string): number => (known.get(gufeKey) ?? staged.get(gufeKey)) as number;
  const edges = submission.transformations.map(({ gufeKey, protocol }) => [idOf(gufeKey), protocol] as const);
  await connection.runEach(ADD_TRANSFORMATION, edges);
  const network = idOf(submission.network.gufeKey);
  await connection.run(ADD_NETWORK(network, scopeId, hash('md5', key, 'hex'), state, DEFAULT_WEIGHT));
  await connection.run(ADD_EDGES(network, list(edges.map(([id]) => id))));
  return true;
}

const REMOVE_DEPENDENCIES = statement<[staged: string]>(
  `DELETE FROM dependency
  WHERE parent IN (SELECT id FROM object WHERE scope IS NULL AND id IN (SELECT value FROM json_each(?)))`,
);
const REMOVE_OBJECTS = statement<[staged: string]>(
  'DELETE FROM object WHERE scope IS NULL AND id IN (SELECT value FROM json_each(?))',
);

/** Removes what was staged: parents before what they refer to. */
async function discard(database: Database, staged: ReadonlyMap<string, number>): Promise<void> {
  for (const ids of pieces([...staged.values()].reverse(), OBJECTS_AT_ONCE)) {
    await database.write(async connection => {
      await connection.run(REMOVE_DEPENDENCIES(list(ids)));
      await connection.run(REMOVE_OBJECTS(list(ids)));
    });
    await database.pause();
  }
}

function* pieces<T>(items: readonly T[], length: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += length) yield items.slice(start, start + length);
}

function* piecesByBytes(objects: readonly SubmittedObject[]): Generator<readonly SubmittedObject[]> {
  let piece: SubmittedObject[] = [];
  let bytes = 0;
  for (const object of objects) {
    piece.push(object);
    bytes += object.bytes.length;
    if (piece.length < OBJECTS_AT_ONCE && bytes < BYTES_AT_ONCE) continue;
    yield piece;
    piece = [];
    bytes = 0;
  }
  if (piece.length > 0) yield piece;
}
