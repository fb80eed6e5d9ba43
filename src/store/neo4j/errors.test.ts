import assert from 'node:assert/strict';
import { test } from 'node:test';
import neo4j from 'neo4j-driver';
import { AlchemiscaleError } from '../../domain/errors.ts';
import { isPassing, translateNeo4jError } from './errors.ts';

/** An error as the driver throws it. */
function failure(code: string, message: string): Error {
  return new neo4j.Neo4jError(message, code, '50N42', '');
}

const CASES: readonly (readonly [
  code: string,
  message: string,
  ours: string,
  sentence: RegExp,
  passes: boolean,
])[] = [
  [
    'ServiceUnavailable',
    'Look here. Caused by: connect ECONNREFUSED',
    'STORE_UNAVAILABLE',
    /does not answer: connect/,
    true,
  ],
  [
    'ProtocolError',
    'Failed to connect to server. Look here. Caused by: read ECONNRESET',
    'STORE_UNAVAILABLE',
    /does not answer: read ECONNRESET/,
    true,
  ],
  [
    'ProtocolError',
    'Connection was closed by server',
    'STORE_UNAVAILABLE',
    /does not answer: Connection was closed/,
    true,
  ],
  ['SessionExpired', 'Gone', 'STORE_UNAVAILABLE', /does not answer: Gone/, true],
  ['N/A', 'Connection acquisition timed out in 60000 ms.', 'STORE_UNAVAILABLE', /all connections/, false],
  [
    'Neo.TransientError.Transaction.DeadlockDetected',
    'Deadlock\nmore',
    'STORE_UNAVAILABLE',
    /too busy.*: Deadlock$/,
    true,
  ],
  ['Neo.ClientError.Transaction.TransactionTimedOut', 'Late', 'STORE_UNAVAILABLE', /too busy/, false],
  [
    'Neo.ClientError.Schema.ConstraintValidationFailed',
    'Node(1) exists',
    'CONFLICT',
    /has this already/,
    false,
  ],
  ['Neo.ClientError.Security.Unauthorized', 'Who?', 'STORE_UNAVAILABLE', /refused the log-in/, false],
  [
    'Neo.ClientError.Database.DatabaseNotFound',
    'x',
    'STORE_UNAVAILABLE',
    /no database bolt:\/\/db\/x/,
    false,
  ],
  ['Neo.DatabaseError.General.UnknownError', 'No space left on device', 'STORAGE_FULL', /no room/, false],
];

for (const [code, message, ours, sentence, passes] of CASES) {
  test(`${code}: ${message.split('\n', 1)[0]}`, () => {
    const error = failure(code, message);
    const translated = translateNeo4jError(error, 'bolt://db/x');
    assert.ok(translated instanceof AlchemiscaleError);
    assert.equal(translated.code, ours);
    assert.match(translated.message, sentence);
    assert.equal(translated.cause, error);
    assert.equal(isPassing(error), passes);
  });
}

test('a mistake of ours stays what it is', () => {
  const mistakes = [failure('Neo.ClientError.Statement.SyntaxError', 'Invalid input'), new TypeError('x')];
  for (const mistake of mistakes) {
    assert.equal(translateNeo4jError(mistake, 'bolt://db'), mistake);
    assert.equal(isPassing(mistake), false);
  }
});
