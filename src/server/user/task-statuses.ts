// Status and priority of tasks, one by one and in lists.
import { AlchemiscaleError, noSuchObject } from '../../domain/errors.ts';
import { ScopedKey } from '../../domain/scoped-key.ts';
import { checkPriority } from '../../domain/task.ts';
import { isTaskStatus, isUserSettable, type UserSettableStatus } from '../../domain/task-status.ts';
import type { USER_ENDPOINTS } from '../../wire/user.ts';
import { askCovered } from '../auth.ts';
import type { AppDeps } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import { notAStatus } from './tasks.ts';

type Routes =
  | 'getTaskStatus'
  | 'setTaskStatus'
  | 'getTasksStatus'
  | 'setTasksStatus'
  | 'getTasksPriority'
  | 'setTasksPriority';

/** Handlers about what has become of tasks. Foreign tasks are like missing ones: null at their place. */
export function taskStatusHandlers({ store }: AppDeps): Handlers<typeof USER_ENDPOINTS, Routes> {
  const { tasks } = store;
  return {
    getTaskStatus: async ({ params }) => {
      const [status] = await tasks.getStatuses({ tasks: [String(params.task)] });
      if (!status) throw noSuchObject(params.task);
      return status;
    },
    setTaskStatus: async ({ params, body }) => {
      const [set] = await tasks.setStatuses({ tasks: [String(params.task)], status: settable(body) });
      return set ?? null;
    },
    getTasksStatus: ({ caller, body }) =>
      askCovered(caller, body.tasks.map(ScopedKey.fromDict), keys => tasks.getStatuses({ tasks: keys })),
    setTasksStatus: async ({ caller, body }) => {
      const status = settable(body.status);
      return askCovered(caller, body.tasks.map(ScopedKey.fromDict), keys =>
        tasks.setStatuses({ tasks: keys, status }),
      );
    },
    getTasksPriority: ({ caller, body }) =>
      askCovered(caller, body.tasks.map(ScopedKey.fromDict), keys => tasks.getPriorities({ tasks: keys })),
    setTasksPriority: async ({ caller, body }) => {
      const priority = BigInt(body.priority);
      checkPriority(priority);
      return askCovered(caller, body.tasks.map(ScopedKey.fromDict), keys =>
        tasks.setPriorities({ tasks: keys, priority }),
      );
    },
  };
}

function settable(word: string): UserSettableStatus {
  if (isUserSettable(word)) return word;
  if (!isTaskStatus(word)) throw notAStatus(word);
  throw new AlchemiscaleError(
    'BAD_REQUEST',
    `Cannot set status to 'TaskStatusEnum.${word}', must be one of 'waiting', 'invalid', 'deleted'`,
  );
}
