// Keyed chains, gufe's normal form on the wire: `[[key, dict], …]`, dependencies first, root last. Reading walks front to
// back and resolves each reference among what came before; writing is `GufeObject.toJson`.
//
// As in gufe, keys stated in a chain only serve to resolve references: objects of known classes have the key that their
// content gives here, which differs for objects made by another generation of gufe.
import { keyedChainEntries } from '../lib/json-scan.ts';
import { type JsonObject, parseJson } from '../lib/json-value.ts';
import { GUFE_CLASSES } from './classes.ts';
import { GufeError } from './error.ts';
import { OpaqueTokenizable, RESERVED } from './opaque.ts';
import { Registry } from './registry.ts';
import { decodeValue } from './serialization/json.ts';
import type { GufeObject, GufeValue } from './values.ts';

/** Reads gufe's own classes; protocols add theirs with `with`. */
export const GUFE_REGISTRY: Registry = new Registry(GUFE_CLASSES);

/** How to read. */
export interface DecodeOptions {
  /** What can be read as more than an opaque object; gufe's own classes if left out. */
  readonly registry?: Registry;
}

/** The root of a keyed chain given as JSON text or UTF-8 bytes. Throws JsonError or GufeError; nothing is half built. */
export function decodeKeyedChain(source: string | Uint8Array, options: DecodeOptions = {}): GufeObject {
  const registry = options.registry ?? GUFE_REGISTRY;
  const bytes = typeof source === 'string' ? encodeText(source) : source;
  const objects = new Map<string, GufeObject>();
  let root: GufeObject | null = null;
  for (const { key, bytes: slice, offset } of keyedChainEntries(bytes)) {
    const known = objects.get(key);
    root = known ?? decodeEntry(key, slice, { registry, objects, offset });
    if (known === undefined) objects.set(key, root);
  }
  if (root === null) throw new GufeError('the keyed chain is empty');
  return root;
}

/** The keyed chain of an object as the bytes that go over the wire. */
export function encodeKeyedChain(root: GufeObject): Uint8Array {
  return new TextEncoder().encode(root.toJson());
}

/** As a chain is usually wanted: read, and the root must be of one class. */
export function decodeKeyedChainAs<T extends GufeObject>(
  // biome-ignore lint/suspicious/noExplicitAny: any constructor will do, only instanceof is asked of it
  wanted: abstract new (...args: any[]) => T,
  source: string | Uint8Array,
  options: DecodeOptions = {},
): T {
  const root = decodeKeyedChain(source, options);
  if (root instanceof wanted) return root;
  const why = root instanceof OpaqueTokenizable ? ` (${root.why})` : '';
  throw new GufeError(`expected ${wanted.name}, got ${root.key}${why}`);
}

interface EntryContext {
  readonly registry: Registry;
  readonly objects: ReadonlyMap<string, GufeObject>;
  readonly offset: number;
}

// The scanner has checked the text.
const UTF8 = new TextDecoder();

function decodeEntry(key: string, slice: Uint8Array, context: EntryContext): GufeObject {
  const text = UTF8.decode(slice);
  try {
    return decodeDict(key, text, context);
  } catch (cause) {
    if (!(cause instanceof GufeError)) throw cause;
    throw new GufeError(`${key}, at byte ${context.offset}: ${cause.message}`, { cause });
  }
}

function decodeDict(key: string, text: string, { registry, objects }: EntryContext): GufeObject {
  const dict = parseJson(text) as JsonObject;
  const [qualname, module] = [dict.get('__qualname__'), dict.get('__module__')];
  if (typeof qualname !== 'string' || typeof module !== 'string') {
    throw new GufeError("'__qualname__' and '__module__' must name the class");
  }
  const referred = new Map<string, GufeObject>();
  const resolve = (reference: string): GufeObject => {
    const object = objects.get(reference);
    if (object === undefined) throw new GufeError(`refers to ${reference}, which does not come before it`);
    referred.set(reference, object);
    return object;
  };
  const fields = new Map<string, GufeValue>();
  for (const [name, value] of dict) {
    if (!RESERVED.has(name)) fields.set(name, decodeValue(value, resolve));
  }
  const known = registry.find(qualname, module);
  const strange = known === null ? undefined : [...fields.keys()].find(name => !known.entries.includes(name));
  if (known !== null && strange === undefined) return known.decode(fields, key);
  const why = strange === undefined ? 'unknown class' : `unknown entry '${strange}'`;
  return new OpaqueTokenizable({ key, text, qualname, module, referred, why });
}

/** Lone surrogates are legal as escapes only: raw ones have no UTF-8. */
function encodeText(text: string): Uint8Array {
  if (!text.isWellFormed()) throw new GufeError('the text has a raw lone surrogate and is no UTF-8');
  return new TextEncoder().encode(text);
}
