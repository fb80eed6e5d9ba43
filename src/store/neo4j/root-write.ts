// Writing the node of a large network. It refers to more objects than one transaction can hold (a relationship costs four
// kilobytes until the commit), so it is built up unseen: without the label of its class, by which everybody looks networks up,
// and gets that label in the last transaction. What is cut off in between waits for the next submission of the same network.
import { type Database, statement, type Transaction, type Value } from './database.ts';
import { keyOf, scopeProperties } from './keys.ts';
import { type Draft, pieces } from './object-write.ts';

type Properties = Readonly<Record<string, Value>>;

const STAGE = statement<{ readonly key: string; readonly properties: Properties }>(
  `MERGE (n:GufeTokenizable {_scoped_key: $key})
  ON CREATE SET n = $properties`,
);

// The node is locked first: the same network may be on its way twice.
const LINK = statement<{
  readonly key: string;
  readonly rows: readonly (readonly Value[])[];
  readonly scope: Properties;
}>(
  `MATCH (n:GufeTokenizable {_scoped_key: $key})
  SET n._gufe_key = n._gufe_key
  WITH n
  UNWIND $rows AS row
  MATCH (x:GufeTokenizable {_scoped_key: row[0]})
  WHERE NOT EXISTS { (n)-[:DEPENDS_ON]->(x) }
  CREATE (n)-[:DEPENDS_ON {
    attribute: row[1], key: row[2], index: row[3],
    _org: $scope._org, _campaign: $scope._campaign, _project: $scope._project
  }]->(x)`,
);

/** Relationships of one transaction. */
const LINKS_AT_ONCE = 10_000;

/** Builds up the node of the draft's one object, whose dependencies are all there. */
export async function stageRoot(database: Database, { scope, forms: [root] }: Draft): Promise<void> {
  if (root === undefined) return;
  const key = keyOf(root.gufeKey, scope);
  await database.write(tx => tx.run(STAGE({ key, properties: root.properties })));
  const rows = root.links.map(link => [keyOf(link.target, scope), link.attribute, link.key, link.index]);
  for (const some of pieces(rows, LINKS_AT_ONCE)) {
    await database.write(tx => tx.run(LINK({ key, rows: some, scope: scopeProperties(scope) })));
  }
}

const publish = (qualname: string) =>
  statement<{ readonly key: string }, { readonly wasThere: boolean; readonly n: bigint }>(
    `MATCH (n:GufeTokenizable {_scoped_key: $key})
    SET n._gufe_key = n._gufe_key
    WITH n, n:\`${qualname}\` AS wasThere
    SET n:\`${qualname}\`
    RETURN wasThere, COUNT { (n)-[:DEPENDS_ON]->() } AS n`,
  );

/** Makes it what it is; false when it was so already. */
export async function publishRoot(tx: Transaction, { scope, forms: [root] }: Draft): Promise<boolean> {
  if (root === undefined) return false;
  const found = await tx.first(publish(root.qualname)({ key: keyOf(root.gufeKey, scope) }));
  if (Number(found?.n) !== root.links.length) {
    throw new Error('objects went away while a network was to refer to them');
  }
  return found?.wasThere === false;
}
