// SolvatedPDBComponent: a protein (or anything else) in explicit solvent with its periodic box; ProteinMembraneComponent: the
// same with a membrane, which is told by the class alone. The box belongs to the key.
import { GufeError } from '../error.ts';
import { readQuantity } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import { Quantity } from '../units.ts';
import type { GufeDict, GufeObject, GufeValue } from '../values.ts';
import { atomicMassDalton } from './atomic-masses.ts';
import { type BoxVectors, boxOfQuantity, boxQuantity, isReduced } from './protein/box-vectors.ts';
import { readMmcif } from './protein/mmcif-reader.ts';
import { type ProteinParts, partsOf } from './protein/parts.ts';
import { readPdb } from './protein/pdb-reader.ts';
import type { Structure } from './protein/structure.ts';
import { PROTEIN_KEY_RULE, ProteinComponent, type ReadProteinOptions, readProteinParts } from './protein.ts';

const MODULE = 'gufe.components.solvatedpdbcomponent';

/** A protein's parts and its box. */
export interface SolvatedParts extends ProteinParts {
  /** Three vectors as rows of a 3 by 3 array, in OpenMM's reduced form, with a unit of length. */
  readonly boxVectors: Quantity;
}

/** Where the box comes from: what is given here, else the file, else the atoms if that is allowed. */
export interface ReadSolvatedOptions extends ReadProteinOptions {
  readonly boxVectors?: Quantity;
  /** Takes the smallest box around the atoms, with `boxPadding` on each side, where the file has no box; false unless given. */
  readonly inferBoxVectors?: boolean;
  /** 0.2 nanometer unless given. */
  readonly boxPadding?: Quantity;
}

/** What `validate` asks for at least. */
export interface SolvationChecks {
  /** 700 unless given; water has 1000. */
  readonly minDensityGramsPerLiter?: number;
}

/** A system that is not what its class says, such as one with next to no solvent. */
export class ComponentValidationError extends GufeError {
  override readonly name: string = 'ComponentValidationError';
}

/** @example SolvatedPDBComponent.fromPdb(text, { name: 'hif2a', inferBoxVectors: true }) */
export class SolvatedPDBComponent extends ProteinComponent {
  override readonly qualname: string = 'SolvatedPDBComponent';
  override readonly module: string = MODULE;
  /** In nanometers. */
  readonly boxVectors: Quantity;

  /** Throws GufeError when the box is no box in reduced form. */
  constructor(parts: SolvatedParts) {
    super(parts);
    const box = parts.boxVectors.to('nanometer');
    if (!isReduced(boxOfQuantity(parts.boxVectors))) {
      throw new GufeError("'box_vectors' are not in OpenMM's reduced form");
    }
    this.boxVectors = box;
  }

  /** Throws GufeError with the line at fault, and when no box can be had. */
  static override fromPdb(text: string, options: ReadSolvatedOptions = {}): SolvatedPDBComponent {
    return new SolvatedPDBComponent(solvatedParts(readPdb(text), options));
  }

  /** Throws GufeError with the line at fault, and when no box can be had. */
  static override fromMmcif(text: string, options: ReadSolvatedOptions = {}): SolvatedPDBComponent {
    return new SolvatedPDBComponent(solvatedParts(readMmcif(text), options));
  }

  protected override boxNm(): BoxVectors {
    return boxOfQuantity(this.boxVectors);
  }

  /** Mass of the atoms by the volume of the box. */
  get densityGramsPerLiter(): number {
    const [[ax], [, by], [, , cz]] = boxOfQuantity(this.boxVectors);
    const mass = this.atoms.reduce((sum, atom) => sum + atomicMassDalton(atom.atomicNumber), 0);
    return (mass * GRAMS_PER_DALTON) / (ax * by * cz * LITERS_PER_NM3);
  }

  /** Throws ComponentValidationError when the density is that of a system without solvent, or of a wrong box. */
  validate(checks: SolvationChecks = {}): void {
    const faults = this.faults(checks);
    if (faults.length > 0) throw new ComponentValidationError(`${this.qualname}: ${faults.join('; ')}`);
  }

  protected faults({ minDensityGramsPerLiter = 700 }: SolvationChecks): readonly string[] {
    const density = this.densityGramsPerLiter;
    if (density >= minDensityGramsPerLiter) return [];
    const found = `${density.toFixed(0)} g/L where ${minDensityGramsPerLiter} are expected`;
    return [`the density is only ${found}: is solvent missing, or is the box wrong?`];
  }

  override fields(): GufeDict {
    return new Map<string, GufeValue>([...super.fields(), ['box_vectors', this.boxVectors]]);
  }

  protected override remake(fields: GufeDict): GufeObject {
    return SOLVATED_PDB_COMPONENT.decode(fields, this.key);
  }
}

/** Dalton as gufe has it in grams. */
const GRAMS_PER_DALTON = 1.6605390666e-24;
const LITERS_PER_NM3 = 1e-24;

/** What `validate` asks for at least. */
export interface MembraneChecks extends SolvationChecks {
  /** 50 unless given. */
  readonly minWaters?: number;
}

