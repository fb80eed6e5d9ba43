import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable } from './printable.ts';

test('what a terminal would obey becomes blanks', () => {
  assert.equal(printable('X-\u001b[31mred\u0007'), 'X- [31mred ');
  assert.equal(printable('a\r\nb\u009bc\u202ed\u2028e'), 'a b c d e');
  assert.equal(printable('  é 日本 😀'), '  é 日本 😀');
});
