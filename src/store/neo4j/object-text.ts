// From a node back to the text of a keyed dict; the reverse of object-form.ts. Texts are Python's: what was JSON text comes
// back as it lies there, and a number by its repr.
import { writeFloat, writeString } from '../../lib/json-write.ts';
import type { Value } from './database.ts';
import type { Link } from './object-form.ts';

/** Where a node is and how it is found; no part of the object. */
const NODE_PROPERTIES: ReadonlySet<string> = new Set([
  '_gufe_key',
  '_scoped_key',
  '_org',
  '_campaign',
  '_project',
  '_json_props',
]);

/** The members that every dict ends with, in gufe's order. */
const LAST_MEMBERS = ['__qualname__', '__module__', ':version:'];

/** Members that the graph does not keep when they are null or empty, and what they are then. The original's answers have them. */
const LEFT_OUT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AlchemicalNetwork: { name: 'null' },
  Transformation: { mapping: 'null', name: 'null', metadata: '{}' },
  NonTransformation: { name: 'null', metadata: '{}' },
};

/** The keyed dict's JSON text. */
export function dictText(properties: Readonly<Record<string, Value>>, links: readonly Link[]): string {
  const members = new Map<string, string>();
  const jsonNames = new Set(properties._json_props as readonly string[]);
  for (const [name, value] of Object.entries(properties)) {
    if (NODE_PROPERTIES.has(name) || LAST_MEMBERS.includes(name)) continue;
    members.set(name, jsonNames.has(name) ? String(value) : textOf(value));
  }
  for (const [attribute, text] of referenceTexts(links)) members.set(attribute, text);
  for (const [name, text] of Object.entries(LEFT_OUT[String(properties.__qualname__)] ?? {})) {
    if (!members.has(name)) members.set(name, text);
  }
  for (const name of LAST_MEMBERS) {
    const value = properties[name];
    if (value !== undefined) members.set(name, textOf(value));
  }
  return `{${[...members].map(([name, text]) => `${writeString(name)}: ${text}`).join(', ')}}`;
}

/** The text of each attribute that refers to other objects. */
function referenceTexts(links: readonly Link[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [attribute, group] of Map.groupBy(links, link => link.attribute)) {
    const [first] = group as [Link, ...Link[]];
    if (first.key !== null) {
      const members = group.map(link => `${writeString(link.key ?? '')}: ${referenceText(link)}`);
      texts.set(attribute, `{${members.join(', ')}}`);
    } else if (first.index !== null) {
      group.sort((a, b) => Number((a.index ?? 0n) - (b.index ?? 0n)));
      texts.set(attribute, `[${group.map(referenceText).join(', ')}]`);
    } else {
      texts.set(attribute, referenceText(first));
    }
  }
  return texts;
}

function referenceText(link: Link): string {
  return `{":gufe-key:": "${link.target}"}`;
}

function textOf(value: Value): string {
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      return writeFloat(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
  }
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  throw new TypeError('a property of a gufe object that has no place in JSON');
}
