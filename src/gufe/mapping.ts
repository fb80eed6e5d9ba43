// LigandAtomMapping: which atom of one molecule becomes which of another.
import { JsonError } from '../lib/json-error.ts';
import { parseJson } from '../lib/json-value.ts';
import { writeJson } from '../lib/json-write.ts';
import { SmallMoleculeComponent } from './components/small-molecule.ts';
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
  /**
   * Facts about the mapping, such as a score; may hold quantities and other values with a codec, but no gufe objects. Or the
   * JSON text of such a dict, which is kept as it is.
   */
  readonly annotations?: GufeDictInput | string;
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

  /** Throws GufeError for atoms that a component does not have, and for annotations that are not what they should be. */
  constructor(options: LigandAtomMappingOptions) {
    super();
    const { componentA, componentB, atoms, annotations = {} } = options;
    for (const [a, b] of atoms) {
      checkAtom(a, componentA, 'componentA');
      checkAtom(b, componentB, 'componentB');
    }
    this.componentA = componentA;
    this.componentB = componentB;
    this.atoms = new Map(atoms);
    if (typeof annotations === 'string') {
      readAnnotations(annotations);
      this.#given = null;
      this.#annotations = annotations;
    } else {
      this.#given = toGufeDict(annotations, 'annotations');
      this.#annotations = writeJson(encodeDict(this.#given), { sortKeys: true });
    }
  }

  get annotations(): GufeDict {
    return this.#given ?? readAnnotations(this.#annotations);
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

/** As gufe: an index is that of an atom. Of components that are opaque here nobody knows how many they have. */
function checkAtom(index: number, component: GufeObject, where: string): void {
  const size =
    component instanceof SmallMoleculeComponent ? component.atoms.length : Number.POSITIVE_INFINITY;
  if (Number.isSafeInteger(index) && index >= 0 && index < size) return;
  const among = Number.isFinite(size) ? ` of ${where}, which has ${size} atoms` : '';
  throw new GufeError(`componentA_to_componentB: ${index} is not an atom index${among}`);
}

function readAnnotations(text: string): GufeDict {
  const none = (key: string): GufeValue => {
    throw new GufeError(`annotations cannot refer to other objects: ${key}`);
  };
  try {
    const value = decodeValue(parseJson(text), none);
    return isGufeDict(value) ? value : wrong(value, 'annotations', 'JSON text of a dict');
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw new GufeError(`annotations: not JSON: ${cause.message}`, { cause });
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
    return new LigandAtomMapping({
      componentA,
      componentB,
      atoms,
      annotations: readString(fields, 'annotations'),
    });
  },
};
