// The tokens of CIF text: data names, words, quoted values, blocks of lines between semicolons. Comments are left out.

/** One token and the line that it begins in. */
export interface CifToken {
  /** `reserved`: a word that structures the file, such as `loop_`. */
  readonly kind: 'name' | 'value' | 'reserved';
  readonly text: string;
  readonly line: number;
}

const RESERVED = /^(data|loop|global|save|stop)_/i;

const TOKEN = /'(?<single>.*?)'(?=\s|$)|"(?<double>.*?)"(?=\s|$)|#.*|\S+/gy;

/** The tokens of the text, in order. */
export function* cifTokens(text: string): Generator<CifToken> {
  let number = 0;
  let block: { readonly lines: string[]; readonly line: number } | null = null;
  for (const line of text.split(/\r\n|\r|\n/)) {
    number++;
    let rest = line;
    if (line.startsWith(';')) {
      if (block === null) {
        block = { lines: [line.slice(1)], line: number };
        continue;
      }
      yield { kind: 'value', text: block.lines.join('\n').trimEnd(), line: block.line };
      block = null;
      rest = line.slice(1);
    }
    if (block === null) yield* lineTokens(rest, number);
    else block.lines.push(line);
  }
}

function* lineTokens(text: string, line: number): Generator<CifToken> {
  if (!QUOTE_OR_COMMENT.test(text)) {
    // Almost every line of a large file: words alone.
    for (const word of text.split(BLANKS)) if (word !== '') yield wordToken(word, line);
    return;
  }
  let at = 0;
  for (;;) {
    while (BLANK.test(text.charAt(at))) at++;
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) return;
    at = TOKEN.lastIndex;
    const [token] = match;
    const quoted = match.groups?.single ?? match.groups?.double;
    if (quoted !== undefined) yield { kind: 'value', text: quoted, line };
    else if (!token.startsWith('#')) yield wordToken(token, line);
  }
}

const QUOTE_OR_COMMENT = /['"#]/;
const BLANKS = /\s+/;
const BLANK = /\s/;

function wordToken(word: string, line: number): CifToken {
  if (word.startsWith('_')) return { kind: 'name', text: word.slice(1), line };
  return { kind: word.includes('_') && RESERVED.test(word) ? 'reserved' : 'value', text: word, line };
}
