// The least a claim and a completion can cost on PostgreSQL: one table with a partial index of what waits, one statement to
// claim (`FOR UPDATE SKIP LOCKED`) and one to complete, each its own transaction as two calls of a service would be. No draw by
// weight, no chains, no counts, no ownership, no results.
import pg from 'pg';
import { type Timing, timeConcurrentCalls } from '../measure.ts';

/** A filled table, and loads on it. */
export interface PostgresFloor extends AsyncDisposable {
  /** Claims `count` tasks, over all connections. */
  claim(count: number): Promise<Timing>;
  /** Claims `count` tasks and completes each. */
  claimAndComplete(count: number): Promise<Timing>;
}

const CHUNK = 50_000;
const PRIORITIES = 10;

const SCHEMA = `CREATE TABLE task (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hub int NOT NULL, key text NOT NULL UNIQUE, priority smallint NOT NULL,
    status smallint NOT NULL DEFAULT 0, claimed_by uuid, claimed_at timestamptz);
  CREATE INDEX task_waiting ON task (hub, priority, id) WHERE status = 0`;
const FILL = `INSERT INTO task (hub, key, priority)
  SELECT i % $1::int, 'Task-' || lpad(i::text, 32, '0'), i * 7919 % ${PRIORITIES}
  FROM generate_series($2::bigint, $3::bigint) i`;
const CLAIM = {
  name: 'claim',
  text: `WITH chosen AS (
      SELECT id FROM task WHERE status = 0 AND hub = $1 ORDER BY priority, id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE task SET status = 1, claimed_by = $2, claimed_at = now()
    FROM chosen WHERE task.id = chosen.id
    RETURNING task.id, task.key`,
};
const COMPLETE = {
  name: 'complete',
  text: 'UPDATE task SET status = 2 WHERE id = $1 AND status = 1 AND claimed_by = $2',
};
const SERVICE = '6f9619ff-8b86-d011-b42d-00cf4fc964ff';

/** Makes the table in an empty database. */
export async function openPostgresFloor(
  url: string,
  size: { readonly waiting: number; readonly hubs: number; readonly connections: number },
): Promise<PostgresFloor> {
  const { waiting, hubs, connections } = size;
  const pool = new pg.Pool({ connectionString: url, max: connections, min: connections });
  pool.on('error', () => {});
  await pool.query(SCHEMA);
  for (let from = 0; from < waiting; from += CHUNK) {
    await pool.query(FILL, [hubs, from, Math.min(waiting, from + CHUNK) - 1]);
  }
  await pool.query('VACUUM ANALYZE task');
  let next = 0;
  const take = async (): Promise<string> => {
    const { rows } = await pool.query<{ id: string }>({ ...CLAIM, values: [next++ % hubs, SERVICE] });
    if (rows[0] === undefined) throw new Error('the floor has run out of tasks');
    return rows[0].id;
  };
  return {
    claim: count => timeConcurrentCalls(count, connections, take),
    claimAndComplete: count =>
      timeConcurrentCalls(count, connections, async () => {
        await pool.query({ ...COMPLETE, values: [await take(), SERVICE] });
      }),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
