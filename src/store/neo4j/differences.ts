// Objects that came with other content than the graph keeps under their key: normal between versions of gufe, and worth a line in
// a log. Only objects that were found when others were written are looked at, and the database compares them, so that what is equal
// (nearly always all) does not travel. What is not is compared again here as JSON: the original writes settings with its own spaces
// and order of members, which is no difference. A number is equal to itself however it is spelled.
import { parseJson } from '../../lib/json-value.ts';
import { writeJson } from '../../lib/json-write.ts';
import type { Key } from '../state-store.ts';
import { type LinkRow, linkOf } from './chains.ts';
import { statement, type Transaction, type Value } from './database.ts';
import { keyOf, type SpecificScope } from './keys.ts';
import type { ObjectForm } from './object-form.ts';
import { dictText } from './object-text.ts';

/** Told of an object that differs; the one in the graph is kept. */
export type OnDifference = (difference: { readonly key: Key }) => void;

interface Row {
  readonly key: Key;
  readonly properties: Readonly<Record<string, Value>>;
  readonly links: readonly LinkRow[];
}

// A property that is null is not stored.
const DIFFERING = statement<{ readonly rows: readonly (readonly Value[])[] }, Row>(
  `UNWIND $rows AS row
  MATCH (n:GufeTokenizable {_scoped_key: row[0]})
  WITH n, row[1] AS came, row[2] AS links
  WHERE size(keys(n)) <> size([name IN keys(came) WHERE came[name] IS NOT NULL])
    OR any(name IN keys(came) WHERE came[name] IS NOT NULL AND (n[name] IS NULL OR n[name] <> came[name]))
    OR COUNT { (n)-[:DEPENDS_ON]->() } <> links
  RETURN n._scoped_key AS key, properties(n) AS properties,
    [(n)-[r:DEPENDS_ON]->(child) | [r.attribute, r.key, r.index, child._gufe_key]] AS links`,
);

/** The keys under which the graph keeps something else than these objects, as they came. */
export async function findDifferences(
  tx: Transaction,
  scope: SpecificScope,
  came: readonly ObjectForm[],
): Promise<readonly Key[]> {
  const forms = new Map(came.map(form => [keyOf(form.gufeKey, scope), form]));
  const rows = [...forms].map(([key, { properties, links }]) => [key, properties, BigInt(links.length)]);
  const suspects = await tx.all(DIFFERING({ rows }));
  return suspects.flatMap(({ key, properties, links }) => {
    const form = forms.get(key);
    if (form === undefined) return [];
    const present = Object.entries(form.properties).filter(([, value]) => value !== null);
    const isSame =
      contentOf(dictText(Object.fromEntries(present), form.links)) ===
      contentOf(dictText(properties, links.map(linkOf)));
    return isSame ? [] : [key];
  });
}

function contentOf(text: string): string {
  return writeJson(parseJson(text), { sortKeys: true });
}
