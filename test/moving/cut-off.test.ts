// A transfer that is killed leaves a store that nobody serves, and goes on to a true copy, also of a source that has changed since.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Moved, transfer } from '../../src/moving/transfer.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { openStateStore } from '../../src/store/open.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import { killPrograms, runProgram, startNode } from '../support/program.ts';
import { answersOf } from './answers.ts';
import { fillRichly } from './rich-instance.ts';

const CUT = fileURLToPath(new URL('./cut-process.ts', import.meta.url));

const root = mkdtempSync(join(tmpdir(), 'alchemiscale-moving-'));
after(() => {
  killPrograms();
  rmSync(root, { recursive: true, force: true });
});

interface Instance extends AsyncDisposable {
  readonly folder: string;
  readonly store: StateStore;
  readonly objects: ObjectStore;
}

async function open(folder: string): Promise<Instance> {
  const undo = new AsyncDisposableStack();
  const store = undo.use(await openStateStore(`sqlite://${join(folder, 'state.db')}`, { seed: 1 }));
  const objects = undo.use(await openObjectStore(pathToFileURL(join(folder, 'objects')).href));
  await store.initialize();
  return { folder, store, objects, [Symbol.asyncDispose]: () => undo.disposeAsync() };
}

function newFolder(): string {
  return mkdtempSync(join(root, 'instance-'));
}

function move(from: Instance, to: Instance, signal = new AbortController().signal): Promise<Moved> {
  const objects = { from: from.objects, to: to.objects };
  const options = { objects, noticeMs: 0, name: 'the source', now: new Date(), signal, onProgress: () => {} };
  return transfer({ from: from.store, to: to.store, ...options });
}

async function assertSame(from: Instance, to: Instance): Promise<void> {
  assert.deepEqual(await to.store.check(), []);
  const [expected, answers] = [
    await answersOf(from.store, from.objects),
    await answersOf(to.store, to.objects),
  ];
  for (const [asked, answer] of expected) assert.deepEqual(answers.get(asked), answer, asked);
}

describe('a transfer that is killed', () => {
  for (const [at, n] of [
    ['write', 1],
    ['write', 5],
    ['commit', 2],
  ] as const) {
    test(`at ${at} ${n} goes on, after the source has changed`, async () => {
      await using from = await open(newFolder());
      await fillRichly(from.store, from.objects);
      const target = newFolder();
      const process = startNode([CUT, from.folder, target, at, String(n)]);
      assert.equal(await process.ended, 'SIGKILL', process.stderr());
      await change(from.store);
      await using to = await open(target);
      assert.equal((await to.store.transfer.findUnfinished())?.source, 'the source');
      const moved = await move(from, to);
      assert.deepEqual(moved.differences, []);
      assert.deepEqual(moved.bodies?.problems, []);
      assert.equal(await to.store.transfer.findUnfinished(), null);
      await assertSame(from, to);
    });
  }
});

/** Takes away what can be taken away, and adds to the rest. */
async function change(store: StateStore): Promise<void> {
  await store.identities.remove({ type: 'user', identifier: 'without scopes' });
  const scopes = [{ org: null, campaign: null, project: null }];
  const [network] = await store.networks.list({ scopes });
  assert.ok(network !== undefined);
  for (const { network } of await store.networks.list({ scopes })) {
    const [actioned = []] = await store.hubs.listActioned({ networks: [network] });
    await store.hubs.cancel({ network, tasks: actioned.slice(0, 1).map(({ task }) => task) });
    const [patterns = []] = await store.restarts.list({ networks: [network] });
    await store.restarts.remove({ network, patterns: patterns.slice(0, 1).map(({ pattern }) => pattern) });
  }
  const [service] = await store.compute.list();
  await store.compute.deregister({ service: service?.service ?? '', owner: service?.owner ?? '' });
  const [transformation = ''] = await store.networks.listTransformations(network);
  await store.tasks.create({ items: [{ transformation, extends: null }], creator: null, now: new Date(0) });
}

