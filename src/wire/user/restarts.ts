// Restart patterns: regular expressions in Python's syntax; a task whose traceback matches one goes back to waiting.
import { Type } from 'typebox';
import { KeyTexts } from '../bodies.ts';
import { endpoints } from '../endpoint.ts';

const Patterns = Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), { maxItems: 1000 });

/** A pattern, and how many restarts of each task it allows. */
export const RestartPatternPair = Type.Tuple([Type.String(), Type.Integer()]);
const Restarts = Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 });

export const RESTART_ENDPOINTS = endpoints({
  addTaskRestartPatterns: {
    method: 'POST',
    path: '/networks/:network/restartpatterns/add',
    rule: 'path',
    summary: 'Restart tasks of a network whose traceback matches, so many times each',
    body: Type.Object({ patterns: Patterns, num_allowed_restarts: Restarts }),
    response: Type.Null(),
  },
  removeTaskRestartPatterns: {
    method: 'POST',
    path: '/networks/:network/restartpatterns/remove',
    rule: 'path',
    summary: 'Remove restart patterns; unknown ones are ignored',
    body: Type.Object({ patterns: Patterns }),
    response: Type.Null(),
  },
  clearTaskRestartPatterns: {
    method: 'GET',
    path: '/networks/:network/restartpatterns/clear',
    rule: 'path',
    summary: 'Remove all restart patterns of a network (a GET that deletes, as the original has it)',
    response: KeyTexts,
  },
  getTaskRestartPatterns: {
    method: 'POST',
    path: '/bulk/networks/restartpatterns/get',
    rule: 'all',
    summary: 'Restart patterns of networks with the restarts they allow',
    body: Type.Object({ networks: KeyTexts }),
    response: Type.Record(Type.String(), Type.Array(RestartPatternPair)),
  },
  setTaskRestartPatternsAllowedRestarts: {
    method: 'POST',
    path: '/networks/:network/restartpatterns/maxretries',
    rule: 'path',
    summary: 'Change how many restarts patterns allow; unknown ones are ignored',
    body: Type.Object({ patterns: Patterns, max_retries: Restarts }),
    response: Type.Null(),
  },
});
