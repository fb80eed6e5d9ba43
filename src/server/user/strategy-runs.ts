// What strategies did and would do.
import { AlchemiscaleError, noSuchObject } from '../../domain/errors.ts';
import { previewStrategy, type StrategyPreview } from '../../domain/strategy-preview.ts';
import { explainHere } from '../../domain/strategy-proposal.ts';
import type { KeptRun, ListRuns } from '../../store/state-store.ts';
import type { ResponseOf } from '../../wire/endpoint.ts';
import { DEFAULT_RUNS } from '../../wire/user/strategy-runs.ts';
import type { USER_ENDPOINTS } from '../../wire/user.ts';
import type { AppDeps } from '../context.ts';
import type { Handlers } from '../endpoints.ts';

type Routes = 'getNetworkStrategyHistory' | 'previewNetworkStrategy';

/** A page ends early when its runs are of large networks: so many transformations are 5 MB. */
const TRANSFORMATIONS_A_PAGE = 20_000;

/** Handlers about runs of strategies. */
export function strategyRunHandlers({
  store,
  propose = async job => explainHere(job),
}: AppDeps): Handlers<typeof USER_ENDPOINTS, Routes> {
  return {
    getNetworkStrategyHistory: async ({ params, query }) => {
      const network = String(params.network);
      const { limit = DEFAULT_RUNS, cursor } = query;
      const before = cursor === undefined ? null : readCursor(cursor);
      if ((await store.networks.getStates({ networks: [network] }))[0] === null)
        throw noSuchObject(params.network);
      const kept = await readRuns(store, { network, before, limit });
      const page = firstOf(kept.slice(0, limit));
      const last = page.at(-1);
      const next = last !== undefined && page.length < kept.length ? String(last.number) : null;
      return jsonText<History>({ runs: page.map(runBody), next });
    },
    previewNetworkStrategy: async ({ params }) => {
      const network = String(params.network);
      const { strategies } = store;
      const surveys = await strategies.survey({ network });
      if (surveys === null) throw noSuchObject(params.network);
      const [chain, state] = [await strategies.getChain({ network }), await strategies.getState({ network })];
      if (chain === null || state === null) return jsonText<Preview>(null);
      return jsonText<Preview>(previewBody(await previewStrategy({ chain, state, surveys }, propose)));
    },
  };
}

/** What is read at a time: a hundred runs of ten thousand transformations would be 150 MB of text. */
const RUNS_AT_ONCE = 4;

/** As many as a page may take, and one more, where there is one: it tells that there are more. */
async function readRuns(
  { strategies }: Pick<AppDeps['store'], 'strategies'>,
  { network, before, limit }: ListRuns,
): Promise<readonly KeptRun[]> {
  const kept: KeptRun[] = [];
  let transformations = 0;
  while (kept.length <= limit) {
    const asked = Math.min(RUNS_AT_ONCE, limit + 1 - kept.length);
    const from = kept.at(-1)?.number ?? before;
    const runs = await strategies.listRuns({ network, before: from, limit: asked });
    kept.push(...runs);
    for (const { run } of runs) transformations += run.transformations.length;
    const isFull = kept.length > 1 && transformations > TRANSFORMATIONS_A_PAGE;
    if (runs.length < asked || isFull) break;
  }
  return kept;
}

function readCursor(text: string): number {
  const number = /^[0-9]{1,15}$/.test(text) ? Number(text) : null;
  if (number === null) throw new AlchemiscaleError('BAD_REQUEST', `'${text}' is no cursor of this list`);
  return number;
}

function firstOf(runs: readonly KeptRun[]): readonly KeptRun[] {
  let transformations = 0;
  const end = runs.findIndex(({ run }, place) => {
    transformations += run.transformations.length;
    return place > 0 && transformations > TRANSFORMATIONS_A_PAGE;
  });
  return end === -1 ? runs : runs.slice(0, end);
}

type History = ResponseOf<(typeof USER_ENDPOINTS)['getNetworkStrategyHistory']>;
type Preview = ResponseOf<(typeof USER_ENDPOINTS)['previewNetworkStrategy']>;

function jsonText<T>(body: T): Uint8Array {
  return Buffer.from(JSON.stringify(body));
}

function runBody({ run }: KeptRun): History['runs'][number] {
  return {
    strategy: run.strategy,
    mode: run.mode,
    started: run.started.toISOString(),
    ended: run.ended.toISOString(),
    iteration: run.iteration,
    status_before: run.statusBefore,
    status_after: run.statusAfter,
    result_count: run.resultCount,
    created: run.created,
    actioned: run.actioned,
    cancelled: run.cancelled,
    exception: run.exception === null ? null : [...run.exception],
    transformations: run.transformations.map(({ actionedBefore, ...row }) => ({
      ...row,
      actioned_before: actionedBefore,
    })),
  };
}

function previewBody(preview: StrategyPreview): NonNullable<Preview> {
  return {
    strategy: preview.strategy,
    mode: preview.mode,
    status: preview.status,
    status_after: preview.statusAfter,
    result_count: preview.resultCount,
    exception: preview.exception === null ? null : [...preview.exception],
    transformations: preview.transformations.map(({ change, ...row }) => ({
      ...row,
      change: {
        add_running: change.addRunning,
        add_waiting: change.addWaiting,
        create: change.create,
        cancel_waiting: change.cancelWaiting,
        cancel_running: change.cancelRunning,
        cancel_error: change.cancelError,
      },
    })),
  };
}
