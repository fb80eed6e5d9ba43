// Writes what a transaction has counted (counts.ts), as its last words: groups before transformations, each in the order of their
// ids. These are the rows that everybody writes to; so nobody holds one of them while waiting for anything else, and each is held
// for the end of a transaction only.
import { TASK_STATUSES } from '../../domain/task-status.ts';
import { Counts } from './counts.ts';
import { type Connection, type Database, list, statement, table } from './database.ts';

/** Writes the changes; nothing that fails comes after it in the transaction. */
export async function writeCounts(connection: Connection, counts: Counts): Promise<void> {
  await Promise.all([changeGroups(connection, counts.groups()), changeTallies(connection, counts.tallies())]);
}

async function changeGroups(connection: Connection, changes: ReturnType<Counts['groups']>): Promise<void> {
  const [first, ...others] = changes;
  if (first === undefined) return;
  if (others.length === 0) {
    const [id, { n, clock }] = first;
    await connection.finish(clock === null ? CHANGE_GROUP(n, id) : ADVANCE_GROUP(n, n, clock, id));
    return;
  }
  await connection.finish(
    CHANGE_GROUPS(
      table(changes.map(([id, { n, clock }]) => [id, n, clock])),
      list(changes.map(([id]) => id)),
    ),
  );
}

async function changeTallies(connection: Connection, changes: ReturnType<Counts['tallies']>): Promise<void> {
  const [first, ...others] = changes;
  if (first === undefined) return;
  if (others.length === 0) {
    const [id, tally] = first;
    await connection.finish({ sql: CHANGE_TALLY, parameters: [...tally, id] });
    return;
  }
  await connection.finish(
    CHANGE_TALLIES(table(changes.map(([id, tally]) => [id, ...tally])), list(changes.map(([id]) => id))),
  );
}

const CHANGE_GROUP = statement<[n: number, group: number]>(
  'UPDATE claim_group SET n_claimable = n_claimable + ? WHERE id = ?',
);
// A clock is set by who holds the hub; when that leaves the group empty, it begins anew.
const ADVANCE_GROUP = statement<[n: number, n: number, clock: number, group: number]>(
  `UPDATE claim_group
  SET n_claimable = n_claimable + ?, clock = CASE WHEN n_claimable + ? = 0 THEN 0 ELSE CAST(? AS DOUBLE PRECISION) END
  WHERE id = ?`,
);
// Row by row in the order of ids, which the rows are in and the list of them too: so no planner walks the table, and none who write
// several wait for each other.
const CHANGE_GROUPS = statement<[groups: string, ids: string]>(
  `UPDATE claim_group
  SET n_claimable = claim_group.n_claimable + d.n,
    clock = CASE
      WHEN d.clock IS NULL THEN claim_group.clock
      WHEN claim_group.n_claimable + d.n = 0 THEN 0
      ELSE d.clock
    END
  FROM rows(? AS id INTEGER, n INTEGER, clock REAL) d
  WHERE claim_group.id = d.id AND claim_group.id IN numbers(?)`,
);

const CHANGE_TALLY = `UPDATE transformation
  SET ${TASK_STATUSES.map(status => `${status} = ${status} + ?`).join(', ')}
  WHERE id = ?`;
const CHANGE_TALLIES = statement<[rows: string, ids: string]>(
  `UPDATE transformation
  SET ${TASK_STATUSES.map(status => `${status} = transformation.${status} + d.${status}`).join(', ')}
  FROM rows(? AS id INTEGER, ${TASK_STATUSES.map(status => `${status} INTEGER`).join(', ')}) d
  WHERE transformation.id = d.id AND transformation.id IN numbers(?)`,
);

/** Writes with counts: what `work` has changed of them is written at its end. */
export function writeCounted<T>(
  database: Pick<Database, 'write'>,
  work: (connection: Connection, counts: Counts) => Promise<T>,
): Promise<T> {
  return database.write(async connection => {
    const counts = new Counts();
    const value = await work(connection, counts);
    await writeCounts(connection, counts);
    return value;
  });
}
