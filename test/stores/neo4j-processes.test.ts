// Several processes of ours on one graph.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Key } from '../../src/store/state-store.ts';
import { sampleNetwork, submit } from '../contract/state-store/samples.ts';
import { EVERYWHERE, sorted, World } from '../contract/state-store/world.ts';
import { neo4jUrl, openEmptyStore } from '../support/neo4j-graph.ts';
import { findNeo4j, neo4jLock } from '../support/services.ts';

const found = await findNeo4j();
const skip = 'skip' in found ? found.skip : false;

const start = (url: string): ChildProcess =>
  fork(new URL('./claiming-process.ts', import.meta.url), [url], {
    execArgv: ['--conditions=@alchemiscale/source'],
  });
const answer = async (child: ChildProcess): Promise<unknown> => (await once(child, 'message'))[0];

test('four that claim at once from hubs that share their tasks never get one twice, and leave none', {
  skip,
  timeout: 120_000,
}, async () => {
  assert.ok('service' in found);
  await using _ = await neo4jLock();
  await using store = await openEmptyStore(found.service);
  const world = new World(store);
  const scope = world.scope();
  const edge = { name: 'shared', protocol: 'P' };
  const networks = [
    await submit(store, scope, sampleNetwork('one', [edge])),
    await submit(store, scope, sampleNetwork('two', [edge])),
  ];
  const tasks = await world.tasks(networks[0]?.transformations[0] ?? '', 200);
  for (const { network } of networks) await store.hubs.action({ network, tasks, weights: null });
  const url = neo4jUrl(found.service);
  const children = [start(url), start(url), start(url), start(url)];
  const exits = children.map(child => once(child, 'exit'));
  assert.deepEqual(new Set(await Promise.all(children.map(answer))), new Set(['ready']));
  const answers = Promise.all(children.map(answer));
  for (const child of children) child.send('claim');
  const claimed = ((await answers) as Key[][]).flat();
  await Promise.all(exits);
  assert.equal(new Set(claimed).size, claimed.length, 'a task was given out twice');
  assert.deepEqual(sorted(claimed), sorted(tasks));
  assert.deepEqual(await store.check(), []);
  assert.deepEqual(await store.networks.countScopeStatuses({ scopes: EVERYWHERE, states: ['active'] }), {
    running: 200,
  });
});
