// Part of AlchemiscaleClient: making tasks, finding them, their status and priority.
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { ScopedKey } from '../../domain/scoped-key.ts';
import { isUserSettable, type TaskStatus, type UserSettableStatus } from '../../domain/task-status.ts';
import { USER_ENDPOINTS } from '../../wire/user.ts';
import type { CallOptions } from '../http.ts';
import {
  type KeyLike,
  keyDict,
  keyText,
  readKeyOrNull,
  readKeys,
  readKeysOrNull,
  type ScopeLike,
  scopeQuery,
  toKey,
} from '../keys.ts';
import { type BatchOptions, inBatches } from './batched.ts';
import { StatusMethods } from './statuses.ts';

export interface StatusFilter extends CallOptions {
  readonly status?: TaskStatus | undefined;
}

export interface TransformationTasksOptions extends StatusFilter {
  /** Only tasks that extend this one, directly or through others. */
  readonly extends?: KeyLike | undefined;
}

export class TaskMethods extends StatusMethods {
  /** Makes `count` tasks that perform a transformation; each waits until it is actioned. */
  async createTasks(
    transformation: KeyLike,
    options: CallOptions & { readonly count?: number; readonly extends?: KeyLike | undefined } = {},
  ): Promise<ScopedKey[]> {
    const params = { transformation: keyText(transformation) };
    const body = { extends: options.extends ? keyDict(options.extends) : null, count: options.count ?? 1 };
    return readKeys(
      await this.transport.call(USER_ENDPOINTS.createTasks, { params, body, signal: options.signal }),
    );
  }

  /** Makes one task for each transformation in the list, in order; `extends` is aligned with it. */
  async createTransformationsTasks(
    transformations: readonly KeyLike[],
    options: CallOptions & { readonly extends?: readonly (KeyLike | null)[] | undefined } = {},
  ): Promise<ScopedKey[]> {
    const parents = options.extends?.length ? options.extends.map(key => key && keyText(key)) : null;
    if (parents !== null && parents.length !== transformations.length) {
      throw new AlchemiscaleError(
        'BAD_REQUEST',
        `extends must be as long as transformations: ${parents.length} against ${transformations.length}`,
      );
    }
    const body = { transformations: transformations.map(keyText), extends: parents };
    const { signal } = options;
    return readKeys(await this.transport.call(USER_ENDPOINTS.createTransformationsTasks, { body, signal }));
  }

  /** The tasks in a scope, ordered. */
  async queryTasks(
    options: StatusFilter & { readonly scope?: ScopeLike | undefined } = {},
  ): Promise<ScopedKey[]> {
    const query = { ...scopeQuery(options.scope), status: options.status };
    return readKeys(await this.transport.call(USER_ENDPOINTS.queryTasks, { query, signal: options.signal }));
  }

  /** The tasks of all transformations of a network. */
  async getNetworkTasks(network: KeyLike, options: StatusFilter = {}): Promise<ScopedKey[]> {
    const { status, signal } = options;
    const params = { network: keyText(network) };
    return readKeys(
      await this.transport.call(USER_ENDPOINTS.getNetworkTasks, { params, query: { status }, signal }),
    );
  }

  /**
   * The tasks of a transformation: a list, or as a `graph` each task, by the text of its key, with the task it extends.
   *
   * Differs from alchemiscale: the graph is a Map; there it is a networkx graph with an edge from each task to the other.
   */
  getTransformationTasks(
    transformation: KeyLike,
    options?: TransformationTasksOptions & { readonly returnAs?: 'list' },
  ): Promise<ScopedKey[]>;
  getTransformationTasks(
    transformation: KeyLike,
    options: TransformationTasksOptions & { readonly returnAs: 'graph' },
  ): Promise<Map<string, ScopedKey | null>>;
  async getTransformationTasks(
    transformation: KeyLike,
    options: TransformationTasksOptions & { readonly returnAs?: 'list' | 'graph' } = {},
  ): Promise<ScopedKey[] | Map<string, ScopedKey | null>> {
    const { status, returnAs = 'list', signal } = options;
    const tasks = await this.transport.call(USER_ENDPOINTS.getTransformationTasks, {
      params: { transformation: keyText(transformation) },
      query: { status, extends: options.extends && keyText(options.extends), return_as: returnAs },
      signal,
    });
    if (Array.isArray(tasks)) return readKeys(tasks);
    return new Map(Object.entries(tasks).map(([task, extended]) => [task, readKeyOrNull(extended)]));
  }

