// The whole store page by page; a page is one seek in a primary key, so the cost of all of them is that of one walk.
import { hash } from 'node:crypto';
import type { AuditStore, CheckedTexts, Page, PageParams, ResultRef } from '../state-store.ts';
import { type Connection, type Database, statement } from './database.ts';
import { keyOf, type SpecificScope } from './keys.ts';
import { type ResultRow, resultRef, SELECT_RESULT } from './results.ts';

/** The audit slice of a SQL store. */
export function createAuditStore(database: Database): AuditStore {
  return {
    listResults: params => database.read(connection => listResults(connection, params)),
    checkTexts: params => database.read(connection => checkTexts(connection, params)),
    checkFiles: () => database.readWhole(connection => database.checkFiles(connection)),
  };
}

const LIST_RESULTS = statement<[after: number, limit: number], ResultRow & { readonly id: number }>(
  `${SELECT_RESULT.replace('SELECT', 'SELECT r.id,')}
  WHERE r.id > ?
  ORDER BY r.id
  LIMIT ?`,
);

async function listResults(connection: Connection, { after, limit }: PageParams): Promise<Page<ResultRef>> {
  const rows = await connection.all(LIST_RESULTS(Number(after ?? 0), limit));
  return { items: rows.map(resultRef), next: nextPlace(rows, limit) };
}

const LIST_TEXTS = statement<
  [after: number, limit: number],
  { readonly id: number; readonly sha256: string; readonly bytes: Uint8Array }
>('SELECT id, sha256, bytes FROM document WHERE id > ? ORDER BY id LIMIT ?');

const OBJECTS_OF_TEXT = statement<[document: number], SpecificScope & { readonly gufe_key: string }>(
  `SELECT o.gufe_key, s.org, s.campaign, s.project
  FROM object o
  JOIN scope s ON s.id = o.scope
  WHERE o.document = ?
  ORDER BY o.id
  LIMIT 1`,
);

async function checkTexts(connection: Connection, { after, limit }: PageParams): Promise<CheckedTexts> {
  const rows = await connection.all(LIST_TEXTS(Number(after ?? 0), limit));
  const damaged: string[] = [];
  for (const { id, sha256, bytes } of rows) {
    if (hash('sha256', bytes, 'hex') === sha256) continue;
    const object = await connection.first(OBJECTS_OF_TEXT(id));
    damaged.push(object === null ? `a text of no object (${sha256})` : keyOf(object.gufe_key, object));
  }
  return { checked: rows.length, damaged, next: nextPlace(rows, limit) };
}

function nextPlace(rows: readonly { readonly id: number }[], limit: number): string | null {
  const last = rows.at(-1);
  return last === undefined || rows.length < limit ? null : String(last.id);
}
