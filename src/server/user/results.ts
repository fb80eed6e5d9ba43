// Results of the user API: which there are, and the stored bytes of one.
import { AlchemiscaleError, noSuchObject } from '../../domain/errors.ts';
import type { USER_ENDPOINTS } from '../../wire/user.ts';
import type { AppDeps } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import { openResult, resultAsText } from '../stored-result.ts';

type Routes =
  | 'getTransformationResults'
  | 'getTransformationFailures'
  | 'getTaskResults'
  | 'getTaskFailures'
  | 'getResult';

/** Handlers about results. */
export function resultHandlers({ store, objects }: AppDeps): Handlers<typeof USER_ENDPOINTS, Routes> {
  const { results } = store;
  return {
    getTransformationResults: ({ params }) =>
      results.list({ of: { transformation: String(params.transformation) }, ok: true }),
    getTransformationFailures: ({ params }) =>
      results.list({ of: { transformation: String(params.transformation) }, ok: false }),
    getTaskResults: ({ params }) => results.list({ of: { task: String(params.task) }, ok: true }),
    getTaskFailures: ({ params }) => results.list({ of: { task: String(params.task) }, ok: false }),
    getResult: async ({ params }) => {
      if (params.route !== 'results' && params.route !== 'failures') {
        throw new AlchemiscaleError(
          'BAD_REQUEST',
          `\`route\` takes 'results' or 'failures', not '${params.route}'`,
        );
      }
      const ref = await results.get({ ref: String(params.ref) });
      if (ref === null) throw noSuchObject(params.ref);
      return resultAsText(await openResult(objects, ref), '[', ']');
    },
  };
}
