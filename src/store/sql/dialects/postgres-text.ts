// The idioms of database.ts in PostgreSQL's words. Lists are arrays, so that `x = ANY($1)` is a search in an index however many
// there are.
//
// A key is drawn as domain/claim.ts has it. PostgreSQL refuses what overflows, so the smallest weights count as 1e-300.
import type { Value } from '../database.ts';
import { escapeText } from './postgres-values.ts';

type Kind = 'plain' | 'numbers' | 'texts' | 'rows';

/** A statement as the driver wants it. */
export interface PostgresText {
  readonly text: string;
  /** The parameters as they are sent. */
  readonly bind: (parameters: readonly Value[]) => unknown[];
}

// In one expression, since parameters are numbered in the order in which they stand.
const IDIOM =
  /'[^']*'|\bIN (numbers|texts)\(\?\)|\b(numbers|texts)\(\?\) (\w+)|\brows\(\? AS ([^)]*)\)|\bnew_draw_key\(([\w.]+), ([\w.]+)\)|\?/g;

/** Words a statement for PostgreSQL. */
export function postgresText(sql: string): PostgresText {
  const kinds: Kind[] = [];
  const next = (kind: Kind): string => `$${kinds.push(kind)}`;
  const text = sql.replace(IDIOM, (found, inList, list, alias, columns, clock, weight) => {
    if (found === '?') return next('plain');
    if (found.startsWith("'")) return found;
    if (inList !== undefined) return `= ANY(${arrayOf(inList, next)})`;
    if (list !== undefined) return `unnest(${arrayOf(list, next)}) AS ${alias}(value)`;
    if (columns !== undefined) return rowsOf(columns, next('rows'));
    return `(${clock} - ln(1 - random()) / greatest(${weight}, 1e-300))`;
  });
  return { text, bind: parameters => parameters.map((value, place) => bindOne(value, kinds[place])) };
}

function arrayOf(kind: 'numbers' | 'texts', next: (kind: Kind) => string): string {
  return `${next(kind)}::${kind === 'numbers' ? 'bigint' : 'text'}[]`;
}

const TYPES: Readonly<Record<string, string>> = { INTEGER: 'bigint', REAL: 'float8', TEXT: 'text' };

function rowsOf(columns: string, parameter: string): string {
  const values = columns.split(', ').map((column, place) => {
    const [name, type = ''] = column.split(' ');
    return `(value ->> ${place})::${TYPES[type]} AS ${name}`;
  });
  return `(SELECT ${values.join(', ')} FROM json_array_elements(${parameter}::json))`;
}

function bindOne(value: Value, kind: Kind | undefined): unknown {
  if (typeof value !== 'string') return value;
  switch (kind) {
    // `[1,2]` in JSON is `{1,2}` as an array.
    case 'numbers':
      return `{${value.slice(1, -1)}}`;
    case 'texts':
      return (JSON.parse(value) as readonly string[]).map(escapeText);
    case 'rows':
      return escapedRows(value);
    default:
      return escapeText(value);
  }
}

/** Nearly never is anything to be escaped, and then the rows need not be read. */
function escapedRows(rows: string): string {
  if (!rows.includes('\\u0000') && !rows.includes('\uE000')) return rows;
  return JSON.stringify(JSON.parse(rows), (_, value) =>
    typeof value === 'string' ? escapeText(value) : value,
  );
}
