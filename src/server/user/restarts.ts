// Restart patterns: which failures of a network's tasks are tried again by themselves.
import { noSuchObject } from '../../domain/errors.ts';
import type { USER_ENDPOINTS } from '../../wire/user.ts';
import type { AppDeps } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import { checkPatterns } from '../patterns.ts';
import { resolveErrors } from '../restarts.ts';
import { NOT_A_NETWORK, readKeys, requireNetwork } from './networks.ts';

type Routes =
  | 'addTaskRestartPatterns'
  | 'removeTaskRestartPatterns'
  | 'clearTaskRestartPatterns'
  | 'getTaskRestartPatterns'
  | 'setTaskRestartPatternsAllowedRestarts';

/** Handlers about restart patterns. Patterns are compiled before they are stored, never in a push for the first time. */
export function restartHandlers({ store }: AppDeps): Handlers<typeof USER_ENDPOINTS, Routes> {
  const { restarts } = store;
  return {
    addTaskRestartPatterns: async ({ params, body }) => {
      requireNetwork(params.network, NOT_A_NETWORK);
      const network = String(params.network);
      const patterns = [...new Set(body.patterns)];
      await checkPatterns(patterns);
      const isKnown = await restarts.add({ network, patterns, maxRetries: body.num_allowed_restarts });
      if (!isKnown) throw noSuchObject(params.network);
      if (patterns.length > 0) await resolveErrors(restarts, network);
      return null;
    },
    removeTaskRestartPatterns: async ({ params, body }) => {
      await restarts.remove({ network: String(params.network), patterns: body.patterns });
      return null;
    },
    clearTaskRestartPatterns: async ({ params }) => {
      const network = String(params.network);
      await restarts.clear({ network });
      return [network];
    },
    getTaskRestartPatterns: async ({ caller, body }) => {
      const networks = readKeys(caller, body.networks).map(String);
      const listed = await restarts.list({ networks });
      return Object.fromEntries(
        networks.map((network, i) => [
          network,
          (listed[i] ?? []).map(({ pattern, maxRetries }): [string, number] => [pattern, maxRetries]),
        ]),
      );
    },
    setTaskRestartPatternsAllowedRestarts: async ({ params, body }) => {
      await restarts.setMaxRetries({
        network: String(params.network),
        patterns: body.patterns,
        maxRetries: body.max_retries,
      });
      return null;
    },
  };
}
