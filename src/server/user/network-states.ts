// States of networks, and what has become of their tasks. `network_state` is a regular expression that must match the
// whole word. There are four words, so the answer is a list of them, and no store ever sees the expression.
import { AlchemiscaleError } from '../../domain/errors.ts';
import { isNetworkState, NETWORK_STATES, type NetworkState } from '../../domain/network-state.ts';
import { Scope } from '../../domain/scope.ts';
import type { USER_ENDPOINTS } from '../../wire/user.ts';
import { coveredScopes } from '../auth.ts';
import type { AppDeps } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import { readPattern } from '../patterns.ts';
import { NOT_A_NETWORK, readKeys, requireNetwork } from './networks.ts';

type Routes =
  | 'setNetworksState'
  | 'getNetworksState'
  | 'getScopeStatus'
  | 'getNetworkStatus'
  | 'getNetworksStatus';

/** Handlers about states and status counts. */
export function networkStateHandlers({ store }: AppDeps): Handlers<typeof USER_ENDPOINTS, Routes> {
  const { networks } = store;
  return {
    setNetworksState: async ({ caller, body }) => {
      const keys = readKeys(caller, body.networks);
      if (keys.length !== body.states.length) {
        throw new AlchemiscaleError('BAD_REQUEST', 'networks and states must have the same length');
      }
      for (const key of keys) requireNetwork(key, NOT_A_NETWORK);
      return networks.setStates({ networks: keys.map(String), states: body.states.map(readState) });
    },
    getNetworksState: async ({ caller, body }) =>
      networks.getStates({ networks: readKeys(caller, body.networks).map(String) }),
    getScopeStatus: async ({ caller, params, query }) => {
      const scopes = coveredScopes(caller, Scope.parse(params.scope));
      const states = matchingStates(query.network_state);
      return scopes.length === 0 ? {} : networks.countScopeStatuses({ scopes, states });
    },
    getNetworkStatus: async ({ params }) => {
      const [counts] = await networks.countStatuses({ networks: [String(params.network)] });
      return counts ?? {};
    },
    getNetworksStatus: async ({ caller, body }) =>
      networks.countStatuses({ networks: readKeys(caller, body.networks).map(String) }),
  };
}

/** The states that an expression matches; all of them without one. Throws BAD_REQUEST. */
export function matchingStates(expression: string | undefined): readonly NetworkState[] {
  if (expression === undefined) return NETWORK_STATES;
  const pattern = readPattern(expression);
  return NETWORK_STATES.filter(state => pattern.matchesWhole(state));
}

function readState(word: string): NetworkState {
  if (isNetworkState(word)) return word;
  const words = NETWORK_STATES.map(state => `'${state}'`).join(', ');
  throw new AlchemiscaleError(
    'BAD_REQUEST',
    `'${word}' is not a valid state. Valid values include: [${words}]`,
  );
}
