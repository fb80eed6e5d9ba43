// Writing gufe objects. A large network is 20,000 objects and 50,000 references, half a second of work; claims and heartbeats
// that arrive meanwhile must not wait for all of it. So it is read and written in short pieces with pauses between them:
//
//   1. the chain is read and hashed; whatever is wrong with it is found here, before anything is written;
//   2. what the scope has not yet is staged: texts, objects and references, in many short transactions. A staged object has
//      no scope, so nothing finds it;
//   3. one last transaction gives the staged objects their scope and writes whatever they were stored for.
//
// A crash in between leaves texts and objects that nothing refers to; the objects are swept (object-sweep.ts). Should another
// submission have stored one of the same objects between 2 and 3, ours starts again and finds it. Objects of one scope are
// shared by key; the first text under a key is kept. Texts are shared by their hash, across scopes: keys are stated by
// clients, hashes are not.
import { hash } from 'node:crypto';
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { SubmittedObject } from '../../domain/submission.ts';
import type { Key } from '../state-store.ts';
import { type Connection, type Database, list, type NewDependency, statement } from './database.ts';
import { ensureScope, keyOf, type SpecificScope } from './keys.ts';

/** An object that came with other bytes than those stored under its key. Normal between versions of gufe. */
export interface DifferingObject {
  readonly key: Key;
}

/** Objects to be stored, dependencies first. */
interface Draft {
  readonly objects: readonly SubmittedObject[];
  readonly scope: SpecificScope;
}

/** A draft with the hashes of its texts. */
interface HashedDraft extends Draft {
  readonly sha256: ReadonlyMap<SubmittedObject, string>;
}

/** What the last transaction works with. */
export interface Published {
  /** The row of the scope. */
  readonly scope: number;
  /** The row of an object of the draft, by its gufe key. */
  readonly idOf: (gufeKey: string) => number;
}

/** How objects are stored. */
export interface Storing<T> {
  readonly draft: Draft;
  /** Asked before every try: an answer means that nothing is left to store. */
  readonly answerWithout: () => Promise<T | null>;
  /** Writes what the objects are for, in the transaction in which they become visible. */
  readonly publish: (connection: Connection, published: Published) => Promise<T>;
  readonly onDifference: (difference: DifferingObject) => void;
}

/** Other submissions of the same objects may come in between; not for ever. */
const MAX_TRIES = 10;

/** Stores what the scope does not have yet, and publishes it. */
export async function storeObjects<T>(database: Database, storing: Storing<T>): Promise<T> {
  const { publish, onDifference } = storing;
  const draft = await hashDraft(database, storing.draft);
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    const answer = await storing.answerWithout();
    if (answer !== null) return answer;
    const known = await findKnown(database, draft, tries === 1 ? onDifference : () => {});
    const staged = new Map<string, number>();
    try {
      await stage(database, draft, known, staged);
      const idOf = (gufeKey: string): number => (known.get(gufeKey) ?? staged.get(gufeKey)) as number;
      const done = await database.write(async connection => {
        const scope = await giveScope(connection, draft.scope, staged);
        return scope === null ? null : { answer: await publish(connection, { scope, idOf }) };
      });
      if (done !== null) return done.answer;
    } catch (error) {
      await removeStaged(database, parentsFirst(staged)).catch(() => {});
      throw error;
    }
    await removeStaged(database, parentsFirst(staged));
  }
  throw new Error(`${draft.objects.at(-1)?.gufeKey} was overtaken ${MAX_TRIES} times`);
}

/** Work is cut so that nobody waits longer than this for a turn. */
const PIECE_MS = 4;

/** Pauses where it is called, but no more often than turns are due. */
function pacer(database: Database): () => Promise<void> {
  let turnMs = performance.now();
  return async () => {
    if (performance.now() - turnMs < PIECE_MS) return;
    await database.pause();
    turnMs = performance.now();
  };
}

/** Runs a reader of chains to its end, with pauses. */
export async function readInPieces<T>(database: Database, reading: Generator<undefined, T>): Promise<T> {
  const pauseWhenDue = pacer(database);
  let step = reading.next();
  while (step.done !== true) {
    await pauseWhenDue();
    step = reading.next();
  }
  return step.value;
}

async function hashDraft(database: Database, draft: Draft): Promise<HashedDraft> {
  const pauseWhenDue = pacer(database);
  const sha256 = new Map<SubmittedObject, string>();
  for (const object of draft.objects) {
    sha256.set(object, hash('sha256', object.bytes, 'hex'));
    await pauseWhenDue();
  }
  return { ...draft, sha256 };
}

const FIND_KNOWN = statement<
  [keys: string, org: string, campaign: string, project: string],
  { readonly id: number; readonly gufe_key: string; readonly sha256: string }
