import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { statusAfterPush } from './push.ts';
import { TASK_STATUSES, type TaskStatus } from './task-status.ts';

/** Every situation in which a push moves the task; in all others the status stays. */
const MOVES: readonly (readonly [ok: boolean, byHolder: boolean, status: TaskStatus, next: TaskStatus])[] = [
  [true, true, 'running', 'complete'],
  [false, true, 'running', 'error'],
  [true, false, 'running', 'complete'],
  [true, false, 'waiting', 'complete'],
  // A holder that is no holder any more by the time it is asked: its claim went with a reset.
  [true, true, 'waiting', 'complete'],
];

describe('statusAfterPush', () => {
  for (const ok of [true, false]) {
    for (const byHolder of [true, false]) {
      for (const status of TASK_STATUSES) {
        const move = MOVES.find(([o, h, s]) => o === ok && h === byHolder && s === status);
        const next = move?.[3] ?? null;
        test(`${ok ? 'result' : 'failure'} ${byHolder ? 'by the holder' : 'by another'}, ${status}: ${next}`, () => {
          assert.equal(statusAfterPush({ ok, byHolder, status }), next);
        });
      }
    }
  }
});
