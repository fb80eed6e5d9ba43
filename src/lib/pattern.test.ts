import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePattern, PatternError } from './pattern.ts';

test('whole matches, as name filters need them', () => {
  assert.ok(compilePattern('active|inactive').matchesWhole('inactive'));
  assert.ok(!compilePattern('active').matchesWhole('inactive'));
  assert.ok(!compilePattern('a.c').matchesWhole('a\nc'));
  assert.ok(compilePattern('(?i)NET.*').matchesWhole('network'));
});

test('searches, as restart patterns need them', () => {
  assert.ok(compilePattern('Error \\d+').foundIn('Traceback:\nRuntimeError 42'));
  assert.ok(compilePattern('(?P<what>out of memory)\\Z').foundIn('CUDA out of memory'));
  assert.ok(!compilePattern('memory\\Z').foundIn('memory was fine'));
  assert.ok(compilePattern('\\\\Z').foundIn('C:\\Z'));
});

for (const text of ['(unclosed', '[a', '(?=a)b', '(a)\\1', 'a{2000}', '*a', '\\q']) {
  test(`${text} is refused by name`, () => {
    assert.throws(
      () => compilePattern(text),
      (error: unknown) => error instanceof PatternError && error.message.startsWith(`'${text}' is not a`),
    );
  });
}

test('a pattern that makes backtracking engines hang is answered at once', () => {
  const started = performance.now();
  assert.ok(!compilePattern('(a+)+$').foundIn(`${'a'.repeat(5000)}b`));
  assert.ok(performance.now() - started < 2000);
});

test('a long expression repeated a thousand times is not written out', () => {
  const long = Array.from({ length: 100 }, () => '(.?.?.?.?.?.?.?.?.?.?){99}').join('|');
  const started = performance.now();
  assert.throws(() => compilePattern(long), /too long for the repetitions in it/);
  assert.ok(performance.now() - started < 2000);
  assert.ok(
    compilePattern('\\d{1,3}(\\.\\d{1,3}){3} .{0,200} refused').foundIn('at 10.0.0.12 it was refused'),
  );
  assert.ok(compilePattern('a{500}').cost > compilePattern('a').cost * 100);
});
