// Texts become the numbers that RDKit's Python interface makes of them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fixtures } from '../../test/support/golden.ts';
import { parseInt32, valueOfText } from './text-value.ts';

type TextCase = readonly [text: string, type: 'int' | 'float' | 'str', repr: string];

const CASES: readonly TextCase[] = JSON.parse(
  readFileSync(join(fixtures('molecules'), 'texts.json'), 'utf8'),
);

function floatOf(repr: string): number {
  if (repr.includes('nan')) return Number.NaN;
  if (repr.includes('inf')) return repr.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(repr);
}

test(`${CASES.length} texts have the type and value that Python sees`, () => {
  for (const [text, type, repr] of CASES) {
    const expected = { int: () => BigInt(repr), float: () => floatOf(repr), str: () => repr }[type]();
    assert.ok(Object.is(valueOfText(text), expected), `${JSON.stringify(text)} is not ${type} ${repr}`);
  }
});

test('an int of 32 bits, signs and leading zeros included', () => {
  assert.equal(parseInt32('-2147483648'), -2147483648);
  assert.equal(parseInt32('2147483648'), null);
  assert.ok(Object.is(parseInt32('-0'), 0));
});
