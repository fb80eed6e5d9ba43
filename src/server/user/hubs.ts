// Task hubs of the user API: which tasks of a network are offered to compute services, and with what weight.
import { AlchemiscaleError } from '../../domain/errors.ts';
import { ScopedKey } from '../../domain/scoped-key.ts';
import { isWeight } from '../../domain/task.ts';
import type { ActionedTask } from '../../store/state-store.ts';
import type { USER_ENDPOINTS } from '../../wire/user.ts';
import { askCovered } from '../auth.ts';
import type { AppDeps } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import { NOT_A_NETWORK, NOT_ALL_NETWORKS, readKeys, requireNetwork } from './networks.ts';

type Routes =
  | 'actionTasks'
  | 'cancelTasks'
  | 'getNetworkActionedTasks'
  | 'getNetworksActionedTasks'
  | 'getTaskActionedNetworks'
  | 'getNetworkWeight'
  | 'setNetworkWeight'
  | 'getNetworksWeight'
  | 'setNetworksWeight';

/** Handlers about hubs. Tasks of scopes that the token does not cover are like missing ones: null at their place. */
export function hubHandlers({ store }: AppDeps): Handlers<typeof USER_ENDPOINTS, Routes> {
  const { hubs } = store;
  return {
    actionTasks: async ({ caller, params, body }) => {
      requireNetwork(params.network, NOT_A_NETWORK);
      const weights = checkedWeights(body.weight ?? null, body.tasks.length);
      const network = String(params.network);
      return askCovered(caller, body.tasks.map(ScopedKey.fromDict), async (keys, places) => {
        // A task that is listed twice is actioned once, with the weight given last, and comes back twice.
        const last = new Map(keys.map((key, i) => [key, places[i] ?? 0]));
        const tasks = [...last.keys()];
        const actioned = await hubs.action({
          network,
          tasks,
          weights: Array.isArray(weights) ? [...last.values()].map(place => weights[place] ?? 0) : weights,
        });
        const isActioned = new Set(actioned);
        return keys.map(key => (isActioned.has(key) ? key : null));
      });
    },
    cancelTasks: async ({ caller, params, body }) => {
      requireNetwork(params.network, NOT_A_NETWORK);
      const network = String(params.network);
      return askCovered(caller, body.tasks.map(ScopedKey.fromDict), tasks => hubs.cancel({ network, tasks }));
    },
    getNetworkActionedTasks: async ({ params, body }) => {
      requireNetwork(params.network, NOT_A_NETWORK);
      const [actioned = []] = await hubs.listActioned({ networks: [String(params.network)] });
      return tasksBody(actioned, body.task_weights);
    },
    getNetworksActionedTasks: async ({ caller, body }) => {
      const keys = readKeys(caller, body.networks);
      for (const key of keys) requireNetwork(key, NOT_ALL_NETWORKS);
      const actioned = await hubs.listActioned({ networks: keys.map(String) });
      return actioned.map(tasks => tasksBody(tasks, body.task_weights));
    },
    getTaskActionedNetworks: async ({ params, body }) => {
      const actioned = await hubs.listActionedNetworks({ task: String(params.task) });
      if (!body.task_weights) return actioned.map(({ network }) => network);
      return Object.fromEntries(actioned.map(({ network, weight }) => [network, weight]));
    },
    getNetworkWeight: async ({ params }) => {
      const [weight] = await hubs.getWeights({ networks: [String(params.network)] });
      return weight ?? null;
    },
    setNetworkWeight: async ({ params, body }) => {
      const [set] = await hubs.setWeights(checkedNetworks([params.network], [body]));
      return set ?? null;
    },
    getNetworksWeight: async ({ caller, body }) => {
      return hubs.getWeights({ networks: readKeys(caller, body.networks).map(String) });
    },
    setNetworksWeight: async ({ caller, body }) => {
      return hubs.setWeights(checkedNetworks(readKeys(caller, body.networks), body.weights));
    },
  };
}

function tasksBody(
  actioned: readonly ActionedTask[],
  withWeights: boolean,
): readonly string[] | Readonly<Record<string, number>> {
  if (!withWeights) return actioned.map(({ task }) => task);
  return Object.fromEntries(actioned.map(({ task, weight }) => [task, weight]));
}

// Differs from alchemiscale: there a weight out of range is refused after the tasks have been actioned.
function checkedWeights(
  weights: number | readonly number[] | null,
  count: number,
): number | readonly number[] | null {
  if (Array.isArray(weights) && weights.length !== count) {
    throw new AlchemiscaleError('BAD_REQUEST', 'weight (when in a list) must have the same length as tasks');
  }
  if (weights !== null && ![weights].flat().every(isWeight)) {
    throw new AlchemiscaleError('BAD_REQUEST', 'weight must be between 0 and 1 (inclusive)');
  }
  return weights;
}

function checkedNetworks(
  keys: readonly ScopedKey[],
  weights: readonly number[],
): { readonly networks: readonly string[]; readonly weights: readonly number[] } {
  if (keys.length !== weights.length) {
    throw new AlchemiscaleError('BAD_REQUEST', '`networks` and `weights` must have the same length');
  }
  if (!weights.every(isWeight)) {
    throw new AlchemiscaleError('BAD_REQUEST', 'all `weights` must be between 0 and 1 (inclusive)');
  }
  for (const key of keys) requireNetwork(key, NOT_ALL_NETWORKS);
  return { networks: keys.map(String), weights };
}
