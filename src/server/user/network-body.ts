// The body of POST /networks, `{"network": [keyed chain], "scope": {…}, "state": "active"}`. The chain goes to the store
// as the bytes that came.
import { AlchemiscaleError } from '../../domain/errors.ts';
import { isNetworkState, NETWORK_STATES, type NetworkState } from '../../domain/network-state.ts';
import { Scope, type ScopeDict } from '../../domain/scope.ts';
import { ScopeBody } from '../../wire/bodies.ts';
import { parseBody } from '../body.ts';
import { findMembers } from '../body-members.ts';
import { InvalidInput, type Problem } from '../errors.ts';
import { compileReader } from '../read-schema.ts';

/** A network that somebody wants stored. */
export interface NetworkBody {
  readonly chain: Uint8Array;
  readonly scope: Scope;
  readonly state: NetworkState;
}

const MEMBERS = ['network', 'scope', 'state'] as const;
const readScope = compileReader(ScopeBody, 'body');

/** Reads the body; `authorize` is asked about the scope before anything else is looked at. Throws INVALID_BODY. */
export async function readNetworkBody(
  body: Uint8Array,
  authorize: (scope: Scope) => void,
): Promise<NetworkBody> {
  const members = await findMembers(body, new Set(MEMBERS), 'network');
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

function missingMember(name: string): Problem {
  return { type: 'missing', loc: ['body', name], msg: 'Field required', input: null };
}

const MAX_SHOWN = 100;

function invalidState(state: unknown): AlchemiscaleError {
  const word = state === null ? 'None' : typeof state === 'string' ? state : JSON.stringify(state);
  const shown = word.length > MAX_SHOWN ? `${word.slice(0, MAX_SHOWN)}…` : word;
  return new AlchemiscaleError(
    'INVALID_BODY',
    `\`state\` = ${shown} must be one of the following: ${NETWORK_STATES.toSorted().join(', ')}`,
  );
}
