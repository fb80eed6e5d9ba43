import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { latin1ToBytes } from '../lib/latin1.ts';
import { fromJson, gzip, gzipLevel, latin1Json, streamBody, toJson } from './encode.ts';

test('bytes become the JSON text that any reader turns back', () => {
  const bytes = Uint8Array.from({ length: 256 * 3 }, (_, i) => (i * 7) % 256);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(latin1Json(bytes));
  assert.deepEqual(latin1ToBytes(JSON.parse(`"${text}"`) as string), bytes);
  assert.equal(latin1Json(new Uint8Array()).length, 0);
});

test('bigints are written as integers, wherever they stand', () => {
  assert.equal(
    toJson({ a: 2n ** 63n - 1n, b: [1n, 'x', { c: -5n }], d: '1' }),
    '{"a":9223372036854775807,"b":[1,"x",{"c":-5}],"d":"1"}',
  );
  assert.equal(toJson(0.5), '0.5');
});

test('only integers that a double would change become bigint', () => {
  assert.deepEqual(fromJson('[9007199254740991, 9007199254740993]'), [9007199254740991, 9007199254740993n]);
  assert.equal(fromJson('9223372036854775807'), 9223372036854775807n);
  assert.deepEqual(fromJson('{"a":-9223372036854775808}'), { __proto__: null, a: -9223372036854775808n });
  assert.deepEqual(fromJson('["12345678901234567890", 1.25]'), ['12345678901234567890', 1.25]);
});

test('compress is yes, no or a level', () => {
  assert.deepEqual([true, false, 0, 9].map(gzipLevel), [5, null, 0, 9]);
  for (const wrong of [10, -1, 2.5, Number.NaN]) assert.throws(() => gzipLevel(wrong), /compress must be/);
});

test('gzip, whole and streamed', async () => {
  const text = 'all the same '.repeat(1000);
  const zipped = await gzip(new TextEncoder().encode(text), 5);
  assert.ok(zipped.length < 300);
  assert.equal(gunzipSync(zipped).toString(), text);
  async function* pieces() {
    for (const word of ['one ', 'two ', 'three']) yield new TextEncoder().encode(word);
  }
  const streamed = await new Response(streamBody(pieces(), 1)).arrayBuffer();
  assert.equal(gunzipSync(streamed).toString(), 'one two three');
  assert.equal(await new Response(streamBody(pieces(), null)).text(), 'one two three');
});

test('a source that fails while it is streamed fails the reader', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10);
    throw new Error('disk');
  }
  await assert.rejects(new Response(streamBody(broken(), 1)).arrayBuffer(), /disk/);
  await assert.rejects(new Response(streamBody(broken(), null)).arrayBuffer(), /disk/);
});
