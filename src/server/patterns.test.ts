import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers';
import { checkPatterns, filterByName, findPatterns, readPattern } from './patterns.ts';

test('what the engine refuses is a 400 in its words', async () => {
  const isRefusal = (error: { readonly code: string; readonly message: string }): boolean =>
    error.code === 'BAD_REQUEST' && error.message.startsWith("'[' is not a regular expression");
  assert.throws(() => readPattern('['), isRefusal);
  await assert.rejects(checkPatterns(['fine', '[']), isRefusal);
  await checkPatterns([]);
});

test('patterns are searched in every traceback', async () => {
  const found = await findPatterns(['a+b', 'nowhere', 'c$'], ['xx', 'aab', 'c\nd']);
  assert.deepEqual(found, { tried: ['a+b', 'nowhere', 'c$'], matched: ['a+b'] });
  assert.deepEqual(await findPatterns([], ['x']), { tried: [], matched: [] });
  assert.deepEqual(await findPatterns(['x'], []), { tried: ['x'], matched: [] });
});

test('a stored pattern that cannot be used matches nothing and stops nothing', async () => {
  assert.deepEqual(await findPatterns(['(?=x)', 'x'], ['x']), { tried: ['(?=x)', 'x'], matched: ['x'] });
});

test('of a huge traceback the end counts, and a costly pattern takes a bounded time', async () => {
  const huge = `begin ${'filler '.repeat(2_000_000)} end`;
  const started = performance.now();
  const { matched } = await findPatterns(['end', '(?s)(?i)(.{0,30}){0,30}[qz]{30}'], [huge, huge]);
  assert.deepEqual(matched, ['end']);
  assert.ok(performance.now() - started < 5000);
});

const nameOf = (name: string | null): string | null => name;
const isRefusal = (words: RegExp) => (error: { readonly code: string; readonly message: string }) =>
  error.code === 'BAD_REQUEST' && words.test(error.message);

test('a filter takes those whose whole name the pattern matches', async () => {
  const names = ['tyk2 2026', null, 'cdk2 2026', 'my tyk2'];
  assert.deepEqual(await filterByName(names, nameOf, 'tyk2.*'), ['tyk2 2026']);
});

test('a pattern that is written out to thousands of steps is refused', async () => {
  const hostile = `(?:${'.?'.repeat(500)}){48}#`;
  await assert.rejects(filterByName(['a'], nameOf, hostile), isRefusal(/too large with its repetitions/));
});

test('a filter that would be costly is refused, and others get their turn while one is tried', async () => {
  const costly = '.*a.{900}#';
  await assert.rejects(filterByName(['ab'.repeat(2000)], nameOf, costly), isRefusal(/is too costly/));
  let turns = 0;
  const count = (): void => {
    turns += 1;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  const names = Array.from({ length: 200_000 }, (_, i) => `network ${i} of a set`);
  assert.equal((await filterByName(names, nameOf, '.*1 of a set')).length, 20_000);
  clearImmediate(timer);
  assert.ok(turns > 1, `${turns} turns`);
});
