import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StateStore } from '../store/state-store.ts';
import { listenBeforeExpiry } from './silence.ts';

const START = Date.UTC(2026, 0, 1);

function watch() {
  const said: string[] = [];
  const now = { calendarMs: START, steadyMs: 0 };
  const inner = { compute: { expire: async () => ['svc-00'] } } as unknown as StateStore;
  const log = { warn: (_: unknown, message?: string) => said.push(String(message)) };
  const store = listenBeforeExpiry(inner, { silenceMs: 60_000, log }, () => ({ ...now }));
  /** Asks when so many seconds have passed, with the calendar ahead by so many. */
  const expired = async (seconds: number, aheadSeconds = 0): Promise<boolean> => {
    now.calendarMs = START + (seconds + aheadSeconds) * 1000;
    now.steadyMs = seconds * 1000;
    return (await store.compute.expire({ before: new Date(now.calendarMs - 60_000) })).length > 0;
  };
  return { said, expired };
}

describe('listenBeforeExpiry', () => {
  test('nothing expires in the first span after a start', async () => {
    const { said, expired } = watch();
    for (const seconds of [1, 30, 59.9]) assert.equal(await expired(seconds), false);
    assert.equal(await expired(60), true);
    assert.equal(await expired(61), true);
    assert.deepEqual(said, []);
  });

  for (const ahead of [3600, -3600]) {
    test(`nor after the clock has jumped by ${ahead} s, of which one line tells`, async () => {
      const { said, expired } = watch();
      assert.equal(await expired(60), true);
      assert.equal(await expired(66, ahead), false);
      assert.equal(await expired(125, ahead), false);
      assert.equal(await expired(126, ahead), true);
      assert.equal(said.length, 1);
      assert.match(said[0] ?? '', /^the clock jumped/);
    });
  }

  test('drift is no jump', async () => {
    const { said, expired } = watch();
    assert.equal(await expired(60, 4), true);
    assert.deepEqual(said, []);
  });
});
