import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tinyService } from '../../test/support/tiny-service.ts';
import { readEnvironment } from './env.ts';
import { userClient } from './user-client.ts';

test('that a server does not answer is said once, however often it is asked again', async () => {
  let left = 3;
  await using service = await tinyService(() =>
    left-- > 0 ? { status: 503 } : { json: { message: 'hello' } },
  );
  const env = readEnvironment({
    ALCHEMISCALE_URL: service.url,
    ALCHEMISCALE_ID: 'ada',
    ALCHEMISCALE_KEY: 'key',
  });
  const notes: string[] = [];
  const client = userClient({ env, note: line => notes.push(line) }, { sleep: async () => {} });
  assert.deepEqual(await client.getInfo(), { message: 'hello' });
  assert.equal(notes.length, 1);
  assert.match(
    notes[0] ?? '',
    /^GET http:\S+ was answered 503 .*; trying again for a minute \(Ctrl-C ends that\)$/,
  );
});
