// What is counted: how many tasks each transformation has in each status, and how many each claim group has in its queue.
// A transaction gathers its changes here and writes them last, groups before transformations, each in the order of their
// ids. These are the rows that everybody writes to; so nobody holds one of them while waiting for anything else, and each is held
// for the end of a transaction only.
import { TASK_STATUSES, type TaskStatus } from '../../domain/task-status.ts';
import { type Connection, type Database, list, type Statement, statement, table } from './database.ts';

interface GroupChange {
  n: number;
  clock: number | null;
}

/** The changes of one transaction. */
export class Counts {
  readonly #groups = new Map<number, GroupChange>();
  readonly #tallies = new Map<number, number[]>();

  /** So many tasks more in a group's queue; fewer when negative. */
  queued(group: number, n: number): void {
    this.#group(group).n += n;
  }

  /** Where the clock of a group stands now; only for who holds the hub. */
  clock(group: number, clock: number): void {
    this.#group(group).clock = clock;
  }

  #group(id: number): GroupChange {
    let change = this.#groups.get(id);
    if (change === undefined) this.#groups.set(id, (change = { n: 0, clock: null }));
    return change;
  }

  /** A task of the transformation goes from one status to another; null: it is new. */
  moved(transformation: number, from: TaskStatus | null, to: TaskStatus): void {
    let tally = this.#tallies.get(transformation);
    if (tally === undefined) this.#tallies.set(transformation, (tally = TASK_STATUSES.map(() => 0)));
    if (from !== null) tally[PLACE[from]] = (tally[PLACE[from]] ?? 0) - 1;
    tally[PLACE[to]] = (tally[PLACE[to]] ?? 0) + 1;
  }

  async write(connection: Connection): Promise<void> {
    const groups = [...this.#groups].filter(([, { n, clock }]) => n !== 0 || clock !== null);
    const tallies = [...this.#tallies].filter(([, tally]) => tally.some(n => n !== 0));
    await Promise.all([changeGroups(connection, groups), changeTallies(connection, tallies)]);
  }
}

async function changeGroups(
  connection: Connection,
  changes: readonly (readonly [id: number, change: GroupChange])[],
): Promise<void> {
  const [first, ...others] = changes;
  if (first === undefined) return;
  if (others.length === 0) {
    const [id, { n, clock }] = first;
    await connection.run(clock === null ? CHANGE_GROUP(n, id) : ADVANCE_GROUP(n, n, clock, id));
    return;
  }
  const rows = table(changes.map(([id, { n, clock }]) => [id, n, clock]));
  const lock = connection.isShared ? connection.all(LOCK_GROUPS(list(changes.map(([id]) => id)))) : null;
  await Promise.all([lock, connection.run(CHANGE_GROUPS(rows))]);
}

async function changeTallies(
  connection: Connection,
  changes: readonly (readonly [id: number, tally: readonly number[]])[],
): Promise<void> {
  const [first, ...others] = changes;
  if (first === undefined) return;
  if (others.length === 0) {
    const [id, tally] = first;
    await connection.run({ sql: CHANGE_TALLY, parameters: [...tally, id] });
    return;
  }
  const rows = table(changes.map(([id, tally]) => [id, ...tally]));
  const lock = connection.isShared ? connection.all(LOCK_TALLIES(list(changes.map(([id]) => id)))) : null;
  await Promise.all([lock, connection.run(CHANGE_TALLIES(rows))]);
}

const PLACE = Object.fromEntries(TASK_STATUSES.map((status, place) => [status, place])) as Record<
  TaskStatus,
  number
>;

const LOCK_GROUPS = statement<[groups: string], { readonly id: number }>(
  'SELECT id FROM claim_group WHERE id IN numbers(?) ORDER BY id FOR NO KEY UPDATE',
);
const CHANGE_GROUP = statement<[n: number, group: number]>(
  'UPDATE claim_group SET n_claimable = n_claimable + ? WHERE id = ?',
);
// A clock is set by who holds the hub; when that leaves the group empty, it begins anew.
const ADVANCE_GROUP = statement<[n: number, n: number, clock: number, group: number]>(
  `UPDATE claim_group
  SET n_claimable = n_claimable + ?, clock = CASE WHEN n_claimable + ? = 0 THEN 0 ELSE CAST(? AS DOUBLE PRECISION) END
  WHERE id = ?`,
);
const CHANGE_GROUPS = statement<[groups: string]>(
  `UPDATE claim_group
  SET n_claimable = claim_group.n_claimable + d.n,
    clock = CASE
      WHEN d.clock IS NULL THEN claim_group.clock
      WHEN claim_group.n_claimable + d.n = 0 THEN 0
      ELSE d.clock
    END
  FROM rows(? AS id INTEGER, n INTEGER, clock REAL) d
  WHERE claim_group.id = d.id`,
);

const LOCK_TALLIES = statement<[transformations: string], { readonly id: number }>(
  'SELECT id FROM transformation WHERE id IN numbers(?) ORDER BY id FOR NO KEY UPDATE',
);
const CHANGE_TALLY = `UPDATE transformation
  SET ${TASK_STATUSES.map(status => `${status} = ${status} + ?`).join(', ')}
  WHERE id = ?`;
const CHANGE_TALLIES: (rows: string) => Statement<never> = statement<[rows: string]>(
  `UPDATE transformation
  SET ${TASK_STATUSES.map(status => `${status} = transformation.${status} + d.${status}`).join(', ')}
  FROM rows(? AS id INTEGER, ${TASK_STATUSES.map(status => `${status} INTEGER`).join(', ')}) d
  WHERE transformation.id = d.id`,
);

/** Writes with counts: what `work` has changed of them is written at its end. */
export function writeCounted<T>(
  database: Pick<Database, 'write'>,
  work: (connection: Connection, counts: Counts) => Promise<T>,
): Promise<T> {
  return database.write(async connection => {
    const counts = new Counts();
    const value = await work(connection, counts);
    await counts.write(connection);
    return value;
  });
}
