// The strategy of a network: how it is doing. The words and defaults are the original's.
import { JsonError } from '../lib/json-error.ts';
import { findReferences, keyedChainEntries, objectEntries, readString } from '../lib/json-scan.ts';
import { AlchemiscaleError } from './errors.ts';
import { isGufeKey } from './scoped-key.ts';

export const STRATEGY_MODES = ['full', 'partial', 'disabled'] as const;
export type StrategyMode = (typeof STRATEGY_MODES)[number];

export const STRATEGY_STATUSES = ['awake', 'dormant', 'error'] as const;
export type StrategyStatus = (typeof STRATEGY_STATUSES)[number];

export const TASK_SCALINGS = ['linear', 'exponential'] as const;
export type TaskScaling = (typeof TASK_SCALINGS)[number];

/** A network has at most one strategy, and each strategy one state. */
export interface StrategyState {
  readonly mode: StrategyMode;
  readonly status: StrategyStatus;
  readonly iterations: number;
  /** Seconds between runs. */
  readonly sleepInterval: number;
  readonly lastIteration: Date | null;
  readonly lastIterationResultCount: number;
  readonly maxTasksPerTransformation: number;
  readonly taskScaling: TaskScaling;
  /** Class name and message of what went wrong. */
  readonly exception: readonly [name: string, message: string] | null;
  readonly traceback: string | null;
}

export const DEFAULT_STRATEGY_STATE: StrategyState = {
  mode: 'partial',
  status: 'awake',
  iterations: 0,
  sleepInterval: 3600,
  lastIteration: null,
  lastIterationResultCount: 0,
  maxTasksPerTransformation: 3,
  taskScaling: 'exponential',
  exception: null,
  traceback: null,
};

/** The gufe key of the strategy that a keyed chain holds, which is its last object. Throws INVALID_BODY. */
export function readStrategyKey(chain: Uint8Array): string {
  const earlier = new Set<string>();
  let root: string | null = null;
  try {
    for (const { key, bytes } of keyedChainEntries(chain)) {
      checkObject(key, bytes, earlier);
      earlier.add(key);
      root = key;
    }
  } catch (cause) {
    if (cause instanceof JsonError) throw refused(`not a keyed chain: ${cause.message}`, cause);
    throw cause;
  }
  if (root === null) throw refused('an empty keyed chain');
  return root;
}

function checkObject(key: string, bytes: Uint8Array, earlier: ReadonlySet<string>): void {
  if (!isGufeKey(key)) throw refused(`'${key}' is not a gufe key`);
  const names = new Set<string>();
  let qualname = '';
  for (const { name, value } of objectEntries(bytes)) {
    names.add(name);
    if (name === '__qualname__' && value[0] === QUOTE) qualname = readString(value);
  }
  if (!names.has('__module__') || qualname !== key.slice(0, key.indexOf('-'))) {
    throw refused(`'${key}' must have its class name as \`__qualname__\`, and a \`__module__\``);
  }
  const unknown = findReferences(bytes).find(reference => !earlier.has(reference));
  if (unknown !== undefined) throw refused(`'${key}' refers to '${unknown}', which does not precede it`);
}

const QUOTE = 0x22;

function refused(why: string, cause?: unknown): AlchemiscaleError {
  return new AlchemiscaleError('INVALID_BODY', `Invalid strategy: ${why}`, { cause });
}
