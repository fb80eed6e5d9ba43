// From a URL to an object store: `file:///absolute/folder`, `s3://bucket/prefix?endpoint=…&region=…` or `memory:`.
import { fileURLToPath } from 'node:url';
import { AlchemiscaleError } from '../domain/errors.ts';
import type { ObjectStore } from './object-store.ts';
import type { S3Credentials } from './s3-options.ts';

/** Opens the object store that a URL names; the backend is loaded only then. `credentials` are for a bucket. */
export async function openObjectStore(
  url: string,
  credentials: S3Credentials | null = null,
): Promise<ObjectStore> {
  if (url === 'memory:') return (await import('./memory.ts')).openMemoryObjects();
  if (url.startsWith('file:///')) return (await import('./fs.ts')).openFolderObjects(fileURLToPath(url));
  if (url.startsWith('s3:')) {
    const { parseS3Url } = await import('./s3-options.ts');
    const place = parseS3Url(url);
    return (await import('./s3.ts')).openS3Objects(place, credentials);
  }
  throw new AlchemiscaleError(
    'BAD_REQUEST',
    `'${url}' names no object store: use file:///absolute/folder, s3://bucket/prefix or memory:`,
  );
}
