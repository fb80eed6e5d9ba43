// Claiming: the one place where tasks change hands. The draw is the store's, by the law in domain/claim.ts.
import { reduceScopes, Scope } from '../../domain/scope.ts';
import { writeFloat } from '../../lib/json-write.ts';
import type { Hub } from '../../store/state-store.ts';
import type { COMPUTE_ENDPOINTS } from '../../wire/compute.ts';
import { coveredQueryScopes, coveredScopes } from '../auth.ts';
import type { AppDeps } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import { readFlag } from '../read-schema.ts';

/** Handlers about hubs. An answer has exactly `count` entries, claimed tasks first; clients index it. */
export function claimHandlers({
  store,
  settings,
  clock,
}: AppDeps): Handlers<typeof COMPUTE_ENDPOINTS, 'queryTaskHubs' | 'claimTaskHubTasks' | 'claimTasks'> {
  const { hubs } = store;
  return {
    queryTaskHubs: async ({ caller, query }) => {
      const asDicts = readFlag(query.return_gufe, 'return_gufe');
      const scopes = coveredQueryScopes(caller, query);
      const found = scopes.length === 0 ? [] : await hubs.list({ scopes });
      if (!asDicts) return found.map(({ hub }) => hub);
      return Object.fromEntries(found.map(hub => [hub.hub, hubText(hub)]));
    },
    claimTaskHubTasks: async ({ caller, params, body }) => {
      const claimed = await claimInPieces(body.count, count =>
        hubs.claimFromHub({
          hub: String(params.hub),
          service: body.compute_service_id,
          owner: caller.identifier,
          count,
          protocols: body.protocols ?? null,
          now: clock(),
        }),
      );
      return padded(claimed ?? [], body.count);
    },
    claimTasks: async ({ caller, body }) => {
      const now = clock();
      const asked = reduceScopes(body.scopes.map(scope => new Scope(scope)));
      const claim = {
        service: body.compute_service_id,
        owner: caller.identifier,
        scopes: asked.flatMap(scope => coveredScopes(caller, scope)),
        exclude: (body.scopes_exclude ?? []).map(scope => new Scope(scope).toDict()),
        protocols: body.protocols ?? null,
        now,
        maxFailures: settings.maxFailures,
        failuresSince: new Date(now.getTime() - settings.forgiveSeconds * 1000),
      };
      const claimed = await claimInPieces(body.count, async count => {
        const answer = await hubs.claim({ ...claim, count });
        return answer.denied ? null : answer.tasks;
      });
      return claimed === null ? null : padded(claimed, body.count);
    },
  };
}

/** What a store gives out in one transaction: heartbeats and others' claims wait for its end. */
const PIECE = 100;

/** Claims until there are enough or no more; null when the first claim is denied. */
async function claimInPieces(
  count: number,
  claim: (count: number) => Promise<readonly string[] | null>,
): Promise<readonly string[] | null> {
  const claimed: string[] = [];
  while (claimed.length < count) {
    const wanted = Math.min(PIECE, count - claimed.length);
    const tasks = await claim(wanted).catch(error => {
      // What has been given out must reach the one who holds it.
      if (claimed.length === 0) throw error;
      return [];
    });
    if (tasks === null && claimed.length === 0) return null;
    claimed.push(...(tasks ?? []));
    if (tasks === null || tasks.length < wanted) break;
  }
  return claimed;
}

function padded(tasks: readonly string[], count: number): readonly (string | null)[] {
  return Array.from({ length: count }, (_, i) => tasks[i] ?? null);
}

/** A hub as gufe would write it. */
function hubText({ network, weight }: Hub): string {
  return `{"network": ${JSON.stringify(network)}, "weight": ${writeFloat(weight)}, "__qualname__": "TaskHub", "__module__": "alchemiscale.storage.models", ":version:": 1}`;
}
