// Opens the state store for a command. Only `database init` and `up` make a database; any other command that finds none
// was given the wrong place, and making an empty one there would hide it.
import { existsSync } from 'node:fs';
import { normalize } from 'node:path';
import { AlchemiscaleError } from '../domain/errors.ts';
import { refuseUnfinished } from '../moving/unfinished.ts';
import { openStateStore, type StateStoreOptions } from '../store/open.ts';
import type { StateStore } from '../store/state-store.ts';
import type { Environment } from './env.ts';
import { chooseStore } from './stores.ts';

type StoreChoice = Parameters<typeof chooseStore>[0];

/** Opens a database that is there, brought up to date. Throws STORE_UNAVAILABLE for one that is still being filled from another. */
export async function openExistingStore(
  options: StoreChoice,
  env: Environment,
  storeOptions: StateStoreOptions = {},
): Promise<StateStore> {
  const url = chooseStore(options, env);
  requireDatabase(url);
  const store = await openStateStore(url, storeOptions);
  try {
    await store.initialize();
    await refuseUnfinished(store);
    return store;
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

/** Throws when the URL names a file that is not there. */
export function requireDatabase(url: string): void {
  const path = missingFile(url);
  if (path === null) return;
  throw new AlchemiscaleError(
    'STORE_UNAVAILABLE',
    `there is no database ${path}: make one with 'alchemiscale database init' or 'alchemiscale up', ` +
      'or say where it is with --data, --url or ALCHEMISCALE_DB',
  );
}

/** Throws when the URL of `--from` names a file that is not there. */
export function requireSource(url: string): void {
  const path = missingFile(url);
  if (path !== null)
    throw new AlchemiscaleError('STORE_UNAVAILABLE', `--from names no database: there is no file ${path}`);
}

/** The path that a URL names when nothing is there; null for another store. */
function missingFile(url: string): string | null {
  const path = /^sqlite:\/\/(\/.*)$/i.exec(url)?.[1];
  if (path === undefined || existsSync(decodeURIComponent(path))) return null;
  return normalize(decodeURIComponent(path));
}
