// Plays every recorded scenario against our services. Each difference must be explained by a row of differences.ts, and each
// row must explain what it says it does.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { openStateStore } from '../../src/store/open.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import { DIFFERENCES_FILE, differencesPage } from '../../tools/differences-page.ts';
import { neo4jUrl } from '../support/neo4j-graph.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { findNeo4j, findPostgres, neo4jLock } from '../support/services.ts';
import { DIFFERENCES, type Difference } from './differences.ts';
import { type Mismatch, type Orders, type Replayed, replay } from './replay.ts';
import {
  exchangesFolder,
  NO_EXCHANGES,
  type Recordings,
  readRecordings,
  type ScenarioHead,
} from './scenario.ts';
import { openServices } from './service.ts';
import { UNRECORDED } from './unrecorded-differences.ts';

const ROOT = new URL('../../', import.meta.url);

/** Stores to play on; those that must be set up elsewhere are skipped where they are not. */
const STORES: readonly PlayedStore[] = [
  { name: 'SQLite', open: () => openStateStore('sqlite::memory:'), skip: false },
  await postgresStore(),
  await neo4jStore(),
];

interface PlayedStore {
  readonly name: string;
  readonly open: () => Promise<StateStore>;
  readonly skip: string | false;
}

async function postgresStore(): Promise<PlayedStore> {
  const found = await findPostgres();
  if ('skip' in found) return { name: 'PostgreSQL', open: () => Promise.reject(), skip: found.skip };
  const open = async (): Promise<StateStore> => {
    const database = await createTestDatabase(found.service);
    const store = await openStateStore(database.url);
    const dispose = async (): Promise<void> => {
      await store[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    };
    return { ...store, [Symbol.asyncDispose]: dispose };
  };
  return { name: 'PostgreSQL', open, skip: false };
}

async function neo4jStore(): Promise<PlayedStore> {
  const found = await findNeo4j();
  if ('skip' in found) return { name: 'Neo4j', open: () => Promise.reject(), skip: found.skip };
  const open = async (): Promise<StateStore> => {
    const lock = await neo4jLock();
    const store = await openStateStore(neo4jUrl(found.service));
    const dispose = async (): Promise<void> => {
      await store[Symbol.asyncDispose]();
      await lock[Symbol.asyncDispose]();
    };
    return { ...store, [Symbol.asyncDispose]: dispose };
  };
  return { name: 'Neo4j', open, skip: false };
}

const folder = exchangesFolder();
const recordings: Recordings | null = folder === null ? null : readRecordings(folder);
const scenarios: readonly ScenarioHead[] = recordings?.scenarios ?? [];

for (const { name, open, skip } of STORES) {
  describe(`what was recorded of the original, on ${name}`, { skip }, () => {
    // Opening a database starts threads, or connects, which takes longer than most scenarios.
    let store: StateStore | null = null;
    before(async () => {
      store = recordings === null ? null : await open();
    });
    after(async () => store?.[Symbol.asyncDispose]());

    for (const head of scenarios) {
      it(`${head.scenario}: ${head.description}`, async () => {
        const { exchanges, mismatches } = await play(head, store);
        assert.ok(exchanges > 0);
        const problems = [...unexplained(head.scenario, mismatches), ...unused(head.scenario, mismatches)];
        assert.deepEqual(problems, [], `${problems.length} of ${exchanges} exchanges`);
      });
    }

    it('has every scenario that the differences name', { skip: NO_EXCHANGES }, () => {
      const known = new Set(scenarios.map(head => head.scenario));
      const named = DIFFERENCES.flatMap(row =>
        [row.seen, row.later, row.orders].flatMap(seen => Object.keys(seen ?? {})),
      );
      assert.deepEqual(
        named.filter(scenario => !known.has(scenario)),
        [],
      );
    });
  });
}

async function play(head: ScenarioHead, store: StateStore | null): Promise<Replayed> {
  assert.ok(folder !== null && recordings !== null && store !== null);
  await store.reset();
  await using services = await openServices(store, recordings, head);
  return await replay(folder, head, services, ordersOf(head.scenario));
}

function ordersOf(scenario: string): Orders {
  return Object.assign({}, ...DIFFERENCES.map(row => row.orders?.[scenario] ?? {}));
}

/** What differs and has no row, or another answer than its row says. */
function unexplained(scenario: string, mismatches: readonly Mismatch[]): string[] {
  return mismatches
    .filter(mismatch => !DIFFERENCES.some(row => explains(row, scenario, mismatch)))
    .map(({ exchange, what, status, body }) => {
      const { n, api, method, path, query } = exchange;
      return `#${n} ${api} ${method} ${path}?${query}: ${what}, ${exchange.status} → ${status} ${body.slice(0, 300)}`;
    });
}

function explains(row: Difference, scenario: string, { exchange, what, status, body }: Mismatch): boolean {
  const later = row.later?.[scenario]?.[exchange.n];
  if (later !== undefined) return what === 'body' && status === exchange.status && later.test(body);
  const [recorded, ours] = row.status ?? [];
  return (
    row.seen?.[scenario]?.includes(exchange.n) === true &&
    recorded === exchange.status &&
    ours === status &&
    row.body?.test(body) === true
  );
}

/** What a row says differs, and does not. */
function unused(scenario: string, mismatches: readonly Mismatch[]): string[] {
  const differing = new Set(mismatches.map(({ exchange }) => exchange.n));
  return DIFFERENCES.flatMap(row =>
    [...(row.seen?.[scenario] ?? []), ...Object.keys(row.later?.[scenario] ?? {}).map(Number)]
      .filter(n => !differing.has(n))
      .map(n => `#${n} is answered as recorded, unlike the row '${row.asked}' says`),
  );
}

describe('the table of differences', () => {
  it('says for each row what differs and how', () => {
    for (const row of DIFFERENCES) {
      const isShown = row.seen !== undefined && row.status !== undefined && row.body !== undefined;
      assert.ok(isShown || row.orders !== undefined, row.asked);
    }
  });

  it('names tests that there are, where no recording shows a difference', () => {
    const files = globSync(['src/**/*.test.ts', 'test/**/*.ts'], { cwd: ROOT });
    const sources = files
      .filter(file => !file.endsWith('unrecorded-differences.ts'))
      .map(file => readFileSync(new URL(file, ROOT), 'utf8'));
    const absent = UNRECORDED.filter(row => !sources.some(source => source.includes(`'${row.test}'`)));
    assert.deepEqual(
      absent.map(row => row.test),
      [],
    );
  });

  it('is the page docs/reference/differences.md', () => {
    assert.equal(
      readFileSync(DIFFERENCES_FILE, 'utf8'),
      differencesPage(),
      'run `node tools/differences-page.ts`',
    );
  });
});
