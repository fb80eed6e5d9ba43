// What a run measures, kept as plain data, so that stores measured on different days stand in one table, each with its date.

/** One measured value of one store. */
export interface Figure {
  /** Which table and row; the same words for all stores. */
  readonly table: string;
  readonly row: string;
  /** Medians over the rounds, ready to read; `note` says what was different. */
  readonly text: string;
  readonly note?: string;
  /** What one of them takes, in milliseconds, where stores are to be compared. */
  readonly cost?: number;
}

/** What was measured of one store in one run. */
export interface StoreRun {
  readonly store: string;
  /** The same for the stores that were measured side by side. */
  readonly run: string;
  readonly date: string;
  readonly machine: string;
  /** Load averages of one minute, at begin and end. */
  readonly load: readonly [number, number];
  readonly size: 'full' | 'medium' | 'small';
  readonly figures: readonly Figure[];
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return (low + high) / 2;
}

/** `share` of the values are below it. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * Tables of one run with one column for each store, in the order of `runs`. Where the last store of a row has a cost, the others
 * say how many times as fast as that one they were.
 */
export function renderRuns(runs: readonly StoreRun[]): string {
  const tables = new Map<string, Set<string>>();
  for (const { table, row } of runs.flatMap(({ figures }) => figures)) {
    const rows = tables.get(table) ?? new Set();
    tables.set(table, rows.add(row));
  }
  const about = runs.map(
    ({ store, date, machine, load, size }) =>
      `- ${store}: ${date}, ${size} size, ${machine}, load ${load.map(value => value.toFixed(1)).join(' → ')}`,
  );
  const parts = [...tables].map(([table, rows]) => renderTable(table, [...rows], runs));
  return [...about, '', ...parts].join('\n');
}

function renderTable(table: string, rows: readonly string[], runs: readonly StoreRun[]): string {
  const shown = runs.filter(({ figures }) => figures.some(figure => figure.table === table));
  const lines = rows.map(row => {
    const found = shown.map(({ figures }) => {
      return figures.find(one => one.table === table && one.row === row) ?? null;
    });
    const last = found.at(-1);
    const cells = found.map(figure => {
      if (figure === null) return '—';
      const { text, note, cost } = figure;
      const said = note === undefined ? text : `${text} (${note})`;
      if (figure === last || cost === undefined || last?.cost === undefined) return said;
      return `${said}; **${formatRatio(last.cost / cost)}**`;
    });
    return `| ${[row, ...cells].join(' | ')} |`;
  });
  const head = ['', ...shown.map(({ store }) => store)];
  return [
    `### ${table}`,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---').join('|')}|`,
    ...lines,
    '',
  ].join('\n');
}

function formatRatio(ratio: number): string {
  return `${ratio >= 10 ? Math.round(ratio).toLocaleString('en-US') : ratio.toPrecision(2)} ×`;
}
