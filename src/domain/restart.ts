// When a task that failed goes back to waiting by itself. Patterns are attached to a task through the hubs that enforce
// them; each hub judges for itself:
//
//     no traceback stored, or no pattern matches   cancelled on this hub
//     a matching pattern has used up its restarts  cancelled on this hub, whatever other patterns say
//     otherwise                                    every matching pattern counts one restart; the task stays
//
// Afterwards a task that still has an attached pattern on any hub waits again; others stay in error, and stay actioned on
// hubs without patterns.

/** A pattern as it is attached to one task. */
export interface AppliedPattern {
  readonly pattern: string;
  readonly maxRetries: number;
  /** Restarts it has given this task. */
  readonly retries: number;
}

/** What one hub decides about one task. */
export type HubVerdict =
  | { readonly kind: 'cancel' }
  /** The patterns that count a restart. */
  | { readonly kind: 'keep'; readonly counted: readonly string[] };

/** Judges one task on one hub. `matched` holds the patterns found in any of its newest tracebacks. */
export function judgeRestart(patterns: readonly AppliedPattern[], matched: ReadonlySet<string>): HubVerdict {
  const matching = patterns.filter(({ pattern }) => matched.has(pattern));
  const isUsedUp = matching.some(({ retries, maxRetries }) => retries + 1 > maxRetries);
  if (matching.length === 0 || isUsedUp) return { kind: 'cancel' };
  return { kind: 'keep', counted: matching.map(({ pattern }) => pattern) };
}
