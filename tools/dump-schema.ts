// Writes the schema that the migrations make to src/store/sql/schema-sqlite.sql, so that every change of it shows in review
// as one readable difference. test/stores/sqlite-schema.test.ts fails when the file is not up to date.
import { writeFileSync } from 'node:fs';
import { statement } from '../src/store/sql/database.ts';
import { openSqliteDatabase } from '../src/store/sql/dialects/sqlite.ts';
import { migrate } from '../src/store/sql/migrate.ts';

export const SCHEMA_FILE: URL = new URL('../src/store/sql/schema-sqlite.sql', import.meta.url);

const SCHEMA = statement<[], { readonly sql: string }>(
  "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY tbl_name, type = 'index', name",
);

/** The statements that make the present schema. */
export async function dumpSqliteSchema(): Promise<string> {
  const database = openSqliteDatabase({ path: ':memory:', readOnly: false, busyMs: 0, random: Math.random });
  try {
    await migrate(database);
    const rows = await database.read(connection => connection.all(SCHEMA()));
    const head = '-- What the migrations make. Written by `node tools/dump-schema.ts`; do not edit.';
    return `${[head, ...rows.map(({ sql }) => `${sql};`)].join('\n\n')}\n`;
  } finally {
    await database.close();
  }
}

if (import.meta.main) writeFileSync(SCHEMA_FILE, await dumpSqliteSchema());
