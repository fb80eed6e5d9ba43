import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChemicalSystem } from './chemical-system.ts';
import { SmallMoleculeComponent } from './components/small-molecule.ts';
import { decodeKeyedChain } from './keyed-chain.ts';
import { LigandAtomMapping } from './mapping.ts';
import { Transformation } from './transformation.ts';

const dimer = (name: string): SmallMoleculeComponent =>
  SmallMoleculeComponent.fromAtoms({
    name,
    atoms: [{ element: 'Ar' }, { element: 'Ar' }],
    bonds: [],
    coordinates: [
      [0, 0, 0],
      [4, 0, 0],
    ],
  });
const [componentA, componentB] = [dimer('a'), dimer('b')];
const between = (atoms: readonly (readonly [number, number])[]): LigandAtomMapping =>
  new LigandAtomMapping({ componentA, componentB, atoms: new Map(atoms) });

describe('an atom mapping', () => {
  test('maps atoms that there are', () => {
    assert.deepEqual(between([[0, 1]]).atoms, new Map([[0, 1]]));
    const wrong = { name: 'GufeError', message: /is not an atom index/ };
    assert.throws(() => between([[2, 0]]), {
      ...wrong,
      message: /2 is not an atom index of componentA, which has 2 atoms/,
    });
    assert.throws(() => between([[0, 99]]), { ...wrong, message: /99 .* of componentB/ });
    assert.throws(() => between([[-1, 0]]), wrong);
    assert.throws(() => between([[0.5, 0]]), wrong);
  });

  test('is not read with atoms that there are not, nor with annotations that are no JSON', () => {
    const text = between([[0, 1]]).toJson();
    assert.ok(decodeKeyedChain(text) instanceof LigandAtomMapping);
    const fault = { name: 'GufeError' };
    assert.throws(() => decodeKeyedChain(text.replace('{"0": 1}', '{"0": 7}')), fault);
    assert.throws(() => decodeKeyedChain(text.replace('"annotations": "{}"', '"annotations": "{"')), {
      ...fault,
      message: /annotations: not JSON/,
    });
    assert.throws(() => decodeKeyedChain(text.replace('"annotations": "{}"', '"annotations": "[]"')), fault);
  });

  test('stays as it was when a list it was given in changes', () => {
    const list = [between([[0, 0]])];
    const states = {
      stateA: new ChemicalSystem({ ligand: componentA }),
      stateB: new ChemicalSystem({ ligand: componentB }),
    };
    const transformation = new Transformation({ ...states, protocol: componentA, mapping: list });
    const { key } = transformation;
    list.length = 0;
    assert.equal(decodeKeyedChain(transformation.toJson()).key, key);
  });
});
