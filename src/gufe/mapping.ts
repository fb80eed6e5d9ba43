// LigandAtomMapping: which atom of one molecule becomes which of another.
import { parseJson } from '../lib/json-value.ts';
import { writeJson } from '../lib/json-write.ts';
import { GufeError } from './error.ts';
import { IntKeyedDict } from './int-keyed-dict.ts';
import { readIntKeyed, readObject, readString, wrong } from './read-dict.ts';
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
  /** In the order they were given, which the text has lost and a LigandNetwork wants; null for one that was read. */
  readonly #given: GufeDict | null;

  constructor(options: LigandAtomMappingOptions, annotationsText?: string) {
    super();
    this.componentA = options.componentA;
    this.componentB = options.componentB;
    for (const index of [...options.atoms].flat()) {
      if (!Number.isSafeInteger(index) || index < 0) throw new GufeError(`${index} is not an atom index`);
    }
    this.atoms = new Map(options.atoms);
    this.#given = annotationsText === undefined ? toGufeDict(options.annotations ?? {}, 'annotations') : null;
    this.#annotations =
      annotationsText ?? writeJson(encodeDict(this.#given ?? new Map()), { sortKeys: true });
  }

  get annotations(): GufeDict {
    if (this.#given !== null) return this.#given;
    const none = (key: string): GufeValue => {
      throw new GufeError(`annotations cannot refer to other objects: ${key}`);
    };
    const value = decodeValue(parseJson(this.#annotations), none);
    return isGufeDict(value) ? value : wrong(value, 'annotations', 'JSON text of a dict');
  }

  override fields(): GufeDict {
    const atoms = [...this.atoms].map(([a, b]) => [BigInt(a), BigInt(b)] as const);
    return new Map<string, GufeValue>([
      ['componentA', this.componentA],
      ['componentB', this.componentB],
      ['componentA_to_componentB', new IntKeyedDict(atoms)],
      ['annotations', this.#annotations],
    ]);
  }

  protected override remake(fields: GufeDict): GufeObject {
    return LIGAND_ATOM_MAPPING.decode(fields, this.key);
  }
}

/** How it is read. */
export const LIGAND_ATOM_MAPPING: GufeClass = {
  qualname: 'LigandAtomMapping',
  module: MODULE,
  entries: ['componentA', 'componentB', 'componentA_to_componentB', 'annotations'],
  keyRule: { intKeyed: ['componentA_to_componentB'] },
  decode(fields) {
    const atoms = new Map<number, number>();
    for (const [a, b] of readIntKeyed(fields, 'componentA_to_componentB').entries) {
      if (typeof b !== 'bigint') wrong(b, `componentA_to_componentB.${a}`, 'an atom index');
      atoms.set(Number(a), Number(b));
    }
    const [componentA, componentB] = [readObject(fields, 'componentA'), readObject(fields, 'componentB')];
    return new LigandAtomMapping({ componentA, componentB, atoms }, readString(fields, 'annotations'));
  },
};
