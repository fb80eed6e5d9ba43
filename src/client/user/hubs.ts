// Part of AlchemiscaleClient: which tasks are offered to compute services, and with what weight.
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { ScopedKey } from '../../domain/scoped-key.ts';
import { USER_ENDPOINTS } from '../../wire/user.ts';
import type { CallOptions } from '../http.ts';
import { type KeyLike, keyDict, keyText, readKeyOrNull, readKeys, readKeysOrNull } from '../keys.ts';
import { type BatchOptions, inBatches } from './batched.ts';
import { TaskMethods } from './tasks.ts';

type Weights = Readonly<Record<string, number>>;

export class HubMethods extends TaskMethods {
  /**
   * Offers tasks of a network to compute services; null in the answer where a task cannot be actioned or already is.
   * `weight` (0..1; one for all or one each) also changes tasks that are actioned already; without it new ones get 0.5.
   */
  async actionTasks(
    tasks: readonly KeyLike[],
    network: KeyLike,
    options: CallOptions & { readonly weight?: number | readonly number[] | null | undefined } = {},
  ): Promise<(ScopedKey | null)[]> {
    const weight =
      typeof options.weight === 'object' && options.weight !== null ? [...options.weight] : options.weight;
    const params = { network: keyText(network) };
    const body = { tasks: tasks.map(keyDict), weight: weight ?? null };
    const { signal } = options;
    return readKeysOrNull(await this.transport.call(USER_ENDPOINTS.actionTasks, { params, body, signal }));
  }

  /** Stops offering tasks; those that run go on. Null in the answer for a task that was not actioned here. */
  async cancelTasks(
    tasks: readonly KeyLike[],
    network: KeyLike,
    options: CallOptions = {},
  ): Promise<(ScopedKey | null)[]> {
    const params = { network: keyText(network) };
    const body = { tasks: tasks.map(keyDict) };
    return readKeysOrNull(
      await this.transport.call(USER_ENDPOINTS.cancelTasks, { params, body, ...options }),
    );
  }

  /** The tasks that are actioned on a network: a list, or with `taskWeights` the weight of each by the text of its key. */
  getNetworkActionedTasks(
    network: KeyLike,
    options?: CallOptions & { readonly taskWeights?: false },
  ): Promise<ScopedKey[]>;
  getNetworkActionedTasks(
    network: KeyLike,
    options: CallOptions & { readonly taskWeights: true },
  ): Promise<Map<string, number>>;
  async getNetworkActionedTasks(
    network: KeyLike,
    options: CallOptions & { readonly taskWeights?: boolean } = {},
  ): Promise<ScopedKey[] | Map<string, number>> {
    const params = { network: keyText(network) };
    const body = { task_weights: options.taskWeights ?? false };
    const { signal } = options;
    const tasks = await this.transport.call(USER_ENDPOINTS.getNetworkActionedTasks, { params, body, signal });
    return Array.isArray(tasks) ? readKeys(tasks) : new Map(Object.entries(tasks));
  }

  /** The tasks that are actioned on each of the networks, aligned with the input, as getNetworkActionedTasks gives them. */
  getNetworksActionedTasks(
    networks: readonly KeyLike[],
    options?: CallOptions & { readonly taskWeights?: false },
  ): Promise<ScopedKey[][]>;
  getNetworksActionedTasks(
    networks: readonly KeyLike[],
    options: CallOptions & { readonly taskWeights: true },
  ): Promise<Map<string, number>[]>;
  async getNetworksActionedTasks(
    networks: readonly KeyLike[],
    options: CallOptions & { readonly taskWeights?: boolean } = {},
  ): Promise<ScopedKey[][] | Map<string, number>[]> {
    const { taskWeights = false, signal } = options;
    const body = { networks: networks.map(keyText), task_weights: taskWeights };
    const answers = await this.transport.call(USER_ENDPOINTS.getNetworksActionedTasks, { body, signal });
    if (taskWeights) return answers.map(weights => new Map(Object.entries(weights as Weights)));
    return answers.map(tasks => readKeys(tasks as string[]));
  }

  /** The networks on which a task is actioned: a list, or with `taskWeights` its weight on each by the text of the key. */
  getTaskActionedNetworks(
    task: KeyLike,
    options?: CallOptions & { readonly taskWeights?: false },
  ): Promise<ScopedKey[]>;
  getTaskActionedNetworks(
    task: KeyLike,
    options: CallOptions & { readonly taskWeights: true },
  ): Promise<Map<string, number>>;
  async getTaskActionedNetworks(
    task: KeyLike,
    options: CallOptions & { readonly taskWeights?: boolean } = {},
  ): Promise<ScopedKey[] | Map<string, number>> {
    const params = { task: keyText(task) };
    const body = { task_weights: options.taskWeights ?? false };
    const { signal } = options;
    const networks = await this.transport.call(USER_ENDPOINTS.getTaskActionedNetworks, {
      params,
      body,
      signal,
    });
    return Array.isArray(networks) ? readKeys(networks) : new Map(Object.entries(networks));
  }

  /** The weight of a network when compute services choose among networks; null when there is no such network. */
  async getNetworkWeight(network: KeyLike, options: CallOptions = {}): Promise<number | null> {
    const params = { network: keyText(network) };
    return await this.transport.call(USER_ENDPOINTS.getNetworkWeight, { params, ...options });
  }

  /** Sets the weight of a network, 0..1; with 0 nothing is claimed from it. Null when there is no such network. */
  async setNetworkWeight(
    network: KeyLike,
    weight: number,
    options: CallOptions = {},
  ): Promise<ScopedKey | null> {
    const params = { network: keyText(network) };
    return readKeyOrNull(
      await this.transport.call(USER_ENDPOINTS.setNetworkWeight, { params, body: weight, ...options }),
    );
  }

  /** Weights of networks, aligned with the input. */
  async getNetworksWeight(
    networks: readonly KeyLike[],
    options: BatchOptions = {},
  ): Promise<(number | null)[]> {
    const send = async (batch: KeyLike[], signal: AbortSignal): Promise<(number | null)[]> =>
      await this.transport.call(USER_ENDPOINTS.getNetworksWeight, {
        body: { networks: batch.map(keyText) },
        signal,
      });
    return await inBatches(networks, this.bounded(options), send);
  }

  /**
   * Sets the weights of networks, aligned; all of a batch or none.
   *
   * Differs from alchemiscale: lists of different length are refused; there the surplus of the longer is dropped.
   */
  async setNetworksWeight(
    networks: readonly KeyLike[],
    weights: readonly number[],
    options: BatchOptions = {},
  ): Promise<(ScopedKey | null)[]> {
    if (networks.length !== weights.length) {
      const message = `weights must be as long as networks: ${weights.length} against ${networks.length}`;
      throw new AlchemiscaleError('BAD_REQUEST', message);
    }
    const pairs = networks.map((network, index) => ({
      network: keyText(network),
      weight: weights[index] as number,
    }));
    const send = async (batch: typeof pairs, signal: AbortSignal): Promise<(ScopedKey | null)[]> => {
      const body = { networks: batch.map(pair => pair.network), weights: batch.map(pair => pair.weight) };
      return readKeysOrNull(await this.transport.call(USER_ENDPOINTS.setNetworksWeight, { body, signal }));
    };
    return await inBatches(pairs, this.bounded(options), send);
  }
}
