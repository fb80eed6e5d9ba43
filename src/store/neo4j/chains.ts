// Reads a stored gufe object back as a keyed chain: everything it depends on, in one query.
//
// The order is the original's: of the objects whose dependencies have all been given, the one with the smallest gufe key
// comes next, so that the root comes last.
import type { Key } from '../state-store.ts';
import { type Database, statement, type Value } from './database.ts';
import { dependenciesFirst } from './dependency-order.ts';
import { MODELS_MODULE } from './keys.ts';
import type { Link } from './object-form.ts';
import { dictText } from './object-text.ts';
import { pacer } from './pace.ts';

/** A relationship as queries return it. */
export type LinkRow = readonly [attribute: string, key: string | null, index: bigint | null, target: string];

/** The relationship that a row tells of. */
export function linkOf([attribute, key, index, target]: LinkRow): Link {
  return { attribute, key, index, target };
}

interface ObjectRow {
  readonly properties: Readonly<Record<string, Value>>;
  readonly links: readonly LinkRow[];
}

// The objects that the original makes for itself (tasks, hubs, …) carry the same label and are none of gufe's. One that does not
// carry the label of its class is not yet complete.
const READ = statement<{ readonly key: Key; readonly models: string }, ObjectRow>(
  `MATCH (root:GufeTokenizable {_scoped_key: $key})
  WHERE root.__module__ <> $models AND root.__qualname__ IN labels(root)
  OPTIONAL MATCH (root)-[:DEPENDS_ON*]->(dependency)
  WITH root, collect(DISTINCT dependency) AS dependencies
  UNWIND [root] + dependencies AS node
  RETURN properties(node) AS properties,
    [(node)-[r:DEPENDS_ON]->(child) | [r.attribute, r.key, r.index, child._gufe_key]] AS links`,
);

/** The chain's JSON text with Python's separators; null when no gufe object is stored under the key. */
export async function readChain(database: Database, key: Key): Promise<Uint8Array | null> {
  const rows = await database.read(tx => tx.all(READ({ key, models: MODELS_MODULE })));
  if (rows.length === 0) return null;
  const pauseWhenDue = pacer();
  const texts = new Map<string, string>();
  const children = new Map<string, readonly string[]>();
  for (const { properties, links } of rows) {
    const gufeKey = String(properties._gufe_key);
    const dependencies = links.map(linkOf);
    texts.set(gufeKey, `["${gufeKey}", ${dictText(properties, dependencies)}]`);
    children.set(gufeKey, [...new Set(dependencies.map(({ target }) => target))]);
    await pauseWhenDue();
  }
  const order = dependenciesFirst(children);
  return new TextEncoder().encode(`[${order.map(gufeKey => texts.get(gufeKey)).join(', ')}]`);
}
