// Where a copy goes: looked at before anything is read, and made only when there is something to write.
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ObjectStore } from '../../objects/object-store.ts';
import { openObjectStore } from '../../objects/open.ts';
import { createFolder, dataFolderAt } from '../../stack/data-folder.ts';
import { lockFolder } from '../../stack/folder-lock.ts';
import { hidePassword, openStateStore } from '../../store/open.ts';
import type { StateStore } from '../../store/state-store.ts';
import { refuseOccupied } from '../../store/transfer-runs.ts';
import { MisuseError } from '../errors.ts';
import type { ObjectsChoice } from '../stores.ts';

/** Throws a MisuseError for what is no URL of a state store, and says what one looks like. */
export function requireUrl(flag: string, text: string): void {
  const path = filePath(text) ?? pathIn(text);
  if (path === null) {
    if (/^(postgres|postgresql|(bolt|neo4j)(\+s|\+ssc)?):/i.test(text)) return;
    throw noUrl(flag, text, 'sqlite:///absolute/path/state.db');
  }
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  if (filePath(text) !== null && !isFolder) return;
  throw noUrl(
    flag,
    text,
    isFolder ? dataFolderAt(path).storeUrl : pathToFileURL(path).href.replace('file:', 'sqlite:'),
  );
}

/** The absolute path that somebody means who writes a path, or `sqlite:` and one; null for a URL of another kind. */
function pathIn(text: string): string | null {
  const [, scheme, path = ''] = /^(?:([a-z][a-z0-9+.-]+):(?:\/\/)?)?(.*)$/is.exec(text) ?? [];
  return (scheme ?? 'sqlite').toLowerCase() === 'sqlite' && path !== '' ? resolve(path) : null;
}

function noUrl(flag: string, text: string, example: string): MisuseError {
  return new MisuseError(
    `Invalid value for '${flag}': '${hidePassword(text)}' is no URL of a state store: write ` +
      `${example}, postgres://host/database or bolt://host:7687.`,
  );
}

/** The path of a SQLite file; null for another store. */
export function filePath(url: string): string | null {
  const path = /^sqlite:\/\/(\/.+)$/i.exec(url)?.[1];
  try {
    return path === undefined ? null : decodeURIComponent(path);
  } catch {
    // A '%' that begins no escape.
    return null;
  }
}

/** Throws CONFLICT for a store that holds something, and not the beginning of a copy of this source. Changes nothing. */
export async function lookAtTarget(url: string, source: string): Promise<void> {
  const path = filePath(url);
  if (path !== null && !existsSync(path)) return;
  await using store = await openStateStore(url);
  refuseOccupied(await store.transfer.inspect(), source);
}

/** Opens a store to be filled, which is made where there is none. No server of the folder may run meanwhile. */
export async function openTarget(url: string, opened: AsyncDisposableStack): Promise<StateStore> {
  const path = filePath(url);
  if (path !== null) {
    const folder = dataFolderAt(dirname(path));
    await createFolder(folder.path);
    if (basename(path) === basename(folder.storeUrl)) opened.use(lockFolder(folder.path, folder.lockPath));
  }
  return opened.use(await openStateStore(url));
}

/** Opens an object store; null for none. */
export async function openObjects(
  choice: ObjectsChoice | null,
  opened: AsyncDisposableStack,
): Promise<ObjectStore | null> {
  return choice === null ? null : opened.use(await openObjectStore(choice.url, choice.credentials));
}

/** The same, but that a folder is not made: null where there is none yet. */
export async function openIfThere(
  choice: ObjectsChoice | null,
  opened: AsyncDisposableStack,
): Promise<ObjectStore | null> {
  const isMade = choice?.url.startsWith('file:///') !== true || existsSync(fileURLToPath(choice.url));
  return isMade ? openObjects(choice, opened) : null;
}
