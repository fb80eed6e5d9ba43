// What the demo found, as one JSON document and as a table for people.
import { formatDuration, formatEstimate, formatNumber } from './number.ts';

/** The document that `--json` prints. */
export interface DemoReport {
  /** Class name of the protocol. */
  readonly protocol: string;
  /** What did the sampling, with its version. */
  readonly engine: string;
  readonly rows: readonly DemoRow[];
  readonly wallSeconds: number;
}

export interface DemoRow {
  readonly name: string;
  /** In `unit`; null when no repeat succeeded. */
  readonly estimate: number | null;
  /** Sample standard deviation over the repeats, in `unit`; null with fewer than two. */
  readonly uncertainty: number | null;
  readonly unit: string;
  readonly reference: number;
  readonly source: string;
  readonly repeats: number;
  readonly tasks: number;
}

/** The table, with a remark under it when the numbers are not meant to be converged. */
export function renderReport(report: DemoReport, remark: string | null): string {
  const cells = report.rows.map(row => [
    row.name,
    row.estimate === null ? 'failed' : formatEstimate(row.estimate, row.uncertainty),
    formatNumber(row.reference),
    String(row.repeats),
    String(row.tasks),
  ]);
  const unit = report.rows[0]?.unit ?? '';
  const lines = alignColumns([['transformation', unit, 'reference', 'repeats', 'tasks'], ...cells]);
  const [head = '', ...body] = lines;
  return [
    `${report.protocol} on ${report.engine}`,
    '',
    head,
    '─'.repeat(head.length),
    ...body,
    '',
    ...sourcesOf(report),
    `${report.rows.length} transformations, wall time ${formatDuration(report.wallSeconds)}`,
    ...(remark === null ? [] : [remark]),
  ].join('\n');
}

/** Where the references are from: a line for all rows, or one for each that differs. */
function sourcesOf({ rows }: DemoReport): readonly string[] {
  const sources = [...new Set(rows.map(({ source }) => source))];
  if (sources.length === 1) return [`reference: ${sources[0]}`];
  return rows.map(({ name, source }) => `reference for ${name}: ${source}`);
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)));
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
