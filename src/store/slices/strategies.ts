// Strategies of networks: stored and served; the strategist runs them.
import type { StrategyState } from '../../domain/strategy.ts';
import type { Key } from './values.ts';

export interface StrategyStore {
  /** Gives a network a strategy with this state, in place of the one it has; the strategy's key, or null for an unknown network. */
  set(params: SetStrategy): Promise<Key | null>;
  /** Takes the strategy away; harmless when there is none. */
  remove(params: { readonly network: Key }): Promise<void>;
  /** The keyed chain of the strategy; null without one. */
  getChain(params: { readonly network: Key }): Promise<Uint8Array | null>;
  getState(params: { readonly network: Key }): Promise<StrategyState | null>;
  /** Sets the status to awake and clears exception and traceback. False without a strategy. */
  wake(params: { readonly network: Key }): Promise<boolean>;
}

export interface SetStrategy {
  readonly network: Key;
  /** The strategy as a keyed chain: the JSON text as it came. */
  readonly chain: Uint8Array;
  readonly state: StrategyState;
}
