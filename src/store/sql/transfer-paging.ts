// Pages of rows by their ids.
import type { TransferPage, TransferRecord } from '../slices/transfer.ts';
import type { Connection } from './database.ts';

/** The next records of a kind after a row; null begins. */
export type ReadKind = (connection: Connection, after: string | null) => Promise<TransferPage>;

/** Before the first id. */
export const FIRST = -1;

/** The page that these rows make, of which `limit` were asked for. */
export function pageOf(
  records: readonly TransferRecord[],
  rows: readonly { readonly id: number }[],
  limit: number,
): TransferPage {
  const last = rows.length < limit ? undefined : rows.at(-1);
  return { records, next: last === undefined ? null : String(last.id), notes: [] };
}
