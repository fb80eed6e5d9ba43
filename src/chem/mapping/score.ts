// How good a mapping is, from 0 to 1, higher is better: the `score` among a mapping's annotations, as openfe and LOMAP have it.
import type { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import type { AtomPairs } from './faults.ts';

/** As in LOMAP: each heavy atom that appears or vanishes costs a tenth; here one that changes its element half of that. */
const PER_ATOM = 0.1;
/** LOMAP forbids changes of the net charge; here they are a last resort, since some series have no other way. */
const CHARGE_CHANGE = 0.1;

/** exp(-0.1 x (heavy atoms of either molecule that are not mapped + 0.5 x changed elements)), a tenth of it where the charge changes. */
export function mappingScore(a: SmallMoleculeComponent, b: SmallMoleculeComponent, pairs: AtomPairs): number {
  const { mapped, changed } = countHeavy(a, b, pairs);
  if (mapped === 0) return 0;
  const lost = heavyCount(a) + heavyCount(b) - 2 * mapped;
  const score = Math.exp(-PER_ATOM * (lost + changed / 2)) * chargeFactor(a, b);
  // Hashed with the mapping, so not left to the last digits of a machine's `exp`.
  return Math.round(1e6 * score) / 1e6;
}

/** What a score is multiplied by for a change of the net charge; 1 where there is none. */
export function chargeFactor(a: SmallMoleculeComponent, b: SmallMoleculeComponent): number {
  return a.totalCharge === b.totalCharge ? 1 : CHARGE_CHANGE;
}

/** Heavy atoms that are mapped, and those of them that change their element. */
export function countHeavy(
  a: SmallMoleculeComponent,
  b: SmallMoleculeComponent,
  pairs: AtomPairs,
): { readonly mapped: number; readonly changed: number } {
  const heavy = [...pairs].filter(([i]) => a.atoms[i]?.atomicNumber !== 1);
  const changed = heavy.filter(([i, j]) => a.atoms[i]?.atomicNumber !== b.atoms[j]?.atomicNumber);
  return { mapped: heavy.length, changed: changed.length };
}

/** Atoms other than hydrogen. */
export function heavyCount(molecule: SmallMoleculeComponent): number {
  return molecule.atoms.filter(({ atomicNumber }) => atomicNumber !== 1).length;
}
