// What every backend refuses alike: a location that leaves the store, and writing to an upload that is over.
import { AlchemiscaleError } from '../domain/errors.ts';

/** Folder names cannot be longer on common file systems; a bucket's key ends at 1024 bytes. */
const MAX_PART_CHARACTERS = 255;
const MAX_CHARACTERS = 1024;
const PART = /^[A-Za-z0-9_][A-Za-z0-9_.:@+=,-]*$/;

/** Throws BAD_REQUEST unless `location` is a relative path of plain parts. Parts that begin with a dot are the backends' own. */
export function checkLocation(location: string): void {
  const parts = location.split('/');
  const fits = location.length <= MAX_CHARACTERS && parts.every(part => part.length <= MAX_PART_CHARACTERS);
  if (!fits || !parts.every(part => PART.test(part))) {
    throw new AlchemiscaleError('BAD_REQUEST', `'${location}' is not a location in the object store`, {
      facts: { location },
    });
  }
}

/** For an upload that was committed or aborted before; a defect of the caller. */
export function uploadOver(): AlchemiscaleError {
  return new AlchemiscaleError('CONFLICT', 'this upload has been committed or aborted');
}
