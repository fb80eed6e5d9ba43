// Keyed chains, gufe's normal form on the wire: `[[key, dict], …]`, dependencies first, root last. Reading walks front to
// back and resolves each reference among what came before; writing is `GufeObject.toJson`.
//
// As in gufe, keys stated in a chain only serve to resolve references: objects of known classes have the key that their
// content gives here, which differs for objects made by another generation of gufe.
import { JsonError } from '../lib/json-error.ts';
import { type KeyedChainEntry, keyedChainEntries } from '../lib/json-scan.ts';
import { type JsonObject, type ParseJsonOptions, parseJson } from '../lib/json-value.ts';
import { GUFE_CLASSES } from './classes.ts';
import { explainMissing, jsonFault } from './document-faults.ts';
import { GufeError } from './error.ts';
import { MissingReference, ObjectBuilder, type ObjectSource, UNKNOWN_CLASS } from './object-builder.ts';
import { OpaqueTokenizable } from './opaque.ts';
import { Registry } from './registry.ts';
import { decodeValue } from './serialization/json.ts';
import type { GufeDict, GufeObject, GufeValue } from './values.ts';

/** Reads gufe's own classes; protocols add theirs with `with`. */
export const GUFE_REGISTRY: Registry = new Registry(GUFE_CLASSES);

/** How to read. */
export interface DecodeOptions {
  /** What can be read as more than an opaque object; gufe's own classes if left out. */
  readonly registry?: Registry;
  /**
   * True refuses a chain in which a key is stated for an object whose content gives another, or for two different objects.
   * False, as in gufe, if left out: the first object counts and has the key of its content.
   */
  readonly checkKeys?: boolean;
  /**
   * More values than this, at all depths, are refused in one object of a keyed chain, and in a full dict as a whole; ten million
   * if left out.
   */
  readonly maxValues?: number;
}

/** The root of a keyed chain given as JSON text or UTF-8 bytes. Throws GufeError; nothing is half built. */
export function decodeKeyedChain(source: string | Uint8Array, options: DecodeOptions = {}): GufeObject {
  const bytes = typeof source === 'string' ? encodeText(source) : source;
  const decoder = new ChainDecoder(options, (key, { reference }) => explainMissing(bytes, key, reference));
  try {
    for (const entry of keyedChainEntries(bytes)) decoder.add(entry);
  } catch (error) {
    throw error instanceof JsonError ? jsonFault(error, bytes) : error;
  }
  return decoder.root();
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

// The scanner has checked the text.
const UTF8 = new TextDecoder();

/** An object of a chain, whose key is stated. */
export interface ChainSource extends ObjectSource {
  readonly key: string;
}

/** Says more about a reference that is not among what came before. */
type Explain = (key: string, missing: MissingReference) => string;

/** Makes the objects of a chain as its entries come. */
export class ChainDecoder {
  readonly #builder: ObjectBuilder;
  readonly #checkKeys: boolean;
  readonly #limits: ParseJsonOptions;
  readonly #explain: Explain | null;
  #root: GufeObject | null = null;

  constructor(options: DecodeOptions = {}, explain: Explain | null = null) {
    this.#builder = new ObjectBuilder(options.registry ?? GUFE_REGISTRY);
    this.#checkKeys = options.checkKeys ?? false;
    this.#limits = options.maxValues === undefined ? {} : { maxValues: options.maxValues };
    this.#explain = explain;
  }

  /** The object of an entry; an entry whose key came before is passed over. Throws GufeError with its place. */
  add(entry: KeyedChainEntry): GufeObject {
    const text = UTF8.decode(entry.bytes);
    const dict = parseEntry({ ...entry, text }, this.#limits);
    const entries = (resolve: (key: string) => GufeObject): GufeDict => {
      const decoded = new Map<string, GufeValue>();
      for (const [name, value] of dict) decoded.set(name, decodeValue(value, resolve));
      return decoded;
    };
    return this.addSource({ key: entry.key, entries, text }, entry.offset);
  }

  /** As `add`, for any form of a keyed dict. */
  addSource(source: ChainSource, offset: number): GufeObject {
    const { key } = source;
    try {
      const known = this.#builder.find(key);
      if (this.#checkKeys) this.#check(known, source);
      this.#root = known ?? this.#builder.build(source);
      return this.#root;
    } catch (cause) {
      if (!(cause instanceof GufeError)) throw cause;
      const place = { offset: cause.offset ?? offset, path: cause.path ?? undefined };
      const why =
        cause instanceof MissingReference ? (this.#explain?.(key, cause) ?? cause.message) : cause.message;
      throw new GufeError(`${key}, at byte ${offset}: ${why}`, { cause, ...place });
    }
  }

  #check(known: GufeObject | undefined, source: ChainSource): void {
    const object = this.#builder.make(source);
    if (object instanceof OpaqueTokenizable && object.why !== UNKNOWN_CLASS) {
      throw new GufeError(`its key cannot be checked: ${object.why}`);
    }
    if (object.key !== source.key) throw new GufeError(`its content has the key ${object.key}`);
    if (known !== undefined && known.keyedDictText() !== object.keyedDictText()) {
      throw new GufeError('the key is stated for two different objects');
    }
  }

  /** The object of the last entry. */
  root(): GufeObject {
    if (this.#root === null) throw new GufeError('the keyed chain is empty', { offset: 0 });
    return this.#root;
  }
}

/** The dict of a pair whose text has been checked. Throws GufeError when there is too much in it. */
export function parseEntry(
  {
    key,
    text,
    offset,
  }: { readonly key: string; readonly text: string | Uint8Array; readonly offset: number },
  limits: ParseJsonOptions,
): JsonObject {
  try {
    return parseJson(text, limits) as JsonObject;
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw new GufeError(`${key}, at byte ${offset}: ${cause.message}`, { cause, offset });
  }
}

/** Lone surrogates are legal as escapes only: raw ones have no UTF-8. */
export function encodeText(text: string): Uint8Array {
  if (!text.isWellFormed()) throw new GufeError('the text has a raw lone surrogate and is no UTF-8');
  return new TextEncoder().encode(text);
}
