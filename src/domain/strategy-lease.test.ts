import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_STRATEGY_STATE } from './strategy.ts';
import { leaseHolder, silentRun } from './strategy-lease.ts';

const UNTIL = new Date('2026-06-01T00:02:00.000Z');

test('of a run that ended without a word its holder tells when and where', () => {
  const started = new Date('2026-06-01T00:00:00.123Z');
  const holder = leaseHolder(started, 'a1-b2', 'node 7 (process 12)');
  const state = { ...DEFAULT_STRATEGY_STATE, iterations: 4, lastIterationResultCount: 9 };
  const run = silentRun({ holder, until: UNTIL, strategy: 'S-1', state });
  assert.deepEqual([run.started, run.ended], [started, UNTIL]);
  assert.deepEqual([run.iteration, run.resultCount, run.statusAfter], [5, 9, 'awake']);
  assert.match(run.exception?.[1] ?? '', /^the run on node 7 \(process 12\) ended without a word/);
});

test('a holder of another form tells nothing', () => {
  for (const holder of ['', 'a1-b2', '2026-13-45 x y', '2026-99-99T99:99:99Z x y']) {
    const run = silentRun({ holder, until: UNTIL, strategy: 'S-1', state: DEFAULT_STRATEGY_STATE });
    assert.deepEqual([run.started, run.ended], [UNTIL, UNTIL]);
    assert.match(run.exception?.[1] ?? '', /on a place that is not known/);
  }
});
