// Part of AlchemiscaleClient: strategies, which decide by themselves how many tasks each transformation of a network gets.

import { AlchemiscaleError } from '../../domain/errors.ts';
import type { ScopedKey } from '../../domain/scoped-key.ts';
import {
  DEFAULT_STRATEGY_STATE,
  STRATEGY_MODES,
  type StrategyMode,
  type StrategyState,
  type StrategyStatus,
  TASK_SCALINGS,
  type TaskScaling,
} from '../../domain/strategy.ts';
import { encodeKeyedChain } from '../../gufe/keyed-chain.ts';
import type { GufeObject } from '../../gufe/values.ts';
import type { ResponseOf } from '../../wire/endpoint.ts';
import { USER_ENDPOINTS } from '../../wire/user.ts';
import { concatJson } from '../encode.ts';
import type { CallOptions } from '../http.ts';
import { type KeyLike, keyText, readKeyOrNull } from '../keys.ts';
import { readObjectOrNull } from '../reading.ts';
import { RestartMethods } from './restarts.ts';

export interface SetStrategyOptions extends CallOptions {
  /** How many actioned tasks a transformation has at most; 3 by default. */
  readonly maxTasksPerTransformation?: number;
  /** How weights become numbers of tasks; `exponential` by default. */
  readonly taskScaling?: TaskScaling;
  /** `full` also cancels tasks, `partial` (the default) only adds some, `disabled` does nothing. */
  readonly mode?: StrategyMode;
  /** Seconds between two runs of the strategy; 3600 by default. */
  readonly sleepInterval?: number;
}

export class StrategyMethods extends RestartMethods {
  /**
   * Gives a network a strategy in place of the one it has: a gufe object, or its keyed chain as JSON bytes, which is sent as
   * it is. Null takes the strategy away. Gives the key of the strategy, null when there is none now.
   */
  async setNetworkStrategy(
    network: KeyLike,
    strategy: GufeObject | Uint8Array | null,
    options: SetStrategyOptions = {},
  ): Promise<ScopedKey | null> {
    const params = { network: keyText(network) };
    const { signal } = options;
    const content = strategy === null ? concatJson('{"strategy": null}') : strategyBody(strategy, options);
    const encoded = { content };
    return readKeyOrNull(
      await this.transport.call(USER_ENDPOINTS.setNetworkStrategy, { params, encoded, signal }),
    );
  }

  /** The strategy of a network, an opaque object where its class is not known here; null when it has none. */
  async getNetworkStrategy(network: KeyLike, options: CallOptions = {}): Promise<GufeObject | null> {
    const params = { network: keyText(network) };
    const bytes = await this.transport.bytes(USER_ENDPOINTS.getNetworkStrategy, { params, ...options });
    return readObjectOrNull(bytes, `the strategy of ${params.network}`, this.reading);
  }

  /** How the strategy of a network is doing; null when it has none. */
  async getNetworkStrategyState(network: KeyLike, options: CallOptions = {}): Promise<StrategyState | null> {
    const params = { network: keyText(network) };
    const state = await this.transport.call(USER_ENDPOINTS.getNetworkStrategyState, { params, ...options });
    return state && readState(state);
  }

  /** `awake`, `dormant` (it has nothing to add for now) or `error`; null when the network has no strategy. */
  async getNetworkStrategyStatus(
    network: KeyLike,
    options: CallOptions = {},
  ): Promise<StrategyStatus | null> {
    const params = { network: keyText(network) };
    const endpoint = USER_ENDPOINTS.getNetworkStrategyStatus;
    return (await this.transport.call(endpoint, { params, ...options })) as StrategyStatus | null;
  }

  /** Wakes a dormant or failed strategy. Gives the key of the network, null when it has no strategy. */
  async setNetworkStrategyAwake(network: KeyLike, options: CallOptions = {}): Promise<ScopedKey | null> {
    const params = { network: keyText(network) };
    const endpoint = USER_ENDPOINTS.setNetworkStrategyAwake;
    return readKeyOrNull(await this.transport.call(endpoint, { params, body: {}, ...options }));
  }
}

function strategyBody(
  strategy: GufeObject | Uint8Array,
  options: SetStrategyOptions,
): Uint8Array<ArrayBuffer> {
  const {
    maxTasksPerTransformation = DEFAULT_STRATEGY_STATE.maxTasksPerTransformation,
    taskScaling = DEFAULT_STRATEGY_STATE.taskScaling,
    mode = DEFAULT_STRATEGY_STATE.mode,
    sleepInterval = DEFAULT_STRATEGY_STATE.sleepInterval,
  } = options;
  checkWord('mode', mode, STRATEGY_MODES);
  checkWord('taskScaling', taskScaling, TASK_SCALINGS);
  checkPositive('maxTasksPerTransformation', maxTasksPerTransformation);
  checkPositive('sleepInterval', sleepInterval);
  const rest = JSON.stringify({
    max_tasks_per_transformation: maxTasksPerTransformation,
    task_scaling: taskScaling,
    mode,
    sleep_interval: sleepInterval,
  });
  const chain = strategy instanceof Uint8Array ? strategy : encodeKeyedChain(strategy);
  return concatJson('{"strategy": ', chain, `, ${rest.slice(1)}`);
}

function readState(
  body: NonNullable<ResponseOf<typeof USER_ENDPOINTS.getNetworkStrategyState>>,
): StrategyState {
  return {
    mode: body.mode as StrategyMode,
    status: body.status as StrategyStatus,
    iterations: body.iterations,
    sleepInterval: body.sleep_interval,
    lastIteration: body.last_iteration === null ? null : readTime(body.last_iteration),
    lastIterationResultCount: body.last_iteration_result_count,
    maxTasksPerTransformation: body.max_tasks_per_transformation,
    taskScaling: body.task_scaling as TaskScaling,
    exception: body.exception,
    traceback: body.traceback,
  };
}

/** Python writes no offset for a time it takes as UTC, which JavaScript would take as local. */
function readTime(text: string): Date {
  const time = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  if (!Number.isNaN(time.getTime())) return time;
  throw new AlchemiscaleError('OBJECT_UNREADABLE', `'${text}' is no time`);
}

function checkWord(name: string, word: string, known: readonly string[]): void {
  if (known.includes(word)) return;
  throw new AlchemiscaleError('BAD_REQUEST', `${name} must be one of ${known.join(', ')}; got '${word}'`);
}

function checkPositive(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new AlchemiscaleError('BAD_REQUEST', `${name} must be a positive whole number; got ${value}`);
}
