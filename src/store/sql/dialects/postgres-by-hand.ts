// The hot statements on PostgreSQL (see ByHand): one statement for all rows.
import { type ByHand, type FirstTask, statement, table } from '../database.ts';

// For each group a search in the index on (claim_group, draw_key), and the next rows of it.
const FIRST_TASKS = statement<[wanted: string], FirstTask>(
  `SELECT w.id AS "group", f.task, f.draw_key AS "drawKey"
  FROM rows(? AS id INTEGER, n INTEGER) w
  CROSS JOIN LATERAL (
    SELECT a.task, a.draw_key
    FROM action a
    WHERE a.claim_group = w.id
    ORDER BY a.draw_key
    LIMIT w.n
  ) f
  ORDER BY w.id, f.draw_key`,
);
const FIRST_TASKS_OF_ONE = statement<[group: number, n: number], FirstTask>(
  `SELECT claim_group AS "group", task, draw_key AS "drawKey"
  FROM action
  WHERE claim_group = ?
  ORDER BY draw_key
  LIMIT ?`,
);
// The bytes of all texts come as one parameter, which travels as it is; an array of them would travel as hexadecimal text.
const ADD_DOCUMENTS = statement<[bytes: Uint8Array, rows: string]>(
  `INSERT INTO document (sha256, bytes)
  SELECT d.sha256, substr(CAST(? AS BYTEA), CAST(d.start AS INTEGER), CAST(d.n AS INTEGER))
  FROM rows(? AS sha256 TEXT, start INTEGER, n INTEGER) d
  ON CONFLICT DO NOTHING`,
);
const ADD_OBJECTS = statement<[rows: string], { readonly id: number; readonly gufe_key: string }>(
  `INSERT INTO object (gufe_key, qualname, name, depth, document)
  SELECT d.gufe_key, d.qualname, d.name, d.depth, c.id
  FROM rows(? AS gufe_key TEXT, qualname TEXT, name TEXT, depth INTEGER, sha256 TEXT) d
  JOIN document c ON c.sha256 = d.sha256
  RETURNING id, gufe_key`,
);
const ADD_DEPENDENCIES = statement<[rows: string]>(
  `INSERT INTO dependency (parent, attribute, child)
  SELECT d.parent, d.attribute, d.child
  FROM rows(? AS parent INTEGER, attribute TEXT, child INTEGER) d
  ON CONFLICT DO NOTHING`,
);

export const POSTGRES_BY_HAND: ByHand = {
  async firstTasks(connection, wanted) {
    const [first, ...others] = wanted;
    if (first !== undefined && others.length === 0) return connection.all(FIRST_TASKS_OF_ONE(...first));
    return connection.all(FIRST_TASKS(table(wanted)));
  },

  async addDocuments(connection, documents) {
    // In one order, so that no two who add the same texts wait for each other.
    const sorted = documents.toSorted((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
    let start = 1;
    const rows = sorted.map(({ sha256, bytes }) => {
      const row = [sha256, start, bytes.length] as const;
      start += bytes.length;
      return row;
    });
    await connection.run(ADD_DOCUMENTS(Buffer.concat(sorted.map(({ bytes }) => bytes)), table(rows)));
  },

  async addObjects(connection, objects) {
    const rows = objects.map(({ gufeKey, qualname, name, depth, sha256 }) => {
      return [gufeKey, qualname, name, depth, sha256] as const;
    });
    const added = await connection.all(ADD_OBJECTS(table(rows)));
    const ids = new Map(added.map(({ id, gufe_key }) => [gufe_key, id]));
    return objects.map(({ gufeKey }) => ids.get(gufeKey) as number);
  },

  async addDependencies(connection, dependencies) {
    await connection.run(ADD_DEPENDENCIES(table(dependencies)));
  },
};
