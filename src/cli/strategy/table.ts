// What the tables of `strategy` have in common: a line for each transformation that fits a terminal. Whole keys and reasons
// are in what `--json` prints.

const MAX_LINE = 120;
const MAX_NAME = 24;
const LEAST_DIGITS = 8;

/** Cuts what is longer, and shows that. */
function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(1, most - 1)).trimEnd()}…`;
}

/**
 * Short forms of keys, in their order: the first digits of the hash, as many as tell all of them apart.
 *
 * @example shortKeys(['Transformation-a34e624d26f9c043e326a21990b1319b']) // ['a34e624d…']
 */
export function shortKeys(keys: readonly string[]): readonly string[] {
  const hashes = keys.map(key => /^[^-]+-([0-9a-f]{32})(?:-|$)/.exec(key)?.[1] ?? null);
  const known = new Set(hashes.filter(hash => hash !== null));
  let digits = LEAST_DIGITS;
  while (digits < 32 && new Set([...known].map(hash => hash.slice(0, digits))).size < known.size) digits += 1;
  return keys.map((key, i) => {
    const hash = hashes[i] ?? null;
    return hash === null ? key : `${hash.slice(0, digits)}…`;
  });
}

/** One row: cells of numbers, a transformation, and why. */
export interface Row {
  readonly cells: readonly string[];
  /** Key of the transformation. */
  readonly key: string;
  readonly name: string | null;
  readonly reason: string;
}

/** The rows below their heads. Numbers stand to the right; `left` are the columns that do not. */
export function tableLines(
  heads: readonly string[],
  rows: readonly Row[],
  left: readonly string[] = [],
): readonly string[] {
  const keys = shortKeys(rows.map(({ key }) => key));
  const labels = rows.map(({ name }, i) => `${keys[i]}${name ? ` ${cut(name, MAX_NAME)}` : ''}`);
  const width = Math.max('transformation'.length, ...labels.map(label => label.length));
  const widths = heads.map((head, i) =>
    Math.max(head.length, ...rows.map(({ cells }) => cells[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[], label: string, reason: string): string => {
    const placed = cells.map((cell, i) =>
      left.includes(heads[i] ?? '') ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
    );
    return cut([...placed, label.padEnd(width), reason].join('  '), MAX_LINE);
  };
  return [
    line(heads, 'transformation', 'reason'),
    ...rows.map(({ cells, reason }, i) => line(cells, labels[i] ?? '', reason)),
  ];
}
