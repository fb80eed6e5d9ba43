// What `strategy preview` prints: a line for each transformation that something would happen to, or all, and a summary.
import { countAdded, countCancelled } from '../../domain/strategy-cycle.ts';
import type { StrategyPreview, TransformationPreview } from '../../domain/strategy-preview.ts';

const HEADS = ['results', 'weight', 'share', 'target', 'actioned', 'would'] as const;

/** The table. */
export function previewLines(preview: StrategyPreview): readonly string[] {
  const rows = preview.transformations.map(row => [
    String(row.results),
    row.weight === null ? 'never' : short(row.weight),
    row.share === null ? '' : `${short(100 * row.share)} %`,
    String(row.target),
    String(row.actioned),
    wouldDo(row),
  ]);
  const widths = HEADS.map((head, i) => Math.max(head.length, ...rows.map(cells => cells[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) =>
        i === cells.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
      )
      .join('  ');
  const names = preview.transformations.map(({ transformation, name }) =>
    name === null || name === '' ? transformation : `${transformation} ${name}`,
  );
  const nameWidth = Math.max('transformation'.length, ...names.map(name => name.length));
  const lines = rows.map(
    (cells, i) =>
      `${line(cells)}  ${names[i]?.padEnd(nameWidth)}  ${preview.transformations[i]?.reason ?? ''}`,
  );
  const table =
    rows.length === 0 ? [] : [`${line(HEADS)}  ${'transformation'.padEnd(nameWidth)}  reason`, ...lines];
  return [...table, summaryOf(preview)];
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
