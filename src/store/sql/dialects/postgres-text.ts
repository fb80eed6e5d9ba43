// The idioms of database.ts in PostgreSQL's words. Lists are arrays, so that `x = ANY($1)` is a search in an index however many
// there are.
//
// A key is drawn as domain/claim.ts has it. PostgreSQL refuses what overflows, so the smallest weights count as 1e-300.
import type { Value } from '../database.ts';
import { escapeText } from './postgres-values.ts';

/** What stands for one `?` of ours. */
type Parameter = 'plain' | 'numbers' | 'texts' | Columns;

/** A table travels as one array for each of its columns. */
type Columns = readonly { readonly name: string; readonly type: string }[];

/** A statement as the driver wants it. */
export interface PostgresText {
  readonly text: string;
  /** The parameters as they are sent. */
  readonly bind: (parameters: readonly Value[]) => readonly Value[];
}

// In one expression, since parameters are numbered in the order in which they stand.
const IDIOM =
  /'[^']*'|\bIN (numbers|texts)\(\?\)|\b(numbers|texts)\(\?\) (\w+)|\brows\(\? AS ([^)]*)\)|\bnew_draw_key\(([\w.]+), ([\w.]+)\)|\?/g;

/** Words a statement for PostgreSQL. */
export function postgresText(sql: string): PostgresText {
  const asked: Parameter[] = [];
  let sent = 0;
  const next = (parameter: Parameter): string => {
    asked.push(parameter);
    const types =
      typeof parameter === 'string' ? [ARRAYS[parameter]] : parameter.map(({ type }) => `::${type}[]`);
    return types.map(type => `$${++sent}${type}`).join(', ');
  };
  const text = sql.replace(IDIOM, (found, inList, list, alias, columns, clock, weight) => {
    if (found === '?') return next('plain');
    if (found.startsWith("'")) return found;
    if (inList !== undefined) return `= ANY(${next(inList)})`;
    if (list !== undefined) return `unnest(${next(list)}) AS ${alias}(value)`;
    if (columns !== undefined) return rowsOf(readColumns(columns), next);
    return `(${clock} - ln(1 - random()) / greatest(${weight}, 1e-300))`;
  });
  return { text, bind: parameters => parameters.flatMap((value, place) => bindOne(value, asked[place])) };
}

const ARRAYS = { plain: '', numbers: '::bigint[]', texts: '::text[]' } as const;

const TYPES: Readonly<Record<string, string>> = { INTEGER: 'bigint', REAL: 'float8', TEXT: 'text' };

function readColumns(columns: string): Columns {
  return columns.split(', ').map(column => {
    const [name = '', type = ''] = column.split(' ');
    return { name, type: TYPES[type] ?? type };
  });
}

function rowsOf(columns: Columns, next: (parameter: Parameter) => string): string {
  const names = columns.map(({ name }) => name).join(', ');
  return `(SELECT * FROM unnest(${next(columns)}) AS u(${names}))`;
}

function bindOne(value: Value, parameter: Parameter = 'plain'): readonly Value[] {
  if (typeof value !== 'string') return [value];
  if (parameter === 'plain') return [escapeText(value)];
  // `[1,2]` in JSON is `{1,2}` as an array.
  if (parameter === 'numbers') return [`{${value.slice(1, -1)}}`];
  if (parameter === 'texts') return [arrayOf(JSON.parse(value) as readonly string[])];
  const rows = JSON.parse(value) as readonly (readonly Cell[])[];
  return parameter.map((_, place) => arrayOf(rows.map(row => row[place] ?? null)));
}

type Cell = string | number | null;

/** An array as PostgreSQL reads it: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function arrayOf(cells: readonly Cell[]): string {
  return `{${cells.map(cell => (typeof cell === 'string' ? quoted(cell) : String(cell))).join(',')}}`;
}

function quoted(text: string): string {
  return `"${escapeText(text).replaceAll(/["\\]/g, '\\$&')}"`;
}
