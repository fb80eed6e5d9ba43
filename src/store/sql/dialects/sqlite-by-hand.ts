// The hot statements on SQLite (see ByHand): one prepared statement for each row, 2 to 5 µs.
import { type ByHand, type FirstTask, statement, type Value } from '../database.ts';

// A search in the index on (claim_group, draw_key), and the next rows of it.
const FIRST_TASKS = statement<[group: number, n: number], FirstTask>(
  `SELECT claim_group AS "group", task, draw_key AS "drawKey"
  FROM action
  WHERE claim_group = ?
  ORDER BY draw_key
  LIMIT ?`,
);

const LAST_OBJECT = statement<[], { readonly id: number }>('SELECT coalesce(max(id), 0) AS id FROM object');
const ADD_DOCUMENT = 'INSERT INTO document (sha256, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING';
const ADD_OBJECT = `INSERT INTO object (id, gufe_key, qualname, name, depth, document)
  SELECT ?, ?, ?, ?, ?, id
  FROM document
  WHERE sha256 = ?`;
const ADD_DEPENDENCY = `INSERT INTO dependency (parent, attribute, child)
  VALUES (?, ?, ?)
  ON CONFLICT DO NOTHING`;

export const SQLITE_BY_HAND: ByHand = {
  async firstTasks(connection, wanted) {
    const found = await Promise.all(wanted.map(([group, n]) => connection.all(FIRST_TASKS(group, n))));
    return found.flat();
  },

  addDocuments: (connection, documents) =>
    connection.runEach(
      ADD_DOCUMENT,
      documents.map(({ sha256, bytes }) => [sha256, bytes]),
    ),

  async addObjects(connection, objects) {
    const first = ((await connection.first(LAST_OBJECT()))?.id ?? 0) + 1;
    await connection.runEach(
      ADD_OBJECT,
      objects.map(({ gufeKey, qualname, name, depth, sha256 }, place): Value[] => [
        first + place,
        gufeKey,
        qualname,
        name,
        depth,
        sha256,
      ]),
    );
    return objects.map((_, place) => first + place);
  },

  addDependencies: (connection, dependencies) => connection.runEach(ADD_DEPENDENCY, dependencies),
};