>(
  `SELECT o.id, o.gufe_key, d.sha256
  FROM texts(?) k
  CROSS JOIN scope s
  JOIN object o ON o.id = (SELECT x.id FROM object x WHERE x.scope = s.id AND x.gufe_key = k.value)
  JOIN document d ON d.id = o.document
  WHERE s.org = ? AND s.campaign = ? AND s.project = ?`,
);

/** The ids of the objects that the scope has already, by gufe key. */
async function findKnown(
  database: Database,
  { objects: all, scope, sha256 }: HashedDraft,
  onDifference: (difference: DifferingObject) => void,
): Promise<ReadonlyMap<string, number>> {
  const known = new Map<string, number>();
  for (const objects of pieces(all, 2000)) {
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
  draft: HashedDraft,
  known: ReadonlyMap<string, number>,
  staged: Map<string, number>,
): Promise<void> {
  const missing = draft.objects.filter(({ gufeKey }) => !known.has(gufeKey));
  for (const objects of piecesByBytes(missing)) {
    const ids = await database.write(connection => stageObjects(database, connection, objects, draft));
    for (const [place, object] of objects.entries()) staged.set(object.gufeKey, ids[place] as number);
    await database.pause();
  }
  const idOf = (gufeKey: string): number => (known.get(gufeKey) ?? staged.get(gufeKey)) as number;
  const dependencies = missing.flatMap(({ gufeKey, references }) =>
    references.map(({ attribute, gufeKey: to }): NewDependency => [idOf(gufeKey), attribute, idOf(to)]),
  );
  for (const some of pieces(dependencies, ROWS_AT_ONCE)) {
    await database.write(connection => database.byHand.addDependencies(connection, some));
    await database.pause();
  }
}

/** Writes objects without a scope; their ids, aligned. */
async function stageObjects(
  database: Database,
  connection: Connection,
  objects: readonly SubmittedObject[],
  { sha256 }: HashedDraft,
): Promise<readonly number[]> {
  const hashOf = (object: SubmittedObject): string => sha256.get(object) as string;
  await database.byHand.addDocuments(
    connection,
    objects.map(object => ({ sha256: hashOf(object), bytes: object.bytes })),
  );
  return database.byHand.addObjects(
    connection,
    objects.map(object => ({ ...object, sha256: hashOf(object) })),
  );
}

const FIND_OVERTAKEN = statement<[scope: number, staged: string], { readonly id: number }>(
  `SELECT o.id
  FROM object o
  WHERE o.scope = ?
    AND o.gufe_key IN texts(?)
  LIMIT 1`,
);
const GIVE_SCOPE = statement<[scope: number, staged: string]>(
  'UPDATE object SET scope = ? WHERE id IN numbers(?)',
);
/** Makes staged objects visible; null when another submission has stored one of them meanwhile, else the scope's row. */
async function giveScope(
  connection: Connection,
  scope: SpecificScope,
  staged: ReadonlyMap<string, number>,
): Promise<number | null> {
  const scopeId = await ensureScope(connection, scope);
  // Objects become visible in a scope by one submission after another.
  if (connection.isShared) await connection.all(LOCK_SCOPE(scopeId));
  if ((await connection.first(FIND_OVERTAKEN(scopeId, list([...staged.keys()])))) !== null) return null;
  const given = await connection.run(GIVE_SCOPE(scopeId, list([...staged.values()])));
  if (given === staged.size) return scopeId;
  throw new AlchemiscaleError('STORE_UNAVAILABLE', 'Storing the objects took more than a day; try again');
}

const LOCK_SCOPE = statement<[scope: number], { readonly id: number }>(
  'SELECT id FROM scope WHERE id = ? FOR NO KEY UPDATE',
);

const REMOVE_DEPENDENCIES = statement<[staged: string]>(
  `DELETE FROM dependency
  WHERE parent IN (SELECT id FROM object WHERE scope IS NULL AND id IN numbers(?))`,
);
const REMOVE_OBJECTS = statement<[staged: string]>(
  'DELETE FROM object WHERE scope IS NULL AND id IN numbers(?)',
);

/** Removes staged objects by their ids: parents before what they refer to. */
export async function removeStaged(database: Database, staged: readonly number[]): Promise<void> {
  for (const ids of pieces(staged, OBJECTS_AT_ONCE)) {
    await database.write(async connection => {
      await connection.run(REMOVE_DEPENDENCIES(list(ids)));
      await connection.run(REMOVE_OBJECTS(list(ids)));
    });
    await database.pause();
  }
}

/** A draft has them the other way round. */
function parentsFirst(staged: ReadonlyMap<string, number>): readonly number[] {
  return [...staged.values()].reverse();
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
