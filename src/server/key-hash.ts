// How keys are kept: as bcrypt hashes in the form of the original, so that either program can verify what the other stored.
import { hash } from '@node-rs/bcrypt';
import { AlchemiscaleError } from '../domain/errors.ts';

/** As in the original. A quarter of a second each. */
const COST = 12;
const MAX_KEY_CHARACTERS = 4096;
/** bcrypt looks at no more; longer keys are cut, as verification does. */
const BCRYPT_BYTES = 72;

/** A key as the store keeps it, `$2b$…`. Throws BAD_REQUEST for a key that nobody could log in with. */
export async function hashKey(key: string): Promise<string> {
  if (key === '' || key.length > MAX_KEY_CHARACTERS || key.includes('\0')) {
    throw new AlchemiscaleError(
      'BAD_REQUEST',
      `a key has 1 to ${MAX_KEY_CHARACTERS} characters, none of them NUL`,
    );
  }
  return await hash(Buffer.from(key).subarray(0, BCRYPT_BYTES), { cost: COST });
}
