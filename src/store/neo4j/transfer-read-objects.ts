// Objects of the graph as transfer records, dependencies first. Classes come in an order in which what others are made of comes
// early, and within a class keys; whatever an object refers to and that has not been handed out by then is fetched before it, however deep. So
// neither classes that contain themselves nor objects that arrive during the reading break the order.
import type { ObjectRecord } from '../slices/transfer.ts';
import { type Database, statement, type Value } from './database.ts';
import { dependenciesFirst } from './dependency-order.ts';
import { MODELS_MODULE } from './keys.ts';
import type { Link } from './object-form.ts';
import { dictText } from './object-text.ts';
import type { ReadKind } from './transfer-read.ts';
import type { GraphView } from './transfer-view.ts';

const CLASSES = statement<{ readonly models: string }, { readonly name: string }>(
  `MATCH (n:GufeTokenizable)
  WHERE n.__module__ <> $models
  RETURN DISTINCT n.__qualname__ AS name
  ORDER BY name`,
);
const MADE_OF = statement<Record<never, never>, { readonly whole: string; readonly part: string }>(
  `MATCH (a:GufeTokenizable)-[:DEPENDS_ON]->(b:GufeTokenizable)
  RETURN DISTINCT a.__qualname__ AS whole, b.__qualname__ AS part
  ORDER BY whole, part`,
);

async function listClasses(database: Database): Promise<readonly string[]> {
  const [classes, pairs] = await database.read(async tx => [
    await tx.all(CLASSES({ models: MODELS_MODULE })),
    await tx.all(MADE_OF({})),
  ]);
  const parts = Map.groupBy(pairs, ({ whole }) => whole);
  const order = new Set<string>();
  const visiting = new Set<string>();
  const visit = (name: string): void => {
    if (order.has(name) || visiting.has(name)) return;
    visiting.add(name);
    for (const { part } of parts.get(name) ?? []) visit(part);
    order.add(name);
  };
  for (const { name } of classes) visit(name);
  return [...order];
}

interface ObjectRow {
  readonly key: string;
  readonly properties: Readonly<Record<string, Value>>;
  readonly links: readonly (readonly [
    attribute: string,
    key: string | null,
    index: bigint | null,
    target: string,
    targetKey: string,
  ])[];
}

const ROW = `n._scoped_key AS key, properties(n) AS properties,
    [(n)-[r:DEPENDS_ON]->(c) | [r.attribute, r.key, r.index, c._gufe_key, c._scoped_key]] AS links`;

type Page = {
  readonly after: string;
  readonly end: string;
  readonly models: string;
  readonly limit: bigint;
};

// One that does not carry the label of its class is not yet complete.
const OBJECTS = statement<Page, ObjectRow>(
  `MATCH (n:GufeTokenizable)
  WHERE n._scoped_key > $after AND n._scoped_key < $end AND n.__module__ <> $models AND n.__qualname__ IN labels(n)
  WITH n ORDER BY n._scoped_key LIMIT $limit
  RETURN ${ROW}`,
);
const CHOSEN = statement<{ readonly keys: readonly string[] }, ObjectRow>(
  `UNWIND $keys AS key
  MATCH (n:GufeTokenizable {_scoped_key: key})
  RETURN ${ROW}`,
);

/** Each may be a protein. */
const OBJECTS_AT_ONCE = 50;

export const readObjects: ReadKind = async (database, view, after) => {
  view.classes ??= await listClasses(database);
  const [place = '0', ...rest] = (after ?? '0').split(' ');
  const name = view.classes[Number(place)];
  if (name === undefined) return { records: [], next: null, notes: [] };
  const ask = OBJECTS({
    after: rest.length === 0 ? `${name}-` : rest.join(' '),
    end: `${name}.`,
    models: MODELS_MODULE,
    limit: BigInt(OBJECTS_AT_ONCE),
  });
  const rows = await database.read(tx => tx.all(ask));
  const records = await handOut(database, view, rows);
  const isLast = rows.length < OBJECTS_AT_ONCE;
  const next = isLast ? `${Number(place) + 1}` : `${place} ${rows.at(-1)?.key}`;
  return { records, next, notes: [] };
};

/** The objects under these keys that have not been handed out, with what they refer to. */
export async function handOutObjects(
  database: Database,
  view: GraphView,
  keys: readonly string[],
): Promise<readonly ObjectRecord[]> {
  const missing = keys.filter(key => !view.objects.has(key));
  if (missing.length === 0) return [];
  return handOut(database, view, await database.read(tx => tx.all(CHOSEN({ keys: missing }))));
}

async function handOut(
  database: Database,
  view: GraphView,
  rows: readonly ObjectRow[],
): Promise<readonly ObjectRecord[]> {
  const found = new Map<string, ObjectRow>();
  for (let more = rows; more.length > 0; ) {
    for (const row of more) if (!view.objects.has(row.key)) found.set(row.key, row);
    const targets = new Set(more.flatMap(({ links }) => links.map(([, , , , target]) => target)));
    const keys = [...targets].filter(key => !view.objects.has(key) && !found.has(key));
    more = keys.length === 0 ? [] : await database.read(tx => tx.all(CHOSEN({ keys })));
  }
  const children = new Map(
    [...found].map(([key, { links }]) => [
      key,
      [...new Set(links.map(([, , , , target]) => target))].filter(target => found.has(target)),
    ]),
  );
  return dependenciesFirst(children).map((key): ObjectRecord => {
    view.objects.add(key);
    const { properties, links } = found.get(key) as ObjectRow;
    const forms = links.map(
      ([attribute, name, index, target]): Link => ({ attribute, key: name, index, target }),
    );
    return { kind: 'object', key, bytes: new TextEncoder().encode(dictText(properties, forms)) };
  });
}
