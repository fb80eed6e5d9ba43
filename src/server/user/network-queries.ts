// Finding networks, transformations and chemical systems: by scope and name, and from one to the other.
import type { ScopeDict } from '../../domain/scope.ts';
import type { NetworkSummary, QueryObjects } from '../../store/state-store.ts';
import type { USER_ENDPOINTS } from '../../wire/user.ts';
import { coveredQueryScopes } from '../auth.ts';
import type { AppDeps, Caller } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import { readPattern } from '../patterns.ts';
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
      const isWanted = networkFilter(asked.name, asked.state);
      const found = scopes.length === 0 ? [] : await networks.list({ scopes });
      return found.filter(isWanted).map(({ network }) => network);
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

/** Longer names would make a filter over many networks slow, and nobody types a filter for one. */
const MAX_NAME_CHARACTERS = 4096;

/** Both filters match the whole value; a network without a name is found only without a filter for it. */
function networkFilter(
  name: string | undefined,
  state: string | undefined,
): (network: NetworkSummary) => boolean {
  const states = new Set(matchingStates(state));
  if (name === undefined) return network => states.has(network.state);
  const pattern = readPattern(name);
  return network =>
    states.has(network.state) &&
    network.name !== null &&
    network.name.length <= MAX_NAME_CHARACTERS &&
    pattern.matchesWhole(network.name);
}
