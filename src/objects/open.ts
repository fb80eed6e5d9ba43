// From a URL to an object store: `file:///absolute/folder` or `memory:`.
import { fileURLToPath } from 'node:url';
import { AlchemiscaleError } from '../domain/errors.ts';
import type { ObjectStore } from './object-store.ts';

/** Opens the object store that a URL names; the backend is loaded only then. */
export async function openObjectStore(url: string): Promise<ObjectStore> {
  if (url === 'memory:') return (await import('./memory.ts')).openMemoryObjects();
  if (url.startsWith('file:///')) return (await import('./fs.ts')).openFolderObjects(fileURLToPath(url));
  throw new AlchemiscaleError(
    'BAD_REQUEST',
    `'${url}' names no object store: use file:///absolute/folder or memory:`,
  );
}
