// From keys to rows and back. A key is text, `{qualname}-{token}-{org}-{campaign}-{project}`; a row keeps the id of its
// scope and a token. Lists of keys are looked up one statement a scope, which nearly always means one statement.
import { AlchemiscaleError } from '../../domain/errors.ts';
import { Scope, type ScopeDict } from '../../domain/scope.ts';
import type { TaskStatus } from '../../domain/task-status.ts';
import type { Key } from '../state-store.ts';
import { type Connection, list, type Statement, statement } from './database.ts';

/** A scope without wildcards. */
export interface SpecificScope {
  readonly org: string;
  readonly campaign: string;
  readonly project: string;
}

/** The fields of a key's text. */
export interface KeyParts extends SpecificScope {
  readonly qualname: string;
  readonly token: string;
}

/** Splits a key; null for text that is none, which is then simply not found. */
export function splitKey(key: Key): KeyParts | null {
  const fields = key.split('-');
  if (fields.length !== 5) return null;
  const [qualname, token, org, campaign, project] = fields as [string, string, string, string, string];
  return { qualname, token, org, campaign, project };
}

/** Puts a key together. */
export function keyOf(gufeKey: string, scope: SpecificScope): Key {
  return `${gufeKey}-${scope.org}-${scope.campaign}-${scope.project}`;
}

/** The key of a task. */
export function taskKey(row: SpecificScope & { readonly token: string }): Key {
  return keyOf(`Task-${row.token}`, row);
}

/** SQL: the key of a row of `task`, which the statement calls so. */
export function taskKeyOf(task: string): string {
  return `'Task-' || ${task}.token || (
      SELECT '-' || s.org || '-' || s.campaign || '-' || s.project FROM scope s WHERE s.id = ${task}.scope
    )`;
}

/** The JSON parameter for `coveredBy`. */
export function scopeList(scopes: readonly ScopeDict[]): string {
  return list(scopes.map(scope => new Scope(scope).toString()));
}

/**
 * SQL for the ids of scopes covered by one of a list (one `?`: scopeList), for use after IN. The list, which may be long, is
 * read once; each scope is looked up in it under its four names.
 */
export function coveredScopes(): string {
  return `SELECT n.id
    FROM (
      SELECT id, '*-*-*' AS name FROM scope
      UNION ALL SELECT id, org || '-*-*' FROM scope
      UNION ALL SELECT id, org || '-' || campaign || '-*' FROM scope
      UNION ALL SELECT id, org || '-' || campaign || '-' || project FROM scope
    ) n
    WHERE n.name IN texts(?)`;
}

/** A scope with its id. */
export interface ScopeRow extends SpecificScope {
  readonly id: number;
}

const ORDERED_SCOPES = statement<[scopes: string], ScopeRow>(
  `SELECT id, org, campaign, project
  FROM scope
  WHERE id IN (${coveredScopes()})
  ORDER BY org, campaign, project`,
);

/** The scopes that a list of scopes covers (scopeList), in the order of lists of keys. */
export function orderedScopes(connection: Connection, scopes: string): Promise<readonly ScopeRow[]> {
  return connection.all(ORDERED_SCOPES(scopes));
}

const FIND_SCOPE = statement<[org: string, campaign: string, project: string], { readonly id: number }>(
  'SELECT id FROM scope WHERE org = ? AND campaign = ? AND project = ?',
);
const ADD_SCOPE = statement<[org: string, campaign: string, project: string]>(
  'INSERT INTO scope (org, campaign, project) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
);

/** The id of a scope, which is written down when it is new. */
export async function ensureScope(connection: Connection, scope: SpecificScope): Promise<number> {
  const parts = [scope.org, scope.campaign, scope.project] as const;
  const found = await connection.first(FIND_SCOPE(...parts));
  if (found !== null) return found.id;
  await connection.run(ADD_SCOPE(...parts));
  return (await connection.first(FIND_SCOPE(...parts)))?.id as number;
}

/** The scope that something is written to. Throws INVALID_BODY when it has wildcards. */
export function specificScope(dict: ScopeDict): SpecificScope {
  const { org, campaign, project } = new Scope(dict);
  if (org === null || campaign === null || project === null) {
    throw new AlchemiscaleError(
      'INVALID_BODY',
      `Invalid scope ${new Scope(dict)}: objects live in a scope without wildcards`,
    );
  }
  return { org, campaign, project };
}

