// The seam between the store's statements and a Neo4j database: transactions that are tried again, typed rows, values of
// JavaScript for values of Neo4j, errors of ours for errors of the driver.
//
// The graph is shared with the Python servers, and its types matter to them: a `bigint` is an INTEGER and a `number` a FLOAT,
// both ways (so a count that comes back is a bigint, and a limit or a priority that goes in must be one); a Date is a zoned
// date-time in UTC, and what is finer than a millisecond is cut off on the way out.
//
// Isolation is "read committed": a read takes no locks, and two statements of one transaction may see different states. What
// is decided from what was read must be locked first (locks.ts), and then read.
import type { StoreCapabilities } from '../state-store.ts';

/** What a parameter may be, at any depth. */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | Date
  | null
  | readonly Value[]
  | { readonly [name: string]: Value };

/** The named parameters of a statement. */
export type Parameters = Readonly<Record<string, Value>>;

/** Text, its parameters, and (for the compiler only) what its rows look like. */
export interface Statement<Row> {
  readonly cypher: string;
  readonly parameters: Parameters;
  readonly row?: Row;
}

/** A transaction, valid inside the callback that received it. */
export interface Transaction {
  /** Rows are plain objects, one member for each name after RETURN; return values, lists and maps (`n {.*}`), not nodes. */
  all<Row>(statement: Statement<Row>): Promise<readonly Row[]>;
  /** The first row, or null. */
  first<Row>(statement: Statement<Row>): Promise<Row | null>;
  /** Runs a statement whose rows, if it has any, are of no interest. */
  run(statement: Statement<unknown>): Promise<void>;
}

/**
 * What a slice does inside a transaction. It may be run again when a try was lost (a deadlock, a connection that broke, even
 * one that broke while the commit was under way), so it changes nothing outside the database, and what it makes up (keys,
 * draws that must not be repeated) is better made up outside.
 */
export type Work<T> = (tx: Transaction) => Promise<T>;

/** One database of a Neo4j server. */
export interface Database {
  readonly capabilities: StoreCapabilities;
  /** Reads. Refuses with STORE_UNAVAILABLE while the database has not been initialized. */
  read<T>(work: Work<T>): Promise<T>;
  /** Writes all or nothing; resolves after its commit. Refuses as `read` does. */
  write<T>(work: Work<T>): Promise<T>;
  /** As `write`, also before the database is initialized: for the schema itself, which wants transactions of its own. */
  changeSchema<T>(work: Work<T>): Promise<T>;
  /** Forgets that the database was seen initialized. */
  forgetSchema(): void;
  /** Uniform in [0, 1). */
  random(): number;
  /** Lets calls under way end, then disconnects. */
  close(): Promise<void>;
}

/** A statement that is always the same text: a function from parameters to the statement. */
export function statement<P extends Parameters = Record<never, never>, Row = never>(
  cypher: string,
): (parameters: P) => Statement<Row> {
  return parameters => ({ cypher, parameters });
}
