// Writing gufe objects. Objects of one scope are shared by key, and the first that is written under a key is kept: what is there
// already is neither read nor written again.
//
// A transaction of Neo4j is kept in memory until it commits, so a large network is written in several, dependencies first; its
// own node comes last (root-write.ts). Whenever that is cut off, every object in the graph has all it refers to, and what
// nothing refers to yet is there for the next submission of the same objects.
//
// Differs from alchemiscale: there every submission writes every object anew, over what others may be using.
import type { SubmittedObject } from '../../domain/submission.ts';
import type { Key } from '../state-store.ts';
import { type Database, statement, type Transaction, type Value } from './database.ts';
import { findDifferences } from './differences.ts';
import { keyOf, type SpecificScope, scopeProperties } from './keys.ts';
import { formOf, type ObjectForm } from './object-form.ts';
import { pacer } from './pace.ts';

/** Objects that are ready to be written. */
export interface Draft {
  readonly scope: SpecificScope;
  /** Dependencies first. */
  readonly forms: readonly ObjectForm[];
}

/** Brings objects into their form, with pauses for other work. Throws INVALID_BODY where the graph cannot hold one. */
export async function draftOf(objects: readonly SubmittedObject[], scope: SpecificScope): Promise<Draft> {
  const pauseWhenDue = pacer();
  const forms: ObjectForm[] = [];
  for (const object of objects) {
    forms.push(formOf(object, scope));
    await pauseWhenDue();
  }
  return { scope, forms };
}

const FIND_KNOWN = statement<{ readonly keys: readonly string[] }, { readonly key: string }>(
  `UNWIND $keys AS key
  MATCH (n:GufeTokenizable {_scoped_key: key})
  RETURN n._gufe_key AS key`,
);

type NodeRow = ObjectForm['properties'];

/** Class names are letters, digits and underscores: they were checked as part of the key. */
const createNodes = (qualname: string) =>
  statement<{ readonly rows: readonly NodeRow[] }, never>(
    `UNWIND $rows AS row
    CREATE (n:GufeTokenizable:\`${qualname}\`)
    SET n = row`,
  );

// Each node is looked up once, however many relationships it has; rows name the two ends by their place among the keys. A property
// that is null is not stored.
const CREATE_LINKS = statement<
  {
    readonly keys: readonly Key[];
    readonly rows: readonly (readonly Value[])[];
    readonly scope: Readonly<Record<string, string>>;
  },
  { readonly n: bigint }
>(
  `UNWIND range(0, size($keys) - 1) AS place
  MATCH (x:GufeTokenizable {_scoped_key: $keys[place]})
  WITH place, x
  ORDER BY place
  WITH collect(x) AS nodes
  WHERE size(nodes) = size($keys)
  UNWIND $rows AS row
  WITH nodes[row[0]] AS a, nodes[row[1]] AS b, row
  CREATE (a)-[r:DEPENDS_ON {
    attribute: row[2], key: row[3], index: row[4],
    _org: $scope._org, _campaign: $scope._campaign, _project: $scope._project
  }]->(b)
  RETURN count(r) AS n`,
);

const ROWS_AT_ONCE = 5000;
const TEXT_AT_ONCE = 4 << 20;

/** The draft in pieces of a size that one transaction can hold. Of several the last is the root alone. */
export function piecesOf({ scope, forms }: Draft): readonly Draft[] {
  const pieces = [...piecesByText(forms)];
  const groups = pieces.length < 2 ? pieces : [...piecesByText(forms.slice(0, -1)), forms.slice(-1)];
  return groups.map(some => ({ scope, forms: some }));
}

/**
 * Writes what the scope does not have yet; true when that includes the last object. The keys of those that it has
 * with other content are put into `differing`. Two submissions that bring the same new object at once end with CONFLICT in one of
 * them: `retryOverlaps` runs it again, and it finds the object there.
 */
export async function writeObjects(
  tx: Transaction,
  { scope, forms }: Draft,
  differing: Set<string> | null = null,
): Promise<boolean> {
  const known = new Set<string>();
  for (const some of pieces(forms, ROWS_AT_ONCE)) {
    const rows = await tx.all(FIND_KNOWN({ keys: some.map(({ gufeKey }) => keyOf(gufeKey, scope)) }));
    for (const { key } of rows) known.add(key);
  }
  const missing = forms.filter(({ gufeKey }) => !known.has(gufeKey));
  if (differing !== null && known.size > 0) {
    const found = forms.filter(({ gufeKey }) => known.has(gufeKey));
    for (const key of await findDifferences(tx, scope, found)) differing.add(key);
  }
  // In the order of keys, as locks are taken.
  const byClass = [...Map.groupBy(missing, ({ qualname }) => qualname)].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [qualname, members] of byClass) {
    const sorted = members.sort((a, b) => (a.gufeKey < b.gufeKey ? -1 : 1));
    for (const some of piecesByText(sorted)) {
      await tx.run(createNodes(qualname)({ rows: some.map(({ properties }) => properties) }));
    }
  }
  await writeLinks(tx, scope, missing);
  return missing.at(-1) !== undefined && missing.at(-1) === forms.at(-1);
}

/** Writes the relationships of new objects, whose targets are all there. */
async function writeLinks(
  tx: Transaction,
  scope: SpecificScope,
  forms: readonly ObjectForm[],
): Promise<void> {
  const links = forms.flatMap(({ gufeKey, links }) => links.map(link => ({ ...link, source: gufeKey })));
  for (const some of pieces(links, ROWS_AT_ONCE)) {
    const places = new Map<string, bigint>();
    const placeOf = (gufeKey: string): bigint => {
      const place = places.get(gufeKey) ?? BigInt(places.size);
      places.set(gufeKey, place);
      return place;
    };
    const rows = some.map(({ source, target, attribute, key, index }): readonly Value[] => [
      placeOf(source),
      placeOf(target),
      attribute,
      key,
      index,
    ]);
    const keys = [...places.keys()].map(gufeKey => keyOf(gufeKey, scope));
    const created = await tx.first(CREATE_LINKS({ keys, rows, scope: scopeProperties(scope) }));
    if (Number(created?.n) !== rows.length)
      throw new Error('objects went away while others were to refer to them');
  }
}

/** Others may bring the same objects in between; not for ever. */
const MAX_TRIES = 10;

/** Runs a transaction that writes objects, again when another brought one of them meanwhile. */
export async function retryOverlaps<T>(
  database: Database,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await database.write(work);
    } catch (error) {
      const isOverlap = error instanceof Error && 'code' in error && error.code === 'CONFLICT';
      if (!isOverlap || tries === MAX_TRIES) throw error;
    }
  }
}

/** A list in pieces. */
export function* pieces<T>(items: readonly T[], length: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += length) yield items.slice(start, start + length);
}

/** Pieces of not much more text than a message should have; a protein alone may have more. */
function* piecesByText(forms: readonly ObjectForm[]): Generator<readonly ObjectForm[]> {
  let piece: ObjectForm[] = [];
  let size = 0;
  for (const form of forms) {
    piece.push(form);
    for (const value of Object.values(form.properties)) if (typeof value === 'string') size += value.length;
    if (piece.length < ROWS_AT_ONCE && size < TEXT_AT_ONCE) continue;
    yield piece;
    piece = [];
    size = 0;
  }
  if (piece.length > 0) yield piece;
}
