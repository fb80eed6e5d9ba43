// Lists are printed as Python prints them, since scripts around the original read them back with `ast.literal_eval`.

/** `['bob', "o'neill"]`: a list of texts as Python's `repr` writes it. */
export function pythonList(texts: readonly string[]): string {
  return `[${texts.map(pythonString).join(', ')}]`;
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A text as Python's `repr` writes it: single quotes, unless only double ones need no escape. */
export function pythonString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let body = '';
  for (const character of text) body += character === quote ? `\\${quote}` : escaped(character);
  return quote + body + quote;
}

function escaped(character: string): string {
  const named = NAMED_ESCAPES[character];
  if (named !== undefined) return named;
  // Python prints what Unicode calls printable: no control, format, unassigned, private or surrogate characters and
  // no separators but the space.
  if (character === ' ' || !/[\p{C}\p{Z}]/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}
