// An object of a class that this program does not know, kept as it came: it can be passed on (in a keyed chain byte for
// byte) and looked into, but its key cannot be recomputed (that would need the class's table of defaults), so it keeps
// the key that it was given.
import { type JsonObject, parseJson } from '../lib/json-value.ts';
import { GufeError } from './error.ts';
import { collectReferences } from './keyed-chain-order.ts';
import { decodeValue } from './serialization/json.ts';
import { GufeTokenizable } from './tokenizable.ts';
import type { GufeDict, GufeDictInput, GufeObject, GufeValue } from './values.ts';

/** What an opaque object is made from: its text if it came as text, else its entries. */
export interface OpaqueSource {
  readonly key: string;
  /** The keyed dict as JSON text, or the class's own entries and the version. */
  readonly content: string | { readonly fields: GufeDict; readonly version: bigint };
  readonly qualname: string;
  readonly module: string;
  /** The objects that it refers to, by the key it knows them by. */
  readonly referred: ReadonlyMap<string, GufeObject>;
  /** Why it is opaque, for messages: `unknown class`, … */
  readonly why: string;
}

/** An object whose class is not known here, with what it held and the key it came with. */
export class OpaqueTokenizable extends GufeTokenizable {
  override readonly qualname: string;
  override readonly module: string;
  readonly why: string;
  readonly #source: OpaqueSource;
  #fields: GufeDict | null = null;

  constructor(source: OpaqueSource) {
    super();
    this.qualname = source.qualname;
    this.module = source.module;
    this.why = source.why;
    this.#source = source;
  }

  protected override makeKey(): string {
    return this.#source.key;
  }

  override references(): readonly GufeObject[] {
    const { content, referred } = this.#source;
    return typeof content === 'string' ? [...referred.values()] : collectReferences(content.fields);
  }

  override get version(): bigint {
    const { content } = this.#source;
    if (typeof content !== 'string') return content.version;
    const version = parseDict(content).get(':version:');
    return typeof version === 'bigint' ? version : 1n;
  }

  override keyedDictText(): string {
    return this.#verbatim() ?? super.keyedDictText();
  }

  override toKeyedDict(): JsonObject {
    const text = this.#verbatim();
    return text === null ? super.toKeyedDict() : parseDict(text);
  }

  /** The text it came in; null when there is none, or when something referred to has another key by now. */
  #verbatim(): string | null {
    const { content, referred } = this.#source;
    if (typeof content !== 'string') return null;
    return [...referred].every(([key, object]) => object.key === key) ? content : null;
  }

  override fields(): GufeDict {
    this.#fields ??= this.#decode();
    return this.#fields;
  }

  #decode(): GufeDict {
    const { content } = this.#source;
    if (typeof content !== 'string') return content.fields;
    const fields = new Map<string, GufeValue>();
    for (const [name, value] of parseDict(content)) {
      if (!RESERVED.has(name))
        fields.set(
          name,
          decodeValue(value, key => this.#resolve(key)),
        );
    }
    return fields;
  }

  #resolve(key: string): GufeObject {
    const object = this.#source.referred.get(key);
    if (object === undefined) throw new GufeError(`${this.key} refers to ${key}, which was not given`);
    return object;
  }

  /** An unchanged copy is itself; another one would need a key that cannot be computed. */
  override copyWithReplacements(replacements: GufeDictInput): this {
    const names = [...(replacements instanceof Map ? replacements.keys() : Object.keys(replacements))];
    if (names.length === 0) return this;
    throw new GufeError(`${this.key} cannot be copied with another '${names[0]}': ${this.why}`);
  }
}

function parseDict(text: string): JsonObject {
  return parseJson(text) as JsonObject;
}

/** Entries that every keyed dict has beside the class's own. */
export const RESERVED: ReadonlySet<string> = new Set(['__qualname__', '__module__', ':version:']);
