// Finding networks, transformations and chemical systems: by scope and name, and from one to the other.
import type { ScopeDict } from '../../domain/scope.ts';
import type { QueryObjects } from '../../store/state-store.ts';
import type { USER_ENDPOINTS } from '../../wire/user.ts';
import { coveredQueryScopes } from '../auth.ts';
import type { AppDeps, Caller } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import { filterByName, readPattern } from '../patterns.ts';
import { matchingStates } from './network-states.ts';

type Routes =
  | 'queryNetworks'
  | 'queryTransformations'
  | 'queryChemicalSystems'
  | 'getNetworkTransformations'
  | 'getNetworkChemicalSystems'
  | 'getTransformationNetworks'
  | 'getTransformationChemicalSystems'
  | 'getChemicalSystemNetworks'
  | 'getChemicalSystemTransformations';

type Query = Partial<ScopeDict> & { readonly name?: string };

/** Handlers that find; what leads nowhere gives an empty list. */
export function networkQueryHandlers({ store }: AppDeps): Handlers<typeof USER_ENDPOINTS, Routes> {
  const { networks } = store;

  async function query(caller: Caller, asked: Query, kind: QueryObjects['kind']): Promise<readonly string[]> {
    const scopes = coveredQueryScopes(caller, asked);
    return scopes.length === 0 ? [] : networks.query({ scopes, kind, name: asked.name ?? null });
  }

  return {
    queryNetworks: async ({ caller, query: asked }) => {
      const scopes = coveredQueryScopes(caller, asked);
      const states = new Set(matchingStates(asked.state));
      if (asked.name !== undefined) readPattern(asked.name);
      const found = scopes.length === 0 ? [] : await networks.list({ scopes });
      const inState = found.filter(({ state }) => states.has(state));
      // Both filters match the whole value; a network without a name is found only without a filter for it.
      const named =
        asked.name === undefined ? inState : await filterByName(inState, ({ name }) => name, asked.name);
      return named.map(({ network }) => network);
    },
    queryTransformations: ({ caller, query: asked }) => query(caller, asked, 'transformation'),
    queryChemicalSystems: ({ caller, query: asked }) => query(caller, asked, 'chemicalSystem'),
    getNetworkTransformations: ({ params }) =>
      networks.listTransformations({ network: String(params.network) }),
    getNetworkChemicalSystems: ({ params }) =>
      networks.listChemicalSystems({ of: { network: String(params.network) } }),
    getTransformationNetworks: ({ params }) =>
      networks.listNetworks({ of: { transformation: String(params.transformation) } }),
    getTransformationChemicalSystems: ({ params }) =>
      networks.listChemicalSystems({ of: { transformation: String(params.transformation) } }),
    getChemicalSystemNetworks: ({ params }) =>
      networks.listNetworks({ of: { chemicalSystem: String(params.chemicalsystem) } }),
    getChemicalSystemTransformations: ({ params }) =>
      networks.listTransformationsOf({ chemicalSystem: String(params.chemicalsystem) }),
  };
}
