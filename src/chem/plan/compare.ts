// Mappings and scores of many pairs of molecules. What the plan is made by must be cheap, since all pairs are looked at: the
// score of an overlay for molecules that lie on each other, the likeness of fingerprints for others. Only pairs that are
// planned get a mapping, which takes milliseconds to a second.
import type { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { prepareLigand } from '../mapping/ligand.ts';
import { DEFAULT_MAX_DISTANCE, type MappedAtoms, mapAtoms } from '../mapping/map-atoms.ts';
import { overlayPairs } from '../mapping/overlay.ts';
import { chargeFactor, mappingScore } from '../mapping/score.ts';
import type { Rdkit } from '../rdkit.ts';
import { fingerprint, tanimoto } from '../similarity.ts';
import type { Pair, ScoredPair } from './graph.ts';

/** A pair that has been mapped. */
export interface MappedPair extends ScoredPair, MappedAtoms {}

/** Molecules made ready to be compared by number, until disposed. */
export interface Comparison extends Disposable {
  readonly count: number;
  /** How alike the two are, from 0 to 1, without a mapping. */
  likeness(pair: Pair): number;
  /** The mapping from the first of the pair to the second, with its score. */
  map(pair: Pair): MappedPair;
}

/** So little is better than none: molecules of quite different fingerprints may still have a ring in common. */
const LEAST_LIKENESS = 1e-6;

/** Makes molecules ready; `aligned` says whether they lie on each other. */
export function compareMolecules(
  rdkit: Rdkit,
  molecules: readonly SmallMoleculeComponent[],
  { aligned }: { readonly aligned: boolean },
): Comparison {
  using undo = new DisposableStack();
  const ligands = molecules.map(molecule => undo.use(prepareLigand(rdkit, molecule)));
  const prints = aligned ? [] : molecules.map(molecule => fingerprint(rdkit, molecule));
  const rest = undo.move();
  return {
    count: molecules.length,
    likeness([i, j]) {
      const [a, b] = [at(ligands, i), at(ligands, j)];
      if (!aligned) {
        const alike = Math.max(tanimoto(at(prints, i), at(prints, j)), LEAST_LIKENESS);
        return alike * chargeFactor(a.molecule, b.molecule);
      }
      return mappingScore(a.molecule, b.molecule, overlayPairs(a, b, DEFAULT_MAX_DISTANCE));
    },
    map(pair) {
      const [a, b] = [at(ligands, pair[0]), at(ligands, pair[1])];
      const mapped = mapAtoms(rdkit, a, b, { maxDistance: aligned ? DEFAULT_MAX_DISTANCE : null });
      return { ...mapped, pair, score: mappingScore(a.molecule, b.molecule, mapped.pairs) };
    },
    [Symbol.dispose]: () => rest.dispose(),
  };
}

function at<T>(list: readonly T[], i: number): T {
  const value = list[i];
  if (value === undefined) throw new RangeError(`no molecule ${i} among ${list.length}`);
  return value;
}
