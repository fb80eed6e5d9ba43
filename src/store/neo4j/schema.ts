// The schema of the graph: the four constraints that make a database alchemiscale's, by the original's names, for its check
// wants exactly these; and plain indexes of ours, which it does not mind.
//
// The original looks most things up by a label of their own (`MATCH (t:Task {_scoped_key: …})`), which no constraint serves:
// it reads every task. The indexes on `_scoped_key` serve its lookups as well as ours.
import { type Database, type Statement, statement, type Transaction } from './database.ts';

interface SchemaRow {
  readonly name: string;
  readonly labels: readonly string[] | null;
  readonly properties: readonly string[] | null;
}

interface SchemaRule {
  readonly name: string;
  readonly label: string;
  readonly properties: readonly string[];
}

const CONSTRAINTS: readonly SchemaRule[] = [
  { name: 'scoped_key', label: 'GufeTokenizable', properties: ['_scoped_key'] },
  { name: 'user_identifier', label: 'CredentialedUserIdentity', properties: ['identifier'] },
  { name: 'compute_identifier', label: 'CredentialedComputeIdentity', properties: ['identifier'] },
  {
    name: 'compute_service_registration_identifier',
    label: 'ComputeServiceRegistration',
    properties: ['identifier'],
  },
];

/** Labels by which the original looks things up often. Each index is written with each node, so the others have none. */
const KEYED = ['AlchemicalNetwork', 'Transformation', 'NonTransformation', 'Task', 'TaskHub', 'NetworkMark'];

const INDEXES: readonly SchemaRule[] = [
  ...KEYED.map(label => ({ name: `ts_${label}_key`, label, properties: ['_scoped_key'] })),
  { name: 'ts_Task_status', label: 'Task', properties: ['status'] },
  {
    name: 'ts_ComputeServiceRegistration_heartbeat',
    label: 'ComputeServiceRegistration',
    properties: ['heartbeat'],
  },
  { name: 'ts_StrategyRun_network', label: 'StrategyRun', properties: ['network'] },
];

const SHOW_CONSTRAINTS = statement<Record<never, never>, SchemaRow>(
  'SHOW CONSTRAINTS YIELD name, labelsOrTypes AS labels, properties',
);
const SHOW_INDEXES = statement<Record<never, never>, SchemaRow>(
  'SHOW INDEXES YIELD name, labelsOrTypes AS labels, properties',
);

/** The names of the constraints that are not there. */
export async function missingConstraints(tx: Transaction): Promise<readonly string[]> {
  return (await missing(tx, SHOW_CONSTRAINTS({}), CONSTRAINTS)).map(({ name }) => name);
}

/** Whether any of the constraints is there. */
export async function hasSchema(tx: Transaction): Promise<boolean> {
  return (await missingConstraints(tx)).length < CONSTRAINTS.length;
}

async function missing(
  tx: Transaction,
  show: Statement<SchemaRow>,
  rules: readonly SchemaRule[],
): Promise<readonly SchemaRule[]> {
  const present = new Set((await tx.all(show)).map(({ name }) => name));
  return rules.filter(({ name }) => !present.has(name));
}

/** Looks are enough: what is still missing is there under another name, which the check says. */
const MAX_LOOKS = 5;

/** Makes what is not there. */
export async function createSchema(database: Database): Promise<void> {
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const [constraints, indexes] = await database.changeSchema(async tx => [
      await missing(tx, SHOW_CONSTRAINTS({}), CONSTRAINTS),
      await missing(tx, SHOW_INDEXES({}), INDEXES),
    ]);
    const texts = [
      ...constraints.map(
        ({ name, label, properties: [property] }) =>
          `CREATE CONSTRAINT ${name} IF NOT EXISTS FOR (n:${label}) REQUIRE n.${property} IS UNIQUE`,
      ),
      ...indexes.map(
        ({ name, label, properties: [property] }) =>
          `CREATE INDEX ${name} IF NOT EXISTS FOR (n:${label}) ON (n.${property})`,
      ),
    ];
    if (texts.length === 0) return;
    await runAll(database, texts).catch(acceptExisting);
  }
}

/** Statements about the schema share a transaction with each other, but not with statements about data. */
function runAll(database: Database, texts: readonly string[]): Promise<void> {
  return database.changeSchema(async tx => {
    for (const text of texts) await tx.run(statement(text)({}));
  });
}

/** Two servers that start at once both find it missing: then one is told that it is there by now, and looks again. */
function acceptExisting(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code !== 'Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists') throw error;
}

// What a transaction deletes is kept in memory until it commits; a single network may have a hundred thousand relationships.
const DELETE_SOME = [
  'MATCH ()-[x]->() WITH x LIMIT $limit DELETE x RETURN count(*) AS n',
  'MATCH (x) WITH x LIMIT $limit DETACH DELETE x RETURN count(*) AS n',
].map(cypher => statement<{ readonly limit: bigint }, { readonly n: bigint }>(cypher));
const DELETED_AT_ONCE = 10_000n;

/** Deletes every relationship and node of the database, then constraints and indexes. */
export async function dropSchema(database: Database): Promise<void> {
  for (const ask of DELETE_SOME) {
    let deleted = DELETED_AT_ONCE;
    while (deleted === DELETED_AT_ONCE) {
      const row = await database.changeSchema(tx => tx.first(ask({ limit: DELETED_AT_ONCE })));
      deleted = row?.n ?? 0n;
    }
  }
  await runAll(database, [
    ...CONSTRAINTS.map(({ name }) => `DROP CONSTRAINT ${name} IF EXISTS`),
    ...INDEXES.map(({ name }) => `DROP INDEX ${name} IF EXISTS`),
  ]);
  database.forgetSchema();
}

/** What of the constraints differs from what the original's check wants, one sentence each. */
export async function checkConstraints(tx: Transaction): Promise<readonly string[]> {
  const rows = await tx.all(SHOW_CONSTRAINTS({}));
  const sentences: string[] = [];
  for (const { name, label, properties } of CONSTRAINTS) {
    const row = rows.find(found => found.name === name);
    if (row === undefined) sentences.push(`the constraint ${name} is missing`);
    else if (row.labels?.join() !== label || row.properties?.join() !== properties.join()) {
      sentences.push(`the constraint ${name} does not have the expected form`);
    }
  }
  const extra = rows.filter(row => CONSTRAINTS.every(({ name }) => name !== row.name));
  for (const { name } of extra) sentences.push(`the constraint ${name} is none of alchemiscale's`);
  return sentences;
}
