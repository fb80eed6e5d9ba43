// Strategies of networks: stored and served here; the strategist runs them.
import { noSuchObject } from '../../domain/errors.ts';
import type { StrategyState } from '../../domain/strategy.ts';
import type { ResponseOf } from '../../wire/endpoint.ts';
import type { USER_ENDPOINTS } from '../../wire/user.ts';
import type { AppDeps } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import { NOT_A_NETWORK, requireNetwork } from './networks.ts';
import { readStrategyBody } from './strategy-body.ts';

type Routes =
  | 'setNetworkStrategy'
  | 'getNetworkStrategy'
  | 'getNetworkStrategyState'
  | 'getNetworkStrategyStatus'
  | 'setNetworkStrategyAwake';

/** Handlers about strategies. */
export function strategyHandlers({ store }: AppDeps): Handlers<typeof USER_ENDPOINTS, Routes> {
  const { strategies } = store;
  return {
    setNetworkStrategy: async ({ params, body }) => {
      const network = String(params.network);
      const { chain, state } = await readStrategyBody(body);
      requireNetwork(params.network, NOT_A_NETWORK);
      if (chain === null) {
        await strategies.remove({ network });
        return null;
      }
      const strategy = await strategies.set({ network, chain, state });
      if (strategy === null) throw noSuchObject(params.network);
      return strategy;
    },
    getNetworkStrategy: async ({ params }) =>
      (await strategies.getChain({ network: String(params.network) })) ?? Buffer.from('null'),
    getNetworkStrategyState: async ({ params }) => {
      const state = await strategies.getState({ network: String(params.network) });
      return state === null ? null : stateBody(state);
    },
    getNetworkStrategyStatus: async ({ params }) =>
      (await strategies.getState({ network: String(params.network) }))?.status ?? null,
    setNetworkStrategyAwake: async ({ params }) => {
      const network = String(params.network);
      return (await strategies.wake({ network })) ? network : null;
    },
  };
}

function stateBody(
  state: StrategyState,
): NonNullable<ResponseOf<(typeof USER_ENDPOINTS)['getNetworkStrategyState']>> {
  return {
    mode: state.mode,
    status: state.status,
    iterations: state.iterations,
    sleep_interval: state.sleepInterval,
    last_iteration: state.lastIteration === null ? null : isoText(state.lastIteration),
    last_iteration_result_count: state.lastIterationResultCount,
    max_tasks_per_transformation: state.maxTasksPerTransformation,
    task_scaling: state.taskScaling,
    exception: state.exception === null ? null : [...state.exception],
    traceback: state.traceback,
  };
}

/** As Python writes it: microseconds unless there are none, and the offset in digits. */
function isoText(time: Date): string {
  return time.toISOString().replace('.000Z', '+00:00').replace('Z', '000+00:00');
}
