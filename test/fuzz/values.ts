// Values that are wrong on their own: texts that are no keys, JSON that does not fit, bytes that are no JSON.
import fc from 'fast-check';
import { ScopedKey } from '../../src/domain/scoped-key.ts';
import { parseBody } from '../../src/server/body.ts';
import { SCOPE } from '../server/setup.ts';

/** A scope that the tokens do not cover. */
export const FOREIGN_SCOPE = 'org_three-campaign_c-project_4';

const HOSTILE_TEXTS = [
  "' OR 1=1 --",
  'x"}) DETACH DELETE n //',
  '../../etc/passwd',
  '%2e%2e%2f',
  '\0',
  '\u202e',
  '__proto__',
  'constructor',
  '{{7*7}}',
  '*-*-*',
  `Task-1-${SCOPE}-x`,
  `Task--${SCOPE}`,
  `-1-${SCOPE}`,
  'Task-1-*-*-*',
  'Täsk-1-a-b-c',
  'Task-1-a-b-1c',
  ` Task-1-${SCOPE}`,
  `Task-1-${SCOPE}\n`,
  'a'.repeat(5000),
];

/** Any text, with an eye to what has broken others; none that a URL would take for a step up or nothing. */
export const hostileText: fc.Arbitrary<string> = fc
  .oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary', maxLength: 40 }), fc.string())
  .filter(text => text !== '' && text !== '.' && text !== '..' && text.isWellFormed());

/** A text that is no scoped key. */
export function noKey(key: string): fc.Arbitrary<string> {
  const spoiled = fc
    .tuple(fc.nat(key.length), fc.constantFrom('', '-', "'", '*', '\0', '/', '%', ' ', 'é', '\n'), fc.nat(2))
    .map(([at, text, without]) => key.slice(0, at) + text + key.slice(at + without));
  return fc.oneof(hostileText, spoiled).filter(text => text !== '' && isNoKey(text));
}

export function isNoKey(text: string): boolean {
  try {
    ScopedKey.parse(text);
    return false;
  } catch {
    return true;
  }
}

/** Any JSON value. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    [],
    {},
    [[]],
    [null],
    '',
    'x',
    0,
    -1,
    0.5,
    2,
    1e308,
    2 ** 53,
    '1',
    'NaN',
  ),
  hostileText,
  fc.jsonValue({ maxDepth: 3 }),
);

/** The value with something in it replaced or taken away. */
export function mutated(value: unknown): fc.Arbitrary<unknown> {
  const places = [...placesIn(value)];
  return fc
    .tuple(fc.constantFrom(...places), fc.option(oddValue, { nil: undefined, freq: 4 }))
    .map(([place, replacement]) => replace(value, place, replacement));
}

type Place = readonly (string | number)[];

function* placesIn(value: unknown, at: Place = []): Generator<Place> {
  // Chains are long; their beginnings are as good as their ends.
  if (at.length > 5) return;
  yield at;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    yield* placesIn(member, [...at, Array.isArray(value) ? Number(name) : name]);
  }
}

/** A copy in which the value at a place is another, or gone when that is undefined. */
export function replace(value: unknown, [step, ...rest]: Place, replacement: unknown): unknown {
  if (step === undefined) return replacement;
  if (Array.isArray(value)) {
    const copy = value.map((each, i) => (i === step ? replace(each, rest, replacement) : each));
    return rest.length === 0 && replacement === undefined ? copy.filter((_, i) => i !== step) : copy;
  }
  const copy = { ...(value as Record<string, unknown>) };
  if (rest.length === 0 && replacement === undefined) delete copy[step];
  else copy[step] = replace(copy[step], rest, replacement);
  return copy;
}

/** Bytes that are not the JSON they were, nor any other. */
export function noJson(text: string): fc.Arbitrary<Buffer> {
  const bytes = Buffer.from(text);
  const cut = fc.nat(Math.max(0, bytes.length - 1)).map(length => bytes.subarray(0, length));
  const spoiled = fc
    .tuple(fc.nat(bytes.length), fc.uint8Array({ maxLength: 4 }), fc.nat(4))
    .map(([at, more, without]) => Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at + without)]));
  const any = fc.uint8Array({ minLength: 1, maxLength: 60 }).map(each => Buffer.from(each));
  const deep = fc.constantFrom('[', '{"a":').map(each => Buffer.from(each.repeat(3000)));
  return fc.oneof(cut, spoiled, any, deep).filter(each => each.length > 0 && !isJson(each));
}

function isJson(bytes: Uint8Array): boolean {
  try {
    parseBody(bytes);
    return true;
  } catch {
    return false;
  }
}
