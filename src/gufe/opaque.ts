// An object of a class that this program does not know, kept as the text it came in: it can be passed on, byte for byte,
// and looked into, but its key cannot be recomputed (that would need the class's table of defaults), so it keeps the
// key that it was given.
import { type JsonObject, parseJson } from '../lib/json-value.ts';
import { GufeError } from './error.ts';
import { decodeValue } from './serialization/json.ts';
import { GufeTokenizable } from './tokenizable.ts';
import type { GufeDict, GufeObject, GufeValue } from './values.ts';

/** What an opaque object is made from. */
export interface OpaqueSource {
  readonly key: string;
  /** The keyed dict as JSON text. */
  readonly text: string;
  readonly qualname: string;
  readonly module: string;
  /** The objects that the text refers to, by key. */
  readonly referred: ReadonlyMap<string, GufeObject>;
  /** Why it is opaque, for messages: `unknown class`, … */
  readonly why: string;
}

/** An object whose class is not known here, with the text and the key it came with. */
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
    return [...this.#source.referred.values()];
  }

  override get version(): bigint {
    const version = this.#parsed().get(':version:');
    return typeof version === 'bigint' ? version : 1n;
  }

  override keyedDictText(): string {
    return this.#isVerbatim() ? this.#source.text : super.keyedDictText();
  }

  override toKeyedDict(): JsonObject {
    return this.#isVerbatim() ? this.#parsed() : super.toKeyedDict();
  }

  /** False when something referred to has been given another key: then the references must be written anew. */
  #isVerbatim(): boolean {
    return [...this.#source.referred].every(([key, object]) => object.key === key);
  }

  #parsed(): JsonObject {
    return parseJson(this.#source.text) as JsonObject;
  }

  override fields(): GufeDict {
    this.#fields ??= this.#decode();
    return this.#fields;
  }

  #decode(): GufeDict {
    const fields = new Map<string, GufeValue>();
    for (const [name, value] of this.#parsed()) {
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
}

/** Entries that every keyed dict has beside the class's own. */
export const RESERVED: ReadonlySet<string> = new Set(['__qualname__', '__module__', ':version:']);
