// What only a database that many processes write to can get wrong: sixteen servers' worth of stores in several processes on the
// same hubs and tasks, also while connections are cut.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStateStore } from '../../src/store/open.ts';
import type { Key, StateStore } from '../../src/store/state-store.ts';
import { assertSettled, type Ground, prepareGround } from '../contract/state-store/races.ts';
import { World } from '../contract/state-store/world.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { findPostgres } from '../support/services.ts';
import type { Assignment } from './postgres-process.ts';

const PROCESSES = 4;
const STORES_EACH = 4;

const found = await findPostgres();

/** A process that is ready to go. */
async function start(assignment: Assignment): Promise<ChildProcess> {
  const child = fork(new URL('./postgres-process.ts', import.meta.url), [JSON.stringify(assignment)], {
    execArgv: ['--conditions=@alchemiscale/source'],
  });
  const started = once(child, 'message').then(([message]) => message);
  const ended = once(child, 'exit').then(([code]) => `exit ${code}`);
  assert.equal(await Promise.race([started, ended]), 'ready');
  return child;
}

/** Runs the same work in all processes at once; the tasks that they claimed. */
async function runAll(
  { url }: TestDatabase,
  ground: Ground,
  work: Assignment['work'],
): Promise<readonly Key[]> {
  const children = await Promise.all(
    Array.from({ length: PROCESSES }, (_, place) => {
      const seeded = work.kind === 'race' ? { ...work, seed: work.seed + 100 * place } : work;
      return start({ url, name: `p${place}s`, stores: STORES_EACH, ground, work: seeded });
    }),
  );
  const exits = children.map(child => once(child, 'exit'));
  const answers = children.map(async child => {
    const [message] = await once(child, 'message');
    assert.equal(message.error, undefined);
    return message.claimed as readonly Key[];
  });
  for (const child of children) child.send('go');
  try {
    return (await Promise.all(answers)).flat();
  } finally {
    for (const child of children) child.kill();
    await Promise.all(exits);
  }
}

interface Scene {
  readonly database: TestDatabase;
  readonly store: StateStore;
  readonly ground: Ground;
}

/** A database with networks that share their tasks. */
async function withScene(tasks: number, run: (scene: Scene) => Promise<void>): Promise<void> {
  if ('skip' in found) throw new Error(found.skip);
  await using database = await createTestDatabase(found.service);
  await using store = await openStateStore(database.url);
  await store.initialize();
  await run({ database, store, ground: await prepareGround(new World(store), tasks) });
}

describe('PostgreSQL, many processes', { skip: 'skip' in found ? found.skip : false }, () => {
  test(
    'sixteen stores that claim together never get a task twice, and leave none',
    { timeout: 120_000 },
    () =>
      withScene(200, async ({ database, store, ground }) => {
        const survey = await database.query<{ n: string }>(
          'SELECT count(DISTINCT task) AS n FROM action WHERE claim_group IS NOT NULL',
        );
        const claimed = await runAll(database, ground, { kind: 'claim' });
        assert.equal(new Set(claimed).size, claimed.length, 'a task was given out twice');
        assert.equal(claimed.length, Number(survey[0]?.n));
        assert.deepEqual(await store.check(), []);
        const [left] = await database.query<{ n: string }>('SELECT sum(n_claimable) AS n FROM claim_group');
        assert.equal(Number(left?.n), 0);
      }),
  );

  test('everything at once on the same tasks leaves a store that is right', { timeout: 180_000 }, () =>
    withScene(15, async ({ database, store, ground }) => {
      await runAll(database, ground, { kind: 'race', steps: 25, seed: 1 });
      await assertSettled(store, ground);
    }),
  );

  test('… also while connections are cut, which nobody hears of', { timeout: 180_000 }, () =>
    withScene(15, async ({ database, store, ground }) => {
      let isRunning = true;
      const cutting = (async () => {
        let cut = 0;
        while (isRunning) {
          await sleep(300);
          const rows = await database.query(
            `SELECT pg_terminate_backend(pid)
            FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'alchemiscale' AND state <> 'idle'
            ORDER BY random()
            LIMIT 2`,
          );
          cut += rows.length;
        }
        return cut;
      })();
      try {
        await runAll(database, ground, { kind: 'race', steps: 25, seed: 2 });
      } finally {
        isRunning = false;
      }
      assert.ok((await cutting) > 5, 'too few connections were cut to tell anything');
      await assertSettled(store, ground);
    }),
  );
});
