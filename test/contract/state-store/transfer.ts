// Records: read through a view, taken by an empty store.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AlchemiscaleError } from '../../../src/domain/errors.ts';
import { TRANSFER_KINDS } from '../../../src/store/slices/transfer.ts';
import type { StateStore, TransferRecord } from '../../../src/store/state-store.ts';
import { at, describeStore, type OpenStore, type World } from './world.ts';

/** Everything in a store, in order. */
async function readAll(store: StateStore): Promise<readonly TransferRecord[]> {
  const view = await store.transfer.openView();
  try {
    return await readView(store, view);
  } finally {
    await store.transfer.closeView({ view });
  }
}

async function readView({ transfer }: StateStore, view: number): Promise<readonly TransferRecord[]> {
  const records: TransferRecord[] = [];
  for (const kind of TRANSFER_KINDS) {
    for (let after: string | null = null; ; ) {
      const page: Awaited<ReturnType<typeof transfer.readPage>> = await transfer.readPage({
        view,
        kind,
        after,
      });
      records.push(...page.records);
      after = page.next;
      if (after === null) break;
    }
  }
  return records;
}

/** Records without what depends on the order of writing. */
function sorted(records: readonly TransferRecord[]): readonly string[] {
  return records
    .map(record =>
      JSON.stringify(record, (_, value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString() : value,
      ),
    )
    .sort();
}

const SOURCE = { source: 'elsewhere', started: at(0) };

const ADA: TransferRecord = {
  kind: 'identity',
  type: 'user',
  identifier: 'ada',
  hashedKey: '$2b$x',
  disabled: false,
  expiresMs: null,
  scopes: [],
  email: null,
  fullName: null,
};

const isConflict = (error: unknown): boolean =>
  error instanceof AlchemiscaleError && error.code === 'CONFLICT';

/** A task that failed once and waits again, one that runs, one that extends it. */
async function fill(world: World): Promise<void> {
  const { store } = world;
  const network = await world.network(['ProtocolA', 'ProtocolB']);
  const [task = '', running = ''] = await world.actioned(network, 2);
  await store.restarts.add({ network: network.network, patterns: ['boom', 'é'], maxRetries: 3 });
  const service = await world.claimOnly(task);
  await world.push(task, false, service, at(2), { tried: ['boom', 'é'], matched: ['boom'] });
  await world.claimOnly(running);
  const children = await world.tasks(network.transformations[0] ?? '', 1, running);
  await store.tasks.setPriorities({ tasks: children, priority: 2n ** 63n - 1n });
  await store.hubs.action({ network: network.network, tasks: children, weights: 0.125 });
  await store.identities.put({ type: 'compute', identifier: 'cluster', hashedKey: '$2b$x' });
}

export function transferContract(open: OpenStore): void {
  describeStore('transfer', open, world => {
    /** Empties the store and begins to fill it. */
    async function begin(): Promise<number> {
      const { store } = world();
      await store.reset();
      await store.initialize();
      return store.transfer.begin(SOURCE);
    }

    test('what was read is what is there after it was written', async () => {
      const { store } = world();
      await fill(world());
      const records = await readAll(store);
      assert.ok(records.length > 12);
      const run = await begin();
      await store.transfer.write({ run, records });
      await store.transfer.settle({ run });
      assert.deepEqual(sorted(await readAll(store)), sorted(records));
      assert.deepEqual(await store.check(), []);
    });

    test('writing again changes nothing, and what may have gone is gone when a copy goes on', async () => {
      const { store } = world();
      const first = await begin();
      await fill(world());
      const records = await readAll(store);
      await store.transfer.write({ run: first, records });
      await store.transfer.settle({ run: first });
      assert.deepEqual(sorted(await readAll(store)), sorted(records));
      const run = await store.transfer.begin(SOURCE);
      const kept = records.map(record =>
        record.kind === 'task' ? { ...record, actions: [], claim: null, status: 'waiting' as const } : record,
      );
      const without = kept.filter(
        ({ kind }) => kind !== 'identity' && kind !== 'service' && kind !== 'pattern',
      );
      await store.transfer.write({ run, records: without });
      await store.transfer.settle({ run });
      assert.deepEqual(sorted(await readAll(store)), sorted(without));
      assert.deepEqual(await store.check(), []);
    });

    test('a copied store serves: what waits is claimed, what runs completes', async () => {
      const { store } = world();
      await begin();
      await fill(world());
      const records = await readAll(store);
      const run = await begin();
      await store.transfer.write({ run, records });
      await store.transfer.settle({ run });
      await store.transfer.end({ run });
      const tasks = records.filter(record => record.kind === 'task');
      const waiting = tasks.filter(({ status, extends: parent }) => status === 'waiting' && parent === null);
      const [running] = tasks.filter(({ status }) => status === 'running');
      const [child] = tasks.filter(({ extends: parent }) => parent !== null);
      assert.ok(running !== undefined && child !== undefined && waiting.length === 1);
      const [, , org = '', campaign = '', project = ''] = running.key.split('-');
      const scope = { org, campaign, project };
      const service = await world().service();
      assert.deepEqual(await world().claim(scope, service, { count: 5 }), [waiting[0]?.key]);
      assert.equal((await world().push(running.key, true, running.claim?.service ?? ''))?.status, 'complete');
      assert.deepEqual(await world().claim(scope, service, { count: 5 }), [child.key]);
    });

    test('a store that holds something, or the beginning of another copy, takes none', async () => {
      const { store } = world();
      await store.reset();
      await store.initialize();
      assert.equal(await store.transfer.findUnfinished(), null);
      assert.deepEqual(await store.transfer.inspect(), { hasSchema: true, isEmpty: true, unfinished: null });
      await store.identities.put({ type: 'user', identifier: 'ada', hashedKey: '$2b$x' });
      await assert.rejects(store.transfer.begin(SOURCE), isConflict);
      assert.deepEqual(await store.transfer.inspect(), { hasSchema: true, isEmpty: false, unfinished: null });
      await begin();
      assert.deepEqual(await store.transfer.inspect(), {
        hasSchema: true,
        isEmpty: true,
        unfinished: SOURCE,
      });
      await assert.rejects(store.transfer.begin({ ...SOURCE, source: 'other' }), isConflict);
      const run = await store.transfer.begin({ ...SOURCE, started: at(5) });
      await store.transfer.end({ run });
      assert.equal(await store.transfer.findUnfinished(), null);
    });

    test('an empty store without a schema takes a copy', async () => {
      const { store } = world();
      await fill(world());
      const records = await readAll(store);
      await store.reset();
      const bare = { hasSchema: false, isEmpty: true, unfinished: null };
      assert.deepEqual(await store.transfer.inspect(), bare);
      const run = await store.transfer.begin(SOURCE);
      await store.transfer.write({ run, records });
      await store.transfer.settle({ run });
      await store.transfer.end({ run });
      assert.deepEqual(sorted(await readAll(store)), sorted(records));
    });

    test('of two runs of a copy the later goes on, and the earlier writes no more', async () => {
      const { store } = world();
      await fill(world());
      const records = await readAll(store);
      const earlier = await begin();
      await store.transfer.write({ run: earlier, records: records.filter(({ kind }) => kind === 'object') });
      // Clocks may stand still, or be set back.
      const run = await store.transfer.begin({ ...SOURCE, started: at(-5) });
      assert.ok(run > earlier);
      const objects = records.filter(({ kind }) => kind === 'object');
      await assert.rejects(store.transfer.write({ run: earlier, records: objects }), isConflict);
      const identities = records.filter(({ kind }) => kind === 'identity');
      await assert.rejects(store.transfer.write({ run: earlier, records: identities }), isConflict);
      await assert.rejects(store.transfer.write({ run: earlier, records: [] }), isConflict);
      await store.transfer.write({ run, records: [] });
      await assert.rejects(store.transfer.end({ run: earlier }), isConflict);
      assert.deepEqual(await store.identities.list({ type: 'compute' }), []);
      await store.transfer.write({ run, records });
      await store.transfer.settle({ run });
      await store.transfer.end({ run });
      await assert.rejects(store.transfer.write({ run, records }), isConflict);
      assert.deepEqual(sorted(await readAll(store)), sorted(records));
    });

    test('of copies that begin at the same time one goes on', async () => {
      const { store } = world();
      await store.reset();
      await store.initialize();
      const beginnings = await Promise.allSettled(
        Array.from({ length: 4 }, () => store.transfer.begin(SOURCE)),
      );
      // One may hear of the next while it still begins.
      const begun = beginnings.flatMap(end => (end.status === 'fulfilled' ? [end.value] : []));
      for (const end of beginnings)
        if (end.status === 'rejected') assert.ok(isConflict(end.reason), end.reason);
      assert.equal(new Set(begun).size, begun.length);
      const written = await Promise.allSettled(
        begun.map(run => store.transfer.write({ run, records: [ADA] })),
      );
      const went = begun.filter((_, place) => written[place]?.status === 'fulfilled');
      assert.deepEqual(went, [Math.max(...begun)]);
      await store.reset();
      await store.initialize();
      const sources = ['a', 'b', 'c'].map(source => ({ ...SOURCE, source }));
      const others = await Promise.allSettled(sources.map(params => store.transfer.begin(params)));
      assert.equal(others.filter(({ status }) => status === 'fulfilled').length, 1);
    });

    test('an object before what it refers to is refused, and nothing is half written', async () => {
      const { store } = world();
      await begin();
      await world().network();
      const records = await readAll(store);
      const run = await begin();
      const objects = records.filter(({ kind }) => kind === 'object');
      await assert.rejects(store.transfer.write({ run, records: objects.slice(-1) }));
      await store.transfer.write({ run, records });
      await store.transfer.settle({ run });
      assert.deepEqual(sorted(await readAll(store)), sorted(records));
    });

    test('a view agrees with itself while others write', async () => {
      const { store } = world();
      await fill(world());
      const before = await readAll(store);
      const view = await store.transfer.openView();
      const first = await store.transfer.readPage({ view, kind: 'object', after: null });
      assert.ok(first.records.length > 0);
      const network = await world().network();
      await world().actioned(network, 3);
      const rest = await readView(store, view);
      await store.transfer.closeView({ view });
      const known = new Set([...first.records, ...rest].map(record => ('key' in record ? record.key : '')));
      for (const record of rest) {
        if (record.kind === 'task') assert.ok(known.has(record.transformation));
        if (record.kind === 'task') for (const action of record.actions) assert.ok(known.has(action.network));
      }
      // Where a database has snapshots, it is the state at the beginning.
      if (store.capabilities.keepsBytes) assert.deepEqual(sorted(rest), sorted(before));
      await assert.rejects(store.transfer.readPage({ view, kind: 'task', after: null }));
    });
  });
}
