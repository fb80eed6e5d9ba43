// Whether the object of a reference is the result that the reference says: found, read to its end, unpacked, and with its key
// and outcome at the end of its keyed chain.
import { AlchemiscaleError } from '../domain/errors.ts';
import { resultLocation } from '../domain/result-location.ts';
import { ResultReader } from '../domain/result-reader.ts';
import { ScopedKey } from '../domain/scoped-key.ts';
import { compressionOf, DecompressError, decompressed } from '../lib/decompress-stream.ts';
import type { ObjectStore, StoredObject } from '../objects/object-store.ts';
import type { ResultRef } from '../store/state-store.ts';

/** What was found about one reference. */
export interface ResultCheck {
  /** Where its object may lie. */
  readonly locations: readonly string[];
  /** Read from the object store. */
  readonly bytes: number;
  readonly error: { readonly what: ResultFault; readonly why: string } | null;
  readonly note: string | null;
}

type ResultFault =
  | 'results whose object is not in the object store'
  | 'results whose object is damaged'
  | 'results whose object is another result';

/** Reads the object of a reference. Throws STORE_UNAVAILABLE when the object store does not answer. */
export async function checkResult(objects: ObjectStore, ref: ResultRef): Promise<ResultCheck> {
  const place = resultLocation(ScopedKey.parse(ref.transformation), ref.objKey, ref.ok);
  const locations = [...new Set([place, ref.location])].filter(location => location !== '');
  const count = { bytes: 0 };
  const answer = (error: ResultCheck['error'], note: string | null = null): ResultCheck => ({
    locations,
    bytes: count.bytes,
    error,
    note,
  });
  try {
    const stored = await findObject(objects, locations);
    if (stored === null) {
      return answer({ what: 'results whose object is not in the object store', why: place });
    }
    const result = await readResult(stored, count);
    if (result === 'older form')
      return answer(null, "results in the original's older form, which were not unpacked");
    if (result.key !== ref.objKey || result.ok !== ref.ok) {
      const why = `it is ${result.key}, ${outcome(result.ok)}, and should be ${ref.objKey}, ${outcome(ref.ok)}`;
      return answer({ what: 'results whose object is another result', why });
    }
    return answer(null);
  } catch (error) {
    if (isDamage(error)) return answer({ what: 'results whose object is damaged', why: error.message });
    throw error;
  }
}

function outcome(ok: boolean): string {
  return ok ? 'a success' : 'a failure';
}

function isDamage(error: unknown): error is Error {
  if (error instanceof DecompressError) return true;
  return (
    error instanceof AlchemiscaleError &&
    ['OBJECT_UNREADABLE', 'INVALID_BODY', 'BODY_TOO_LARGE', 'BAD_REQUEST'].includes(error.code)
  );
}

async function findObject(objects: ObjectStore, locations: readonly string[]): Promise<StoredObject | null> {
  for (const location of locations) {
    const stored = await objects.get(location);
    if (stored !== null) return stored;
  }
  return null;
}

const BRACE = 0x7b;

async function readResult(
  stored: StoredObject,
  count: { bytes: number },
): Promise<{ readonly key: string; readonly ok: boolean } | 'older form'> {
  const { size } = stored;
  if (size === 0) throw new DecompressError('it is empty');
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of stored.read()) {
      count.bytes += piece.length;
      yield piece;
    }
  }
  // Older servers of the original stored a nested dict, uncompressed.
  const head = await firstBytes(stored);
  if (compressionOf(head) === 'none' && head[0] === BRACE) {
    for await (const _ of counted());
    return 'older form';
  }
  const reader = new ResultReader();
  for await (const text of decompressed(counted())) reader.write(text);
  if (count.bytes !== size) throw new DecompressError(`it has ${count.bytes} bytes instead of ${size}`);
  return reader.end();
}

async function firstBytes(stored: StoredObject): Promise<Uint8Array> {
  for await (const piece of stored.read({ start: 0, end: Math.min(4, stored.size) })) return piece;
  return new Uint8Array(0);
}
