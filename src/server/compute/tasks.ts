// What a compute service needs to run a task it has claimed.
import { AlchemiscaleError, noSuchObject } from '../../domain/errors.ts';
import type { ScopedKey } from '../../domain/scoped-key.ts';
import type { TaskWork } from '../../store/state-store.ts';
import type { COMPUTE_ENDPOINTS } from '../../wire/compute.ts';
import type { AppDeps } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import type { JsonText } from '../reply.ts';
import { openResult, resultAsText } from '../stored-result.ts';
import { fullDictText } from './full-dict.ts';

/** Handlers about claimed tasks. */
export function workHandlers({
  store,
  objects,
}: AppDeps): Handlers<typeof COMPUTE_ENDPOINTS, 'getTaskTransformation' | 'retrieveTaskTransformation'> {
  async function workOf(task: ScopedKey): Promise<TaskWork> {
    const work = await store.tasks.getWork({ task: String(task) });
    if (work === null) throw noSuchObject(task);
    return work;
  }

  /** `[transformation, result of the task this one extends, or null]`. */
  async function retrieve(task: ScopedKey, asChain: boolean): Promise<JsonText> {
    const { transformation, extendsResult } = await workOf(task);
    const chain = await store.networks.getChain({ key: transformation });
    if (chain === null) {
      throw new AlchemiscaleError('OBJECT_UNREADABLE', `the transformation of ${task} is not in the store`);
    }
    const first = asChain ? Buffer.from(chain).toString() : JSON.stringify(fullDictText(chain));
    if (extendsResult === null) return Buffer.from(`[${first}, null]`);
    return resultAsText(await openResult(objects, extendsResult), `[${first}, `, ']');
  }

  return {
    getTaskTransformation: async ({ params }) => (await workOf(params.task)).transformation,
    // Clients before 0.8 want the transformation as text, and are known by refusing compressed answers.
    retrieveTaskTransformation: ({ params, client }) => retrieve(params.task, client.acceptsGzip),
  };
}
