// Bodies move between buckets of two servers, each with a user of its own: one's keys stand in the environment, the other's in a
// profile that the URL names.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openObjectStore } from '../../src/objects/open.ts';
import { openStateStore } from '../../src/store/open.ts';
import { createBucket } from '../support/buckets.ts';
import { killPrograms, runProgram } from '../support/program.ts';
import { findS3, privateServer } from '../support/services.ts';
import { fillRichly } from './rich-instance.ts';

const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-buckets-'));
after(() => {
  killPrograms();
  rmSync(folder, { recursive: true, force: true });
});

const found = await findS3();

test('from one bucket to another, as two users', { skip: 'skip' in found ? found.skip : false }, async () => {
  assert.ok('service' in found);
  const other = await privateServer('s3');
  assert.ok('service' in other);
  await using server = other.service;
  await using first = await createBucket(found.service);
  await using second = await createBucket(server.service);
  assert.notEqual(first.credentials.secretAccessKey, second.credentials.secretAccessKey);

  const [from, to] = ['a', 'b'].map(name => `sqlite://${join(folder, name, 'state.db')}`) as [string, string];
  const keys = { AWS_ACCESS_KEY_ID: first.credentials.accessKeyId };
  const profiles = join(folder, 'credentials');
  writeFileSync(
    profiles,
    `[second]\naws_access_key_id = ${second.credentials.accessKeyId}\naws_secret_access_key = ${second.credentials.secretAccessKey}\n`,
  );
  const env = {
    ...keys,
    AWS_SECRET_ACCESS_KEY: first.credentials.secretAccessKey,
    AWS_SHARED_CREDENTIALS_FILE: profiles,
  };
  const source = `sqlite://${join(folder, 'source.db')}`;
  {
    await using store = await openStateStore(source, { seed: 1 });
    await using objects = await openObjectStore(first.url('results'), first.credentials);
    await store.initialize();
    await fillRichly(store, objects);
  }
  const transfer = (target: string, url: string) =>
    runProgram(
      [
        'transfer',
        '--json',
        '--from',
        source,
        '--to',
        target,
        '--from-objects',
        first.url('results'),
        '--to-objects',
        url,
      ],
      env,
    );

  const wrong = await transfer(from, `${second.url('copy')}&profile=third`);
  assert.equal(wrong.exitCode, 1);
  assert.match(
    wrong.stderr,
    /cannot open the object store s3:.* by the profile 'third': no credentials were found/,
  );
  const own = await transfer(from, second.url('copy'));
  assert.equal(own.exitCode, 1);
  assert.match(own.stderr, /the credentials are not accepted/);

  const moved = await transfer(to, `${second.url('copy')}&profile=second`);
  assert.equal(moved.exitCode, 0, moved.stderr);
  // Neither bars nor what the SDK thinks of two sources of keys.
  assert.equal(moved.stderr, '');
  assert.equal(JSON.parse(moved.stdout).whole, true);
  const copied = (await second.keys()).map(key => key.replace(/^copy/, ''));
  assert.ok(copied.length > 3);
  assert.deepEqual(copied.sort(), (await first.keys()).map(key => key.replace(/^results/, '')).sort());
});