/** A protein in a membrane and explicit solvent. */
export class ProteinMembraneComponent extends SolvatedPDBComponent {
  override readonly qualname: string = 'ProteinMembraneComponent';

  static override fromPdb(text: string, options: ReadSolvatedOptions = {}): ProteinMembraneComponent {
    return new ProteinMembraneComponent(solvatedParts(readPdb(text), options));
  }

  static override fromMmcif(text: string, options: ReadSolvatedOptions = {}): ProteinMembraneComponent {
    return new ProteinMembraneComponent(solvatedParts(readMmcif(text), options));
  }

  /** How many of the molecules are water: two hydrogens and an oxygen, however they are bonded and named. */
  get waterCount(): number {
    const molecules = new Map<number, number[]>();
    const roots = moleculeRoots(this);
    for (const [i, { atomicNumber }] of this.atoms.entries()) {
      const root = roots[i] ?? i;
      const members = molecules.get(root);
      if (members === undefined) molecules.set(root, [atomicNumber]);
      else members.push(atomicNumber);
    }
    let count = 0;
    for (const elements of molecules.values()) {
      if (elements.length === 3 && elements.sort((a, b) => a - b).join() === '1,1,8') count++;
    }
    return count;
  }

  /** Throws ComponentValidationError; all that is wrong is in its message. */
  override validate(checks: MembraneChecks = {}): void {
    super.validate(checks);
  }

  protected override faults(checks: MembraneChecks): readonly string[] {
    const { minWaters = 50 } = checks;
    const { waterCount } = this;
    const few = `there are only ${waterCount} waters where ${minWaters} are expected`;
    return waterCount < minWaters ? [...super.faults(checks), few] : super.faults(checks);
  }

  protected override remake(fields: GufeDict): GufeObject {
    return PROTEIN_MEMBRANE_COMPONENT.decode(fields, this.key);
  }
}

/** For each atom the lowest atom of its molecule. */
function moleculeRoots({ atoms, bonds }: ProteinComponent): Int32Array {
  const parents = Int32Array.from(atoms.keys());
  const find = (atom: number): number => {
    let root = atom;
    for (let up = parents[root] ?? root; up !== root; up = parents[root] ?? root) {
      // Each step halves the way for the next.
      parents[root] = parents[up] ?? up;
      root = up;
    }
    return root;
  };
  for (const { begin, end } of bonds) {
    const [a, b] = [find(begin), find(end)];
    parents[Math.max(a, b)] = Math.min(a, b);
  }
  return parents.map(atom => find(atom));
}

function solvatedParts(structure: Structure, options: ReadSolvatedOptions): SolvatedParts {
  return { ...partsOf(structure, options.name ?? ''), boxVectors: resolveBox(structure, options) };
}

function resolveBox(structure: Structure, options: ReadSolvatedOptions): Quantity {
  if (options.boxVectors !== undefined) return options.boxVectors;
  const { box } = structure;
  if (box !== null && !isPlaceholder(box)) return boxQuantity(box);
  if (options.inferBoxVectors) {
    return boxQuantity(
      boxAround(structure.positionsNm, options.boxPadding ?? new Quantity(0.2, 'nanometer')),
    );
  }
  throw new GufeError('the file has no periodic box: give boxVectors, or allow inferBoxVectors');
}

/** Files of electron microscopy have a cell of 1 ångström each way, which means nothing. */
function isPlaceholder([[ax], [, by], [, , cz]]: BoxVectors): boolean {
  return [ax, by, cz].every(length => Math.abs(length - 0.1) <= 1e-3 + 1e-6);
}

/** The smallest rectangular box around the atoms. */
function boxAround(positionsNm: readonly number[], padding: Quantity): BoxVectors {
  const paddingNm = padding.to('nanometer').toNumber();
  const [x, y, z] = [0, 1, 2].map(axis => {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = axis; i < positionsNm.length; i += 3) {
      const position = positionsNm[i] ?? 0;
      if (position < least) least = position;
      if (position > most) most = position;
    }
    return most - least + 2 * paddingNm;
  }) as [number, number, number];
  return [
    [x, 0, 0],
    [0, y, 0],
    [0, 0, z],
  ];
}

const ENTRIES = ['atoms', 'bonds', 'name', 'conformers', 'box_vectors'];

function readSolvatedParts(fields: GufeDict): SolvatedParts {
  return { ...readProteinParts(fields), boxVectors: readQuantity(fields, 'box_vectors') };
}

/** How it is read. */
export const SOLVATED_PDB_COMPONENT: GufeClass = {
  qualname: 'SolvatedPDBComponent',
  module: MODULE,
  entries: ENTRIES,
  keyRule: PROTEIN_KEY_RULE,
  decode: fields => new SolvatedPDBComponent(readSolvatedParts(fields)),
};

/** How it is read. */
export const PROTEIN_MEMBRANE_COMPONENT: GufeClass = {
  qualname: 'ProteinMembraneComponent',
  module: MODULE,
  entries: ENTRIES,
  keyRule: PROTEIN_KEY_RULE,
  decode: fields => new ProteinMembraneComponent(readSolvatedParts(fields)),
};
