import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPatterns, findPatterns, readPattern } from './patterns.ts';

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
