// What every backend refuses alike: a location that leaves the store, a part of an object that is not inside it, writing
// to an upload that is over, and reading on in an object that was replaced.
import { AlchemiscaleError } from '../domain/errors.ts';
import type { ByteRange } from './object-store.ts';

/** Folder names cannot be longer on common file systems; a bucket's key ends at 1024 bytes. */
const MAX_PART_CHARACTERS = 255;
const MAX_CHARACTERS = 1024;
const PART = /^[A-Za-z0-9_][A-Za-z0-9_.:@+=,-]*$/;

/** Whether `location` is a relative path of plain parts. Parts that begin with a dot are the backends' own. */
export function isLocation(location: string): boolean {
  const parts = location.split('/');
  const fits = location.length <= MAX_CHARACTERS && parts.every(part => part.length <= MAX_PART_CHARACTERS);
  return fits && parts.every(part => PART.test(part));
}

/** Throws BAD_REQUEST unless it is one. */
export function checkLocation(location: string): void {
  if (!isLocation(location)) {
    throw new AlchemiscaleError('BAD_REQUEST', `'${location}' is not a location in the object store`, {
      facts: { location },
    });
  }
}

/** Both ends of a part of an object of `size` bytes. Throws BAD_REQUEST when it is not inside. */
export function checkRange(
  range: ByteRange | undefined,
  size: number,
): { readonly start: number; readonly end: number } {
  const { start, end = size } = range ?? { start: 0 };
  if (Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= size) {
    return { start, end };
  }
  throw new AlchemiscaleError('BAD_REQUEST', `bytes ${start} to ${end} are not a part of ${size} bytes`);
}

/** For an upload that was committed or aborted before; a defect of the caller. */
export function uploadOver(): AlchemiscaleError {
  return new AlchemiscaleError('CONFLICT', 'this upload has been committed or aborted');
}

/** For whoever reads an object that is another one by now. */
export function replaced(location: string): AlchemiscaleError {
  return new AlchemiscaleError(
    'STORE_UNAVAILABLE',
    `the object ${location} was replaced while it was read; try again`,
    { facts: { location } },
  );
}
