// Reads one gufe object as it is stored: a keyed dict by itself. What it refers to is elsewhere; submission.ts reads whole chains.
import { JsonError } from '../lib/json-error.ts';
import { findReferences, objectEntries, readString } from '../lib/json-scan.ts';
import { AlchemiscaleError } from './errors.ts';
import type { SubmittedObject } from './submission.ts';

/** What an object is and refers to; only those it refers to know how deep it lies. Throws INVALID_BODY. */
export function readStoredObject(gufeKey: string, bytes: Uint8Array): Omit<SubmittedObject, 'depth'> {
  const references: { readonly attribute: string; readonly gufeKey: string }[] = [];
  let name: string | null = null;
  try {
    for (const { name: attribute, value } of objectEntries(bytes)) {
      if (value[0] === 0x22) {
        if (attribute === 'name') name = readString(value);
      } else if (value[0] === 0x7b || value[0] === 0x5b) {
        for (const key of findReferences(value)) references.push({ attribute, gufeKey: key });
      }
    }
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw new AlchemiscaleError('INVALID_BODY', `the object ${gufeKey} is no keyed dict: ${cause.message}`, {
      cause,
      facts: { key: gufeKey },
    });
  }
  return { gufeKey, qualname: gufeKey.slice(0, gufeKey.indexOf('-')), name, bytes, references };
}
