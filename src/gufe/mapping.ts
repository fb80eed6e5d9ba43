// LigandAtomMapping: which atom of one molecule becomes which of another.
import { IntKeyedObject, type JsonValue, parseJson } from '../lib/json-value.ts';
import { writeJson } from '../lib/json-write.ts';
import { GufeError } from './error.ts';
import { readDict, readObject, readString, wrong } from './read-dict.ts';
import type { GufeClass } from './registry.ts';
import { decodeValue, encodeDict } from './serialization/json.ts';
import { GufeTokenizable } from './tokenizable.ts';
import {
  type GufeDict,
  type GufeDictInput,
  type GufeObject,
  type GufeValue,
  isGufeDict,
  toGufeDict,
} from './values.ts';

const MODULE = 'gufe.mapping.ligandatommapping';

/** How to reach from state A to state B: nothing, one mapping, or several. */
export type Mapping = GufeObject | readonly GufeObject[] | null;

/** What an atom mapping is made from. */
export interface LigandAtomMappingOptions {
  readonly componentA: GufeObject;
  readonly componentB: GufeObject;
  /** Atom index in A to atom index in B. */
  readonly atoms: ReadonlyMap<number, number>;
  /** Facts about the mapping, such as a score; may hold quantities and other values with a codec, but no gufe objects. */
  readonly annotations?: GufeDictInput;
}

/** Which atom becomes which. */
export class LigandAtomMapping extends GufeTokenizable {
  override readonly qualname: string = 'LigandAtomMapping';
  override readonly module: string = MODULE;
  readonly componentA: GufeObject;
  readonly componentB: GufeObject;
  readonly atoms: ReadonlyMap<number, number>;
  /** JSON text, as gufe keeps it. */
  readonly #annotations: string;

  constructor(options: LigandAtomMappingOptions, annotationsText?: string) {
    super();
    this.componentA = options.componentA;
    this.componentB = options.componentB;
    for (const index of [...options.atoms].flat()) {
      if (!Number.isSafeInteger(index) || index < 0) throw new GufeError(`${index} is not an atom index`);
    }
    this.atoms = new Map(options.atoms);
    this.#annotations =
      annotationsText ?? writeJson(encodeDict(toGufeDict(options.annotations ?? {})), { sortKeys: true });
  }

  get annotations(): GufeDict {
    const none = (key: string): GufeValue => {
      throw new GufeError(`annotations cannot refer to other objects: ${key}`);
    };
    const value = decodeValue(parseJson(this.#annotations), none);
    return isGufeDict(value) ? value : wrong(value, 'annotations', 'JSON text of a dict');
  }

  override fields(): GufeDict {
    const atoms = new Map([...this.atoms].map(([a, b]) => [String(a), BigInt(b)] as const));
    return new Map<string, GufeValue>([
      ['componentA', this.componentA],
      ['componentB', this.componentB],
      ['componentA_to_componentB', atoms],
      ['annotations', this.#annotations],
    ]);
  }

  /** The indices are integers in Python and sort as such when hashed. */
  protected override encodeFields(): Map<string, JsonValue> {
    const atoms = new Map([...this.atoms].map(([a, b]) => [BigInt(a), BigInt(b)] as const));
    return super.encodeFields().set('componentA_to_componentB', new IntKeyedObject(atoms));
  }
}

/** How it is read. */
export const LIGAND_ATOM_MAPPING: GufeClass = {
  qualname: 'LigandAtomMapping',
  module: MODULE,
  entries: ['componentA', 'componentB', 'componentA_to_componentB', 'annotations'],
  decode(fields) {
    const atoms = new Map<number, number>();
    for (const [a, b] of readDict(fields, 'componentA_to_componentB')) {
      if (!/^\d+$/.test(a) || typeof b !== 'bigint')
        wrong(b, `componentA_to_componentB.${a}`, 'an atom index');
      atoms.set(Number(a), Number(b));
    }
    const [componentA, componentB] = [readObject(fields, 'componentA'), readObject(fields, 'componentB')];
    return new LigandAtomMapping({ componentA, componentB, atoms }, readString(fields, 'annotations'));
  },
};
