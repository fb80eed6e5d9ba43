import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AlchemiscaleError } from '../../domain/errors.ts';
import { fullDictText } from './full-dict.ts';

const chain = (...entries: readonly string[]): Uint8Array => Buffer.from(`[${entries.join(',')}]`);

test('references are replaced by what they mean, numbers as they are spelled', () => {
  const text = fullDictText(
    chain('["A-1",{"x":1.0}]', '["B-1",{"a":{":gufe-key:":"A-1"},"b":[{":gufe-key:": "A-1"}]}]'),
  );
  assert.equal(text, '{"a":{"x":1.0},"b":[{"x":1.0}]}');
});

test('many objects that each hold the same large one are refused before memory is gone', () => {
  const large = `["A-1",{"s":"${'x'.repeat(8 * 1024 * 1024)}"}]`;
  const holders = Array.from({ length: 1000 }, (_, i) => `["B-${i}",{"a":{":gufe-key:":"A-1"}}]`);
  assert.throws(
    () => fullDictText(chain(large, ...holders)),
    (error: unknown) => error instanceof AlchemiscaleError && error.code === 'BODY_TOO_LARGE',
  );
});
