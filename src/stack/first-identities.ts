// The two identities that a data folder starts with: one for its owner as a user, one for the compute services started here.
// Their keys are in files of the folder that only its owner may read, since the services need theirs at every start.
import { AlchemiscaleError } from '../domain/errors.ts';
import type { IdentityType } from '../domain/identity.ts';
import { Scope } from '../domain/scope.ts';
import { hashKey } from '../server/key-hash.ts';
import type { IdentityStore } from '../store/state-store.ts';
import { makeSecret, readSecret, writeSecret } from './data-folder.ts';

export interface Credentials {
  readonly identifier: string;
  readonly key: string;
}

export interface LocalIdentities {
  readonly user: Credentials;
  readonly compute: Credentials;
  /** True when they were made just now: their keys have not been shown to anybody. */
  readonly areNew: boolean;
}

/** Reads the two identities, making those that are missing in the folder or in the store. */
export async function keepIdentities(
  identities: IdentityStore,
  paths: { readonly userPath: string; readonly computePath: string },
): Promise<LocalIdentities> {
  const user = await keepIdentity(identities, 'user', paths.userPath);
  const compute = await keepIdentity(identities, 'compute', paths.computePath);
  return {
    user: user.credentials,
    compute: compute.credentials,
    areNew: user.isNew || compute.isNew,
  };
}

async function keepIdentity(
  identities: IdentityStore,
  type: IdentityType,
  path: string,
): Promise<{ readonly credentials: Credentials; readonly isNew: boolean }> {
  const kept = await readSecret(path);
  const credentials = kept === null ? { identifier: `local-${type}`, key: makeSecret() } : parse(kept, path);
  const name = { type, identifier: credentials.identifier };
  const known = kept !== null && (await identities.get(name)) !== null;
  if (!known) {
    // The file first: a start cut off between the two finds it, and puts the identity into the store.
    if (kept === null) await writeSecret(path, JSON.stringify(credentials));
    await identities.put({ ...name, hashedKey: await hashKey(credentials.key) });
    await identities.addScopes({ ...name, scopes: [Scope.ALL.toDict()] });
  }
  return { credentials, isNew: !known };
}

function parse(text: string, path: string): Credentials {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'identifier' in value && 'key' in value) {
      const { identifier, key } = value;
      if (typeof identifier === 'string' && typeof key === 'string') return { identifier, key };
    }
  } catch {
    // Said below.
  }
  throw new AlchemiscaleError(
    'STORE_UNAVAILABLE',
    `${path} is not an identity and its key: remove it, and the next start makes another`,
  );
}
