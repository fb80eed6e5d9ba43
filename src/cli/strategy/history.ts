// What `strategy history` prints: a line for each run that the server has kept, the newest first.
import type { AlchemiscaleClient } from '../../client/user.ts';
import type { StrategyRun } from '../../domain/strategy-run.ts';

/** The most that a server gives at a time. */
const MOST_A_PAGE = 100;

/** The newest runs, page by page: those of large networks come a few at a time. */
export async function fetchHistory(
  client: Pick<AlchemiscaleClient, 'getNetworkStrategyHistory'>,
  network: string,
  limit: number,
): Promise<readonly StrategyRun[]> {
  const found: StrategyRun[] = [];
  let cursor: string | undefined;
  while (found.length < limit) {
    const options = { limit: Math.min(MOST_A_PAGE, limit - found.length), ...(cursor && { cursor }) };
    const { runs, next } = await client.getNetworkStrategyHistory(network, options);
    found.push(...runs);
    if (next === null) break;
    cursor = next;
  }
  return found;
}

const HEADS = [
  'run',
  'began',
  'took',
  'mode',
  'status',
  'results',
  'created',
  'actioned',
  'cancelled',
] as const;

/** The table. */
export function historyLines(runs: readonly StrategyRun[]): readonly string[] {
  const rows = runs.map(run => [
    String(run.iteration),
    run.started.toISOString(),
    `${((run.ended.getTime() - run.started.getTime()) / 1000).toFixed(1)} s`,
    run.mode,
    run.statusAfter === run.statusBefore ? run.statusAfter : `${run.statusBefore} → ${run.statusAfter}`,
    ...[run.resultCount, run.created, run.actioned, run.cancelled].map(String),
  ]);
  const widths = HEADS.map((head, i) => Math.max(head.length, ...rows.map(cells => cells[i]?.length ?? 0)));
  const line = (cells: readonly string[], thrown: string): string =>
    `${cells.map((cell, i) => cell.padStart(widths[i] ?? 0)).join('  ')}  ${thrown}`.trimEnd();
  const lines = rows.map((cells, i) => line(cells, runs[i]?.exception?.join(': ') ?? ''));
  return [line(HEADS, 'what went wrong'), ...lines];
}
