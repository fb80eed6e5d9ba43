// An SD file's text cut into records, and a record's data items, by the rules that RDKit's supplier follows: gufe's keys
// cover every item's text. No chemistry here.

import { GufeError } from '../gufe/error.ts';

/** Where a record stands in its file. */
export interface SdPlace {
  /** 1 for the first. */
  readonly number: number;
  /** The line of the file that its title is on, from 1. */
  readonly line: number;
  readonly title: string;
}

/** One record: a molfile and the data items after it. */
export interface SdRecord extends SdPlace {
  readonly molfile: string;
  /** Texts by name, in order; of a name given twice the last text counts. */
  readonly items: ReadonlyMap<string, string>;
}

/** Cuts the text of an SD file (or of a single molfile); errors name the record and the line. */
export function splitSdFile(text: string): SdRecord[] {
  const lines = text.split('\n').map(line => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const records: SdRecord[] = [];
  let at = 0;
  while (!isEnd(lines, at)) {
    const place = { number: records.length + 1, line: at + 1, title: lines[at] ?? '' };
    const end = endOfMolfile(lines, at);
    if (end === -1)
      throw new GufeError(`${placeOf(place)}: no 'M  END' closes the molfile`, { line: at + 1 });
    const molfile = `${lines.slice(at, end + 1).join('\n')}\n`;
    const reader = new ItemReader(lines, end + 1, place);
    records.push({ ...place, molfile, items: reader.items });
    at = reader.end;
  }
  return records;
}

/** `record 3 (line 120, 'benzene')`, the start of messages. */
export function placeOf({ number, line, title }: SdPlace): string {
  return `record ${number} (line ${line}, '${title}')`;
}

/** Four blank lines end a file whatever follows, as in RDKit; so does its end. */
function isEnd(lines: readonly string[], at: number): boolean {
  return lines.slice(at, at + 4).every(isBlank);
}

function endOfMolfile(lines: readonly string[], start: number): number {
  for (let i = start + 3; i < lines.length && !isSeparator(lines[i]); i++) {
    if (lines[i]?.startsWith('M  END')) return i;
  }
  return -1;
}

const BLANKS = /^[ \t\r]+|[ \t\r]+$/g;

function isBlank(line: string): boolean {
  return line.replace(BLANKS, '') === '';
}

function isSeparator(line: string | undefined): boolean {
  return line?.startsWith('$$$$') ?? false;
}

/** Reads `> … <name> …` and the lines of text under it, again and again, up to the line `$$$$`. */
class ItemReader {
  readonly items: ReadonlyMap<string, string>;
  readonly #lines: readonly string[];
  readonly #place: SdPlace;
  #at: number;

  constructor(lines: readonly string[], start: number, place: SdPlace) {
    this.#lines = lines;
    this.#at = start;
    this.#place = place;
    const items = new Map<string, string>();
    while (this.#at < lines.length && !isSeparator(lines[this.#at])) {
      const line = this.#at + 1;
      const header = this.#next().replace(BLANKS, '');
      if (header === '') continue;
      if (!header.startsWith('>')) this.#fail(line, header, 'a data item (> <name>)', items);
      const name = nameOf(header.slice(1));
      const value = this.#readValue();
      if (name !== null) items.set(name, value);
      // RDKit drops the item and all that follow.
      else if (value !== '') this.#fail(line, header, 'a data item with a name (> <name>)', items);
    }
    this.items = items;
  }

  /** The index of the line after the record. */
  get end(): number {
    return this.#at + 1;
  }

  /** Lines up to an empty one; a line of blanks that begins with one belongs to the text, as in RDKit. */
  #readValue(): string {
    const value: string[] = [];
    // Without an empty line before it the separator is text, too: at the end of a file that is in gufe's keys.
    for (let line = this.#next(); !isBlank(line) || /^[ \t]/.test(line); line = this.#next())
      value.push(line);
    return value.join('\n');
  }

  #next(): string {
    return this.#lines[this.#at++] ?? '';
  }

  #fail(line: number, found: string, due: string, items: ReadonlyMap<string, string>): never {
    const swallowed = [...items].find(([, text]) => /^\${4}/m.test(text));
    const cause =
      swallowed === undefined ? '' : `: no empty line stands between item '${swallowed[0]}' and $$$$`;
    throw new GufeError(
      `${placeOf(this.#place)}: line ${line} is '${found.slice(0, 40)}' where ${due} was due${cause}`,
      { line },
    );
  }
}

/** From the first `<` to the last `>`; null where there is none. */
function nameOf(header: string): string | null {
  const open = header.indexOf('<');
  const close = header.lastIndexOf('>');
  return open === -1 || close <= open + 1 ? null : header.slice(open + 1, close);
}
