import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { DEFAULT_STRATEGY_STATE } from './strategy.ts';
import {
  changeFor,
  changeOf,
  conclude,
  countActioned,
  countAdded,
  countCancelled,
  isDue,
  isNoChange,
  type ProposedShares,
  reasonFor,
  sleepsOn,
  type TransformationSurvey,
  targetOf,
} from './strategy-cycle.ts';

const FIXTURE = new URL('../../test/fixtures/strategist/original-runs.json', import.meta.url);

const IN_SCOPE = '-org-campaign-project';

function surveyOf(key: string, facts: Partial<TransformationSurvey> = {}): TransformationSurvey {
  return {
    transformation: `${key}${IN_SCOPE}`,
    name: null,
    stateA: 'ChemicalSystem-1',
    stateB: 'ChemicalSystem-2',
    results: 0,
    errors: 0,
    actioned: { waiting: 0, running: 0, error: 0 },
    idle: { waiting: 0, running: 0 },
    ...facts,
  };
}

function proposed(shares: Readonly<Record<string, number | null>>): ProposedShares {
  const map = new Map(Object.entries(shares));
  return { weights: map, shares: map, reasons: new Map() };
}

test('targets are the original’s, for maxima from 1 to 20 and many weights', () => {
  const { weights, targets } = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
    weights: readonly number[];
    targets: Record<'linear' | 'exponential', readonly (readonly number[])[]>;
  };
  assert.ok(weights.length > 100);
  for (const scaling of ['linear', 'exponential'] as const) {
    assert.equal(targets[scaling].length, 20);
    for (const [place, counts] of targets[scaling].entries()) {
      assert.deepEqual(
        weights.map(weight => targetOf(weight, place + 1, scaling)),
        counts,
        `${scaling}, at most ${place + 1}`,
      );
    }
  }
  assert.equal(targetOf(null, 5, 'linear'), 0);
});

describe('due', () => {
  const at = (seconds: number): Date => new Date(seconds * 1000);
  const state = { ...DEFAULT_STRATEGY_STATE, sleepInterval: 100, lastIteration: at(1000) };

  test('after the longer of both sleeps, and at once when it has never run', () => {
    assert.equal(isDue(state, at(1099), 10), false);
    assert.equal(isDue(state, at(1100), 10), true);
    assert.equal(isDue(state, at(1100), 101), false);
    assert.equal(isDue({ ...state, lastIteration: null }, at(0), 1e9), true);
  });

  test('never when disabled or in error', () => {
    assert.equal(isDue({ ...state, mode: 'disabled' }, at(1e6), 1), false);
    assert.equal(isDue({ ...state, status: 'error' }, at(1e6), 1), false);
    assert.equal(isDue({ ...state, status: 'dormant' }, at(1e6), 1), true);
  });

  test('a dormant one sleeps on while the number of results is what it was', () => {
    const dormant = { ...state, status: 'dormant', lastIterationResultCount: 4 } as const;
    assert.equal(sleepsOn(dormant, 4), true);
    assert.equal(sleepsOn(dormant, 5), false);
    assert.equal(sleepsOn(dormant, 3), false);
    assert.equal(sleepsOn({ ...dormant, status: 'awake' }, 4), false);
  });
});

describe('what weights come to', () => {
  const surveys = [surveyOf('T-1'), surveyOf('T-2', { errors: 1 }), surveyOf('T-3')];

  test('a transformation with a task in error gets no more; one without a weight is left alone', () => {
    const { status, decisions } = conclude(surveys, proposed({ 'T-1': 0.4, 'T-2': 0.6 }), {
      maxTasksPerTransformation: 3,
      taskScaling: 'linear',
    });
    assert.equal(status, 'awake');
    assert.deepEqual(
      decisions.map(({ survey, share, target }) => [survey.transformation, share, target]),
      [
        [`T-1${IN_SCOPE}`, 0.4, 2],
        [`T-2${IN_SCOPE}`, null, 0],
      ],
    );
  });

  test('nothing but null, or nothing at all, is the end', () => {
    const state = { maxTasksPerTransformation: 3, taskScaling: 'linear' } as const;
    assert.equal(conclude(surveys, proposed({ 'T-1': null, 'T-2': null }), state).status, 'dormant');
    assert.equal(conclude(surveys, proposed({}), state).status, 'dormant');
    assert.equal(conclude([surveyOf('T-2', { errors: 1 })], proposed({ 'T-2': 1 }), state).status, 'awake');
  });

  test('a weight for what the network does not have is refused', () => {
    assert.throws(() => conclude(surveys, proposed({ 'T-9': 1 }), DEFAULT_STRATEGY_STATE), /T-9/);
  });
});

describe('what is done for a target', () => {
  test('for all small numbers: the target is reached, running before waiting before new, errors stay', () => {
    const few = [0, 1, 2, 3];
    for (const target of [0, 1, 2, 4, 7]) {
      for (const waiting of few) {
        for (const running of few) {
          for (const error of [0, 2]) {
            for (const idle of [
              { waiting: 0, running: 0 },
              { waiting: 2, running: 1 },
            ]) {
              const actioned = { waiting, running, error };
              const before = countActioned(actioned);
              for (const mode of ['full', 'partial'] as const) {
                const change = changeFor({ actioned, idle }, target, mode);
                const added = countAdded(change);
                const cancelled = countCancelled(change);
                assert.ok(added === 0 || cancelled === 0);
                assert.equal(added, Math.max(0, target - before));
                assert.ok(change.addRunning === Math.min(added, idle.running));
                assert.ok(change.create === 0 || change.addWaiting === idle.waiting);
                const excess = Math.max(0, before - target);
                assert.equal(cancelled, mode === 'full' ? Math.min(excess, waiting + running) : 0);
                assert.ok(change.cancelRunning === 0 || change.cancelWaiting === waiting);
                assert.equal(change.cancelError, 0);
                assert.equal(isNoChange(change), added + cancelled === 0);
              }
            }
          }
        }
      }
    }
  });

  test('at the end mode full takes everything off, errors too; other modes nothing', () => {
    const survey = surveyOf('T-1', { actioned: { waiting: 2, running: 1, error: 1 } });
    const decision = { survey, weight: null, why: null, share: null, target: 0 };
    assert.equal(countCancelled(changeOf(decision, 'dormant', 'full')), 4);
    assert.equal(countCancelled(changeOf(decision, 'dormant', 'partial')), 0);
    assert.equal(countCancelled(changeOf(decision, 'awake', 'full')), 3);
  });
});

test('reasons are sentences for people', () => {
  const survey = surveyOf('T-1', { results: 2, actioned: { waiting: 1, running: 0, error: 0 } });
  const decision = { survey, weight: 0.25, why: null, share: 0.0125, target: 1 };
  assert.equal(reasonFor(decision), '2 results; weight 0.25, 1.25 % of all → 1 task; 1 actioned');
  const why = '2 results; its states have 2 and 2 edges';
  assert.equal(
    reasonFor({ ...decision, why, target: 3 }),
    '2 results; its states have 2 and 2 edges; weight 0.25, 1.25 % of all → 3 tasks; 1 actioned',
  );
  assert.equal(reasonFor({ ...decision, share: null }), 'no more: 2 results; 1 actioned');
  assert.equal(reasonFor({ ...decision, share: 0, why }), `not now: ${why}; 1 actioned`);
  const failed = { ...survey, errors: 2, results: 1 };
  assert.equal(
    reasonFor({ ...decision, survey: failed }),
    'no more while 2 tasks are in error; 1 result; 1 actioned',
  );
});
