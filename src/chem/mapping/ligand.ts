// A molecule made ready to be compared with many others: RDKit's views of it, its rings, and who is bonded to whom.
import type { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { GufeError } from '../../gufe/error.ts';
import { perceivedMol } from '../molecule.ts';
import type { Mol, Rdkit } from '../rdkit.ts';

/** What is asked of a molecule without RDKit's objects. */
export interface LigandShape {
  readonly molecule: SmallMoleculeComponent;
  /** Atom numbers of each ring of the smallest set of smallest rings. */
  readonly rings: readonly (readonly number[])[];
  /** The atoms bonded to each atom. */
  readonly neighbors: readonly (readonly number[])[];
  readonly coordinates: readonly Point[];
}

/** x, y, z in ångström. */
export type Point = readonly [number, number, number];

/** A molecule with its objects in RDKit's memory, until it is disposed. */
export interface Ligand extends LigandShape, Disposable {
  /** With hydrogens; atoms have the component's numbers. */
  readonly full: Mol;
  /** Without hydrogens; atoms have other numbers. */
  readonly heavy: Mol;
}

/** Makes a molecule ready. Throws a GufeError where RDKit does not take it. */
export function prepareLigand(rdkit: Rdkit, molecule: SmallMoleculeComponent): Ligand {
  using undo = new DisposableStack();
  const full = undo.use(perceivedMol(rdkit, molecule));
  const heavy = undo.use(perceivedMol(rdkit, molecule));
  heavy.remove_hs_in_place();
  const rest = undo.move();
  return { ...shapeOf(molecule, full), full, heavy, [Symbol.dispose]: () => rest.dispose() };
}

/** What is known of a molecule once its rings are. */
export function prepareShape(rdkit: Rdkit, molecule: SmallMoleculeComponent): LigandShape {
  using full = perceivedMol(rdkit, molecule);
  return shapeOf(molecule, full);
}

function shapeOf(molecule: SmallMoleculeComponent, full: Mol): LigandShape {
  const neighbors: number[][] = molecule.atoms.map(() => []);
  for (const { begin, end } of molecule.bonds) {
    neighbors[begin]?.push(end);
    neighbors[end]?.push(begin);
  }
  return { molecule, rings: ringsOf(molecule, full), neighbors, coordinates: molecule.coordinates };
}

/** What is read of RDKit's own JSON. */
interface RdkitJson {
  readonly molecules: readonly {
    readonly extensions?: readonly {
      readonly name: string;
      readonly atomRings?: readonly (readonly number[])[];
    }[];
  }[];
}

function ringsOf(molecule: SmallMoleculeComponent, full: Mol): readonly (readonly number[])[] {
  const { molecules } = JSON.parse(full.get_json()) as RdkitJson;
  const facts = molecules[0]?.extensions?.find(({ name }) => name === 'rdkitRepresentation');
  if (facts === undefined) throw new GufeError(`RDKit tells no rings of molecule '${molecule.name}'`);
  return facts.atomRings ?? [];
}
