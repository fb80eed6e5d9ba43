// Each part of an instance is killed without warning in the middle of load, and its connections are cut. Afterwards the history
// that the clients wrote keeps every rule (check-history.ts), and nothing in either store is amiss (`database check --deep`).
//
// What happens is drawn from a seed, which is printed; when it happens is the machine's. ALCHEMISCALE_CHAOS_SEED gives one,
// ALCHEMISCALE_CHAOS_ROUNDS repeats the accidents.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../src/store/random.ts';
import { killPrograms, runProgram, until } from '../support/program.ts';
import type { Found } from '../support/services.ts';
import { checkHistory } from './check-history.ts';
import { fileStores, Instance, type Stores, serverStores } from './instance.ts';
import { Load, runPerson, runWorker } from './load.ts';
import { readRemains } from './remains.ts';

const SEED = Number(process.env.ALCHEMISCALE_CHAOS_SEED ?? Date.now() % 1_000_000);
const ROUNDS = Number(process.env.ALCHEMISCALE_CHAOS_ROUNDS ?? 1);
const [PEOPLE, WORKERS] = [2, 4];
/** Results that must have been acknowledged, half of them before the first accident. */
const ENOUGH = 40;

const ROOT = mkdtempSync(join(tmpdir(), 'alchemiscale-chaos-load-'));
after(() => {
  killPrograms();
  rmSync(ROOT, { recursive: true, force: true });
});

/** Kills everything once and cuts connections between, in an order that the seed gives. */
async function torment(t: TestContext, instance: Instance, random: () => number): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const victims = instance.victims.map(victim => ({ victim, at: random() })).sort((a, b) => a.at - b.at);
    for (const { victim } of victims) {
      await cut(instance, random);
      const startMs = performance.now();
      await victim.kill();
      await sleep(300 * random());
      await victim.revive();
      t.diagnostic(`${victim.name} was gone for ${Math.round(performance.now() - startMs)} ms`);
      await sleep(700);
    }
    await cut(instance, random);
  }
}

/** Cuts each connection once where the seed says, and then all that are open. */
async function cut(instance: Instance, random: () => number): Promise<void> {
  for (let times = 0; times < 3; times++) {
    for (const proxy of instance.proxies) {
      proxy.cutAfter(1 + Math.floor(20_000 * random()), random() < 0.5 ? 'up' : 'down');
    }
    await sleep(300);
  }
  for (const proxy of instance.proxies) if (random() < 0.5) proxy.cutAll();
  await sleep(200);
}

async function run(t: TestContext, stores: Stores, name: string): Promise<void> {
  t.diagnostic(`seed ${SEED}`);
  const random = seededRandom(SEED);
  await using instance = new Instance(stores, join(ROOT, name));
  await instance.start();
  const load = new Load(seededRandom(SEED + 1));
  const clients = [
    ...Array.from({ length: PEOPLE }, (_, number) => runPerson(load, instance.user(), number)),
    ...Array.from({ length: WORKERS }, (_, number) => runWorker(load, instance.compute(), number)),
  ];
  const all = Promise.all(clients);
  const accidents = async (): Promise<void> => {
    await until(() => load.acknowledged('push') >= ENOUGH / 2, 'the load has begun');
    await torment(t, instance, random);
    await until(() => load.acknowledged('push') >= ENOUGH, 'the load goes on');
  };
  try {
    // Should the load break, accidents are over.
    await Promise.race([all, accidents()]);
  } finally {
    load.isOver = true;
    await all;
  }
  await instance.stop();
  await judge(t, instance, load);
}

async function judge(t: TestContext, instance: Instance, load: Load): Promise<void> {
  const { calls } = load.history;
  const kinds = Object.groupBy(calls, ({ answer }) => answer.kind);
  const remains = await (async () => {
    await using store = await instance.openStore();
    return await readRemains(store);
  })();
  t.diagnostic(
    `${calls.length} calls: ${kinds.acknowledged?.length ?? 0} acknowledged, ${kinds.unknown?.length ?? 0} unknown, ` +
      `${kinds.refused?.length ?? 0} refused; ${remains.tasks.size} tasks`,
  );
  assert.deepEqual(load.surprises, [], [...load.surprises, ...instance.errors().slice(0, 5)].join('\n'));
  const settings = { maxFailures: 3, protocol: 'SlowProtocol' };
  assert.deepEqual(checkHistory(calls, remains, settings), [], `seed ${SEED}`);
  const { stdout, stderr } = await runProgram(
    ['database', 'check', '--deep', '--json'],
    instance.stores.directEnv,
  );
  const report = JSON.parse(stdout === '' ? 'null' : stdout);
  assert.ok(report !== null, stderr);
  assert.deepEqual(report.errors, [], `seed ${SEED}`);
  const results = [...remains.tasks.values()].reduce((sum, task) => sum + task.results.length, 0);
  assert.deepEqual([report.counts.results, report.counts.networks], [results, remains.networks.size]);
  t.diagnostic(
    `${results} results, notes: ${JSON.stringify(report.notes.map((note: { what: string; count: number }) => [note.count, note.what]))}`,
  );
  assert.ok((kinds.unknown?.length ?? 0) > 0, 'no accident has hit a call');
}

const KINDS: readonly (readonly [name: string, open: () => Promise<Found<Stores>>])[] = [
  ['SQLite and a folder', async () => ({ service: fileStores(join(ROOT, 'sqlite')) })],
  ['PostgreSQL and S3', () => serverStores('postgres')],
  ['Neo4j and S3', () => serverStores('neo4j')],
];

describe('load on an instance whose parts are killed', { timeout: 600_000 * ROUNDS }, () => {
  for (const [name, open] of KINDS) {
    test(name, async t => {
      const found = await open();
      if ('skip' in found) return t.skip(found.skip);
      await run(t, found.service, name.replaceAll(' ', '-'));
    });
  }
});