/** How keys of one kind are found: the name a table keeps of them, and the statement that finds rows by names. */
interface Lookup<Row> {
  readonly nameIn: (parts: KeyParts) => string | null;
  readonly find: (names: string, org: string, campaign: string, project: string) => Statement<Row>;
  readonly nameOf: (row: Row) => string;
}

/** The rows behind those of `keys` that are stored. */
async function lookUp<Row>(
  connection: Connection,
  keys: Iterable<Key>,
  { nameIn, find, nameOf }: Lookup<Row>,
): Promise<ReadonlyMap<Key, Row>> {
  const wanted = new Map<string, { readonly scope: SpecificScope; readonly names: Map<string, Key> }>();
  for (const key of keys) {
    const parts = splitKey(key);
    const name = parts === null ? null : nameIn(parts);
    if (parts === null || name === null) continue;
    const scopeText = `${parts.org}-${parts.campaign}-${parts.project}`;
    let group = wanted.get(scopeText);
    if (group === undefined) wanted.set(scopeText, (group = { scope: parts, names: new Map() }));
    group.names.set(name, key);
  }
  const found = new Map<Key, Row>();
  for (const { scope, names } of wanted.values()) {
    const query = find(list([...names.keys()]), scope.org, scope.campaign, scope.project);
    for (const row of await connection.all(query)) found.set(names.get(nameOf(row)) as Key, row);
  }
  return found;
}

type LookupParameters = [names: string, org: string, campaign: string, project: string];

/** A task as the rules need it. */
export interface TaskRow {
  readonly id: number;
  readonly token: string;
  readonly scope: number;
  readonly transformation: number;
  readonly status: TaskStatus;
}

// 100,000 keys in 0.3 s: one seek in the index on (scope, token) for each. It is a query of its own, so that no planner can put
// scope and token apart: while a table fills faster than its statistics follow, to read a whole scope looks cheap.
const FIND_TASKS = statement<LookupParameters, TaskRow>(
  `SELECT t.id, t.token, t.scope, t.transformation, t.status
  FROM texts(?) k
  CROSS JOIN scope s
  JOIN task t ON t.id = (SELECT x.id FROM task x WHERE x.scope = s.id AND x.token = k.value)
  WHERE s.org = ? AND s.campaign = ? AND s.project = ?`,
);

/** The tasks among `keys` that there are. */
export function findTasks(connection: Connection, keys: Iterable<Key>): Promise<ReadonlyMap<Key, TaskRow>> {
  return lookUp(connection, keys, {
    nameIn: parts => (parts.qualname === 'Task' ? parts.token : null),
    find: FIND_TASKS,
    nameOf: row => row.token,
  });
}

/** A gufe object. */
export interface ObjectRow {
  readonly id: number;
  readonly gufe_key: string;
  readonly scope: number;
}

/** The gufe objects among `keys` that are stored; `of` keeps those that are in that table too. */
export function findObjects(
  connection: Connection,
  keys: Iterable<Key>,
  of: 'object' | 'network' | 'transformation' = 'object',
): Promise<ReadonlyMap<Key, ObjectRow>> {
  return lookUp(connection, keys, {
    nameIn: parts => `${parts.qualname}-${parts.token}`,
    find: FIND_OBJECTS[of],
    nameOf: row => row.gufe_key,
  });
}

const findObjectsIn = (restriction: string): ((...parameters: LookupParameters) => Statement<ObjectRow>) =>
  statement<LookupParameters, ObjectRow>(
    `SELECT o.id, o.gufe_key, o.scope
    FROM texts(?) k
    CROSS JOIN scope s
    JOIN object o ON o.id = (SELECT x.id FROM object x WHERE x.scope = s.id AND x.gufe_key = k.value)
    WHERE s.org = ? AND s.campaign = ? AND s.project = ?${restriction}`,
  );
const FIND_OBJECTS = {
  object: findObjectsIn(''),
  network: findObjectsIn(' AND EXISTS (SELECT 1 FROM network n WHERE n.id = o.id)'),
  transformation: findObjectsIn(' AND EXISTS (SELECT 1 FROM transformation f WHERE f.id = o.id)'),
} as const;
