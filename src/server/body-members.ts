// Bodies of which one member is a keyed chain, that may be tens of megabytes and must keep its bytes: they are not parsed.
// A scanner finds where each member begins and ends, in pieces between which other requests get their turn (1 MiB takes
// 5 to 12 ms).
import { setImmediate } from 'node:timers/promises';
import { AlchemiscaleError } from '../domain/errors.ts';
import { JsonError } from '../lib/json-error.ts';
import { JsonPush } from '../lib/json-push.ts';
import { tooLarge } from './body.ts';

const PIECE_BYTES = 1024 * 1024;

/** Members beside the chain are words and small objects; only the trace of a strategy's error is longer. */
const MAX_MEMBER_BYTES = 1024 * 1024;

/**
 * Those of the wanted members that there are in the object that `body` is, as views of their text; of a repeated one the last.
 * All but `large` are to be parsed in one piece, so they may not be. Throws INVALID_BODY, BODY_TOO_LARGE.
 */
export async function findMembers(
  body: Uint8Array,
  wanted: ReadonlySet<string>,
  large: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const members = new Map<string, Uint8Array>();
  const push = new JsonPush({
    begin: (path, kind) => {
      if (path.length === 0 && kind !== 'object') {
        throw new AlchemiscaleError('INVALID_BODY', 'The body is not a JSON object');
      }
      return path.length === 0 ? 'enter' : 'skip';
    },
    end: (path, start, end) => {
      const [name] = path;
      if (path.length !== 1 || typeof name !== 'string' || !wanted.has(name)) return;
      if (name !== large && end - start > MAX_MEMBER_BYTES) throw tooLarge(MAX_MEMBER_BYTES);
      members.set(name, body.subarray(start, end));
    },
  });
  try {
    for (let at = 0; at < body.length; at += PIECE_BYTES) {
      if (at > 0) await setImmediate();
      push.write(body.subarray(at, at + PIECE_BYTES));
    }
    push.end();
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw new AlchemiscaleError('INVALID_BODY', `The body is not JSON: ${cause.message}`, { cause });
  }
  return members;
}
