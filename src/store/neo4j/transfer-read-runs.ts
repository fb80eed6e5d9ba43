// The history of strategies as transfer records. It lies in nodes of our own, which the original does not know.
import type { RunRecord } from '../slices/transfer.ts';
import { statement } from './database.ts';
import type { RunRow } from './strategy-runs.ts';
import type { ReadKind } from './transfer-read.ts';

const NEXT = statement<{ readonly network: string }, { readonly network: string }>(
  `MATCH (x:StrategyRun)
  WHERE x.network > $network
  RETURN min(x.network) AS network`,
);
const RUNS = statement<{ readonly network: string }, { readonly run: RunRow }>(
  `MATCH (x:StrategyRun {network: $network})
  RETURN properties(x) AS run
  ORDER BY x.number`,
);

/** One network a page: of each a limited number of runs is kept. */
export const readRuns: ReadKind = async (database, view, after) => {
  const found = await database.read(tx => tx.first(NEXT({ network: after ?? '' })));
  // The smallest of none is null.
  const network = (found?.network ?? null) as string | null;
  if (network === null) return { records: [], next: null, notes: [] };
  if (!view.networks.has(network)) return { records: [], next: network, notes: [] };
  const rows = await database.read(tx => tx.all(RUNS({ network })));
  const records = rows.map(
    ({ run }, place): RunRecord => ({
      kind: 'run',
      network,
      place,
      strategy: run.strategy,
      mode: run.mode,
      startedMs: run.started.getTime(),
      endedMs: run.ended.getTime(),
      iteration: Number(run.iteration),
      statusBefore: run.status_before,
      statusAfter: run.status_after,
      resultCount: Number(run.result_count),
      created: Number(run.created),
      actioned: Number(run.actioned),
      cancelled: Number(run.cancelled),
      exception: run.exception ?? null,
      bytes: Buffer.from(run.transformations, 'base64'),
    }),
  );
  return { records, next: network, notes: [] };
};
