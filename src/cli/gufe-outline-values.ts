// Values of gufe dicts in few words, for outlines: what fits into a line is shown, of the rest how much there is.
import { IntKeyedDict } from '../gufe/int-keyed-dict.ts';
import { NdArray, NumpyScalar } from '../gufe/numpy.ts';
import { Bytes, DateTime, PosixPath, Uuid } from '../gufe/python-types.ts';
import { Settings } from '../gufe/settings.ts';
import { Quantity, Unit } from '../gufe/units.ts';
import {
  type GufeDict,
  type GufeObject,
  type GufeValue,
  isCoded,
  isGufeDict,
  isTokenizable,
} from '../gufe/values.ts';
import { writeFloat } from '../lib/json-write.ts';
import { printable } from './printable.ts';

/** How much is shown: of each list this many; 0 for all. */
export interface OutlineOptions {
  readonly limit: number;
}

const MAX_TEXT = 100;
const INDENT = '  ';

/** Key and name. */
export function titleOf(object: GufeObject): string {
  const name = nameOf(object);
  return name === '' ? object.key : `${object.key}  '${name}'`;
}

/** The name that an object has among its entries; empty when it has none. */
export function nameOf(object: GufeObject): string {
  const fields = object.fields();
  const properties = fields.get('molprops');
  const name = isGufeDict(properties) ? properties.get('ofe-name') : fields.get('name');
  return typeof name === 'string' ? shortened(name) : '';
}

/** `1 atom`, `2,000 atoms` */
export function countOf(
  things: { readonly length: number } | { readonly size: number },
  noun: string,
): string {
  const count = 'length' in things ? things.length : things.size;
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

export function indented(lines: readonly string[]): readonly string[] {
  return lines.map(line => INDENT + line);
}

/** Each entry in a line, or in as many as what is in it takes. */
export function entryLines(dict: GufeDict): readonly string[] {
  return [...dict].flatMap(([name, value]) => {
    const inside = membersOf(value);
    if (inside === null || inside.size === 0) return [`${name}: ${valueText(value)}`];
    return [
      `${name}${value instanceof Settings ? ` (${value.className})` : ''}`,
      ...indented(entryLines(inside)),
    ];
  });
}

/** The entries of dicts and settings; null for other values. */
function membersOf(value: GufeValue): GufeDict | null {
  if (value instanceof Settings) return value.fields;
  if (value instanceof IntKeyedDict) {
    return new Map([...value.entries].map(([key, member]) => [String(key), member]));
  }
  return isGufeDict(value) ? value : null;
}

/** A value in a few words. */
export function valueText(value: GufeValue): string {
  if (value === null) return 'none';
  if (typeof value === 'string') return shortened(value);
  if (typeof value === 'number') return writeFloat(value);
  if (typeof value !== 'object') return String(value);
  if (isTokenizable(value)) return titleOf(value);
  if (isCoded(value)) return codedText(value);
  if (isGufeDict(value))
    return value.size === 0 ? '{}' : countOf(value, 'entry').replace('entrys', 'entries');
  const texts = value.map(valueText).join(', ');
  return texts.length <= MAX_TEXT ? `[${texts}]` : `a list of ${value.length}`;
}

function codedText(value: object): string {
  if (value instanceof Quantity) {
    return value.magnitude instanceof NdArray
      ? `${arrayText(value.magnitude)}, ${value.unit}`
      : String(value);
  }
  if (value instanceof Unit) return value.name;
  if (value instanceof DateTime) return value.text;
  if (value instanceof PosixPath) return value.path;
  if (value instanceof Uuid) return value.text;
  if (value instanceof NdArray) return arrayText(value);
  if (value instanceof Bytes) return value.size === null ? 'bytes' : countOf({ length: value.size }, 'byte');
  if (value instanceof NumpyScalar) {
    return value.hasNumber ? `${value.toNumber()} (${value.className})` : value.className;
  }
  if (value instanceof Settings) return value.className;
  return value.constructor.name;
}

function arrayText({ dtype, shape }: NdArray): string {
  return `${dtype} array of ${shape.join(' × ') || 'no dimension'}`;
}

/** One line, with nothing in it that a terminal would obey. */
function shortened(text: string): string {
  const line = printable(text);
  return line.length <= MAX_TEXT ? line : `${line.slice(0, MAX_TEXT - 1)}…`;
}

/** A heading, and under it what is shown of each, up to the limit. */
export function section<T>(
  heading: string,
  all: readonly T[],
  { limit }: OutlineOptions,
  linesOf: (one: T) => readonly string[],
): readonly string[] {
  const shown = limit === 0 ? all : all.slice(0, limit);
  const more = all.length - shown.length;
  return [
    heading,
    ...indented(shown.flatMap(linesOf)),
    ...(more === 0 ? [] : [`  … and ${more} more (--limit 0 shows all)`]),
  ];
}
