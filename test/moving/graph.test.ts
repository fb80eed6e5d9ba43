// A graph that the original left behind moves into a database of ours and back: the moved instance gives the recorded answers to every
// recorded read, and the graph it makes has the shapes of the one it came from.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Moved, transfer } from '../../src/moving/transfer.ts';
import { openStateStore } from '../../src/store/open.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import { EXPLAINED, objectsOf, READS, START_MS } from '../compat/dumped-graph.ts';
import { replay } from '../compat/replay.ts';
import { serve } from '../compat/service.ts';
import { GOLDEN, NO_GOLDEN } from '../support/golden.ts';
import { Graph } from '../support/neo4j-dump.ts';
import { neo4jUrl } from '../support/neo4j-graph.ts';
import { findNeo4j, neo4jLock } from '../support/services.ts';

const found = await findNeo4j();
const folder = GOLDEN === null ? '' : join(GOLDEN, 'graph');
const skip = NO_GOLDEN || ('skip' in found ? found.skip : false);

describe('a graph of the original moves', { skip }, () => {
  let lock: AsyncDisposable | undefined;
  let graph: Graph | undefined;
  let theirs: StateStore | undefined;
  let ours: StateStore | undefined;
  let shapes: ReadonlySet<string> = new Set();

  before(async () => {
    assert.ok('service' in found);
    lock = await neo4jLock();
    graph = new Graph(found.service);
    theirs = await openStateStore(neo4jUrl(found.service));
    ours = await openStateStore('sqlite::memory:');
    await graph.empty();
    await theirs.initialize();
    await ours.initialize();
    await graph.load(folder);
    shapes = await graph.shapes();
  });
  after(async () => {
    await ours?.[Symbol.asyncDispose]();
    await theirs?.[Symbol.asyncDispose]();
    await graph?.[Symbol.asyncDispose]();
    await lock?.[Symbol.asyncDispose]();
  });

  async function move(from: StateStore, to: StateStore): Promise<Moved> {
    const signal = new AbortController().signal;
    const options = {
      objects: null,
      noticeMs: 0,
      name: 'before',
      now: new Date(),
      signal,
      onProgress: () => {},
    };
    const moved = await transfer({ from, to, ...options });
    assert.deepEqual(moved.differences, []);
    assert.deepEqual(moved.notes.first, []);
    assert.deepEqual(await to.check(), []);
    return moved;
  }

  test('into SQLite, which then gives the recorded answers', async () => {
    assert.ok(theirs !== undefined && ours !== undefined);
    const { counts } = (await move(theirs, ours)).totals;
    for (const [kind, n] of Object.entries(counts)) if (kind !== 'run') assert.ok(n > 0, kind);
    const options = { jwt: { secret: 'secret' }, logins: { maxFailures: 1000 } };
    await using services = await serve(ours, await objectsOf(folder), { options, startMs: START_MS });
    const { exchanges, mismatches } = await replay(folder, READS, services);
    assert.ok(exchanges > 700, `${exchanges} exchanges`);
    const unexplained = mismatches.filter(({ exchange: { n }, what, body }) => {
      return what !== 'body' || EXPLAINED.get(n)?.test(body) !== true;
    });
    assert.deepEqual(
      unexplained.map(({ exchange: { n, method, path, status }, what, status: now, body }) => {
        return `#${n} ${method} ${path}: ${what}, ${status} → ${now} ${body.slice(0, 300)}`;
      }),
      [],
    );
  });

  test('and back, in the shapes of the original', async () => {
    assert.ok(theirs !== undefined && ours !== undefined && graph !== undefined);
    await graph.empty();
    const { counts } = (await move(ours, theirs)).totals;
    assert.ok(counts.task > 10);
    const now = await graph.shapes();
    assert.deepEqual([...now].filter(shape => !shapes.has(shape)).sort(), []);
    assert.deepEqual([...shapes].filter(shape => !now.has(shape)).sort(), []);
  });
});
