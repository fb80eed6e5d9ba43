// Several strategists as processes on one store, killed at random moments: whatever moment that is, tasks are never made twice, and
// those who are left do the rest.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { openStateStore } from '../../src/store/open.ts';
import type { Key, StateStore } from '../../src/store/state-store.ts';
import { seeded } from '../contract/state-store/races.ts';
import { World } from '../contract/state-store/world.ts';
import { neo4jUrl, openEmptyStore } from '../support/neo4j-graph.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { findNeo4j, findPostgres, neo4jLock } from '../support/services.ts';
import { graph, row, setStrategy } from './networks.ts';

const STRATEGISTS = 3;
const ROUNDS = 2;

const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

async function startStrategist(url: string, begunMs: number): Promise<ChildProcess> {
  const child = fork(new URL('./strategist-process.ts', import.meta.url), [url, String(begunMs)], {
    execArgv: ['--conditions=@alchemiscale/source'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  await once(child, 'message');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

interface Expected {
  readonly network: Key;
  readonly tasks: number;
}

/** Networks whose tasks take several pieces each: of many transformations, and of many tasks for few. */
async function prepare(store: StateStore, scale: number): Promise<readonly Expected[]> {
  const world = new World(store);
  const expected: Expected[] = [];
  for (const [edges, maxTasksPerTransformation, tasks] of [
    [450 * scale, 3, 450 * scale],
    [2, 1200 * scale, 2 * (1 + 600 * scale)],
    [1, 900 * scale, 900 * scale],
  ] as const) {
    const { network } = await graph(store, world.scope(), row(edges));
    await setStrategy(store, network, { maxTasksPerTransformation, taskScaling: 'linear', sleepInterval: 1 });
    expected.push({ network, tasks });
  }
  return expected;
}

async function countsOf(
  store: StateStore,
  { network }: Expected,
): Promise<readonly [made: number, actioned: number]> {
  // In this order, since both only grow.
  const [actioned = []] = await store.hubs.listActioned({ networks: [network] });
  const made = await store.tasks.listForNetwork({ network, status: null });
  return [made.length, actioned.length];
}

/** True once something has been made of what will be made. */
async function isUnderWay(store: StateStore, expected: readonly Expected[]): Promise<boolean> {
  const counts = await Promise.all(expected.map(each => countsOf(store, each)));
  return counts.some(([made]) => made > 0);
}

/** New networks, strategists that begin at once, and all but one of them killed when they are in the middle of it. */
async function killAndCount(
  store: StateStore,
  url: string,
  { scale, seed }: { scale: number; seed: number },
): Promise<void> {
  const random = seeded(seed);
  for (let round = 0; round < ROUNDS; round++) {
    const begunMs = Date.now();
    const running = await Promise.all(
      Array.from({ length: STRATEGISTS }, () => startStrategist(url, begunMs)),
    );
    const expected = await prepare(store, scale);
    for (const child of running) child.send('go');
    const endMs = performance.now() + 60_000;
    while (!(await isUnderWay(store, expected))) assert.ok(performance.now() < endMs, 'they begin');
    for (let left = STRATEGISTS; left > 1; left--) {
      await wait(random() * 30);
      const [victim] = running.splice(Math.floor(random() * left), 1);
      if (victim !== undefined) await kill(victim);
      for (const each of expected) {
        const [made, actioned] = await countsOf(store, each);
        assert.ok(
          made <= each.tasks && actioned <= made,
          `${actioned} of ${made}, and ${each.tasks} are wanted`,
        );
      }
    }
    for (const each of expected) {
      while ((await countsOf(store, each))[1] < each.tasks) {
        assert.ok(performance.now() < endMs, 'the one that is left does the rest');
        await wait(20);
      }
    }
    // It goes on for a while: nothing is added.
    await wait(200);
    await Promise.all(running.map(kill));
    for (const each of expected) assert.deepEqual(await countsOf(store, each), [each.tasks, each.tasks]);
  }
  assert.deepEqual(await store.check(), []);
}

test('strategists that are killed on SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-strategists-'));
  try {
    const url = `sqlite://${join(folder, 'state.db')}`;
    await using store = await openStateStore(url);
    await store.initialize();
    await killAndCount(store, url, { scale: 2, seed: 1 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const postgres = await findPostgres();
if ('skip' in postgres) test('strategists that are killed on PostgreSQL', { skip: postgres.skip });
else {
  test('strategists that are killed on PostgreSQL', async () => {
    await using database = await createTestDatabase(postgres.service);
    await using store = await openStateStore(database.url);
    await store.initialize();
    await killAndCount(store, database.url, { scale: 2, seed: 2 });
  });
}

const neo4j = await findNeo4j();
if ('skip' in neo4j) test('strategists that are killed on Neo4j', { skip: neo4j.skip });
else {
  test('strategists that are killed on Neo4j', async () => {
    await using _lock = await neo4jLock();
    await using store = await openEmptyStore(neo4j.service);
    await killAndCount(store, neo4jUrl(neo4j.service), { scale: 1, seed: 3 });
  });
}
