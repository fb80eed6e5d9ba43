// Values on their way to PostgreSQL and back.
//
// Its text cannot hold U+0000, which tracebacks, names and patterns may contain. It is stored escaped: U+E000, a character that
// is assigned to nothing, stands before an escaped one, `0` for U+0000 and `e` for itself. What is equal stays equal.
//
// Integers come as numbers: ids, counts and times are below 2^53, and what is not is read as text. A truth value is 0 or 1,
// as in the tables.

const ESCAPE = '\uE000';
const ESCAPED = /[\0\uE000]/g;

/** The text as it is stored. */
export function escapeText(text: string): string {
  return text.includes('\0') || text.includes(ESCAPE)
    ? text.replace(ESCAPED, character => `${ESCAPE}${character === '\0' ? '0' : 'e'}`)
    : text;
}

/** The text as it was. */
export function unescapeText(text: string): string {
  return text.includes(ESCAPE)
    ? text.replace(/\uE000([0e])/g, (_, name: string) => (name === '0' ? '\0' : ESCAPE))
    : text;
}

// Type ids, https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat
const READERS: Readonly<Record<number, (text: string) => unknown>> = {
  16: text => (text === 't' ? 1 : 0), // bool
  17: text => Buffer.from(text.slice(2), 'hex'), // bytea
  19: unescapeText, // name
  20: Number, // int8
  21: Number, // int2
  23: Number, // int4
  25: unescapeText, // text
  701: Number, // float8
  1043: unescapeText, // varchar
};

/** For the driver's option `types`. Of other types, the text. */
export const TYPES: { readonly getTypeParser: (oid: number) => (text: string) => unknown } = {
  getTypeParser: oid => READERS[oid] ?? unescapeText,
};
