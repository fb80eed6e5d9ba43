// Statements that travel together. The driver ends each statement with a Sync, upon which the server sends its answer at once: a
// packet, and a turn of the event loop, for each. What is asked in one turn of the event loop is sent with a single Sync at its end,
// and answered by a single packet. When one fails the server skips the others, so they fail for the same reason. Where no transaction
// is open, the server commits at the Sync: so nothing counts as answered before the server is ready for what comes next.
//
// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { TYPES } from './postgres-values.ts';

/** What a statement answers. */
export interface Answer {
  readonly rows: readonly unknown[];
  /** What was done: `UPDATE 8`, or `ROLLBACK` in the place of `COMMIT`. */
  readonly tag: string;
}

/** A statement on its way. */
export interface Asked {
  /** Prepared under this name the first time; empty: each time anew. */
  readonly name: string;
  readonly text: string;
  readonly values: readonly (string | Buffer | null)[];
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

interface Column {
  readonly name: string;
  readonly read: (text: string) => unknown;
}

/** What the driver's connection has and its types lack. */
interface Wire {
  readonly stream: Duplex;
  readonly parsedStatements: Readonly<Record<string, string>>;
  readonly submittedNamedStatements: Record<string, string>;
  parse(message: { readonly name: string; readonly text: string }): void;
  bind(message: { readonly statement: string; readonly values: Asked['values'] }): void;
  describe(message: { readonly type: 'P' }): void;
  execute(): void;
  sync(): void;
}

/** The columns of prepared statements, so that the server is asked for them once on each connection. */
const columnsOf = new WeakMap<Wire, Map<string, readonly Column[]>>();

/** Several statements as one query of the driver. It never throws; each statement has its own answer. */
export class PostgresBatch extends pg.Query {
  readonly #asked: readonly Asked[];
  readonly #answers: Answer[] = [];
  #known = new Map<string, readonly Column[]>();
  #columns: readonly Column[] | undefined;
  #rows: unknown[] = [];
  /** Set by the driver, which times queries. */
  declare callback?: (error: unknown) => void;

  constructor(asked: readonly Asked[]) {
    super('');
    this.#asked = asked;
  }

  // The driver notes under these what the server has prepared, one statement after another. Its own constructor sets them.
  get name(): string | undefined {
    return this.#current?.name;
  }

  set name(_: unknown) {}

  get text(): string | undefined {
    return this.#current?.text;
  }

  set text(_: unknown) {}

  /** The statement whose answer comes next. */
  get #current(): Asked | undefined {
    return this.#asked[this.#answers.length];
  }

  override submit = (connection: unknown): void => {
    const wire = connection as Wire;
    this.#known = columnsOf.get(wire) ?? new Map();
    columnsOf.set(wire, this.#known);
    cork(wire.stream);
    const described = new Set<string>();
    for (const { name, text, values } of this.#asked) {
      if (name === '' || !isPrepared(wire, name)) {
        wire.parse({ name, text });
        if (name !== '') wire.submittedNamedStatements[name] = text;
      }
      wire.bind({ statement: name, values });
      if (!this.#known.has(name) && !described.has(name)) wire.describe({ type: 'P' });
      if (name !== '') described.add(name);
      wire.execute();
    }
    wire.sync();
  };

  handleRowDescription({ fields }: { readonly fields: readonly pg.FieldDef[] }): void {
    this.#columns = fields.map(({ name, dataTypeID }) => ({ name, read: TYPES.getTypeParser(dataTypeID) }));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    const columns = this.#columnsNow();
    for (let place = 0; place < columns.length; place++) {
      const { name, read } = columns[place] as Column;
      const text = fields[place] ?? null;
      row[name] = text === null ? null : read(text);
    }
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const name = this.#current?.name ?? '';
    if (name !== '' && !this.#known.has(name)) this.#known.set(name, this.#columnsNow());
    this.#answers.push({ rows: this.#rows, tag: text });
    this.#rows = [];
    this.#columns = undefined;
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' });
  }

  #columnsNow(): readonly Column[] {
    return this.#columns ?? this.#known.get(this.#current?.name ?? '') ?? [];
  }

  handleReadyForQuery(): void {
    for (const [place, answer] of this.#answers.entries()) this.#asked[place]?.resolve(answer);
    this.callback?.(null);
  }

  handleError(error: unknown, connection: unknown): void {
    // Whatever came behind the statement that failed was skipped, preparing too.
    const { submittedNamedStatements } = connection as Wire;
    for (const { name } of this.#asked.slice(this.#answers.length)) delete submittedNamedStatements[name];
    for (const { reject } of this.#asked) reject(error);
    this.callback?.(error);
  }
}

function isPrepared({ parsedStatements, submittedNamedStatements }: Wire, name: string): boolean {
  return parsedStatements[name] !== undefined || submittedNamedStatements[name] !== undefined;
}

/** Lets everything that is sent in this turn of the event loop leave in one packet. */
function cork(stream: Duplex): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
