// What the refusals of a Neo4j server, or of the driver that could not reach one, mean to a caller. Anything not listed is a
// defect of ours and stays what it is.
import neo4j from 'neo4j-driver';
import { AlchemiscaleError } from '../../domain/errors.ts';

/** What a transaction found is gone, deleted by another before it was tied to something: run again, it does not find it. */
const GONE = 'Neo.ClientError.Statement.EntityNotFound';

/** Longer than the server lets a transaction take (`db.transaction.timeout`). */
const TIMED_OUT = 'Neo.ClientError.Transaction.TransactionTimedOut';

/**
 * What the driver says of a connection that breaks while it is made, or while it is made ready for another user: as of a
 * fault in the protocol, and without the code that it has otherwise.
 */
const BROKEN =
  /^(?:Received FAILURE as a response for RESET: .*)?(?:Failed to connect to server|Connection was closed by server|Connection lost)/;

function isBrokenHandshake(error: Error): boolean {
  return 'code' in error && error.code === 'ProtocolError' && BROKEN.test(error.message);
}

/** True when the same transaction may succeed when it is run again: deadlocks, lost connections, a server that starts. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error)) return false;
  return error.code === GONE || isBrokenHandshake(error) || neo4j.isRetryableError(error as never);
}

/** True when no connection could be made. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ServiceUnavailable';
}

/** The error that a caller sees. `place`: the server and the database, without a password. */
export function translateNeo4jError(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const about = (
    code: 'STORE_UNAVAILABLE' | 'STORAGE_FULL' | 'CONFLICT',
    sentence: string,
  ): AlchemiscaleError => new AlchemiscaleError(code, sentence, { cause: error });
  const { code, message } = error;
  if (code === 'ServiceUnavailable' || code === 'SessionExpired' || isBrokenHandshake(error)) {
    return about('STORE_UNAVAILABLE', `the database ${place} does not answer: ${cause(message)}`);
  }
  if (message.startsWith('Connection acquisition timed out')) {
    return about('STORE_UNAVAILABLE', `all connections to the database ${place} are in use; try again`);
  }
  if (code === 'Neo.ClientError.Schema.ConstraintValidationFailed') {
    return about('CONFLICT', `the database ${place} has this already: ${firstLine(message)}`);
  }
  if (code.startsWith('Neo.ClientError.Security.')) {
    return about('STORE_UNAVAILABLE', `the database ${place} refused the log-in: ${firstLine(message)}`);
  }
  if (code === 'Neo.ClientError.Database.DatabaseNotFound') {
    return about('STORE_UNAVAILABLE', `there is no database ${place}`);
  }
  if (/no space left on device/i.test(message)) {
    return about('STORAGE_FULL', `no room left for the database ${place}; nothing was written`);
  }
  if (code.startsWith('Neo.TransientError.') || code === TIMED_OUT || isPassing(error)) {
    return about('STORE_UNAVAILABLE', `the database ${place} is too busy; try again: ${firstLine(message)}`);
  }
  return error;
}

/** The driver says much about what to look at, and at its end what happened. */
function cause(message: string): string {
  return firstLine(message.split('Caused by: ').at(-1) ?? message);
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? '';
}
