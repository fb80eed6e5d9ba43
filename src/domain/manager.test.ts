import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readManagerReport } from './manager.ts';

test('OK with a saturation and ERROR with a detail are taken', () => {
  assert.deepEqual(readManagerReport({ status: 'OK', detail: '', saturation: 0 }), {
    status: 'OK',
    detail: null,
    saturation: 0,
  });
  assert.equal(readManagerReport({ status: 'ERROR', detail: 'boom', saturation: null }).detail, 'boom');
});

for (const [status, detail, saturation, words] of [
  ['ok', null, 0, '"ok" is not a valid'],
  ['OK', null, null, 'saturation is required'],
  ['OK', 'x', 0.5, 'detail should only'],
  ['OK', null, 1.01, 'between 0 and 1'],
  ['OK', null, Number.NaN, 'between 0 and 1'],
  ['ERROR', 'x', 0, 'saturation should only'],
  ['ERROR', '', null, 'detail is required'],
] as const) {
  test(`${status} with detail ${detail} and saturation ${saturation} is refused`, () => {
    assert.throws(
      () => readManagerReport({ status, detail, saturation }),
      (error: { readonly code: string; readonly message: string }) =>
        error.code === 'BAD_REQUEST' && error.message.includes(words),
    );
  });
}
