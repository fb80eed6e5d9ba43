// What a submission had staged when its process was killed goes, once its age is sure, and nothing else does.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { openStateStore } from '../../src/store/open.ts';
import { sampleNetwork, submit } from '../contract/state-store/samples.ts';
import { at, World } from '../contract/state-store/world.ts';
import { killPrograms, startNode, until } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-sweep-'));
after(() => {
  killPrograms();
  rmSync(folder, { recursive: true, force: true });
});

const EDGES = Array.from({ length: 3000 }, (_, i) => ({ name: `edge ${i}`, protocol: 'P' }));

test('objects of a submission that was killed', { timeout: 60_000 }, async () => {
  const path = join(folder, 'state.db');
  const url = `sqlite://${path}`;
  await using store = await openStateStore(url);
  await store.initialize();
  const before = new World(store);
  const scope = { org: 'org', campaign: 'campaign', project: 'project' };
  const old = await submit(store, scope, sampleNetwork('old', EDGES.slice(0, 10)));
  await before.tasks(old.transformations[0] ?? '', 1);

  const here = new URL('.', import.meta.url).href;
  const script = join(folder, 'submit.mjs');
  writeFileSync(
    script,
    `import { openStateStore } from '${here}../../src/store/open.ts';
     import { sampleNetwork, submit } from '${here}../contract/state-store/samples.ts';
     const edges = Array.from({ length: 3000 }, (_, i) => ({ name: 'edge ' + i, protocol: 'P' }));
     const store = await openStateStore('${url}');
     await submit(store, ${JSON.stringify(scope)}, sampleNetwork('large', edges));
     console.log('too late');`,
  );
  const child = startNode(['--conditions=@alchemiscale/source', script]);
  using db = new DatabaseSync(path);
  const staged = (): number =>
    Number(db.prepare('SELECT count(*) AS n FROM object WHERE scope IS NULL').get()?.n);
  await until(() => staged() > 0, 'something is staged');
  child.child.kill('SIGKILL');
  assert.equal(await child.ended, 'SIGKILL', child.stderr());
  const left = staged();
  assert.ok(left > 0 && left < 9000, `${left} objects are left`);
  const world = new World(store);
  assert.deepEqual(await store.check(), []);

  assert.equal(await store.sweep(at(1e6)), 0, 'nothing newer shows how old they are');
  const large = await submit(store, scope, sampleNetwork('large', EDGES));
  const tasks = await world.tasks(large.transformations.at(-1) ?? '', 1);
  assert.equal(staged(), left);
  assert.equal(await store.sweep(at(0)), 0, 'they may still be under way');
  assert.equal(await store.sweep(at(1)), left);
  assert.equal(staged(), 0);

  assert.deepEqual(await store.check(), []);
  assert.equal((await store.networks.listTransformations({ network: large.network })).length, 3000);
  assert.deepEqual(await store.tasks.getStatuses({ tasks }), ['waiting']);
});
