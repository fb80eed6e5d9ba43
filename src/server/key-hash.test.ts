import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verify } from '@node-rs/bcrypt';
import { hashKey } from './key-hash.ts';

test('a hash has the original’s form, and cuts long keys as verification does', async () => {
  const long = 'ü'.repeat(50);
  const hashed = await hashKey(long);
  assert.match(hashed, /^\$2b\$12\$/);
  assert.equal(await verify(Buffer.from(long).subarray(0, 72), hashed), true);
  assert.equal(await verify(Buffer.from('ü'.repeat(35)), hashed), false);
});

test('keys that nobody could log in with are refused', async () => {
  for (const key of ['', 'a\0b', 'k'.repeat(4097)]) {
    await assert.rejects(hashKey(key), {
      code: 'BAD_REQUEST',
      message: /1 to 4096 characters, none of them NUL/,
    });
  }
});
