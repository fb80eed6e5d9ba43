// Networks, transformations and chemical systems of the user API: submit, read, list, count.
import { AlchemiscaleError, noSuchObject } from '../../domain/errors.ts';
import { Scope } from '../../domain/scope.ts';
import { ScopedKey } from '../../domain/scoped-key.ts';
import type { USER_ENDPOINTS } from '../../wire/user.ts';
import { coveredScopes, requireAll, requireScope } from '../auth.ts';
import type { AppDeps } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import { readNetworkBody } from './network-body.ts';
import { matchingStates } from './network-states.ts';

type Routes =
  | 'createNetwork'
  | 'getNetwork'
  | 'getTransformation'
  | 'getChemicalSystem'
  | 'checkExists'
  | 'getNetworkTransformations'
  | 'getScopeStatus'
  | 'getNetworkStatus'
  | 'getNetworksStatus';

/** Handlers about what users submit. */
export function networkHandlers({ store }: AppDeps): Handlers<typeof USER_ENDPOINTS, Routes> {
  const { networks } = store;

  // Differs from alchemiscale: there each of the three routes serves any stored object.
  async function chainOf(key: ScopedKey, qualnames: readonly string[]): Promise<Uint8Array> {
    const chain = qualnames.includes(key.qualname) ? await networks.getChain({ key: String(key) }) : null;
    if (chain === null) throw noSuchObject(key);
    return chain;
  }

  return {
    createNetwork: async ({ caller, body }) => {
      const { scope, state, chain } = await readNetworkBody(body, scope => requireScope(caller, scope));
      const { network } = await networks.create({ scope: scope.toDict(), state, chain });
      return ScopedKey.parse(network).toDict();
    },
    getNetwork: ({ params }) => chainOf(params.network, ['AlchemicalNetwork']),
    getTransformation: ({ params }) =>
      chainOf(params.transformation, ['Transformation', 'NonTransformation']),
    getChemicalSystem: ({ params }) => chainOf(params.chemicalsystem, ['ChemicalSystem']),
    checkExists: ({ params }) => networks.exists({ key: String(params.key) }),
    getNetworkTransformations: ({ params }) =>
      networks.listTransformations({ network: String(params.network) }),
    getScopeStatus: async ({ caller, params, query }) => {
      const scopes = coveredScopes(caller, Scope.parse(params.scope));
      const states = matchingStates(query.network_state);
      return scopes.length === 0 ? {} : networks.countScopeStatuses({ scopes, states });
    },
    getNetworkStatus: async ({ params }) => {
      const [counts] = await networks.countStatuses({ networks: [String(params.network)] });
      return counts ?? {};
    },
    getNetworksStatus: async ({ caller, body }) => {
      const keys = body.networks.map(text => ScopedKey.parse(text));
      requireAll(caller, keys);
      return networks.countStatuses({ networks: keys.map(String) });
    },
  };
}

/** For the routes that only make sense for a network. */
export function requireNetwork(key: ScopedKey, message: string): void {
  if (key.qualname !== 'AlchemicalNetwork') {
    throw new AlchemiscaleError('BAD_REQUEST', message, { facts: { key: String(key) } });
  }
}
