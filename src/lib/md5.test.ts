import assert from 'node:assert/strict';
import { test } from 'node:test';
import { md5Hex, portableMd5Hex } from './md5.ts';

test('digests are those of RFC 1321, with Node and without', () => {
  const cases = {
    '': 'd41d8cd98f00b204e9800998ecf8427e',
    a: '0cc175b9c0f1b6a831c399e269772661',
    'message digest': 'f96b697d7cb7938d525a2f31aaf161d0',
    '12345678901234567890123456789012345678901234567890123456789012345678901234567890':
      '57edf4a22be3c955ac49da2e2107b67a',
  };
  for (const [text, digest] of Object.entries(cases)) {
    for (const md5 of [md5Hex, portableMd5Hex]) {
      assert.equal(md5(text), digest);
      assert.equal(md5(new TextEncoder().encode(text)), digest);
    }
  }
  assert.equal(md5Hex('é'), portableMd5Hex('é'));
});
