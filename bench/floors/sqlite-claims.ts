// The least a durable claim and a completion can cost on SQLite: one table, one index, two statements, each its own
// transaction with a full sync. No hubs, weights, chains or ownership.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Timing, timeCalls } from '../measure.ts';

export interface ClaimFloor {
  readonly claim: Timing;
  readonly claimAndComplete: Timing;
}

/** Claims (and then claims and completes) `count` tasks out of `waiting`, on a database of its own. */
export async function measureClaimFloor(waiting: number, count: number): Promise<ClaimFloor> {
  const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-floor-'));
  const db = new DatabaseSync(join(folder, 'floor.db'));
  try {
    fill(db, waiting);
    const claim = db.prepare(`
      update task set status = 1, claimed_by = ?, claimed_at = ?
      where id = (select id from task where status = 0 and hub = 1 order by priority, draw limit 1)
      returning id, key`);
    const complete = db.prepare('update task set status = 2 where id = ? and status = 1');
    const half = Math.floor(Math.min(count, waiting) / 2);
    return {
      claim: await timeCalls(half, index => claim.get('service', index)),
      claimAndComplete: await timeCalls(half, index => complete.run(claim.get('service', index)?.id ?? 0)),
    };
  } finally {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function fill(db: DatabaseSync, waiting: number): void {
  db.exec(`
    pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -65536;
    create table task (
      id integer primary key, hub integer, key text unique, priority integer, draw real,
      status integer default 0, claimed_by text, claimed_at real);
    create index task_waiting on task (hub, priority, draw) where status = 0;
    begin`);
  const insert = db.prepare('insert into task (hub, key, priority, draw) values (1, ?, ?, ?)');
  for (let index = 0; index < waiting; index += 1) insert.run(`Task-${index}`, 10, Math.random());
  db.exec('commit; analyze; pragma wal_checkpoint(truncate)');
}
