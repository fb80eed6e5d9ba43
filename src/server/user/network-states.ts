// `network_state` is a regular expression that must match the whole word. There are four words, so the answer is a list
// of them, and no store ever sees the expression.
import { createContext, Script } from 'node:vm';
import { AlchemiscaleError } from '../../domain/errors.ts';
import { NETWORK_STATES, type NetworkState } from '../../domain/network-state.ts';

/** A hostile expression can backtrack for ever even on a short word; it gets this long. */
const TIMEOUT_MS = 20;
const WORDS = /^[a-z]+(\|[a-z]+)*$/;

/** The states that an expression matches; all of them without one. Throws BAD_REQUEST. */
export function matchingStates(expression: string | undefined): readonly NetworkState[] {
  if (expression === undefined) return NETWORK_STATES;
  if (WORDS.test(expression)) return NETWORK_STATES.filter(state => expression.split('|').includes(state));
  return matchSafely(expression);
}

const script = new Script('words.filter(word => new RegExp("^(?:" + expression + ")$", "u").test(word))');

function matchSafely(expression: string): readonly NetworkState[] {
  try {
    const words = [...NETWORK_STATES];
    const matched: unknown = script.runInContext(createContext({ words, expression }), {
      timeout: TIMEOUT_MS,
    });
    return NETWORK_STATES.filter(state => Array.isArray(matched) && matched.includes(state));
  } catch (cause) {
    throw new AlchemiscaleError(
      'BAD_REQUEST',
      `'${expression}' is not a regular expression that can be used here`,
      {
        cause,
      },
    );
  }
}
