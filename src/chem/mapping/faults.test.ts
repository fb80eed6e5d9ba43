// What makes no sense in a mapping is found and named.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import type { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { loadRdkit } from '../rdkit.ts';
import { readSdf } from '../sdf.ts';
import { readSmiles } from '../smiles.ts';
import { connectedParts, mappingFaults, sensiblePart } from './faults.ts';
import { type LigandShape, prepareShape } from './ligand.ts';

async function shape(smiles: string): Promise<LigandShape> {
  return prepareShape(await loadRdkit(), await readSmiles(smiles, { name: smiles }));
}

const kinds = (
  a: LigandShape,
  b: LigandShape,
  pairs: readonly (readonly [number, number])[],
): readonly string[] => mappingFaults(a, b, new Map(pairs)).map(({ kind }) => kind);

const same = (count: number): readonly (readonly [number, number])[] =>
  Array.from({ length: count }, (_, i) => [i, i] as const);

describe('faults', () => {
  // Heavy atoms have the numbers they have in the SMILES, hydrogens follow.
  test('a molecule mapped to itself has none', async () => {
    const a = await shape('CC(=O)Nc1ccccc1');
    assert.deepEqual(kinds(a, a, same(a.molecule.atoms.length)), []);
  });

  test('atoms that are not there, and atoms mapped to one', async () => {
    const a = await shape('CCO');
    const b = await shape('CCN');
    const [fault] = mappingFaults(
      a,
      b,
      new Map([
        [0, 0],
        [99, 1],
      ]),
    );
    assert.equal(fault?.text, "'CCO' has no atom 99, it has 9");
    assert.equal(mappingFaults(a, b, new Map([[0, 99]]))[0]?.text, "'CCN' has no atom 99, it has 10");
    assert.equal(
      mappingFaults(
        a,
        b,
        new Map([
          [0, 0],
          [1, 0],
        ]),
      )[0]?.text,
      "atoms 0 and 1 of 'CCO' are both mapped to atom 0 of 'CCN'",
    );
  });

  test('a hydrogen that becomes something else', async () => {
    const [a, b] = [await shape('CCO'), await shape('CCN')];
    const [fault] = mappingFaults(
      a,
      b,
      new Map([
        [0, 0],
        [1, 1],
        [3, 2],
      ]),
    );
    assert.equal(
      fault?.text,
      "atom 3 (H) of 'CCO' is mapped to atom 2 (N) of 'CCN': hydrogens must stay hydrogens",
    );
  });

  test('a bond that is made or broken', async () => {
    const [a, b] = [await shape('CCCC'), await shape('CC(C)C')];
    assert.deepEqual(
      kinds(a, b, [
        [0, 0],
        [1, 1],
        [2, 2],
        [3, 3],
      ]),
      ['bond', 'bond'],
    );
  });

  test('a part of a ring, a ring of another size, of other bonds, opened', async () => {
    const [benzene, pyridine] = [await shape('c1ccccc1C'), await shape('c1ccncc1C')];
    assert.deepEqual(kinds(benzene, pyridine, same(7)), []);
    assert.deepEqual(
      kinds(benzene, pyridine, [
        [5, 5],
        [6, 6],
      ]),
      ['ring', 'ring'],
    );
    const [six, five] = [await shape('C1CCCCC1C'), await shape('C1CCCC1C')];
    assert.deepEqual(kinds(six, five, [[6, 5]]), []);
    assert.deepEqual(
      kinds(six, five, [
        [5, 4],
        [6, 5],
      ]),
      ['ring', 'ring'],
    );
    assert.deepEqual(kinds(benzene, six, same(7)), ['ring', 'ring']);
    const open = await shape('CCCCCC');
    assert.ok(kinds(six, open, same(6)).includes('ring'));
    assert.ok(kinds(open, six, same(6)).includes('ring'));
  });

  test('one of two fused rings', async () => {
    const [naphthalene, benzene] = [await shape('c1ccc2ccccc2c1'), await shape('c1ccccc1')];
    // Atoms 0 to 3, 8 and 9 are one of its rings.
    const pairs = [0, 1, 2, 3, 8, 9].map((atom, i) => [atom, i] as const);
    assert.deepEqual(kinds(naphthalene, benzene, pairs), ['ring']);
    assert.equal(sensiblePart(naphthalene, benzene, new Map(pairs)).size, 0);
  });

  test('mapped atoms apart', async () => {
    const a = await shape('CCCCO');
    assert.deepEqual(
      kinds(a, a, [
        [0, 0],
        [1, 1],
        [3, 3],
      ]),
      ['apart'],
    );
    assert.deepEqual(
      connectedParts(
        a,
        new Map([
          [3, 3],
          [0, 0],
          [1, 1],
        ]),
      ),
      [new Set([0, 1]), new Set([3])],
    );
  });

  test('the other hand', async () => {
    const [r, s] = [await shape('C[C@](F)(Cl)Br'), await shape('C[C@@](F)(Cl)Br')];
    assert.deepEqual(kinds(r, r, same(5)), []);
    const [fault] = mappingFaults(r, s, new Map(same(5)));
    assert.equal(
      fault?.text,
      "atom 1 (C) of 'C[C@](F)(Cl)Br' and atom 1 (C) of 'C[C@@](F)(Cl)Br' are of opposite handedness",
    );
    // Bromine becomes chlorine and chlorine bromine: the same hand.
    assert.deepEqual(
      kinds(r, s, [
        [0, 0],
        [1, 1],
        [2, 2],
        [3, 4],
        [4, 3],
      ]),
      [],
    );
  });

  test('cis and trans', async () => {
    const [e, z] = [await shape('C/C=C/Cl'), await shape('C/C=C\\Cl')];
    assert.deepEqual(kinds(e, e, same(4)), []);
    assert.deepEqual(kinds(e, z, same(4)), ['double bond']);
  });
});

describe('what remains is sensible', () => {
  let ligands: ReadonlyMap<string, SmallMoleculeComponent>;
  before(async () => {
    const molecules = await readSdf(
      readFileSync(new URL('../../../examples/ligands.sdf', import.meta.url), 'utf8'),
    );
    ligands = new Map(molecules.map(molecule => [molecule.name, molecule]));
  });

  test('a ring that does not match is left out, and what only hangs on it', async () => {
    const rdkit = await loadRdkit();
    const named = (name: string): LigandShape => prepareShape(rdkit, ligands.get(name) ?? assert.fail(name));
    const [a, b] = [named('benzanilide'), named('cyclohexyl')];
    const heavy = a.molecule.atoms.flatMap(({ atomicNumber }, i) =>
      atomicNumber === 1 ? [] : [[i, i] as const],
    );
    const kept = sensiblePart(a, b, new Map(heavy));
    assert.equal(heavy.length, 15);
    assert.equal(kept.size, 9);
    assert.deepEqual(mappingFaults(a, b, kept), []);
  });
});
