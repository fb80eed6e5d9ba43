// A graph that the original left behind, served by us: every recorded read of it must get the recorded answer. And a graph that
// we write, beside what the original wrote: no kind of node, relationship or property that it does not know.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openStateStore } from '../../src/store/open.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import { GOLDEN, NO_GOLDEN } from '../support/golden.ts';
import { Graph } from '../support/neo4j-dump.ts';
import { neo4jUrl } from '../support/neo4j-graph.ts';
import { findNeo4j, neo4jLock } from '../support/services.ts';
import { EXPLAINED, objectsOf, READS, START_MS } from './dumped-graph.ts';
import { replay } from './replay.ts';
import { serve } from './service.ts';
import { writeSomethingOfEverything } from './write-everything.ts';

const found = await findNeo4j();
const folder = GOLDEN === null ? '' : join(GOLDEN, 'graph');
const skip = NO_GOLDEN || ('skip' in found ? found.skip : false);

describe('a graph of the original', { skip }, () => {
  let lock: AsyncDisposable | undefined;
  let graph: Graph | undefined;
  let store: StateStore | undefined;

  before(async () => {
    assert.ok('service' in found);
    lock = await neo4jLock();
    graph = new Graph(found.service);
    store = await openStateStore(neo4jUrl(found.service));
    await graph.empty();
    await store.initialize();
    await graph.load(folder);
  });
  after(async () => {
    await store?.[Symbol.asyncDispose]();
    await graph?.[Symbol.asyncDispose]();
    await lock?.[Symbol.asyncDispose]();
  });

  test('is sound', async () => {
    assert.deepEqual(await store?.check(), []);
  });

  test('gives the recorded answers to every recorded read', async () => {
    assert.ok(store !== undefined);
    const options = { jwt: { secret: 'secret' }, logins: { maxFailures: 1000 } };
    await using services = await serve(store, await objectsOf(folder), { options, startMs: START_MS });
    const { exchanges, mismatches } = await replay(folder, READS, services);
    assert.ok(exchanges > 700, `${exchanges} exchanges`);
    const unexplained = mismatches.filter(({ exchange: { n }, what, body }) => {
      return what !== 'body' || EXPLAINED.get(n)?.test(body) !== true;
    });
    assert.deepEqual(
      unexplained.map(({ exchange: { n, method, path, status }, what, status: ours, body }) => {
        return `#${n} ${method} ${path}: ${what}, ${status} → ${ours} ${body.slice(0, 300)}`;
      }),
      [],
    );
    const differing = new Set(mismatches.map(({ exchange }) => exchange.n));
    assert.deepEqual(
      [...EXPLAINED.keys()].filter(n => !differing.has(n)),
      [],
      'these are explained and do not differ',
    );
  });

  test('what we write has the shapes of what the original wrote', async () => {
    assert.ok(store !== undefined && graph !== undefined);
    const theirs = await graph.shapes();
    await graph.empty();
    await writeSomethingOfEverything(store);
    assert.deepEqual(await store.check(), []);
    const ours = await graph.shapes();
    // A registration belongs to the identity that made it; the original's servers do not read these nodes as a whole.
    const owners = ['ComputeManagerRegistration', 'ComputeServiceRegistration'].map(
      label => `${label}.owner: STRING NOT NULL`,
    );
    assert.deepEqual([...ours].filter(shape => !theirs.has(shape)).sort(), owners);
    const kinds = new Set([...ours].map(kindOf));
    assert.deepEqual(
      [...theirs].filter(shape => !ours.has(shape) && kinds.has(kindOf(shape))).sort(),
      [],
      'properties that we leave out',
    );
  });
});

/** What a shape says something about: the labels of a node, or those of the ends of a relationship. */
function kindOf(shape: string): string {
  return shape.replace(/(?<=[A-Za-z])\..*$/, '');
}
