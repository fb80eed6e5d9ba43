// Regular expressions that users hand in: name filters (Java's syntax in the original) and restart patterns (Python's). They
// run on an engine whose time is linear in the text, so no pattern can hold a server. What such an engine cannot do
// (look-around, back references) is refused when the pattern is compiled, before anything is stored.
import { RE2JS } from 're2js';

/** Why a pattern cannot be used; `pattern` is the text as it came. */
export class PatternError extends Error {
  override readonly name: string = 'PatternError';
  readonly pattern: string;

  constructor(pattern: string, why: string) {
    super(`'${pattern}' is not a regular expression that can be used here: ${why}`);
    this.pattern = pattern;
  }
}

export interface Pattern {
  /** Roughly how many steps a character costs. */
  readonly cost: number;
  /** True when the pattern matches the whole text. The dot does not match line ends. */
  matchesWhole(text: string): boolean;
  /** True when the pattern matches anywhere in the text, as Python's `re.search`. */
  foundIn(text: string): boolean;
}

/** Counted repetitions are written out when a pattern is compiled; a thousand of a long expression take seconds. */
const MAX_WRITTEN_OUT = 50_000;
/** A pattern that somebody thought of has a few dozen steps; beyond its cache the engine takes 10 µs a character for this. */
const MAX_PROGRAM = 2000;
/** The engine's own limit for repetitions inside repetitions. */
const MAX_REPEATS = 1000;

/** Compiles a pattern; throws PatternError. */
export function compilePattern(text: string): Pattern {
  if (text.length * repeatsIn(text) > MAX_WRITTEN_OUT) {
    throw new PatternError(text, 'too long for the repetitions in it');
  }
  const compiled = compile(text);
  const cost = compiled.programSize();
  if (cost > MAX_PROGRAM) throw new PatternError(text, 'too large with its repetitions written out');
  return {
    cost,
    matchesWhole: subject => compiled.matches(subject),
    foundIn: subject => compiled.matcher(subject).find(),
  };
}

function compile(text: string): RE2JS {
  try {
    return RE2JS.compile(inEngineSyntax(text));
  } catch (error) {
    throw new PatternError(text, error instanceof Error ? reason(error.message) : String(error));
  }
}

/** How often the whole pattern would be written out if every repetition held all the others. */
function repeatsIn(text: string): number {
  let repeats = 1;
  for (const [, least, most] of text.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    repeats *= Math.max(1, Number(least), Number(most ?? 0));
    if (repeats >= MAX_REPEATS) return MAX_REPEATS;
  }
  return repeats;
}

/** Python writes the end of the text `\Z`, the engine `\z`. Only outside of escapes. */
function inEngineSyntax(text: string): string {
  return text.replace(/\\(.)/gs, (escaped, character: string) => (character === 'Z' ? '\\z' : escaped));
}

function reason(message: string): string {
  return message.replace(/^error parsing regexp: /, '');
}
