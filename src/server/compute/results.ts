// Pushing a result: the bytes are durable in the object store before the row that names them, and the row before the
// answer. The same push again changes nothing.
import { AlchemiscaleError, noSuchObject } from '../../domain/errors.ts';
import { resultLocation } from '../../domain/result-location.ts';
import { ScopedKey } from '../../domain/scoped-key.ts';
import type { PushedResult, PushResult, StateStore } from '../../store/state-store.ts';
import type { COMPUTE_ENDPOINTS } from '../../wire/compute.ts';
import type { AppDeps } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import { judge } from '../restarts.ts';
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
    setTaskResult: async ({ caller, params, body }) => {
      const task = String(params.task);
      const work = await store.tasks.getWork({ task });
      if (work === null) throw noSuchObject(params.task);
      const upload = await objects.createUpload();
      try {
        const { result, service } = await receiveResult(body, upload, settings.limits);
        const location = resultLocation(ScopedKey.parse(work.transformation), result.key, result.ok);
        // What a key stands for never changes: clients cache it for ever. So bytes that are there stay, unless they are
        // damaged; a store that does not answer says nothing about them.
        const there = await objects.get(location).catch(damaged);
        if (there === null) await upload.commit(location, { keep: true });
        if (there === 'damaged') await upload.commit(location);
        const { key: objKey, ok, failures } = result;
        const pushed = await pushJudged(store, {
          task,
          objKey,
          ok,
          location,
          service,
          owner: caller.identifier,
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

function damaged(error: unknown): 'damaged' {
  if (error instanceof AlchemiscaleError && error.code === 'OBJECT_UNREADABLE') return 'damaged';
  throw error;
}

/** Whoever adds patterns faster than they are tried on one traceback does not mean well. */
const MAX_ROUNDS = 20;

/** Pushes a result; for a failure the restart patterns of the task are tried first, and again when there are more by then. */
async function pushJudged(
  { results, restarts }: StateStore,
  push: Omit<PushResult, 'restarts'>,
): Promise<PushedResult | null> {
  const tracebacks = push.failures.map(({ traceback }) => traceback);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const matches = push.ok ? { tried: [], matched: [] } : await judge(restarts, push.task, tracebacks);
    const pushed = await results.push({ ...push, restarts: matches });
    if (pushed !== 'stale') return pushed;
  }
  throw new AlchemiscaleError(
    'STORE_UNAVAILABLE',
    'The restart patterns of the task keep changing; try again',
    {
      facts: { key: push.task },
    },
  );
}
