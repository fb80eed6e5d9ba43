// Log-in: an identifier and its key against the bcrypt hash in the store.
//
// Every log-in reads the identity, so that one which was disabled, removed or given another key is seen at once; what
// is remembered for a minute is only that this key fits this hash, under an HMAC whose key lives and dies with the
// process. Log-ins that arrive together with the same key share one bcrypt. An unknown identifier costs the same
// bcrypt as a known one, and all refusals have the same words.
import { createHmac, randomBytes } from 'node:crypto';
import { verify } from '@node-rs/bcrypt';
import { AlchemiscaleError } from '../domain/errors.ts';
import type { Identity, IdentityType } from '../domain/identity.ts';
import type { AppDeps } from './context.ts';
import { createFailedLogins } from './failed-logins.ts';

/** What a client sends to log in, and from where. */
interface Credential {
  readonly identifier: string;
  readonly key: string;
  readonly address: string;
  /** True when the client no longer waits for the answer. */
  readonly hasLeft: () => boolean;
}

/** Throws BAD_CREDENTIALS, TOO_MANY_FAILED_LOGINS, or STORE_UNAVAILABLE when too many wait already. */
export type Login = (credential: Credential) => Promise<Identity>;

/** bcrypt looks at no more of a key; clients of the original rely on longer ones being cut, not refused. */
const BCRYPT_BYTES = 72;
const MAX_KEY_CHARACTERS = 4096;
/** The hash of a key that nobody has, at the cost of the real ones. */
const NOBODY = '$2b$12$OtVbXtItUrO5JB6NzPwT/Orw9/g8nYYnkWfNZqr2abnb6z1Rl01ni';
/** Each takes a thread of a pool of four, which files and compression need too, for a quarter of a second. */
const MAX_AT_ONCE = 2;

/** Log-in for one kind of identity. */
export function createLogin(deps: AppDeps, type: IdentityType): Login {
  const { store, clock } = deps;
  const failed = createFailedLogins(deps.settings.logins, clock);
  const fits = createKeyCheck(clock, deps.settings.logins.rememberSeconds);

  return async ({ identifier, key, address, hasLeft }) => {
    failed.check(identifier, address);
    const identity = isPossibleKey(key) ? await store.identities.get({ type, identifier }) : null;
    // Checked again when its turn comes: guesses that were sent all at once must not all be looked at.
    const isRight = await fits({ key, hash: identity?.hashedKey ?? NOBODY, address, hasLeft }, () =>
      failed.check(identifier, address),
    );
    if (identity !== null && isRight && mayLogIn(identity, clock())) return identity;
    failed.add(identifier, address);
    throw new AlchemiscaleError('BAD_CREDENTIALS', 'Incorrect identity or key');
  };
}

function isPossibleKey(key: string): boolean {
  return key.length <= MAX_KEY_CHARACTERS && !key.includes('\0');
}

function mayLogIn(identity: Identity, now: Date): boolean {
  return !identity.disabled && (identity.expires === null || identity.expires > now);
}

interface Verification {
  readonly until: number;
  readonly fits: Promise<boolean>;
  /** Those who asked before its turn came: without any of them left it is not worth the work. */
  readonly askers: (() => boolean)[];
}

function createKeyCheck(
  clock: () => Date,
  rememberSeconds: number,
): (
  asked: Pick<Credential, 'key' | 'address' | 'hasLeft'> & { readonly hash: string },
  beforehand: () => void,
) => Promise<boolean> {
  const secret = randomBytes(32);
  const known = new Map<string, Verification>();
  const limited = limit(MAX_AT_ONCE);

  return ({ key, hash, address, hasLeft }, beforehand) => {
    const now = clock().getTime();
    for (const [mark, entry] of known) {
      if (entry.until > now) break;
      known.delete(mark);
    }
    const bytes = Buffer.from(key.slice(0, MAX_KEY_CHARACTERS)).subarray(0, BCRYPT_BYTES);
    const mark = createHmac('sha256', secret).update(hash).update('\0').update(bytes).digest('base64');
    const entry = known.get(mark);
    if (entry !== undefined) {
      entry.askers.push(hasLeft);
      return entry.fits;
    }
    const askers = [hasLeft];
    const fits = limited(address, () => {
      if (askers.every(left => left()))
        throw new AlchemiscaleError('BAD_REQUEST', 'nobody waits for this log-in');
      askers.length = 0;
      beforehand();
      return verify(bytes, hash);
    });
    known.set(mark, { until: now + rememberSeconds * 1000, fits, askers });
    // Only what fits is remembered beyond its own check.
    const forget = (): boolean => known.delete(mark);
    fits.then(isRight => isRight || forget(), forget);
    return fits;
  };
}

/** At four log-ins a second these wait for a minute; a cluster's burst with one key is one piece of work. */
const MAX_WAITING = 256;
/** Of all addresses together. */
const MAX_WAITING_IN_ALL = 4096;

/**
 * Runs at most `count` pieces of work at once. Addresses take turns, so that one which sends thousands of guesses under ever
 * new names keeps nobody else waiting.
 */
function limit(count: number): <T>(address: string, work: () => Promise<T>) => Promise<T> {
  let running = 0;
  let inAll = 0;
  /** The address whose turn is next comes first; none is without work. */
  const waiting = new Map<string, (() => void)[]>();
  const beginNext = (): void => {
    const [turn] = waiting;
    if (turn === undefined) {
      running--;
      return;
    }
    const [address, queue] = turn;
    const next = queue.shift();
    inAll--;
    waiting.delete(address);
    if (queue.length > 0) waiting.set(address, queue);
    next?.();
  };
  return async (address, work) => {
    if (running < count) running++;
    else {
      const queue = waiting.get(address) ?? [];
      if (queue.length >= MAX_WAITING || inAll >= MAX_WAITING_IN_ALL) {
        throw new AlchemiscaleError('STORE_UNAVAILABLE', 'Too many log-ins are waiting for their turn');
      }
      waiting.set(address, queue);
      inAll++;
      await new Promise<void>(resolve => queue.push(resolve));
    }
    try {
      return await work();
    } finally {
      beginNext();
    }
  };
}
