// The body of POST /networks, `{"network": [keyed chain], "scope": {…}, "state": "active"}`. It may be tens of
// megabytes, so it is not parsed: a scanner finds where the chain begins and ends, in pieces between which other
// requests get their turn (1 MiB takes 5 to 12 ms), and the chain goes to the store as the bytes that came.
import { setImmediate } from 'node:timers/promises';
import { AlchemiscaleError } from '../../domain/errors.ts';
import { isNetworkState, NETWORK_STATES, type NetworkState } from '../../domain/network-state.ts';
import { Scope, type ScopeDict } from '../../domain/scope.ts';
import { JsonError } from '../../lib/json-error.ts';
import { JsonPush } from '../../lib/json-push.ts';
import { ScopeBody } from '../../wire/bodies.ts';
import { parseBody } from '../body.ts';
import { InvalidInput, type Problem } from '../errors.ts';
import { compileReader } from '../read-schema.ts';

/** A network that somebody wants stored. */
export interface NetworkBody {
  readonly chain: Uint8Array;
  readonly scope: Scope;
  readonly state: NetworkState;
}

const PIECE_BYTES = 1024 * 1024;
const MEMBERS = ['network', 'scope', 'state'] as const;
const readScope = compileReader(ScopeBody, 'body');

/** Reads the body; `authorize` is asked about the scope before anything else is looked at. Throws INVALID_BODY. */
export async function readNetworkBody(
  body: Uint8Array,
  authorize: (scope: Scope) => void,
): Promise<NetworkBody> {
  const members = await findMembers(body);
  const missing = MEMBERS.filter(name => !members.has(name));
  if (missing.length > 0) throw new InvalidInput(missing.map(missingMember));
  const text = (name: string): unknown => parseBody(members.get(name) ?? new Uint8Array());
  const scope = new Scope(readScope(text('scope')) as ScopeDict);
  authorize(scope);
  if (!scope.isSpecific) {
    throw new AlchemiscaleError(
      'INVALID_BODY',
      `Invalid scope ${scope}: a network needs one without wildcards`,
    );
  }
  const state = text('state');
  if (typeof state !== 'string' || !isNetworkState(state)) throw invalidState(state);
  // A copy: the store may move it to another thread, which must not take the rest of the body along.
  return { chain: new Uint8Array(members.get('network') ?? []), scope, state };
}

/** The members of the outer object as views of their text; of a repeated one the last. */
async function findMembers(body: Uint8Array): Promise<Map<string, Uint8Array>> {
  const members = new Map<string, Uint8Array>();
  const push = new JsonPush({
    begin: (path, kind) => {
      if (path.length === 0 && kind !== 'object') {
        throw new AlchemiscaleError('INVALID_BODY', 'The body is not a JSON object');
      }
      return path.length === 0 ? 'enter' : 'skip';
    },
    end: (path, start, end) => {
      if (path.length === 1) members.set(String(path[0]), body.subarray(start, end));
    },
  });
  try {
    for (let at = 0; at < body.length; at += PIECE_BYTES) {
      if (at > 0) await setImmediate();
      push.write(body.subarray(at, at + PIECE_BYTES));
    }
    push.end();
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw new AlchemiscaleError('INVALID_BODY', `The body is not JSON: ${cause.message}`, { cause });
  }
  return members;
}

function missingMember(name: string): Problem {
  return { type: 'missing', loc: ['body', name], msg: 'Field required', input: null };
}

function invalidState(state: unknown): AlchemiscaleError {
  const shown = state === null ? 'None' : typeof state === 'string' ? state : JSON.stringify(state);
  return new AlchemiscaleError(
    'INVALID_BODY',
    `\`state\` = ${shown} must be one of the following: ${NETWORK_STATES.toSorted().join(', ')}`,
  );
}