test('a transfer that is stopped goes on', async () => {
  await using from = await open(newFolder());
  await using to = await open(newFolder());
  await fillRichly(from.store, from.objects);
  const stop = new AbortController();
  stop.abort(new Error('stopped'));
  await assert.rejects(move(from, to, stop.signal), /stopped/);
  assert.notEqual(await to.store.transfer.findUnfinished(), null);
  assert.deepEqual((await move(from, to)).differences, []);
  await assertSame(from, to);
});

test('a store that is still being filled is not copied, and nothing is begun in the target', async () => {
  await using to = await open(newFolder());
  await using half = await open(newFolder());
  await half.store.transfer.begin({ source: 'elsewhere', started: new Date(0) });
  await assert.rejects(move(half, to), /holds an unfinished copy of elsewhere/);
  assert.equal(await to.store.transfer.findUnfinished(), null);
});

test('no command serves or changes a store that is still being filled', async () => {
  const folder = newFolder();
  {
    await using to = await open(folder);
    await to.store.transfer.begin({ source: 'bolt://elsewhere', started: new Date(0) });
  }
  const store = ['--url', `sqlite://${join(folder, 'state.db')}`];
  const secret = { JWT_SECRET_KEY: 'x'.repeat(40) };
  for (const args of [
    ['api', ...store, '--port', '0'],
    ['compute', 'api', ...store, '--port', '0'],
    ['up', '--data', folder, '--user-port', '0', '--compute-port', '0', '--services', '0'],
    ['identity', 'list', '-t', 'user', ...store],
    ['database', 'check', ...store],
    ['database', 'check', '--deep', '--json', '--data', folder],
  ]) {
    const { exitCode, stdout, stderr } = await runProgram(args, secret);
    assert.equal(exitCode, 1, args.join(' '));
    assert.equal(stdout, '', args.join(' '));
    assert.match(
      stderr,
      /an unfinished copy of bolt:\/\/elsewhere, begun 1970-01-01T00:00:00\.000Z: run the same/,
    );
  }
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test('bodies that are missing or damaged are named, and the rest is copied', async () => {
  await using from = await open(newFolder());
  await using to = await open(newFolder());
  await fillRichly(from.store, from.objects);
  const locations = await collect(from.objects.list(''));
  const [lost = '', kept = ''] = locations;
  await from.objects.delete(lost);
  // Left by an earlier copy, of the same length.
  const size = (await from.objects.get(kept))?.size ?? 0;
  const upload = await to.objects.createUpload();
  await upload.write(new Uint8Array(size));
  await upload.commit(kept);
  const { bodies } = await move(from, to);
  // Two references may name one body.
  assert.ok(bodies !== null && bodies.problemCount > 0);
  for (const problem of bodies.problems) assert.ok(problem.includes(lost), problem);
  assert.equal(bodies.copied, locations.length - 1);
  const copied = await collect(to.objects.list(''));
  assert.deepEqual(copied.sort(), locations.slice(1).sort());
  for (const location of copied) {
    const read = async (objects: ObjectStore): Promise<string> => {
      const stored = await objects.get(location);
      return stored === null ? '' : Buffer.concat(await collect(stored.read())).toString();
    };
    assert.equal(await read(to.objects), await read(from.objects));
  }
  assert.equal(await to.store.transfer.findUnfinished(), null);
});

test('tasks that the copy alone has are named: it must be emptied', async () => {
  await using from = await open(newFolder());
  await using to = await open(newFolder());
  await fillRichly(to.store, null);
  await to.store.reset();
  await to.store.initialize();
  await to.store.transfer.begin({ source: 'the source', started: new Date(0) });
  await fillRichly(to.store, null);
  await fillRichly(from.store, from.objects);
  const { differences, bodies } = await move(from, to);
  assert.equal(differences.length, 20);
  assert.match(differences.join('\n'), /^task Task-\w+-org-campaign-project is only in the copy$/m);
  assert.equal(bodies, null);
  assert.notEqual(await to.store.transfer.findUnfinished(), null);
});
