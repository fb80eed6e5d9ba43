// Ids that a statement keeps for those behind it in its transaction, where all travel together and none can wait for an answer. They go
// with the transaction.

/** SQL: keeps the ids of a column of `from` under a name. */
export function keepIds(name: string, column: string, from: string): string {
  return `set_config('alchemiscale.${name}',
    (SELECT '{' || coalesce(string_agg(CAST(${column} AS TEXT), ','), '') || '}' FROM ${from}), true)`;
}

/** SQL: the ids kept under a name, as an array; NULL where none were. */
export function keptIds(name: string): string {
  return `CAST(nullif(current_setting('alchemiscale.${name}', true), '') AS BIGINT[])`;
}
