// Which classes can be read, by the names that keyed dicts carry. A registry is a value: `with` returns a larger one, so
// that a program says once, where it is put together, what it can read.
import type { KeyRule } from './key-rule.ts';
import type { GufeDict, GufeObject } from './values.ts';

/** One class that can be read. */
export interface GufeClass {
  readonly qualname: string;
  readonly module: string;
  /** The entries the class knows. An object with others comes from a newer gufe and stays opaque, to lose nothing. */
  readonly entries: readonly string[];
  /** The schema version that is read; 1 if left out. An object of another one stays opaque, to lose nothing. */
  readonly version?: bigint;
  /**
   * Makes the object from its entries, references resolved and codecs decoded; `key` is the key stated for it. Throws
   * GufeError when they do not make one.
   */
  readonly decode: (fields: GufeDict, key: string) => GufeObject;
  /** How keys follow from keyed dicts, where not all entries are hashed as they are. */
  readonly keyRule?: KeyRule;
}

/** Classes by module and name. */
export class Registry {
  readonly #classes: ReadonlyMap<string, GufeClass>;

  constructor(classes: Iterable<GufeClass> = []) {
    this.#classes = new Map([...classes].map(known => [nameOf(known.module, known.qualname), known]));
  }

  /** A registry that can read these as well; a class of the same name is replaced. */
  with(...classes: readonly GufeClass[]): Registry {
    return new Registry([...this.#classes.values(), ...classes]);
  }

  find(qualname: string, module: string): GufeClass | null {
    return this.#classes.get(nameOf(module, qualname)) ?? null;
  }
}

function nameOf(module: string, qualname: string): string {
  return `${module}:${qualname}`;
}
