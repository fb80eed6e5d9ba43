// From a node back to the text of a keyed dict; the reverse of object-form.ts. Texts are Python's: what was JSON text comes
// back as it lies there, and a number by its repr.
import { compareCodePoints, writeFloat, writeString } from '../../lib/json-write.ts';
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

/** The members of gufe's own classes in its order, one order for all of them. Members of other classes come by name. */
const FIRST_MEMBERS = [
  ...['stateA', 'stateB', 'system', 'protocol', 'mapping'],
  ...['componentA', 'componentB', 'componentA_to_componentB', 'annotations'],
  ...['components', 'nodes', 'edges'],
  ...['atoms', 'bonds', 'conformer', 'molprops'],
  ...['smiles', 'positive_ion', 'negative_ion', 'ion_concentration', 'neutralize'],
  ...['name', 'metadata', 'conformers', 'box_vectors', 'settings'],
];
/** The members that every dict ends with. */
const LAST_MEMBERS = ['__qualname__', '__module__', ':version:'];

/** Members that the graph does not keep when they are null or empty, and what they are then. The original's answers have them. */
const LEFT_OUT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AlchemicalNetwork: { name: 'null' },
  Transformation: { mapping: 'null', name: 'null', metadata: '{}' },
  NonTransformation: { name: 'null', metadata: '{}' },
};

/** The keyed dict's JSON text. */
export function dictText(properties: Readonly<Record<string, Value>>, links: readonly Link[]): string {
  const members = new Map(Object.entries(LEFT_OUT[String(properties.__qualname__)] ?? {}));
  const jsonNames = new Set(properties._json_props as readonly string[]);
  for (const [name, value] of Object.entries(properties)) {
    if (!NODE_PROPERTIES.has(name)) members.set(name, jsonNames.has(name) ? String(value) : textOf(value));
  }
  for (const [attribute, text] of referenceTexts(links)) members.set(attribute, text);
  const others = [...members.keys()].filter(name => !KNOWN_MEMBERS.has(name)).sort(compareCodePoints);
  const texts: string[] = [];
  for (const name of [...FIRST_MEMBERS, ...others, ...LAST_MEMBERS]) {
    const text = members.get(name);
    if (text !== undefined) texts.push(`${writeString(name)}: ${text}`);
  }
  return `{${texts.join(', ')}}`;
}

const KNOWN_MEMBERS: ReadonlySet<string> = new Set([...FIRST_MEMBERS, ...LAST_MEMBERS]);

/** The text of each attribute that refers to other objects. */
function referenceTexts(links: readonly Link[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [attribute, group] of Map.groupBy(links, link => link.attribute)) {
    const [first] = group as [Link, ...Link[]];
    if (first.key !== null) {
      group.sort((a, b) => compareCodePoints(a.key ?? '', b.key ?? ''));
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
