// Alkanes as gufe molecules, ready to be simulated.
import { HYBRIDIZATION, SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { GufeError } from '../../gufe/error.ts';
import { buildAlkane } from './alkane-geometry.ts';
import { ALKANES, type AlkaneName } from './freesolv.ts';

/**
 * An alkane by name, in its extended conformation, with all hydrogens; marked as RDKit marks a molecule that was read with
 * its hydrogens, so that a Python client that reads it computes the same key.
 */
export function alkane(name: AlkaneName): SmallMoleculeComponent {
  if (!Object.hasOwn(ALKANES, name)) {
    throw new GufeError(`no alkane '${name}' is known here; known are ${Object.keys(ALKANES).join(', ')}`);
  }
  const { elements, bonds, coordinates } = buildAlkane(ALKANES[name].carbons);
  return SmallMoleculeComponent.fromAtoms({
    name,
    atoms: elements.map(element => ({
      element,
      hybridization: element === 'C' ? HYBRIDIZATION.sp3 : HYBRIDIZATION.s,
    })),
    bonds: bonds.map(([begin, end]) => ({ begin, end })),
    coordinates,
  });
}
