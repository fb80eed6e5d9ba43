// The seam between the store's statements and a database. The slices say what to read and write; a dialect
// (dialects/) says how statements reach a database, what a transaction is, and which error means what.
//
// Statements are text with `?` for each parameter, and in the few places where dialects differ they use idioms that each
// dialect puts into its own words (dialects/*-text.ts):
//
//     x IN numbers(?), FROM numbers(?) k     a list as one parameter (`list`), so that 100,000 keys are one parameter and
//     x IN texts(?),   FROM texts(?) k       one plan; in FROM it has the column `value`
//     FROM rows(? AS a INTEGER, b TEXT) r    a table as one parameter: a JSON list of lists
//     new_draw_key(clock, weight)            draws the key of a claimable task (domain/claim.ts)
//     SELECT … FOR UPDATE and its kin        at the end of a text; locks.ts says when
//
// Integers beyond 2^53 are read as text. Hot or fixed statements are constants above the function that uses them;
// statements whose shape depends on the question are built with Kysely, which compiles them and does not run them.
import type { Compilable, Kysely } from 'kysely';
import type { Key, StoreCapabilities } from '../state-store.ts';
import type { Schema } from './schema.ts';

/** What a parameter may be. */
export type Value = string | number | bigint | Uint8Array | null;

/** Text, its parameters, and (for the compiler only) what its rows look like. */
export interface Statement<Row> {
  readonly sql: string;
  readonly parameters: readonly Value[];
  readonly row?: Row;
}

/**
 * One connection, valid inside the callback that received it. Statements run in the order in which they were asked for;
 * to ask for the next one before the answer to the last has come saves the time between.
 */
export interface Connection {
  all<Row>(statement: Statement<Row>): Promise<readonly Row[]>;
  /** The first row, or null. */
  first<Row>(statement: Statement<Row>): Promise<Row | null>;
  /** Runs a statement that answers no rows; says how many rows it changed. */
  run(statement: Statement<never>): Promise<number>;
  /**
   * Runs a statement whose answer nobody waits for, in the last words of a transaction: it may travel with the commit. When
   * it fails, so does the transaction.
   */
  finish(statement: Statement<unknown>): Promise<void>;
  /** Runs one statement for each list of parameters, in order. */
  runEach(sql: string, parameters: Iterable<readonly Value[]>): Promise<void>;
  /** Runs a text of several statements without parameters. */
  runScript(sql: string): Promise<void>;
  /** Others write at the same time: what has been read holds only while its row is locked (locks.ts). */
  readonly isShared: boolean;
}

/** What a slice does inside a transaction. */
export type Work<T> = (connection: Connection) => Promise<T>;

/**
 * Does several things in one transaction, waiting for nobody. Asks all its statements at once: the commit travels with them. The
 * answers are aligned; null leaves one to a transaction of its own.
 */
export type Together<T, R> = (connection: Connection, all: readonly T[]) => Promise<readonly (R | null)[]>;

/** Reads for several at once; the answers are aligned. */
export type AskTogether<T, R> = (connection: Connection, all: readonly T[]) => Promise<readonly R[]>;

/** Asks for a single one. */
export async function askForOne<T, R>(
  connection: Connection,
  together: AskTogether<T, R>,
  one: T,
): Promise<R> {
  const [answer] = await together(connection, [one]);
  return answer as R;
}

