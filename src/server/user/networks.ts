// Networks, transformations and chemical systems of the user API: submit and read.
import { AlchemiscaleError, noSuchObject } from '../../domain/errors.ts';
import { ScopedKey } from '../../domain/scoped-key.ts';
import type { USER_ENDPOINTS } from '../../wire/user.ts';
import { requireAll, requireScope } from '../auth.ts';
import type { AppDeps, Caller } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import { readNetworkBody } from './network-body.ts';

type Routes = 'createNetwork' | 'getNetwork' | 'getTransformation' | 'getChemicalSystem' | 'checkExists';

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
  };
}

export const NOT_A_NETWORK = '`network` ScopedKey does not correspond to an `AlchemicalNetwork`';
export const NOT_ALL_NETWORKS = 'a `networks` ScopedKey does not correspond to an `AlchemicalNetwork`';

/** For the routes that only make sense for a network. */
export function requireNetwork(key: ScopedKey, message: string): void {
  if (key.qualname !== 'AlchemicalNetwork') {
    throw new AlchemiscaleError('BAD_REQUEST', message, { facts: { key: String(key) } });
  }
}

/** The keys of a list; throws unless each is a scoped key that the token covers. */
export function readKeys(caller: Caller, texts: readonly string[]): readonly ScopedKey[] {
  const keys = texts.map(text => ScopedKey.parse(text));
  requireAll(caller, keys);
  return keys;
}
