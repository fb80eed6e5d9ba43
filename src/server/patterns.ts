// Regular expressions from users: name filters and restart patterns. What the engine (lib/pattern.ts) does not take is a
// 400 in its words. Its time is linear in the text, but a long text times a large pattern is long all the same, and
// tracebacks come from compute services: so much of a text is searched as a bounded number of steps allows.
import { setImmediate } from 'node:timers/promises';
import { AlchemiscaleError } from '../domain/errors.ts';
import { compilePattern, type Pattern, PatternError } from '../lib/pattern.ts';

/** Compiles a pattern. Throws BAD_REQUEST. */
export function readPattern(text: string): Pattern {
  try {
    return compilePattern(text);
  } catch (cause) {
    if (!(cause instanceof PatternError)) throw cause;
    throw new AlchemiscaleError('BAD_REQUEST', cause.message, { cause, facts: { pattern: cause.pattern } });
  }
}

/** Throws BAD_REQUEST for the first pattern that cannot be used. Other requests get their turn between patterns. */
export async function checkPatterns(texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    readPattern(text);
    await setImmediate();
  }
}

/** What one filter may cost in all. Ten thousand names take a common pattern 50 ms. */
const MAX_FILTER_MS = 5000;
/** After so long other requests get their turn. */
const TURN_MS = 10;

/** Those of the items whose name the pattern matches, the whole of it. Throws BAD_REQUEST when that costs too much. */
export async function filterByName<T>(
  items: readonly T[],
  nameOf: (item: T) => string | null,
  text: string,
): Promise<T[]> {
  const pattern = readPattern(text);
  const found: T[] = [];
  let usedMs = 0;
  let beganMs = performance.now();
  for (const item of items) {
    const name = nameOf(item);
    if (name === null) continue;
    if (name.length * pattern.cost > MAX_STEPS) throw tooCostly(text);
    if (pattern.matchesWhole(name)) found.push(item);
    const turnMs = performance.now() - beganMs;
    if (turnMs < TURN_MS) continue;
    usedMs += turnMs;
    if (usedMs > MAX_FILTER_MS) throw tooCostly(text);
    await setImmediate();
    beganMs = performance.now();
  }
  return found;
}

function tooCostly(pattern: string): AlchemiscaleError {
  return new AlchemiscaleError(
    'BAD_REQUEST',
    `'${pattern}' is too costly for the names it would be tried on: ask for fewer scopes, or with a simpler pattern`,
    { facts: { pattern } },
  );
}

/** Which patterns were tried on tracebacks, and which of them were found in any. */
export interface Matches {
  readonly tried: readonly string[];
  readonly matched: readonly string[];
}

/** What one pattern may cost in one turn: at worst 10,000 steps a millisecond, far more with the usual ones. */
const MAX_STEPS = 1_000_000;

/**
 * Searches each pattern in the tracebacks. Where a traceback is longer than what may be searched its end counts, since that is
 * where Python names the error. A pattern that is stored and cannot be used here is found nowhere.
 */
export async function findPatterns(
  patterns: readonly string[],
  tracebacks: readonly string[],
): Promise<Matches> {
  const matched: string[] = [];
  for (const text of patterns) {
    const pattern = tryPattern(text);
    if (pattern !== null && isFound(pattern, tracebacks)) matched.push(text);
    await setImmediate();
  }
  return { tried: patterns, matched };
}

function tryPattern(text: string): Pattern | null {
  try {
    return compilePattern(text);
  } catch (error) {
    if (error instanceof PatternError) return null;
    throw error;
  }
}

function isFound(pattern: Pattern, tracebacks: readonly string[]): boolean {
  let left = Math.ceil(MAX_STEPS / Math.max(1, pattern.cost));
  for (const traceback of tracebacks) {
    if (left <= 0) return false;
    const end = traceback.slice(-left);
    if (pattern.foundIn(end)) return true;
    left -= end.length;
  }
  return false;
}
