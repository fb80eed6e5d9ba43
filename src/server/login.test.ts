import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hash } from '@node-rs/bcrypt';
import { pino } from 'pino';
import { openObjectStore } from '../objects/open.ts';
import { openStateStore } from '../store/open.ts';
import { createLogin } from './login.ts';
import { compileServerSettings } from './settings.ts';

const isCode = (code: string) => (error: { readonly code: string }) => error.code === code;

async function startLogin(t: { after(fn: () => Promise<void>): void }) {
  const store = await openStateStore('sqlite::memory:');
  t.after(async () => store[Symbol.asyncDispose]());
  await store.initialize();
  await store.identities.put({ type: 'user', identifier: 'ada', hashedKey: await hash('key', { cost: 4 }) });
  return createLogin(
    {
      store,
      objects: await openObjectStore('memory:'),
      settings: compileServerSettings({ jwt: { secret: 'x'.repeat(32) } }),
      clock: () => new Date(0),
      logger: pino({ level: 'silent' }),
    },
    'user',
  );
}

const guess = (i: number, hasLeft: () => boolean) => ({
  identifier: `stranger-${i}`,
  key: `guess ${i}`,
  address: '10.0.0.1',
  hasLeft,
});
const ADA = { identifier: 'ada', key: 'key', address: '10.0.0.1', hasLeft: () => false };

describe('log-ins that wait', () => {
  test('are dropped once nobody waits for them', async t => {
    const login = await startLogin(t);
    let looked = 0;
    const left = Array.from({ length: 100 }, (_, i) =>
      login(guess(i, () => true)).catch((error: { message: string }) => {
        if (!/nobody waits/.test(error.message)) looked += 1;
      }),
    );
    assert.equal((await login(ADA)).identifier, 'ada');
    await Promise.all(left);
    assert.equal(looked, 0);
  });

  test('do not wait without end: beyond some hundreds of one address they are refused for now', async t => {
    const login = await startLogin(t);
    let isOver = false;
    const guesses = Array.from({ length: 300 }, (_, i) => login(guess(i, () => isOver)));
    const refused = guesses.map(each =>
      each.then(
        () => '',
        (error: { readonly code: string }) => error.code,
      ),
    );
    await assert.rejects(login(ADA), isCode('STORE_UNAVAILABLE'));
    assert.equal((await login({ ...ADA, address: '10.0.0.2' })).identifier, 'ada');
    isOver = true;
    const codes = await Promise.all(refused);
    assert.ok(codes.filter(code => code === 'STORE_UNAVAILABLE').length >= 300 - 256 - 2);
  });

  test('that share a key are one piece of work, done when any of those who asked is still there', async t => {
    const login = await startLogin(t);
    const busy = [0, 1].map(i => login(guess(i, () => false)).catch(() => null));
    const gone = login({ ...ADA, hasLeft: () => true });
    const here = login(ADA);
    assert.deepEqual([(await gone).identifier, (await here).identifier], ['ada', 'ada']);
    await Promise.all(busy);
  });
});
