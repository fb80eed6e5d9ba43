// Tasks of the user API: create and find.
import { AlchemiscaleError, noSuchObject } from '../../domain/errors.ts';
import { ScopedKey } from '../../domain/scoped-key.ts';
import { isTaskStatus, type TaskStatus } from '../../domain/task-status.ts';
import type { USER_ENDPOINTS } from '../../wire/user.ts';
import { coveredQueryScopes, requireScope } from '../auth.ts';
import type { AppDeps, Caller } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import { readKeys } from './networks.ts';

type Routes =
  | 'createTasks'
  | 'createTransformationsTasks'
  | 'queryTasks'
  | 'getNetworkTasks'
  | 'getTransformationTasks'
  | 'getTransformationStatus'
  | 'getTaskTransformation'
  | 'getTaskNetworks';

/** Handlers that create and find tasks. */
export function taskHandlers({ store, clock }: AppDeps): Handlers<typeof USER_ENDPOINTS, Routes> {
  const { tasks } = store;
  return {
    createTasks: async ({ caller, params, body }) => {
      const item = taskItem(
        caller,
        params.transformation,
        body.extends ? ScopedKey.fromDict(body.extends) : null,
      );
      const items = Array.from({ length: body.count }, () => item);
      return tasks.create({ items, creator: caller.identifier, now: clock() });
    },
    createTransformationsTasks: async ({ caller, body }) => {
      const transformations = readKeys(caller, body.transformations);
      if (body.extends && body.extends.length !== transformations.length)
        throw new AlchemiscaleError('BAD_REQUEST', UNEVEN);
      // An empty text means none, as clients of the original write it.
      const parents = transformations.map((_, i) => body.extends?.[i] || null);
      const items = transformations.map((key, i) =>
        taskItem(caller, key, parents[i] ? ScopedKey.parse(parents[i]) : null),
      );
      return tasks.create({ items, creator: caller.identifier, now: clock() });
    },
    // An unknown word finds nothing here, and is an error on the two routes below, as in the original.
    queryTasks: async ({ caller, query }) => {
      const scopes = coveredQueryScopes(caller, query);
      const { status = null } = query;
      if (scopes.length === 0 || (status !== null && !isTaskStatus(status))) return [];
      return tasks.query({ scopes, status });
    },
    getNetworkTasks: ({ params, query }) =>
      tasks.listForNetwork({ network: String(params.network), status: readStatus(query.status) }),
    getTransformationTasks: async ({ params, query }) => {
      const { return_as: form = 'list' } = query;
      if (form !== 'list' && form !== 'graph') {
        throw new AlchemiscaleError('BAD_REQUEST', `\`return_as\` takes 'list' or 'graph', not '${form}'`);
      }
      const links = await tasks.listForTransformation({
        transformation: String(params.transformation),
        extends: query.extends ? String(ScopedKey.parse(query.extends)) : null,
        status: readStatus(query.status),
      });
      return form === 'list'
        ? links.map(link => link.task)
        : Object.fromEntries(links.map(link => [link.task, link.extends]));
    },
    getTransformationStatus: ({ params }) =>
      tasks.countForTransformation({ transformation: String(params.transformation) }),
    getTaskTransformation: async ({ params }) => {
      const work = await tasks.getWork({ task: String(params.task) });
      if (work === null) throw noSuchObject(params.task);
      return work.transformation;
    },
    getTaskNetworks: ({ params }) => store.networks.listNetworks({ of: { task: String(params.task) } }),
  };
}

const UNEVEN = '`extends` must either be `None` or have the same length as `transformations`';

function taskItem(
  caller: Caller,
  transformation: ScopedKey,
  parent: ScopedKey | null,
): { readonly transformation: string; readonly extends: string | null } {
  if (transformation.qualname !== 'Transformation' && transformation.qualname !== 'NonTransformation') {
    throw new AlchemiscaleError(
      'BAD_REQUEST',
      `Got an unsupported \`Transformation\` type: ${transformation.qualname}`,
    );
  }
  if (parent !== null) {
    // Differs from alchemiscale: there the answer for a foreign task tells what has become of it.
    requireScope(caller, parent.scope);
    if (parent.qualname !== 'Task') {
      throw new AlchemiscaleError(
        'BAD_REQUEST',
        `\`extends\` ScopedKey (${parent}) does not correspond to a \`Task\``,
      );
    }
  }
  return { transformation: String(transformation), extends: parent === null ? null : String(parent) };
}

function readStatus(word: string | undefined): TaskStatus | null {
  if (word === undefined) return null;
  if (!isTaskStatus(word)) throw notAStatus(word);
  return word;
}

/** The refusal of a word that is no status. */
export function notAStatus(word: string): AlchemiscaleError {
  return new AlchemiscaleError('BAD_REQUEST', `'${word}' is not a valid TaskStatusEnum`);
}
