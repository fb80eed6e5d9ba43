// Makes objects out of the dicts of a document, whatever its form: the class is found by name, what the dict refers to is
// resolved among the objects made before, and what is not known here becomes opaque.
import { GufeError } from './error.ts';
import { OpaqueTokenizable, RESERVED } from './opaque.ts';
import { wrong } from './read-dict.ts';
import type { GufeClass, Registry } from './registry.ts';
import { encodeDict } from './serialization/json.ts';
import { contentKey } from './tokenize.ts';
import type { GufeDict, GufeObject } from './values.ts';

/** One object as a document gives it. */
export interface ObjectSource {
  /** The key that is stated for it; null in a full dict, which states none. */
  readonly key: string | null;
  /** All entries, the reserved ones among them, with references resolved by what is passed. */
  readonly entries: (resolve: (key: string) => GufeObject) => GufeDict;
  /** The keyed dict's own text, if it is text: what an opaque object keeps. */
  readonly text?: string;
}

/** The objects of one document. */
export class ObjectBuilder {
  readonly #registry: Registry;
  readonly #objects = new Map<string, GufeObject>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** The object made under a stated key. */
  find(key: string): GufeObject | undefined {
    return this.#objects.get(key);
  }

  /** Makes the object that a dict describes and remembers it under its stated key. Throws GufeError. */
  build(source: ObjectSource): GufeObject {
    const object = this.make(source);
    if (source.key !== null) this.#objects.set(source.key, object);
    return object;
  }

  /** The same without remembering it. */
  make(source: ObjectSource): GufeObject {
    const referred = new Map<string, GufeObject>();
    const entries = source.entries(key => {
      const object = this.#objects.get(key);
      if (object === undefined) throw new MissingReference(key);
      referred.set(key, object);
      return object;
    });
    const [qualname, module] = [entries.get('__qualname__'), entries.get('__module__')];
    if (typeof qualname !== 'string' || typeof module !== 'string') {
      throw new GufeError("'__qualname__' and '__module__' must name the class");
    }
    const fields = new Map([...entries].filter(([name]) => !RESERVED.has(name)));
    const known = this.#registry.find(qualname, module);
    const version = entries.get(':version:') ?? 1n;
    if (typeof version !== 'bigint') return wrong(version, ':version:', 'an integer');
    const why = known === null ? UNKNOWN_CLASS : strangeness(known, entries);
    const stated = source.key ?? fields.get('_key');
    if (known !== null && why === null) {
      return known.decode(fields, typeof stated === 'string' ? stated : '');
    }
    const content = source.text ?? { fields, version };
    const key = typeof stated === 'string' ? stated : assumedKey(qualname, entries);
    return new OpaqueTokenizable({ key, content, qualname, module, referred, why: why ?? UNKNOWN_CLASS });
  }
}

/** Of opaque objects: their class is not in the registry. */
export const UNKNOWN_CLASS = 'unknown class';

/**
 * Why an object of a known class is not one that can be read here: a newer gufe has written it. Null for one that can.
 *
 * Differs from gufe: it reads an object of a newer schema as if it were of its own, and raises for entries it does not know.
 */
export function strangeness(known: GufeClass, entries: ReadonlyMap<string, unknown>): string | null {
  const version = entries.get(':version:') ?? 1n;
  if (version !== (known.version ?? 1n)) return `version ${String(version)}`;
  for (const name of entries.keys()) {
    if (!RESERVED.has(name) && !known.entries.includes(name)) return `unknown entry '${name}'`;
  }
  return null;
}

/** A full dict states no key. That of a class without defaults is the likeliest: protocols have none, for one. */
function assumedKey(qualname: string, entries: GufeDict): string {
  return contentKey(qualname, encodeDict(entries), new Map());
}

/** A reference to what has not been read yet. */
export class MissingReference extends GufeError {
  readonly reference: string;

  constructor(reference: string) {
    super(`refers to ${reference}, which does not come before it`);
    this.reference = reference;
  }
}