  /** The networks that the transformation of a task belongs to. */
  async getTaskNetworks(task: KeyLike, options: CallOptions = {}): Promise<ScopedKey[]> {
    const params = { task: keyText(task) };
    return readKeys(await this.transport.call(USER_ENDPOINTS.getTaskNetworks, { params, ...options }));
  }

  /** The transformation that a task performs. */
  async getTaskTransformation(task: KeyLike, options: CallOptions = {}): Promise<ScopedKey> {
    const params = { task: keyText(task) };
    return toKey(await this.transport.call(USER_ENDPOINTS.getTaskTransformation, { params, ...options }));
  }

  /** Statuses, aligned with the input; null for a task that is unknown or not yours. */
  async getTasksStatus(
    tasks: readonly KeyLike[],
    options: BatchOptions = {},
  ): Promise<(TaskStatus | null)[]> {
    const send = async (batch: KeyLike[], signal: AbortSignal): Promise<(TaskStatus | null)[]> => {
      const body = { tasks: batch.map(keyDict) };
      return (await this.transport.call(USER_ENDPOINTS.getTasksStatus, {
        body,
        signal,
      })) as (TaskStatus | null)[];
    };
    return await inBatches(tasks, this.bounded(options), send);
  }

  /** Sets tasks to waiting, invalid or deleted; null in the answer where that was refused. */
  async setTasksStatus(
    tasks: readonly KeyLike[],
    status: UserSettableStatus,
    options: BatchOptions = {},
  ): Promise<(ScopedKey | null)[]> {
    if (!isUserSettable(status)) {
      throw new AlchemiscaleError(
        'BAD_REQUEST',
        `Cannot set status to '${status}', must be one of 'waiting', 'invalid', 'deleted'`,
      );
    }
    const send = async (batch: KeyLike[], signal: AbortSignal): Promise<(ScopedKey | null)[]> => {
      const body = { tasks: batch.map(keyDict), status };
      return readKeysOrNull(await this.transport.call(USER_ENDPOINTS.setTasksStatus, { body, signal }));
    };
    return await inBatches(tasks, this.bounded(options), send);
  }

  /** Priorities, aligned with the input; lower runs earlier. A bigint beyond 2^53, where a number would be rounded. */
  async getTasksPriority(
    tasks: readonly KeyLike[],
    options: BatchOptions = {},
  ): Promise<(number | bigint | null)[]> {
    const send = async (batch: KeyLike[], signal: AbortSignal): Promise<(number | bigint | null)[]> =>
      await this.transport.call(USER_ENDPOINTS.getTasksPriority, {
        body: { tasks: batch.map(keyDict) },
        signal,
      });
    return await inBatches(tasks, this.bounded(options), send);
  }

  /** Sets the priority of tasks, 1..2^63-1; null in the answer for a task that is unknown or not yours. */
  async setTasksPriority(
    tasks: readonly KeyLike[],
    priority: number | bigint,
    options: BatchOptions = {},
  ): Promise<(ScopedKey | null)[]> {
    const send = async (batch: KeyLike[], signal: AbortSignal): Promise<(ScopedKey | null)[]> => {
      const body = { tasks: batch.map(keyDict), priority };
      return readKeysOrNull(await this.transport.call(USER_ENDPOINTS.setTasksPriority, { body, signal }));
    };
    return await inBatches(tasks, this.bounded(options), send);
  }
}
