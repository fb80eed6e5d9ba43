import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Expiry } from './expiry.ts';

const START = Date.UTC(2026, 0, 1);

function watch({ fail = false } = {}) {
  const asked: string[] = [];
  const said: string[] = [];
  const expiry = new Expiry(
    {
      silenceMs: 60_000,
      compute: {
        expire: async ({ before }) => {
          asked.push(before.toISOString().slice(11, 19));
          if (fail) throw new Error('database is locked');
          return ['svc-00'];
        },
      },
      log: {
        info: (_: unknown, message?: string) => said.push(String(message)),
        warn: (_: unknown, message?: string) => said.push(String(message)),
        error: (_: unknown, message?: string) => said.push(String(message)),
      },
    },
    { calendarMs: START, steadyMs: 0 },
  );
  /** Looks when so many seconds have passed, with the calendar ahead by so many. */
  const look = (seconds: number, aheadSeconds = 0) =>
    expiry.tick({ calendarMs: START + (seconds + aheadSeconds) * 1000, steadyMs: seconds * 1000 });
  return { asked, said, look };
}

describe('expiry', () => {
  test('asks for whoever was silent for the whole span, once it has listened that long', async () => {
    const { asked, said, look } = watch();
    for (const seconds of [6, 54, 59.9]) await look(seconds);
    assert.deepEqual(asked, []);
    await look(60);
    await look(66);
    assert.deepEqual(asked, ['00:00:00', '00:00:06']);
    assert.deepEqual(said[0], 'service expired; its tasks wait again');
  });

  for (const ahead of [3600, -3600]) {
    test(`after a jump by ${ahead} s every service gets the whole span again`, async () => {
      const { asked, said, look } = watch();
      await look(60);
      asked.length = 0;
      await look(66, ahead);
      await look(120, ahead);
      assert.deepEqual(asked, []);
      assert.match(said.at(-1) ?? '', /^the clock jumped/);
      await look(126, ahead);
      assert.equal(asked.length, 1);
    });
  }

  test('drift is no jump', async () => {
    const { asked, look } = watch();
    await look(60, 4);
    assert.equal(asked.length, 1);
  });

  test('a store that fails is logged, and asked again', async () => {
    const { asked, said, look } = watch({ fail: true });
    await look(60);
    await look(66);
    assert.equal(asked.length, 2);
    assert.deepEqual(said, ['expiry failed', 'expiry failed']);
  });
});
