import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  acceptingStatuses,
  isTaskStatus,
  isUserSettable,
  TASK_STATUSES,
  type TaskEvent,
  TIES,
  TRANSITIONS,
  USER_EVENTS,
} from './task-status.ts';

// The table of the opening comment, once more and in another form: `.` refused, `=` accepted and unchanged.
const TABLE = `
            claim    release  complete  fail     restart  reset    invalidate  delete
  waiting   running  .        .         .        .        =        invalid     deleted
  running   .        waiting  complete  error    .        waiting  invalid     deleted
  complete  .        .        =         .        .        .        invalid     deleted
  error     .        .        .         =        waiting  waiting  invalid     deleted
  invalid   .        .        .         .        .        .        =           .
  deleted   .        .        .         .        .        .        .           =`;

const [events = [], ...rows] = TABLE.trim()
  .split('\n')
  .map(line => line.trim().split(/\s+/));

describe('the life of a task', () => {
  for (const [status = '', ...cells] of rows) {
    for (const [place, cell] of cells.entries()) {
      const event = events[place] as TaskEvent;
      test(`${status}, ${event}: ${cell}`, () => {
        assert.ok(isTaskStatus(status));
        const expected = cell === '.' ? null : cell === '=' ? status : cell;
        assert.equal(TRANSITIONS[status][event], expected);
      });
    }
  }

  test('the table has every cell', () => {
    assert.deepEqual(rows.map(([status]) => status).sort(), [...TASK_STATUSES].sort());
    for (const status of TASK_STATUSES) {
      assert.deepEqual(Object.keys(TRANSITIONS[status]).sort(), [...events].sort());
    }
  });

  test('invalid and deleted never change', () => {
    for (const status of ['invalid', 'deleted'] as const) {
      for (const next of Object.values(TRANSITIONS[status])) assert.ok(next === null || next === status);
    }
  });

  test('complete changes only to invalid or deleted', () => {
    const next = new Set(Object.values(TRANSITIONS.complete));
    assert.deepEqual(next, new Set([null, 'complete', 'invalid', 'deleted']));
  });

  test('only running tasks are held, and what has ended is on no hub', () => {
    assert.deepEqual(
      TASK_STATUSES.filter(status => TIES[status].claimed),
      ['running'],
    );
    assert.deepEqual(
      TASK_STATUSES.filter(status => !TIES[status].onHubs),
      ['complete', 'invalid', 'deleted'],
    );
  });
});

test('where an event is accepted', () => {
  assert.deepEqual(acceptingStatuses('claim'), ['waiting']);
  assert.deepEqual(acceptingStatuses('reset'), ['waiting', 'running', 'error']);
  assert.deepEqual(acceptingStatuses('delete'), ['waiting', 'running', 'complete', 'error', 'deleted']);
});

test('what users may set', () => {
  assert.deepEqual(TASK_STATUSES.filter(isUserSettable), Object.keys(USER_EVENTS));
  assert.equal(isUserSettable('running'), false);
  assert.equal(isUserSettable('toString'), false);
  assert.equal(isTaskStatus('Waiting'), false);
});
