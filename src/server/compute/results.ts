// Pushing a result: the bytes are durable in the object store before the row that names them, and the row before the
// answer. The same push again changes nothing.
import { noSuchObject } from '../../domain/errors.ts';
import { resultLocation } from '../../domain/result-location.ts';
import { ScopedKey } from '../../domain/scoped-key.ts';
import type { COMPUTE_ENDPOINTS } from '../../wire/compute.ts';
import type { AppDeps } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import { receiveResult } from './result-upload.ts';

/** The handler of result pushes. */
export function pushHandlers({
  store,
  objects,
  settings,
  clock,
  logger,
}: AppDeps): Handlers<typeof COMPUTE_ENDPOINTS, 'setTaskResult'> {
  return {
    setTaskResult: async ({ params, body }) => {
      const task = String(params.task);
      const work = await store.tasks.getWork({ task });
      if (work === null) throw noSuchObject(params.task);
      const upload = await objects.createUpload();
      try {
        const { result, service } = await receiveResult(body, upload, settings.limits);
        const location = resultLocation(ScopedKey.parse(work.transformation), result.key, result.ok);
        // What a key stands for never changes: clients cache it for ever. So bytes that are there stay.
        const there = await objects.get(location).catch(() => null);
        if (there === null) await upload.commit(location);
        const { key: objKey, ok, failures } = result;
        const pushed = await store.results.push({
          task,
          objKey,
          ok,
          location,
          service,
          failures,
          now: clock(),
        });
        if (pushed === null) throw noSuchObject(params.task);
        logger.info({ task, ref: pushed.ref, ok, status: pushed.status, service }, 'result stored');
        return ScopedKey.parse(pushed.ref).toDict();
      } finally {
        await upload.abort();
      }
    },
  };
}
