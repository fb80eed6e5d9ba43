// The base of every gufe object: an immutable value with a key. Two objects are equal when their keys are. Most keys are
// hashes of content (tokenize.ts); classes that stand for an occasion rather than content (units and their results)
// override `makeKey`.
import type { JsonObject, JsonValue } from '../lib/json-value.ts';
import { writeJson, writeString } from '../lib/json-write.ts';
import { chainOrder, collectReferences } from './keyed-chain-order.ts';
import { encodeDict } from './serialization/json.ts';
import { contentKey } from './tokenize.ts';
import { type GufeDict, type GufeObject, type KeyedChain, TOKENIZABLE } from './values.ts';

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
    const dict: Map<string, JsonValue> = this.encodeFields();
    dict.set('__qualname__', this.qualname);
    dict.set('__module__', this.module);
    dict.set(':version:', this.version);
    return dict;
  }

  /** The own entries as JSON values; for classes whose entries the common codecs do not cover. */
  protected encodeFields(): Map<string, JsonValue> {
    return encodeDict(this.fields());
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

  toString(): string {
    return `<${this.key}>`;
  }
}
