import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortKeys, tableLines } from './table.ts';

const HASH = 'a34e624d26f9c043e326a21990b1319b';
const KEY = `Transformation-${HASH}`;

test('of keys as many digits are shown as tell them apart', () => {
  assert.deepEqual(shortKeys([KEY]), ['a34e624d…']);
  assert.deepEqual(shortKeys([KEY, `${KEY}-org-campaign-project`]), ['a34e624d…', 'a34e624d…']);
  const other = `NonTransformation-a34e624d27${HASH.slice(10)}`;
  assert.deepEqual(shortKeys([KEY, other, 'no key']), ['a34e624d26…', 'a34e624d27…', 'no key']);
});

test('no line is wider than 120 characters', () => {
  const row = { cells: ['1', 'create 1'], key: KEY, name: 'n'.repeat(60), reason: 'because '.repeat(40) };
  const [head, line = '', short = ''] = tableLines(
    ['results', 'would'],
    [row, { ...row, cells: ['12', 'nothing'], name: null, reason: 'so' }],
    ['would'],
  );
  assert.match(head ?? '', /^results {2}would {5}transformation +reason$/);
  assert.match(line, /^ {6}1 {2}create 1 {2}a34e624d… n{23}… {2}because because .*…$/);
  assert.ok(line.length <= 120);
  assert.match(short, /^ {5}12 {2}nothing {3}a34e624d… +so$/);
});
