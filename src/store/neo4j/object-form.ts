// How a gufe object lies in the graph: a keyed dict becomes the properties of one node and relationships to what it refers to.
// The rules are the original's, for it must read what we write:
//
//     {":gufe-key:": K}              DEPENDS_ON {attribute}
//     {name: {":gufe-key:": K}, …}   DEPENDS_ON {attribute, key}, one a member
//     [{":gufe-key:": K}, …]         DEPENDS_ON {attribute, index}, one an element
//     null, {}                       nothing: they are not kept (object-text.ts puts them back where a class has them)
//     text, number, boolean          the same; an integer as INTEGER, any other number as FLOAT
//     a list of one of these kinds   the same
//     anything else                  its JSON text as it came, and the attribute's name in the list `_json_props`
//
// What the original would lose or damage in such a way that the object can no longer be read is refused before anything is
// written. What it can read and not write (an empty list, an integer beyond 64 bits) is written as JSON text.
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { SubmittedObject } from '../../domain/submission.ts';
import { arrayElements, findReferences, objectEntries, readString } from '../../lib/json-scan.ts';
import { type JsonValue, parseJson } from '../../lib/json-value.ts';
import type { Value } from './database.ts';
import { objectProperties, type SpecificScope } from './keys.ts';

/** A node to be, and its relationships. */
export interface ObjectForm {
  readonly gufeKey: string;
  readonly qualname: string;
  readonly properties: Readonly<Record<string, Value>>;
  readonly links: readonly Link[];
}

/** A relationship to the object that an attribute refers to. */
export interface Link {
  readonly attribute: string;
  /** In a dict of references. */
  readonly key: string | null;
  /** In a list of references. */
  readonly index: bigint | null;
  /** Its gufe key. */
  readonly target: string;
}

/** Attributes without which the original cannot read an object, and which cannot be kept when they are null or empty. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  ChemicalSystem: ['name', 'components'],
  LigandAtomMapping: ['componentA_to_componentB'],
};

/** The form of an object in a scope. Throws INVALID_BODY where the graph cannot hold it. */
export function formOf(object: SubmittedObject, scope: SpecificScope): ObjectForm {
  const { gufeKey, qualname } = object;
  const members = new Map<string, Uint8Array>();
  for (const { name, value } of objectEntries(object.bytes)) members.set(name, value);
  const properties: Record<string, Value> = {};
  const jsonNames: string[] = [];
  const links: Link[] = [];
  for (const [attribute, bytes] of members) {
    const kept = keep(attribute, bytes);
    if (kept === null) {
      if (NEEDED[qualname]?.includes(attribute) === true) throw unkept(gufeKey, `an empty \`${attribute}\``);
    } else if ('links' in kept) {
      links.push(...kept.links);
    } else if ('json' in kept) {
      if (findReferences(bytes).length > 0) throw unkept(gufeKey, `references inside of \`${attribute}\``);
      properties[attribute] = kept.json;
      jsonNames.push(attribute);
    } else {
      properties[attribute] = kept.value;
    }
  }
  refuseDoubles(gufeKey, links);
  const module = String(properties.__module__);
  Object.assign(properties, objectProperties(gufeKey, scope, module), {
    ':version:': properties[':version:'] ?? null,
    _json_props: jsonNames,
  });
  return { gufeKey, qualname, properties, links };
}

/** What becomes of a value; null when it is not kept. */
type Kept =
  | { readonly links: readonly Link[] }
  | { readonly json: string }
  | { readonly value: Value }
  | null;

const QUOTE = 0x22;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;

function keep(attribute: string, bytes: Uint8Array): Kept {
  if (bytes[0] === OPEN_OBJECT) return keepObject(attribute, bytes);
  if (bytes[0] === OPEN_ARRAY) return keepArray(attribute, bytes);
  const value = bytes[0] === QUOTE ? readString(bytes) : parseJson(bytes);
  if (value === null) return null;
  return isStorable(value) ? { value } : { json: textOf(bytes) };
}

function keepObject(attribute: string, bytes: Uint8Array): Kept {
  const target = referenceIn(bytes);
  if (target !== null) return { links: [{ attribute, key: null, index: null, target }] };
  const links = new Map<string, Link>();
  for (const { name, value } of objectEntries(bytes)) {
    const child = referenceIn(value);
    if (child === null) return { json: textOf(bytes) };
    links.set(name, { attribute, key: name, index: null, target: child });
  }
  return links.size === 0 ? null : { links: [...links.values()] };
}

function keepArray(attribute: string, bytes: Uint8Array): Kept {
  const elements = [...arrayElements(bytes)];
  const targets = elements.map(referenceIn);
  if (targets.length > 0 && targets.every(target => target !== null)) {
    return {
      links: targets.map((target, place) => ({ attribute, key: null, index: BigInt(place), target })),
    };
  }
  const first = elements[0]?.[0];
  if (first === undefined || first === OPEN_OBJECT || first === OPEN_ARRAY) return { json: textOf(bytes) };
  const values = parseJson(bytes) as readonly JsonValue[];
  const isPlain = values.every(value => typeof value === typeof values[0] && isStorable(value));
  return isPlain ? { value: values as readonly Value[] } : { json: textOf(bytes) };
}

/** True for what is a property as it is. A text with a lone surrogate has no UTF-8; as JSON it is an escape. */
function isStorable(value: JsonValue): value is string | number | bigint | boolean {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value;
  if (typeof value === 'string') return value.isWellFormed();
  return typeof value === 'number' || typeof value === 'boolean';
}

const REFERENCE = /^\{\s*"(?::gufe-key:)"\s*:/;

/** The key in `{":gufe-key:": K}`, else null. */
function referenceIn(bytes: Uint8Array): string | null {
  if (bytes[0] !== OPEN_OBJECT || bytes.length > 512 || !REFERENCE.test(textOf(bytes))) return null;
  return findReferences(bytes)[0] ?? null;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}

/** A relationship is known by its ends: the original keeps one of two to the same object. */
function refuseDoubles(gufeKey: string, links: readonly Link[]): void {
  const targets = new Set<string>();
  for (const { target } of links) {
    if (targets.has(target)) throw unkept(gufeKey, `two references to '${target}'`);
    targets.add(target);
  }
}

function unkept(gufeKey: string, what: string): AlchemiscaleError {
  return new AlchemiscaleError(
    'INVALID_BODY',
    `Invalid network: '${gufeKey}' has ${what}, which the graph in Neo4j cannot keep`,
    { facts: { key: gufeKey } },
  );
}
