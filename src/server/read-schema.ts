// Reads bodies, forms and queries by the schemas of the wire table, with the leniency of the original's validator
// (pydantic): unknown members are ignored, numbers may come as text, integers may stand for floats, 0 and 1 for booleans.
// What is wrong is told in the original's words, of which clients show the text.
//
// A schema is compiled once into a reader; a schema that no reader exists for is refused at start, not at a request.
import type { TSchema } from 'typebox';
import { InvalidInput, type Problem } from './errors.ts';

type Place = readonly (string | number)[];
type Reader = (value: unknown, at: Place, problems: Problem[]) => unknown;

/** The parts of JSON Schema that the wire table uses. */
interface Schema {
  readonly type?: string;
  readonly anyOf?: readonly Schema[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

/** Compiles a reader; `where` is the first word of the places in problems. */
export function compileReader(
  schema: TSchema,
  where: 'body' | 'query' | 'path',
): (value: unknown) => unknown {
  const shape = schema as Schema;
  const read = readerOf(shape);
  return value => {
    const problems: Problem[] = [];
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    // As in FastAPI no body at all lacks the members that must be there, and one that is no object lacks them all.
    const result =
      shape.type === 'object' && value === undefined
        ? read({}, [where], problems)
        : shape.type === 'object' && !isObject
          ? problems.push(...Object.keys(shape.properties ?? {}).map(name => missing([where, name], null)))
          : value === undefined
            ? problems.push(missing([where], null))
            : read(value, [where], problems);
    if (problems.length > 0) throw new InvalidInput(problems);
    return result;
  };
}

function readerOf(schema: Schema): Reader {
  if (schema.anyOf !== undefined) return union(schema.anyOf.map(option => [option, readerOf(option)]));
  if (schema.const !== undefined) return literal(schema.const);
  switch (schema.type) {
    case 'object':
      return object(schema);
    case 'array':
      return list(schema);
    case 'string':
      return text(schema);
    case 'integer':
      return integer(schema);
    case 'number':
      return float;
    case 'boolean':
      return readBoolean;
    case 'null':
      return (value, at, problems) =>
        value === null ? null : problem(problems, 'none_required', at, 'Input should be None', value);
    default:
      throw new TypeError(`no reader for the schema ${JSON.stringify(schema)}`);
  }
}

function object(schema: Schema): Reader {
  const required = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, member]) => [name, readerOf(member), required.has(name)] as const,
  );
  return (value, at, problems) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return problem(problems, 'dict_type', at, 'Input should be a valid dictionary', value);
    }
    const result: Record<string, unknown> = {};
    for (const [name, read, isRequired] of members) {
      if (Object.hasOwn(value, name)) {
        result[name] = read((value as Record<string, unknown>)[name], [...at, name], problems);
      } else if (isRequired) {
        problems.push(missing([...at, name], at.length === 1 ? null : value));
      }
    }
    return result;
  };
}

function list(schema: Schema): Reader {
  const read = readerOf(schema.items ?? {});
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  return (value, at, problems) => {
    if (!Array.isArray(value))
      return problem(problems, 'list_type', at, 'Input should be a valid list', value);
    const size = value.length;
    if (size > maxItems || size < minItems) {
      const [type, word, bound] =
        size > maxItems ? ['too_long', 'most', maxItems] : ['too_short', 'least', minItems];
      const items = bound === 1 ? 'item' : 'items';
      const message = `List should have at ${word} ${bound} ${items} after validation, not ${size}`;
      return problem(problems, String(type), at, message, null);
    }
    return value.map((element, i) => (problems.length > 0 ? null : read(element, [...at, i], problems)));
  };
}

function text(schema: Schema): Reader {
  const pattern = schema.pattern === undefined ? null : new RegExp(schema.pattern, 'u');
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema;
  return (value, at, problems) => {
    if (typeof value !== 'string') {
      return problem(problems, 'string_type', at, 'Input should be a valid string', value);
    }
    if (value.length > maxLength) {
      const message = `String should have at most ${maxLength} characters`;
      return problem(problems, 'string_too_long', at, message, value, { max_length: maxLength });
    }
    if (value.length < minLength) {
      const message = `String should have at least ${minLength} character${minLength === 1 ? '' : 's'}`;
      return problem(problems, 'string_too_short', at, message, value, { min_length: minLength });
    }
    if (pattern !== null && !pattern.test(value)) {
      const message = `String should match pattern '${schema.pattern}'`;
      return problem(problems, 'string_pattern_mismatch', at, message, value, { pattern: schema.pattern });
    }
    return value;
  };
}

function integer(schema: Schema): Reader {
  const { minimum, maximum } = schema;
  return (value, at, problems) => {
    const number = toInteger(value, at, problems);
    if (number === undefined) return number;
    if (minimum !== undefined && number < minimum) {
      const message = `Input should be greater than or equal to ${minimum}`;
      return problem(problems, 'greater_than_equal', at, message, value, { ge: minimum });
    }
    if (maximum !== undefined && number > maximum) {
      const message = `Input should be less than or equal to ${maximum}`;
      return problem(problems, 'less_than_equal', at, message, value, { le: maximum });
    }
    return number;
  };
}

