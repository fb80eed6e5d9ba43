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
  /** True when the pattern matches the whole text. The dot does not match line ends. */
  matchesWhole(text: string): boolean;
  /** True when the pattern matches anywhere in the text, as Python's `re.search`. */
  foundIn(text: string): boolean;
}

/** Compiles a pattern; throws PatternError. */
export function compilePattern(text: string): Pattern {
  try {
    const compiled = RE2JS.compile(inEngineSyntax(text));
    return {
      matchesWhole: subject => compiled.matches(subject),
      foundIn: subject => compiled.matcher(subject).find(),
    };
  } catch (error) {
    throw new PatternError(text, error instanceof Error ? reason(error.message) : String(error));
  }
}

/** Python writes the end of the text `\Z`, the engine `\z`. Only outside of escapes. */
function inEngineSyntax(text: string): string {
  return text.replace(/\\(.)/gs, (whole, character: string) => (character === 'Z' ? '\\z' : whole));
}

function reason(message: string): string {
  return message.replace(/^error parsing regexp: /, '');
}
