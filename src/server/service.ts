// The routes that both services have: who is there, log in, what may I see, does everything work.
import { AlchemiscaleError } from '../domain/errors.ts';
import type { IdentityType } from '../domain/identity.ts';
import { Scope } from '../domain/scope.ts';
import type { SERVICE_ENDPOINTS } from '../wire/service.ts';
import type { AppDeps } from './context.ts';
import type { Handlers } from './endpoints.ts';
import { createLogin } from './login.ts';
import type { Tokens } from './tokens.ts';

/** The name by which each service answers a ping; clients show it. */
export const NAMES: Readonly<Record<IdentityType, string>> = {
  user: 'AlchemiscaleAPI',
  compute: 'AlchemiscaleComputeAPI',
};

/** Handlers of the service that `type` identities use. */
export function serviceHandlers(
  deps: AppDeps,
  type: IdentityType,
  tokens: Tokens,
): Handlers<typeof SERVICE_ENDPOINTS> {
  const { store, objects } = deps;
  const login = createLogin(deps, type);
  return {
    ping: async () => ({ api: NAMES[type] }),
    token: async ({ body, client }) => {
      const identity = await login({
        identifier: body.username,
        key: body.password,
        address: client.address,
        hasLeft: client.hasLeft,
      });
      const scopes = identity.scopes.map(scope => new Scope(scope).toString());
      return { access_token: await tokens.issue(identity.identifier, scopes), token_type: 'bearer' };
    },
    getInfo: async () => ({ message: 'nothing yet' }),
    checkStores: async () => {
      const failures = await Promise.all([failure(store.ping()), failure(objects.check())]);
      const [isStoreThere, areObjectsThere] = failures.map(cause => cause === null);
      if (isStoreThere && areObjectsThere) return null;
      throw new AlchemiscaleError(
        'STORE_UNAVAILABLE',
        `Attempt to reach services failed, state store reachable: ${isStoreThere}, object store reachable: ${areObjectsThere}`,
        { cause: new AggregateError(failures.filter(cause => cause !== null)) },
      );
    },
    // Differs from alchemiscale: there any token may list the scopes of any identity.
    listScopes: async ({ caller, params }) => {
      if (params.identifier !== caller.identifier) return [];
      const scopes = await store.identities.listScopes({ type, identifier: params.identifier });
      return (scopes ?? []).map(scope => new Scope(scope).toString());
    },
  };
}

async function failure(check: Promise<void>): Promise<unknown> {
  try {
    await check;
    return null;
  } catch (cause) {
    return cause;
  }
}
