// Writes what a transaction has counted (counts.ts), as its last words: groups before transformations, each in the order of their
// ids. These are the rows that everybody writes to; so nobody holds one of them while waiting for anything else, and each is held
// for the end of a transaction only.
import { TASK_STATUSES } from '../../domain/task-status.ts';
import { Counts } from './counts.ts';
import { type Connection, type Database, list, type Statement, statement, table } from './database.ts';

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
  const rows = table(changes.map(([id, { n, clock }]) => [id, n, clock]));
  const ids = list(changes.map(([id]) => id));
  await connection.finish(connection.isShared ? HOLD_AND_CHANGE_GROUPS(ids, rows) : CHANGE_GROUPS(rows));
}

async function changeTallies(connection: Connection, changes: ReturnType<Counts['tallies']>): Promise<void> {
  const [first, ...others] = changes;
  if (first === undefined) return;
  if (others.length === 0) {
    const [id, tally] = first;
    await connection.finish({ sql: CHANGE_TALLY, parameters: [...tally, id] });
    return;
  }
  const rows = table(changes.map(([id, tally]) => [id, ...tally]));
  const ids = list(changes.map(([id]) => id));
  await connection.finish(connection.isShared ? HOLD_AND_CHANGE_TALLIES(ids, rows) : CHANGE_TALLIES(rows));
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
// The rows of a table that are changed, held before in the order of their ids: an update goes over them in any order.
const held = (table: string): string => `WITH held AS MATERIALIZED (
    SELECT h.id FROM ${table} h WHERE h.id IN numbers(?) ORDER BY h.id FOR NO KEY UPDATE
  ) `;

const groupsText = (alsoFrom: string, also: string): string => `UPDATE claim_group
  SET n_claimable = claim_group.n_claimable + d.n,
    clock = CASE
      WHEN d.clock IS NULL THEN claim_group.clock
      WHEN claim_group.n_claimable + d.n = 0 THEN 0
      ELSE d.clock
    END
  FROM rows(? AS id INTEGER, n INTEGER, clock REAL) d${alsoFrom}
  WHERE claim_group.id = d.id${also}`;
const CHANGE_GROUPS = statement<[groups: string]>(groupsText('', ''));
const HOLD_AND_CHANGE_GROUPS = statement<[ids: string, groups: string]>(
  held('claim_group') + groupsText(', held', ' AND held.id = d.id'),
);

const CHANGE_TALLY = `UPDATE transformation
  SET ${TASK_STATUSES.map(status => `${status} = ${status} + ?`).join(', ')}
  WHERE id = ?`;
const talliesText = (alsoFrom: string, also: string): string => `UPDATE transformation
  SET ${TASK_STATUSES.map(status => `${status} = transformation.${status} + d.${status}`).join(', ')}
  FROM rows(? AS id INTEGER, ${TASK_STATUSES.map(status => `${status} INTEGER`).join(', ')}) d${alsoFrom}
  WHERE transformation.id = d.id${also}`;
const CHANGE_TALLIES: (rows: string) => Statement<never> = statement<[rows: string]>(talliesText('', ''));
const HOLD_AND_CHANGE_TALLIES: (ids: string, rows: string) => Statement<never> = statement<
  [ids: string, rows: string]
>(held('transformation') + talliesText(', held', ' AND held.id = d.id'));

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
