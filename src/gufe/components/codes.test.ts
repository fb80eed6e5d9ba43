// Codes that RDKit has no room or no name for are refused when an object is made, not when its key is asked for. (gufe 1.12.1
// raises for most of them; some, such as an atomic number of 256, wrap around there.)
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeKeyedChain, ProteinComponent, SmallMoleculeComponent } from '../index.ts';
import type { AtomInput } from './small-molecule.ts';

const hydrogen = (atom: Partial<AtomInput> = {}): SmallMoleculeComponent =>
  SmallMoleculeComponent.fromAtoms({
    name: 'H',
    atoms: [{ element: 'H', ...atom }],
    bonds: [],
    coordinates: [[0, 0, 0]],
  });

const water = {
  atomicNumber: 8,
  chainId: 'A',
  serial: 1,
  segment: 0,
  insertionCode: ' ',
  name: ' O  ',
  residueName: 'HOH',
  residueNumber: 1,
  isHetero: false,
  charge: 0,
};
const protein = (atom: Partial<typeof water> = {}): ProteinComponent =>
  new ProteinComponent({ name: '', atoms: [{ ...water, ...atom }], bonds: [], conformers: [[0, 0, 0]] });

const refused = (name: string, value: number) => ({
  name: 'GufeError',
  message: new RegExp(`^'atoms\\[0\\]\\.${name}' must be an integer from -?\\d+ to \\d+; it is ${value}$`),
  path: `atoms[0].${name}`,
});

test('atoms of molecules', () => {
  for (const value of [119, -1, 8.5, 1e20]) {
    assert.throws(() => hydrogen({ element: value }), { name: 'GufeError', path: 'atoms[0].atomicNumber' });
  }
  assert.throws(() => hydrogen({ chirality: 99 }), refused('chirality', 99));
  assert.throws(() => hydrogen({ chirality: 9 }), refused('chirality', 9));
  assert.throws(() => hydrogen({ hybridization: 9 }), refused('hybridization', 9));
  assert.throws(() => hydrogen({ charge: 128 }), refused('charge', 128));
  assert.throws(() => hydrogen({ isotope: 65536 }), refused('isotope', 65536));
  const most = { element: 118, chirality: 8, hybridization: 8, charge: -128, isotope: 65535, mapNumber: -1 };
  assert.equal(decodeKeyedChain(hydrogen(most).toJson()).key, hydrogen(most).key);
});

test('atoms of molecules that are read', () => {
  const text = hydrogen().toJson().replace('"atoms": [[1,', '"atoms": [[100000000000000000000,');
  assert.throws(() => decodeKeyedChain(text), { name: 'GufeError', path: 'atoms[0].atomicNumber' });
});

test('atoms of proteins', () => {
  assert.throws(() => protein({ atomicNumber: 8.5 }), refused('atomicNumber', 8.5));
  assert.throws(() => protein({ serial: 2 ** 31 }), refused('serial', 2 ** 31));
  assert.throws(() => protein({ residueNumber: Number.NaN }), refused('residueNumber', Number.NaN));
  assert.throws(() => protein({ charge: -129 }), refused('charge', -129));
  assert.throws(() => protein({ segment: -1 }), refused('segment', -1));
  assert.equal(decodeKeyedChain(protein().toJson()).key, protein().key);
});
