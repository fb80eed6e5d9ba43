// What `strategy preview` prints: a line for each transformation that something would happen to, or all, and a summary.
import { countAdded, countCancelled } from '../../domain/strategy-cycle.ts';
import type { StrategyPreview, TransformationPreview } from '../../domain/strategy-preview.ts';
import { tableLines } from './table.ts';

const HEADS = ['results', 'weight', 'share', 'target', 'actioned', 'would'] as const;

/** The table. */
export function previewLines(preview: StrategyPreview): readonly string[] {
  const rows = preview.transformations.map(row => ({
    cells: [
      String(row.results),
      row.weight === null ? 'never' : short(row.weight),
      row.share === null ? '' : `${short(100 * row.share)} %`,
      String(row.target),
      String(row.actioned),
      wouldDo(row),
    ],
    key: row.transformation,
    name: row.name,
    reason: withoutColumns(row.reason),
  }));
  return [...(rows.length === 0 ? [] : tableLines(HEADS, rows, ['would'])), summaryOf(preview)];
}

/** The reason that a server gives ends in weight, share, target and count, which have columns of their own. */
function withoutColumns(reason: string): string {
  return reason.replace(/; \d+ actioned$/, '').replace(/; (?:weight \S+, )?\S+ % of all → \d+ tasks?$/, '');
}

function wouldDo({ change }: TransformationPreview): string {
  const parts = [
    change.addRunning + change.addWaiting > 0 ? `action ${change.addRunning + change.addWaiting}` : '',
    change.create > 0 ? `create ${change.create}` : '',
    countCancelled(change) > 0 ? `cancel ${countCancelled(change)}` : '',
  ].filter(part => part !== '');
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

function summaryOf(preview: StrategyPreview): string {
  const { strategy, mode, status, statusAfter, resultCount, exception, transformations } = preview;
  const head = `${strategy}, mode ${mode}, ${status}, ${resultCount} result${resultCount === 1 ? '' : 's'}`;
  if (exception !== null) return `${head}: would fail with ${exception[0]}: ${exception[1]}`;
  const total = (of: (row: TransformationPreview) => number): number =>
    transformations.reduce((sum, row) => sum + of(row), 0);
  const created = total(({ change }) => change.create);
  const added = total(({ change }) => countAdded(change)) - created;
  const does = `would create ${created}, action ${added} more, cancel ${total(({ change }) => countCancelled(change))} tasks`;
  const after = statusAfter === status ? '' : `, and be ${statusAfter}`;
  return `${head}: ${does}${after}${stillness(preview)}`;
}

function stillness({ mode, status, statusAfter }: StrategyPreview): string {
  if (mode === 'disabled') return '; it is disabled, and nothing is done';
  if (status === 'dormant' && statusAfter === 'dormant') return '; it sleeps until results come';
  return status === 'error' ? '; it is in error, and nothing is done until it is set awake' : '';
}

/** Three digits are enough to compare by eye. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
