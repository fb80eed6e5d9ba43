import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { AlchemiscaleClientError, AlchemiscaleConnectionError } from '../client/errors.ts';
import { Deliveries } from './delivery.ts';
import { Spool } from './spool.ts';

const ADDRESS = {
  task: 'Task-00-o-c-p',
  service: 'svc-00',
  apiUrl: 'http://127.0.0.1:8001',
  identifier: 'cluster',
};
const FRAME = new Uint8Array([1, 2, 3]);
const REQUEST = { method: 'POST', url: 'http://127.0.0.1:8001/x', attempts: 1 };
const away = (): Error => new AlchemiscaleConnectionError(REQUEST, new Error('ECONNREFUSED'));
const answered = (status: number): Error =>
  new AlchemiscaleClientError(REQUEST, { status, reason: '', detail: 'no' });

/** Deliveries to a server that gives these answers in turn (null: acknowledged), then acknowledges all. */
function begin(t: { after(fn: () => void): void }, answers: (Error | null)[], folderName = 'spool') {
  const root = mkdtempSync(join(tmpdir(), 'alchemiscale-delivery-'));
  t.after(() => {
    chmodSync(root, 0o700);
    rmSync(root, { recursive: true });
  });
  const folder = join(root, folderName);
  const [waits, said, pushed]: [number[], string[], number[][]] = [[], [], []];
  const [stopped, aborted] = [new AbortController(), new AbortController()];
  const say = (_: unknown, message?: string): number => said.push(String(message));
  const log = { debug: say, info: say, warn: say, error: say };
  const make = (): Deliveries =>
    new Deliveries({
      spool: new Spool(folder, log),
      push: async (_, frame) => {
        const answer = answers.shift() ?? null;
        if (answer !== null) throw answer;
        pushed.push([...(frame instanceof Blob ? new Uint8Array(await frame.arrayBuffer()) : frame)]);
      },
      clock: {
        nowMs: () => 0,
        sleep: async ms => {
          if (!stopped.signal.aborted) waits.push(ms);
        },
      },
      log,
      backoff: { baseMs: 2000, maxMs: 5000 },
      stopped: stopped.signal,
      aborted: aborted.signal,
    });
  return { root, folder, waits, said, pushed, stopped, make };
}

describe('deliveries', () => {
  test('an acknowledged result leaves nothing behind', async t => {
    const { folder, pushed, make } = begin(t, []);
    const deliveries = make();
    await deliveries.send(ADDRESS, FRAME);
    await deliveries.settled();
    assert.deepEqual(pushed, [[1, 2, 3]]);
    assert.deepEqual(readdirSync(folder), []);
  });

  test('while the server is away a result waits, longer each time', async t => {
    const { waits, pushed, make, folder } = begin(t, [away(), answered(503), answered(500), away()]);
    const deliveries = make();
    await deliveries.send(ADDRESS, FRAME);
    await deliveries.settled();
    assert.deepEqual(waits, [2000, 4000, 5000, 5000]);
    assert.deepEqual(pushed, [[1, 2, 3]]);
    assert.deepEqual(readdirSync(folder), []);
  });

  test('at the end it is tried once more, kept, and delivered by the next service', async t => {
    const { folder, said, pushed, stopped, make } = begin(t, [away()]);
    stopped.abort();
    const first = make();
    await first.send(ADDRESS, FRAME);
    await first.settled();
    assert.deepEqual(pushed, []);
    assert.equal(readdirSync(folder).length, 2);
    assert.deepEqual(said, ['result not delivered; kept for the next start']);

    const next = make();
    await next.resume({ ...ADDRESS, identifier: 'somebody else' });
    await next.settled();
    assert.deepEqual(pushed, []);
    await next.resume(ADDRESS);
    await next.settled();
    assert.deepEqual(pushed, [[1, 2, 3]]);
    assert.deepEqual(readdirSync(folder), []);
  });

  for (const status of [400, 413, 422]) {
    test(`a result refused with ${status} is put aside`, async t => {
      const { folder, pushed, waits, make } = begin(t, [answered(status)]);
      const deliveries = make();
      await deliveries.send(ADDRESS, FRAME);
      await deliveries.settled();
      assert.deepEqual([pushed, waits], [[], []]);
      assert.deepEqual(readdirSync(folder), ['refused']);
    });
  }

  test('a result that may not be pushed now is kept, without hurry', async t => {
    const { folder, waits, make } = begin(t, [answered(401)]);
    const deliveries = make();
    await deliveries.send(ADDRESS, FRAME);
    await deliveries.settled();
    assert.deepEqual(waits, []);
    assert.equal(readdirSync(folder).length, 2);
  });

  test('without room on disk it is sent from memory', async t => {
    const { root, folder, said, pushed, make } = begin(t, [away()], 'file/spool');
    writeFileSync(join(root, 'file'), 'in the way');
    const deliveries = make();
    await deliveries.send(ADDRESS, FRAME);
    await deliveries.settled();
    assert.deepEqual(pushed, [[1, 2, 3]]);
    assert.match(said[0] ?? '', /cannot be kept on disk/);
    assert.throws(() => readdirSync(folder));
  });

  test('what many earlier runs left is delivered a few at a time, all of it', async t => {
    const { root, pushed, make } = begin(t, []);
    const log = { info: () => {}, warn: () => {}, error: () => {} };
    const spool = new Spool(join(root, 'spool'), log);
    for (let i = 0; i < 11; i += 1) await spool.keep(ADDRESS, new Uint8Array([i]));
    const deliveries = make();
    await deliveries.resume(ADDRESS);
    assert.ok(pushed.length <= 4);
    await deliveries.settled();
    assert.deepEqual(
      pushed.flat().sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
  });
});