/** A database with the schema of migrations/, or without any yet. */
export interface Database {
  readonly capabilities: StoreCapabilities;
  /** Reads one consistent state, beside writers. */
  read<T>(work: Work<T>): Promise<T>;
  /** As `read`, by statements that walk whole tables, which are planned otherwise. */
  readWhole<T>(work: Work<T>): Promise<T>;
  /** Begins to read one state that stays for as long as wanted, on a connection of its own. */
  openView(): Promise<View>;
  /** Reads what each statement finds when it comes; cheaper, where answers need not agree. */
  ask<T>(work: Work<T>): Promise<T>;
  /** A function that asks for one thing; several who ask the same at this moment may be answered together. The answers are aligned. */
  askTogether<T, R>(together: AskTogether<T, R>): (one: T) => Promise<R>;
  /**
   * Writes all or nothing, after everything that was committed before; resolves after its own commit. `work` may be run
   * again when the first try was lost, so it changes nothing outside the database.
   */
  write<T>(work: Work<T>): Promise<T>;
  /** As `write`, and no other process is in here at the same time. Foreign keys are not looked at until the end. */
  changeSchema<T>(work: Work<T>): Promise<T>;
  /** Takes tasks from a hub for a service (take.ts), together with others who want the same at this moment. */
  take(wish: Wish): Promise<readonly Key[] | 'gone'>;
  /**
   * A function that does `alone`; or, where that is cheaper, `together` for those who want it at this moment.
   */
  gather<T, R>(together: Together<T, R>, alone: (one: T) => Promise<R>): (one: T) => Promise<R>;
  readonly byHand: ByHand;
  /** The migrations for this dialect. */
  readonly migrations: URL;
  /** The tables that there are. */
  listTables(connection: Connection): Promise<readonly string[]>;
  /** What the database finds damaged when it looks itself over; one sentence each. */
  checkFiles(connection: Connection): Promise<readonly string[]>;
  dropTables(connection: Connection, tables: readonly string[]): Promise<void>;
  /** Builds statements; loaded when first asked for. */
  builder(): Promise<Kysely<Schema>>;
  /** Lets other work run before a long one goes on. */
  pause(): Promise<void>;
  /** For how long an answer is used again that is looked at again under locks (recent.ts), in milliseconds; 0: never. */
  readonly recentMs: number;
  /** How many writes of this process have ended, other than those that `take` and `gather` make. */
  countWrites(): number;
  /** Uniform in [0, 1). */
  random(): number;
  close(): Promise<void>;
}

/** One state of the database, for many reads one after another. */
export interface View {
  read<T>(work: Work<T>): Promise<T>;
  close(): Promise<void>;
}

/** A service that wants tasks from one hub. */
export interface Wish {
  readonly hub: number;
  /** Of a claim across hubs, in which a hub of weight 0 gives nothing. Null: from this hub, whatever its weight. */
  readonly limit: FailureLimit | null;
  readonly service: string;
  /** Null: whoever registered the service. */
  readonly owner: string | null;
  readonly count: number;
  /** Class names of protocols; null admits any. */
  readonly protocols: readonly string[] | null;
  readonly nowMs: number;
}

/** More failures than `most` after `sinceMs` deny a service its claims. */
export interface FailureLimit {
  readonly most: number;
  readonly sinceMs: number;
}

/** The hot statements that each dialect has its own of, since they gain most by what only one of them can do. */
export interface ByHand {
  /** The first `n` tasks of each group, in the order of their draw keys. */
  firstTasks(
    connection: Connection,
    wanted: readonly (readonly [group: number, n: number])[],
  ): Promise<readonly FirstTask[]>;
  /** Writes texts that are not there yet. */
  addDocuments(connection: Connection, documents: readonly NewDocument[]): Promise<void>;
  /** Writes objects without a scope, whose texts are there; their ids, aligned. */
  addObjects(connection: Connection, objects: readonly NewObject[]): Promise<readonly number[]>;
  /** Writes what objects refer to; what is there already is left. */
  addDependencies(connection: Connection, dependencies: readonly NewDependency[]): Promise<void>;
}

/** A task at the head of a group. */
export interface FirstTask {
  readonly group: number;
  readonly task: number;
  readonly drawKey: number;
}

/** The text of an object. */
export interface NewDocument {
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

/** An object; its text is found by its hash. */
export interface NewObject {
  readonly gufeKey: string;
  readonly qualname: string;
  readonly name: string | null;
  readonly depth: number;
  readonly sha256: string;
}

/** That an object refers to another, by their ids. */
export type NewDependency = readonly [parent: number, attribute: string, child: number];

/** Thrown by `work` when more should have been locked: `write` undoes it and runs it again. */
export class LocksMissed extends Error {
  override readonly name: string = 'LocksMissed';
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

/** The parameter for `numbers(?)` and `texts(?)`. */
export function list(values: readonly (string | number)[]): string {
  return JSON.stringify(values);
}

/** Statements on rows chosen by numbers: their place in the text is `chosen`. A single one has its own, cheaper text. */
export function forNumbers<Row = never>(
  text: (chosen: string) => string,
): (numbers: readonly number[]) => Statement<Row> {
  const [one, many] = [text('= ?'), text('IN numbers(?)')];
  return numbers =>
    numbers.length === 1
      ? { sql: one, parameters: [numbers[0] as number] }
      : { sql: many, parameters: [list(numbers)] };
}

/** The parameter for `rows(?)`. */
export function table(rows: readonly (readonly (string | number | null)[])[]): string {
  return JSON.stringify(rows);
}
