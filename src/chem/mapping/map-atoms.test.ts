// Mappings of atoms, of molecules that lie on each other and of others.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { loadRdkit, type Rdkit } from '../rdkit.ts';
import { readSdf } from '../sdf.ts';
import { readSmiles } from '../smiles.ts';
import { areAligned } from './aligned.ts';
import { mappingFaults } from './faults.ts';
import { type Ligand, prepareLigand } from './ligand.ts';
import { DEFAULT_MAX_DISTANCE, mapAtoms } from './map-atoms.ts';
import { countHeavy, mappingScore } from './score.ts';

let rdkit: Rdkit;
const undo = new DisposableStack();
const series = new Map<string, Ligand>();
before(async () => {
  rdkit = await loadRdkit();
  const text = readFileSync(new URL('../../../examples/ligands.sdf', import.meta.url), 'utf8');
  for (const molecule of await readSdf(text)) {
    series.set(molecule.name, undo.use(prepareLigand(rdkit, molecule)));
  }
});
after(() => undo.dispose());

const named = (name: string): Ligand => series.get(name) ?? assert.fail(name);

async function ligand(smiles: string): Promise<Ligand> {
  return undo.use(prepareLigand(rdkit, await readSmiles(smiles, { name: smiles })));
}

/** The same molecule with its atoms in another place. */
function moved(
  { molecule }: Ligand,
  move: (point: readonly [number, number, number], atom: number) => [number, number, number],
): Ligand {
  const copy = SmallMoleculeComponent.fromAtoms({
    name: molecule.name,
    atoms: molecule.atoms.map(({ atomicNumber, charge, aromatic, hybridization }) => ({
      element: atomicNumber,
      charge,
      aromatic,
      hybridization,
    })),
    bonds: molecule.bonds.map(({ begin, end, type }) => ({ begin, end, type })),
    coordinates: molecule.coordinates.map((point, i) => move(point, i)),
  });
  return undo.use(prepareLigand(rdkit, copy));
}

/** Heavy atoms, hydrogens and the score of a mapping that has no faults. */
function facts(a: Ligand, b: Ligand, maxDistance: number | null): readonly [number, number, number] {
  const { pairs, canceled } = mapAtoms(rdkit, a, b, { maxDistance });
  assert.deepEqual(mappingFaults(a, b, pairs), []);
  assert.equal(canceled, false);
  assert.deepEqual(
    [...pairs.keys()],
    [...pairs.keys()].sort((x, y) => x - y),
  );
  const { mapped } = countHeavy(a.molecule, b.molecule, pairs);
  return [mapped, pairs.size - mapped, mappingScore(a.molecule, b.molecule, pairs)];
}

describe('molecules that lie on each other', () => {
  test('a series, by its coordinates', async () => {
    assert.equal(areAligned([...series.values()].map(({ molecule }) => molecule)), true);
    const anyhow = ['c1ccccc1C(=O)O', 'c1ccccc1C(=O)N', 'CCc1ccccc1O'];
    assert.equal(areAligned((await Promise.all(anyhow.map(ligand))).map(({ molecule }) => molecule)), false);
  });

  for (const [a, b, expected] of [
    ['benzanilide', '4-fluoro', [15, 10, 0.904837]],
    ['4-fluoro', '4-chloro', [16, 10, 0.951229]],
    ['4-methyl', '4-methoxy', [16, 10, 0.860708]],
    ['4-chloro', '3-chloro', [15, 9, 0.818731]],
    ['benzanilide', '3-pyridyl', [15, 10, 0.951229]],
    // The ring changes from aromatic to saturated: it is not mapped, and what hangs on it neither.
    ['benzanilide', 'cyclohexyl', [9, 6, 0.301194]],
  ] as const) {
    test(`${a} and ${b}: heavy atoms, hydrogens, score`, () => {
      assert.deepEqual(facts(named(a), named(b), DEFAULT_MAX_DISTANCE), expected);
    });
  }

  test('of two ways in which a ring can lie, the one where the atoms are', () => {
    const [a, b] = [named('3-chloro'), named('3-pyridyl')];
    const { pairs } = mapAtoms(rdkit, a, b, { maxDistance: DEFAULT_MAX_DISTANCE });
    for (const [i, j] of pairs) {
      const [p, q] = [a.coordinates[i] ?? [0, 0, 0], b.coordinates[j] ?? [9, 9, 9]];
      assert.ok(Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) < 1, `${i} ${j}`);
    }
  });

  test('the oxygens of a carboxylate may be written either way', async () => {
    const a = await ligand('[O-]C(=O)c1ccccc1');
    // Atoms 0 and 2 change places: the same molecule in space, its double bond on the other oxygen.
    const b = moved(a, (point, i) => [...(a.coordinates[i === 0 ? 2 : i === 2 ? 0 : i] ?? point)]);
    const { pairs } = mapAtoms(rdkit, a, b, { maxDistance: DEFAULT_MAX_DISTANCE });
    assert.deepEqual([pairs.get(0), pairs.get(2), pairs.size], [2, 0, a.molecule.atoms.length]);
  });

  test('nothing of molecules that are far from each other', () => {
    const b = moved(named('4-fluoro'), ([x, y, z]) => [x + 30, y, z]);
    assert.deepEqual(facts(named('benzanilide'), b, DEFAULT_MAX_DISTANCE), [0, 0, 0]);
  });
});

describe('molecules that lie anyhow', () => {
  test('the same as of those in place, but for which of equal atoms', () => {
    const b = moved(named('4-fluoro'), ([x, y, z]) => [-y + 12, x, z - 3]);
    assert.deepEqual(facts(named('benzanilide'), b, null), [15, 10, 0.904837]);
  });

  test('of two ways the one that changes fewer elements', async () => {
    const [a, b] = [await ligand('NCc1ccc(CO)cc1'), await ligand('OCc1ccc(CN)cc1')];
    const { pairs } = mapAtoms(rdkit, a, b, { maxDistance: null });
    for (const [i, j] of pairs) assert.equal(a.molecule.elements[i], b.molecule.elements[j]);
    assert.equal(pairs.size, a.molecule.atoms.length);
  });

  test('mirror images keep what is not handed', async () => {
    const [r, s] = [await ligand('c1ccccc1[C@](F)(Cl)Br'), await ligand('c1ccccc1[C@@](F)(Cl)Br')];
    const { pairs } = mapAtoms(rdkit, r, s, { maxDistance: null });
    assert.deepEqual(mappingFaults(r, s, pairs), []);
    assert.ok(pairs.size >= 11, String(pairs.size));
  });

  test('a ring of another size is not mapped', async () => {
    const [mapped] = facts(await ligand('OCCCC1CCCCC1'), await ligand('OCCCC1CCCC1'), null);
    assert.equal(mapped, 4);
  });

  test('a change of the net charge costs', async () => {
    const [acid, ion] = [await ligand('CC(=O)O'), await ligand('CC(=O)[O-]')];
    const [mapped, hydrogens, score] = facts(acid, ion, null);
    assert.deepEqual([mapped, hydrogens, score], [4, 3, 0.1]);
  });

  test('nothing in common', async () => {
    assert.deepEqual(facts(await ligand('c1ccccc1'), await ligand('CCCC'), null), [0, 0, 0]);
  });
});
