// The idioms of database.ts in SQLite's words: lists are JSON, and rows need no locks where there is one writer.

const LOCK = /\s+FOR (?:NO KEY UPDATE|UPDATE|KEY SHARE|SHARE)(?: SKIP LOCKED)?/g;
const IN_LIST = /\bIN (?:numbers|texts)\(\?\)/g;
const LIST = /\b(?:numbers|texts)\(\?\)/g;
const ROWS = /\brows\(\? AS ([^)]*)\)/g;

/** The text that SQLite understands. */
export function sqliteText(sql: string): string {
  return sql
    .replace(LOCK, '')
    .replace(IN_LIST, 'IN (SELECT value FROM json_each(?))')
    .replace(LIST, 'json_each(?)')
    .replace(
      ROWS,
      (_, columns: string) => `(SELECT ${columns.split(', ').map(column).join(', ')} FROM json_each(?))`,
    );
}

function column(definition: string, place: number): string {
  return `value ->> ${place} AS ${definition.split(' ')[0]}`;
}
