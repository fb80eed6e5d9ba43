// The base of every gufe object: an immutable value with a key. Two objects are equal when their keys are. Most keys are
// hashes of content (tokenize.ts); classes that stand for an occasion rather than content (units and their results)
// override `makeKey`.
import type { JsonObject, JsonValue } from '../lib/json-value.ts';
import { type WriteJsonOptions, writeJson, writeString } from '../lib/json-write.ts';
import { GufeError } from './error.ts';
import { chainOrder, collectReferences } from './keyed-chain-order.ts';
import { fullDict, fullDictText } from './serialization/full-dict.ts';
import { encodeDict } from './serialization/json.ts';
import { writeMsgpackChain } from './serialization/msgpack.ts';
import { contentKey } from './tokenize.ts';
import {
  type GufeDict,
  type GufeDictInput,
  type GufeObject,
  type KeyedChain,
  type MsgpackOptions,
  TOKENIZABLE,
  toGufeDict,
} from './values.ts';

export type { KeyedChain } from './values.ts';

const NO_DEFAULTS: JsonObject = new Map();

/** The base class; a class of one's own gives its names and `fields`. */
export abstract class GufeTokenizable implements GufeObject {
  readonly [TOKENIZABLE] = true;
  /** The Python class: its `__qualname__`, which is also the first half of the key, … */
  abstract readonly qualname: string;
  /** … and the Python module that defines it. Both are hashed. */
  abstract readonly module: string;
  #key: string | null = null;

  /** The class's own entries, in the order they are written. */
  abstract fields(): GufeDict;

  /** The schema version of the Python class; never hashed. */
  get version(): bigint {
    return 1n;
  }

  /** The defaults of the Python class, by entry: entries equal to theirs are not hashed. */
  get defaults(): JsonObject {
    return NO_DEFAULTS;
  }

  /** `<qualname>-<32 hex digits>`. */
  get key(): string {
    this.#key ??= this.makeKey();
    return this.#key;
  }

  protected makeKey(): string {
    return contentKey(this.qualname, this.toKeyedDict(), this.defaults);
  }

  equals(other: GufeObject): boolean {
    return this.key === other.key;
  }

  /** The gufe objects that this one refers to directly, in order, repeats included. */
  references(): readonly GufeObject[] {
    return collectReferences(this.fields());
  }

  /** All entries, with other gufe objects as references. */
  toKeyedDict(): JsonObject {
    const dict: Map<string, JsonValue> = encodeDict(this.fields());
    dict.set('__qualname__', this.qualname);
    dict.set('__module__', this.module);
    dict.set(':version:', this.version);
    return dict;
  }

  /** The keyed dict as JSON text. */
  keyedDictText(): string {
    return writeJson(this.toKeyedDict());
  }

  toKeyedChain(): KeyedChain {
    return chainOrder(this).map(object => [object.key, object.toKeyedDict()] as const);
  }

  /** The keyed chain as JSON text, character for character as gufe writes it. */
  toJson(): string {
    const pairs = chainOrder(this).map(object => `[${writeString(object.key)}, ${object.keyedDictText()}]`);
    return `[${pairs.join(', ')}]`;
  }

  /** Shared objects are one Map in it, however often they occur. Throws GufeError when the nesting is beyond all bounds. */
  toDict(): GufeDict {
    return fullDict(this);
  }

  /**
   * As Python's `json.dumps` of the full dict. Shared objects are repeated, so the text can be far longer than the keyed
   * chain's; throws GufeError beyond what a string can hold.
   */
  toDictText(options: WriteJsonOptions = {}): string {
    return fullDictText(this, options);
  }

  /** The same bytes as gufe's `to_msgpack`. Throws GufeError for what MessagePack has no form for: a unit alone, a lone surrogate. */
  toMsgpack(options: MsgpackOptions = {}): Uint8Array {
    return writeMsgpackChain(chainOrder(this), options);
  }

  /**
   * A copy in which some entries, named as in `toDict`, have other values. As in gufe the copy of a unit or of its result
   * keeps the key unless `_key` is replaced too. Throws GufeError for names that are no entries.
   * @example edge.copyWithReplacements({ name: 'again' })
   */
  copyWithReplacements(replacements: GufeDictInput): this {
    const fields = new Map(this.fields());
    for (const [name, value] of toGufeDict(replacements)) {
      if (!fields.has(name)) {
        throw new GufeError(`${this.qualname} has no entry '${name}' but ${[...fields.keys()].join(', ')}`);
      }
      fields.set(name, value);
    }
    return this.remake(fields) as this;
  }

  /** Makes an object of this class from entries, as reading does. */
  protected remake(_fields: GufeDict): GufeObject {
    throw new GufeError(`${this.key} cannot be copied with replacements: its class does not say how`);
  }

  toString(): string {
    return `<${this.key}>`;
  }
}
