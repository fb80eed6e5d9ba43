import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pythonList, pythonString } from './python-repr.ts';

test('lists look like the original’s', () => {
  assert.equal(pythonList([]), '[]');
  assert.equal(pythonList(['bob', 'alice']), "['bob', 'alice']");
  assert.equal(pythonList(['org_one-*-*', '*-*-*']), "['org_one-*-*', '*-*-*']");
});

// Right-hand sides: repr() of Python 3.11.
const CASES: readonly (readonly [string, string])[] = [
  ["o'neill", `"o'neill"`],
  [`both ' and "`, `'both \\' and "'`],
  ['say "hi"', `'say "hi"'`],
  ['a\\b', `'a\\\\b'`],
  ['tab\tline\nreturn\r', `'tab\\tline\\nreturn\\r'`],
  ['\x00\x1f\x7f\xa0\xad', `'\\x00\\x1f\\x7f\\xa0\\xad'`],
  ['schlüssel ☃', `'schlüssel ☃'`],
  ['\u200b\u2028\ue000', `'\\u200b\\u2028\\ue000'`],
  ['\u{1f600}\u{e0001}', `'\u{1f600}\\U000e0001'`],
  ['\ud800', `'\\ud800'`],
];

for (const [text, repr] of CASES) {
  test(`repr of ${JSON.stringify(text)}`, () => assert.equal(pythonString(text), repr));
}
