// The tables (categories) of the first data block of an mmCIF file. A table is either a loop of rows or a list of single
// values, which makes one row.
import { GufeError } from '../../error.ts';
import { type CifToken, cifTokens } from './mmcif-tokens.ts';
import { faultAt } from './structure.ts';

/** A category: names of columns, and rows. */
export class CifTable {
  readonly columns: string[] = [];
  readonly rows: string[][] = [];
  /** The line in which each row begins. */
  readonly lines: number[] = [];

  /** The place of a column; -1 for one that is not there, which stands for the last column (as Python counts). */
  column(name: string): number {
    return this.columns.indexOf(name);
  }
}

/** Those of the named categories that the file has. Throws GufeError with the line at fault. */
export function readCifTables(text: string, wanted: ReadonlySet<string>): ReadonlyMap<string, CifTable> {
  const reader = new BlockReader(cifTokens(text), wanted);
  return reader.read();
}

class BlockReader {
  readonly #tokens: Iterator<CifToken>;
  readonly #wanted: ReadonlySet<string>;
  readonly #tables = new Map<string, CifTable>();
  #token: CifToken | null;

  constructor(tokens: Iterator<CifToken>, wanted: ReadonlySet<string>) {
    this.#tokens = tokens;
    this.#wanted = wanted;
    this.#token = this.#next();
  }

  read(): ReadonlyMap<string, CifTable> {
    while (this.#token !== null && this.#token.kind !== 'reserved') this.#token = this.#next();
    if (this.#token === null) throw new GufeError('the text is not a CIF file: it has no data block');
    this.#token = this.#next();
    while (this.#token !== null) {
      const { kind, text, line } = this.#token;
      if (kind === 'name') this.#readPair(this.#token);
      else if (kind === 'value') faultAt(line, `'${text.slice(0, 40)}' is not expected here`);
      else if (/^loop_/i.test(text)) this.#readLoop(line);
      // Another block or a frame in it: everything wanted is in the first block.
      else break;
    }
    return this.#tables;
  }

  #next(): CifToken | null {
    const { done, value } = this.#tokens.next();
    return done === true ? null : value;
  }

  #readPair(name: CifToken): void {
    const [category, item] = splitName(name);
    const value = this.#next();
    if (value === null || value.kind !== 'value') faultAt(name.line, `no value for _${name.text}`);
    this.#token = this.#next();
    const table = this.#table(category);
    if (table === null) return;
    if (table.columns.includes(item) || table.rows.length > 1)
      faultAt(name.line, `_${name.text} is given twice`);
    table.columns.push(item);
    if (table.rows.length === 0) {
      table.rows.push([]);
      table.lines.push(name.line);
    }
    table.rows[0]?.push(value.text);
  }

  #readLoop(line: number): void {
    const names: string[] = [];
    let category: string | null = null;
    for (this.#token = this.#next(); this.#token?.kind === 'name'; this.#token = this.#next()) {
      const [own, item] = splitName(this.#token);
      category ??= own;
      if (own !== category) faultAt(this.#token.line, `a loop of _${category} that goes on with _${own}`);
      names.push(item);
    }
    if (category === null) faultAt(line, 'a loop without names');
    if (this.#tables.has(category)) faultAt(line, `_${category} is given twice`);
    const table = this.#table(category);
    table?.columns.push(...names);
    this.#readRows(names.length, table);
  }

  #readRows(width: number, table: CifTable | null): void {
    let row: string[] = [];
    let last: CifToken | null = null;
    for (; this.#token?.kind === 'value'; this.#token = this.#next()) {
      last = this.#token;
      if (row.length === 0) table?.lines.push(last.line);
      row.push(last.text);
      if (row.length < width) continue;
      table?.rows.push(row);
      row = [];
    }
    if (row.length > 0 && last !== null)
      faultAt(last.line, `a row of ${row.length} values where ${width} are due`);
  }

  /** Null for a category that nobody wants. */
  #table(category: string): CifTable | null {
    if (!this.#wanted.has(category)) return null;
    let table = this.#tables.get(category);
    if (table === undefined) {
      table = new CifTable();
      this.#tables.set(category, table);
    }
    return table;
  }
}

function splitName({ text, line }: CifToken): readonly [category: string, item: string] {
  const dot = text.indexOf('.');
  if (dot <= 0) return faultAt(line, `_${text} is a name without a category: mmCIF has _category.item`);
  return [text.slice(0, dot), text.slice(dot + 1)];
}
