// What PostgreSQL's refusals mean to a caller, and which of them are worth another try. Anything not listed is a defect of
// ours and stays what it is.
import { AlchemiscaleError } from '../../../domain/errors.ts';
import { LocksMissed } from '../database.ts';

/** The SQLSTATE or the operating system's code; null when the error has none. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';

/** The transaction was undone because of others; run again, it may succeed. */
export function isConflict(error: unknown): boolean {
  const code = codeOf(error);
  return error instanceof LocksMissed || code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED;
}

const LOST = new Set([
  '57P01', // the server is shut down, or somebody ended this connection
  '57P02', // another of its processes has crashed
  '57P05', // idle for too long
  '25P04', // a transaction for too long
  '25P03', // idle in a transaction for too long
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
]);
const LOST_SENTENCES =
  /^(Connection terminated(?! due to connection timeout)|Client has encountered a connection error|Client was closed)/;

/** The connection is gone, and with it whatever was not committed. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== null && (LOST.has(code) || code.startsWith('08'))) return true;
  return error instanceof Error && LOST_SENTENCES.test(error.message);
}

const LOCK_NOT_AVAILABLE = '55P03';
const QUERY_CANCELED = '57014';

/** Nothing can be done now. What only waited too long, for a row or its turn, says nothing about everything else. */
export function isAway(error: unknown): boolean {
  const code = error instanceof Error ? codeOf(error.cause) : null;
  const isStuck = code === LOCK_NOT_AVAILABLE || code === QUERY_CANCELED;
  return error instanceof AlchemiscaleError && error.code === 'STORE_UNAVAILABLE' && !isStuck;
}

/** No connection could be made. */
function isUnreachable(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== null && /^(ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ENOENT|EAI_AGAIN)$/.test(code)) {
    return true;
  }
  if (error instanceof AggregateError) return error.errors.some(isUnreachable);
  return (
    error instanceof Error &&
    /^(timeout expired|Connection terminated due to connection timeout)/.test(error.message)
  );
}

/** The error that a caller sees. `place` names the database, without its password. */
export function translatePostgresError(error: unknown, place: string): unknown {
  if (error instanceof AlchemiscaleError || !(error instanceof Error)) return error;
  const [code, sentence] = refusalOf(error, place) ?? [null, ''];
  return code === null
    ? error
    : new AlchemiscaleError(code, sentence, { cause: error, facts: { database: place } });
}

type Refusal = readonly [code: 'STORE_UNAVAILABLE' | 'STORAGE_FULL' | 'BAD_REQUEST', sentence: string];

function refusalOf(error: Error, place: string): Refusal | null {
  if (/^timeout exceeded when trying to connect/.test(error.message)) {
    return ['STORE_UNAVAILABLE', `all connections to the database ${place} are in use; try again`];
  }
  if (isUnreachable(error))
    return ['STORE_UNAVAILABLE', `the database ${place} cannot be reached; try again`];
  if (isConnectionLost(error))
    return ['STORE_UNAVAILABLE', `the database ${place} broke the connection; try again`];
  if (isConflict(error)) return ['STORE_UNAVAILABLE', `the database ${place} is busy; try again`];
  const code = codeOf(error) ?? '';
  // By its own word for it: `pg_hba.conf` has no line for this user, network or encryption, or a certificate is missing.
  if (code === '28000') {
    return ['STORE_UNAVAILABLE', `the database ${place} does not let this user in: ${error.message}`];
  }
  const sentence = SENTENCES[code] ?? SENTENCES[code.slice(0, 2)];
  if (sentence !== undefined) return ['STORE_UNAVAILABLE', `the database ${place} ${sentence}`];
  if (code === '53100')
    return ['STORAGE_FULL', `no room left for the database ${place}; nothing was written`];
  if (code === '54000') return ['BAD_REQUEST', 'a text is too long to be looked up by PostgreSQL'];
  if (error.message.startsWith('SASL')) {
    return ['STORE_UNAVAILABLE', `the database ${place} ${SENTENCES['28']}: ${error.message}`];
  }
  if (/does not support SSL/.test(error.message)) {
    return [
      'STORE_UNAVAILABLE',
      `the database ${place} has no TLS; allow that with sslmode=prefer or disable`,
    ];
  }
  if (/^(ERR_TLS|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|CERT_)/.test(code)) {
    return ['STORE_UNAVAILABLE', `the certificate of the database ${place} is not trusted: ${error.message}`];
  }
  return null;
}

/** By code, or by its first two characters. */
const SENTENCES: Readonly<Record<string, string>> = {
  '28': 'refuses the user or the password',
  '3D000': 'does not exist: make it with createdb',
  '42P01': 'has not been initialized',
  '42501': 'does not let this user do that: it must own its tables',
  '25006': 'is read-only here: is this a standby?',
  '53300': 'has too many connections; try again',
  '53200': 'is out of memory; try again',
  '55P03': 'is locked by another program; try again',
  '57014': 'took too long; nothing was written',
  '57P03': 'is starting or stopping; try again',
  '58': 'cannot read or write its files',
  XX: 'is damaged',
};
