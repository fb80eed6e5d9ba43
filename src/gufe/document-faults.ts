// Says where a document that cannot be read is wrong, in more words than the reader has at hand when it stops.
import { countNewlines } from '../lib/chain-pieces.ts';
import type { JsonError } from '../lib/json-error.ts';
import { findReferences, keyedChainEntries } from '../lib/json-scan.ts';
import { GufeError } from './error.ts';

/** The error for text that is not JSON: the place as byte and, where there are several lines, as line. */
export function jsonFault(error: JsonError, bytes: Uint8Array): GufeError {
  return faultAtLine(error, 1 + countNewlines(bytes.subarray(0, error.offset)));
}

/** The same where the line is known, but not the text. */
export function faultAtLine(error: JsonError, line: number): GufeError {
  const { offset } = error;
  const message = line === 1 ? error.message : `${error.message} (line ${line})`;
  return new GufeError(message, { cause: error, offset, line });
}

/** Why `key` of a chain refers to what does not come before it: a cycle, a wrong order, or nothing of that key is there. */
export function explainMissing(chain: Uint8Array, key: string, reference: string): string {
  const references = new Map<string, readonly string[]>();
  try {
    for (const entry of keyedChainEntries(chain)) {
      if (!references.has(entry.key)) references.set(entry.key, findReferences(entry.bytes));
    }
  } catch {
    // The rest is no chain: what can be said is said.
    return `refers to ${reference}, which does not come before it`;
  }
  if (!references.has(reference)) return `refers to ${reference}, which is not in the chain`;
  const way = wayBetween(references, reference, key);
  if (way === null) return `refers to ${reference}, which comes only after it`;
  return `refers to ${reference} in a cycle: ${[key, ...way].join(' → ')}`;
}

/** The shortest way along references, both ends included. */
function wayBetween(
  references: ReadonlyMap<string, readonly string[]>,
  from: string,
  to: string,
): readonly string[] | null {
  const cameFrom = new Map<string, string | null>([[from, null]]);
  for (const [at] of cameFrom) {
    if (at === to) return wayTo(cameFrom, to);
    for (const next of references.get(at) ?? []) if (!cameFrom.has(next)) cameFrom.set(next, at);
  }
  return null;
}

function wayTo(cameFrom: ReadonlyMap<string, string | null>, end: string): readonly string[] {
  const way: string[] = [];
  for (let at: string | null = end; at !== null; at = cameFrom.get(at) ?? null) way.unshift(at);
  return way;
}
