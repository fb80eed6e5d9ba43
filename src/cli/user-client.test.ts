import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tinyService } from '../../test/support/tiny-service.ts';
import { readEnvironment } from './env.ts';
import { userClient } from './user-client.ts';

/** What is said, and thrown, when nothing can answer at this address. */
async function failureAt(url: string): Promise<{ readonly notes: readonly string[]; readonly error: Error }> {
  const env = readEnvironment({ ALCHEMISCALE_URL: url, ALCHEMISCALE_ID: 'ada', ALCHEMISCALE_KEY: 'key' });
  const notes: string[] = [];
  const client = userClient({ env, note: line => notes.push(line) }, { sleep: async () => {} });
  const error = await client.listScopes().then(
    () => assert.fail('answered'),
    (thrown: Error) => thrown,
  );
  return { notes, error };
}

test('where nothing listens it is asked three times, and the address is doubted', async () => {
  await using service = await tinyService(() => ({}));
  const { url } = service;
  await service[Symbol.asyncDispose]();
  const { notes, error } = await failureAt(url);
  assert.match(
    notes.join('\n'),
    /^POST \S+ got no answer: connect ECONNREFUSED \S+; trying again for some seconds/,
  );
  assert.equal(notes.length, 1);
  assert.match(
    error.message,
    /ECONNREFUSED \S+ \(3 attempts\); is the server running, and is ALCHEMISCALE_URL its address\?$/,
  );
});

test('a port that fetch never connects to, and an address that is none, are refused at once', async () => {
  const { notes, error } = await failureAt('http://127.0.0.1:6000');
  assert.deepEqual(notes, []);
  assert.match(
    error.message,
    /^POST http:\/\/127\.0\.0\.1:6000\/token got no answer: fetch connects to no port/,
  );
  await assert.rejects(failureAt('http://127.0.0.1:80000'), /apiUrl must be like http:\/\/host:8000/);
});

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
