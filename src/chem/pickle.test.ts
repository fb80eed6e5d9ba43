// RDKit's pickle, read and written: what is written reads back, what is no pickle of the known version is refused.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SmallMoleculeComponent } from '../gufe/components/small-molecule.ts';
import { GufeError } from '../gufe/error.ts';
import { rawMol } from './molecule.ts';
import { PICKLE_OPTIONS, readPickle } from './pickle-read.ts';
import { writePickle } from './pickle-write.ts';
import { loadRdkit } from './rdkit.ts';

const PECULIAR = SmallMoleculeComponent.fromAtoms({
  name: 'peculiar',
  atoms: [
    { element: 'C', chirality: 1, hybridization: 4, mapNumber: 300, properties: { molAtomMapNumber: 300n } },
    { element: 'N', charge: -1, hybridization: 3, properties: { PartialCharge: -0.25, label: 'ä', B: true } },
    { element: 'C', isotope: 14, aromatic: true, hybridization: 3, properties: { molParity: -2n } },
    { element: 'H', hybridization: 1 },
  ],
  bonds: [
    { begin: 1, end: 0, properties: { order: 3n } },
    { begin: 2, end: 1, type: 12 },
    { begin: 0, end: 3, type: 2, stereo: 3 },
  ],
  coordinates: [
    [0, 0, 0.1],
    [1, 2, 3],
    [1e-7, -0, 1e5],
    [4, 5, 6],
  ],
});

/** n carbons in a row: indices are four bytes each above 255. */
function chain(length: number): SmallMoleculeComponent {
  return SmallMoleculeComponent.fromAtoms({
    name: 'chain',
    atoms: Array.from({ length }, () => ({ element: 'C' })),
    bonds: Array.from({ length: length - 1 }, (_, i) => ({ begin: i, end: i + 1 })),
    coordinates: Array.from({ length }, (_, i) => [i, 0, 1] as const),
  });
}

describe('what is written', () => {
  for (const molecule of [PECULIAR, chain(255), chain(256), chain(300)]) {
    test(`${molecule.name} of ${molecule.atoms.length} atoms comes back through RDKit`, async () => {
      using mol = rawMol(await loadRdkit(), molecule);
      const read = readPickle(mol.get_as_uint8array(PICKLE_OPTIONS));
      assert.equal(read.atoms.length, molecule.atoms.length);
      for (const [i, atom] of molecule.atoms.entries()) {
        const { properties, radicalElectrons, mapNumber, ...codes } = read.atoms[i] ?? assert.fail();
        const { properties: expected, mapNumber: expectedMap, ...expectedCodes } = atom;
        assert.deepEqual(codes, expectedCodes);
        assert.equal(mapNumber ?? 0, expectedMap);
        assert.equal(radicalElectrons, 0);
        for (const [name, value] of expected) {
          const found = properties.get(name)?.value;
          assert.equal(typeof found === 'number' && typeof value === 'bigint' ? BigInt(found) : found, value);
        }
      }
      for (const [i, { properties, ...codes }] of molecule.bonds.entries()) {
        const { properties: found, ...foundCodes } = read.bonds[i] ?? assert.fail();
        assert.deepEqual(foundCodes, codes);
        for (const name of properties.keys()) assert.ok(found.has(name));
      }
      assert.deepEqual([...(read.conformers[0]?.coordinates ?? [])], molecule.coordinates.flat());
    });
  }

  test('a property that RDKit has no type for is refused', () => {
    const molecule = SmallMoleculeComponent.fromAtoms({
      name: '',
      atoms: [{ element: 'C', properties: { big: 2n ** 40n } }],
      bonds: [],
      coordinates: [[0, 0, 0]],
    });
    assert.throws(() => writePickle(molecule), { name: 'GufeError', message: /property 'big'/ });
  });
});

describe('what is refused', () => {
  test('another version, other bytes', () => {
    const bytes = writePickle(chain(3));
    const other = bytes.slice();
    other[8] = 17;
    assert.throws(() => readPickle(other), {
      name: 'GufeError',
      message: /version 17\.3\.0, 16 is understood/,
    });
    assert.throws(() => readPickle(new Uint8Array(20)), GufeError);
  });

  test('a pickle cut short, at every byte', async () => {
    using mol = rawMol(await loadRdkit(), PECULIAR);
    const bytes = mol.get_as_uint8array(PICKLE_OPTIONS);
    for (let end = 0; end < bytes.length; end++) {
      assert.throws(() => readPickle(bytes.slice(0, end)), GufeError, `cut at ${end} of ${bytes.length}`);
    }
  });
});
