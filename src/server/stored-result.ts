// The bytes of a stored result as a JSON string, one code point (0..255) per byte: how both services hand them out.
import { AlchemiscaleError } from '../domain/errors.ts';
import { resultLocation } from '../domain/result-location.ts';
import { ScopedKey } from '../domain/scoped-key.ts';
import type { ObjectStore, StoredObject } from '../objects/object-store.ts';
import type { ResultRef } from '../store/state-store.ts';
import { type JsonText, latin1Inside } from './reply.ts';

/** Results are this small as a rule; they are answered in one piece, with their length. */
const SMALL_BYTES = 128 * 1024;

/** Finds the object of a result, where it belongs or where its reference says. Throws OBJECT_UNREADABLE. */
export async function openResult(objects: ObjectStore, ref: ResultRef): Promise<StoredObject> {
  const place = resultLocation(ScopedKey.parse(ref.transformation), ref.objKey, ref.ok);
  for (const location of new Set([place, ref.location])) {
    const stored = await objects.get(location);
    if (stored !== null) return stored;
  }
  throw new AlchemiscaleError(
    'OBJECT_UNREADABLE',
    `the object of ${ref.ref} is not in the object store: it was there when the result was stored`,
    { facts: { ref: ref.ref, location: place } },
  );
}

/** The JSON string between two pieces of JSON text. */
export async function resultAsText(stored: StoredObject, before: string, after: string): Promise<JsonText> {
  const pieces = textPieces(stored, before, after);
  if (stored.size > SMALL_BYTES) return { bytes: stored.size, pieces };
  const chunks: Uint8Array[] = [];
  for await (const piece of pieces) chunks.push(piece);
  return Buffer.concat(chunks);
}

async function* textPieces(stored: StoredObject, before: string, after: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${before}"`);
  for await (const piece of stored.read()) yield latin1Inside(piece);
  yield Buffer.from(`"${after}`);
}
