// The seam between the store's statements and a database. The slices say what to read and write; a dialect
// (dialects/) says how statements reach a database, what a transaction is, and which error means what.
//
// Statements are text with `?` for each parameter. They use three idioms that a dialect provides: lists travel as one
// JSON parameter and are read through `json_each(?)` (so a list of 100,000 keys is one parameter and one plan);
// `draw_key(clock, weight)` draws the key of a claimable task (domain/claim.ts); integers beyond 2^53 are read as text.
// Hot or fixed statements are constants above the function that uses them; statements whose shape depends on the
// question are built with Kysely, which compiles them and does not run them.
import type { Compilable, Kysely } from 'kysely';
import type { StoreCapabilities } from '../state-store.ts';
import type { Schema } from './schema.ts';

/** What a parameter may be. */
export type Value = string | number | bigint | Uint8Array | null;

/** Text, its parameters, and (for the compiler only) what its rows look like. */
export interface Statement<Row> {
  readonly sql: string;
  readonly parameters: readonly Value[];
  readonly row?: Row;
}

/** One connection, valid inside the callback that received it. */
export interface Connection {
  all<Row>(statement: Statement<Row>): Promise<readonly Row[]>;
  /** The first row, or null. */
  first<Row>(statement: Statement<Row>): Promise<Row | null>;
  /** Runs a statement that answers no rows; says how many rows it changed. */
  run(statement: Statement<never>): Promise<number>;
  /** Runs one statement for each list of parameters, in order. */
  runEach(sql: string, parameters: Iterable<readonly Value[]>): Promise<void>;
  /** Runs a text of several statements without parameters. */
  runScript(sql: string): Promise<void>;
}

/** What a slice does inside a transaction. */
export type Work<T> = (connection: Connection) => Promise<T>;

/** A database with the schema of migrations/, or without any yet. */
export interface Database {
  readonly capabilities: StoreCapabilities;
  /** Reads one consistent state, beside writers. */
  read<T>(work: Work<T>): Promise<T>;
  /**
   * Writes all or nothing, after everything that was committed before; resolves after its own commit. `work` may be run
   * again when the first try was lost, so it changes nothing outside the database.
   */
  write<T>(work: Work<T>): Promise<T>;
  /** As `write`, and no other process is in here at the same time. Foreign keys are not looked at until the end. */
  changeSchema<T>(work: Work<T>): Promise<T>;
  /** The migrations for this dialect. */
  readonly migrations: URL;
  /** The tables that there are. */
  listTables(connection: Connection): Promise<readonly string[]>;
  /** Builds statements; loaded when first asked for. */
  builder(): Promise<Kysely<Schema>>;
  /** Lets other work run before a long one goes on. */
  pause(): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
  close(): Promise<void>;
}

/** A statement that is always the same text: a function from parameters to the statement. */
export function statement<Parameters extends readonly Value[], Row = never>(
  sql: string,
): (...parameters: Parameters) => Statement<Row> {
  return (...parameters) => ({ sql, parameters });
}

/** A statement made with Kysely. */
export function compiled<Row>(query: Compilable<Row>): Statement<Row> {
  const { sql, parameters } = query.compile();
  return { sql, parameters: parameters as readonly Value[] };
}

/** The parameter for `json_each(?)`. */
export function list(values: readonly (string | number)[]): string {
  return JSON.stringify(values);
}