/** Digits beyond this are no integer that anything here could mean, and Python refuses 4,300 of them. */
const INTEGER_TEXT = /^\s*[+-]?\d{1,300}(\.0*)?\s*$/;

function toInteger(value: unknown, at: Place, problems: Problem[]): number | bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string') {
    if (INTEGER_TEXT.test(value)) return smallest(BigInt(value.trim().replace(/^\+|\..*$/g, '')));
    const message = 'Input should be a valid integer, unable to parse string as an integer';
    problem(problems, 'int_parsing', at, message, value);
  } else if (typeof value !== 'number') {
    problem(problems, 'int_type', at, 'Input should be a valid integer', value);
  } else if (Number.isInteger(value)) {
    return value;
  } else if (Number.isFinite(value)) {
    const message = 'Input should be a valid integer, got a number with a fractional part';
    problem(problems, 'int_from_float', at, message, value);
  } else {
    problem(problems, 'finite_number', at, 'Input should be a finite number', String(value));
  }
  return undefined;
}

function smallest(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

const FLOAT_TEXT = /^\s*[+-]?(\d{1,400}\.?\d{0,400}|\.\d{1,400})(e[+-]?\d{1,10})?\s*$/i;
const FLOAT_WORDS: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};

function float(value: unknown, at: Place, problems: Problem[]): unknown {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string')
    return problem(problems, 'float_type', at, 'Input should be a valid number', value);
  const word = value.trim().toLowerCase();
  if (Object.hasOwn(FLOAT_WORDS, word)) return FLOAT_WORDS[word];
  if (FLOAT_TEXT.test(value)) return Number(value);
  return problem(
    problems,
    'float_parsing',
    at,
    'Input should be a valid number, unable to parse string as a number',
    value,
  );
}

const TRUE = new Set<unknown>([true, 1, 'true', 't', 'yes', 'y', 'on', '1']);
const FALSE = new Set<unknown>([false, 0, 'false', 'f', 'no', 'n', 'off', '0']);

function readBoolean(value: unknown, at: Place, problems: Problem[]): unknown {
  const word = typeof value === 'string' ? value.toLowerCase() : value;
  if (TRUE.has(word)) return true;
  if (FALSE.has(word)) return false;
  if (typeof value !== 'string' && typeof value !== 'number') {
    return problem(problems, 'bool_type', at, 'Input should be a valid boolean', value);
  }
  return problem(
    problems,
    'bool_parsing',
    at,
    'Input should be a valid boolean, unable to interpret input',
    value,
  );
}

/** A query parameter that means yes or no; Python clients write `True` and `False`. Absent means no. */
export function readFlag(value: string | undefined, name: string): boolean {
  if (value === undefined) return false;
  const problems: Problem[] = [];
  const flag = readBoolean(value, ['query', name], problems);
  if (problems.length > 0) throw new InvalidInput(problems);
  return flag === true;
}

function literal(wanted: unknown): Reader {
  return (value, at, problems) => {
    if (value === wanted) return value;
    return problem(problems, 'literal_error', at, `Input should be ${JSON.stringify(wanted)}`, value);
  };
}

/** The first option that fits; else what is wrong with the option that comes nearest: the one of the value's own kind. */
function union(options: readonly (readonly [Schema, Reader])[]): Reader {
  return (value, at, problems) => {
    if (value === null && options.some(([schema]) => schema.type === 'null')) return null;
    let nearest: Problem[] | null = null;
    for (const [schema, read] of options) {
      const wrong: Problem[] = [];
      const result = read(value, at, wrong);
      if (wrong.length === 0) return result;
      if (nearest === null || (schema.type === 'array' && Array.isArray(value))) nearest = wrong;
    }
    problems.push(...(nearest ?? []));
    return undefined;
  };
}

function missing(loc: Place, input: unknown): Problem {
  return { type: 'missing', loc, msg: 'Field required', input: echo(input) };
}

function problem(
  problems: Problem[],
  type: string,
  loc: Place,
  msg: string,
  input: unknown,
  ctx?: Readonly<Record<string, unknown>>,
): undefined {
  problems.push({ type, loc, msg, input: echo(input), ...(ctx === undefined ? {} : { ctx }) });
  return undefined;
}

const MAX_ECHO_CHARACTERS = 200;

/** The input as far as it is short: an answer must not grow with a hostile body, nor fail on its depth. */
function echo(value: unknown, depth = 0): unknown {
  if (typeof value === 'bigint') return value.toString().slice(0, MAX_ECHO_CHARACTERS);
  if (typeof value === 'string') return value.slice(0, MAX_ECHO_CHARACTERS);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 2) return Array.isArray(value) ? [] : {};
  if (Array.isArray(value)) return value.slice(0, 5).map(element => echo(element, depth + 1));
  const members = Object.entries(value).slice(0, 5);
  return Object.fromEntries(members.map(([name, member]) => [name.slice(0, 64), echo(member, depth + 1)]));
}
