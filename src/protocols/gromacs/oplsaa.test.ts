import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AlkaneStructure, buildAlkane } from './alkane-geometry.ts';
import { ALKANES } from './freesolv.ts';
import { type MoleculeGraph, typeAlkane } from './oplsaa.ts';
import { bondedPaths, boxEdgeNm, coordinatesText, topologyText } from './topology.ts';

function graphOf(structure: AlkaneStructure, name = 'alkane'): MoleculeGraph {
  return {
    name,
    atoms: structure.elements.map(element => atom(element === 'C' ? 6 : 1)),
    bonds: structure.bonds.map(([begin, end]) => ({ begin, end, order: 1 })),
  };
}

function atom(atomicNumber: number, formalCharge = 0, isotope = 0): MoleculeGraph['atoms'][number] {
  return { atomicNumber, formalCharge, isotope };
}

/** A molecule from atomic numbers and bonds, each bond single unless its order is given. */
function molecule(numbers: readonly number[], bonds: readonly (readonly number[])[]): MoleculeGraph {
  return {
    name: 'made up',
    atoms: numbers.map(number => atom(number)),
    bonds: bonds.map(([begin, end, order = 1]) => ({ begin: begin as number, end: end as number, order })),
  };
}

describe('buildAlkane', () => {
  for (const [name, { carbons }] of Object.entries(ALKANES)) {
    it(`builds ${name} with sane distances`, () => {
      const { elements, bonds, coordinates } = buildAlkane(carbons);
      assert.equal(elements.filter(element => element === 'H').length, 2 * carbons.length + 2);
      assert.equal(bonds.length, elements.length - 1);
      const bonded = new Set(bonds.map(([a, b]) => `${a},${b}`));
      for (let a = 0; a < elements.length; a++) {
        for (let b = a + 1; b < elements.length; b++) {
          const [p, q] = [coordinates[a], coordinates[b]] as [readonly number[], readonly number[]];
          const distance = Math.hypot(...p.map((x, axis) => x - (q[axis] as number)));
          if (bonded.has(`${a},${b}`)) {
            assert.ok(Math.abs(distance - (elements[b] === 'C' ? 1.529 : 1.09)) < 1e-9);
          } else {
            assert.ok(distance > 1.75, `atoms ${a} and ${b} are ${distance} Å apart`);
          }
        }
      }
    });
  }

  it('extends chains: butane ends 3.9 Å apart (3.1 Å if gauche)', () => {
    const { coordinates } = buildAlkane(ALKANES.butane.carbons);
    const [first, last] = [coordinates[0], coordinates[3]] as [readonly number[], readonly number[]];
    assert.ok(Math.hypot(...first.map((x, axis) => x - (last[axis] as number))) > 3.8);
  });
});

describe('typeAlkane', () => {
  it('gives each carbon the type of its hydrogens and a total charge of zero', () => {
    const types = (carbons: readonly number[]): string[] => {
      const typed = typeAlkane(graphOf(buildAlkane(carbons)));
      assert.ok(Math.abs(typed.atoms.reduce((sum, { charge }) => sum + charge, 0)) < 1e-12);
      return typed.atoms
        .filter(({ element }) => element === 'C')
        .map(({ type, charge }) => `${type} ${charge}`);
    };
    const [ch4, ch3, ch2, ch, c] = [
      'opls_138 -0.24',
      'opls_135 -0.18',
      'opls_136 -0.12',
      'opls_137 -0.06',
      'opls_139 0',
    ];
    assert.deepEqual(types(ALKANES.methane.carbons), [ch4]);
    assert.deepEqual(types(ALKANES.ethane.carbons), [ch3, ch3]);
    assert.deepEqual(types(ALKANES.butane.carbons), [ch3, ch2, ch2, ch3]);
    assert.deepEqual(types(ALKANES.isobutane.carbons), [ch, ch3, ch3, ch3]);
    assert.deepEqual(types(ALKANES.neopentane.carbons), [c, ch3, ch3, ch3, ch3]);
  });

  const refused: readonly (readonly [string, MoleculeGraph, number, string, RegExp])[] = [
    [
      'water',
      molecule(
        [8, 1, 1],
        [
          [0, 1],
          [0, 2],
        ],
      ),
      0,
      'O',
      /only carbon and hydrogen/,
    ],
    [
      'methanol, at its oxygen',
      molecule(
        [6, 8, 1, 1, 1, 1],
        [
          [0, 1],
          [0, 2],
          [0, 3],
          [0, 4],
          [1, 5],
        ],
      ),
      1,
      'O',
      /only carbon and hydrogen/,
    ],
    [
      'ethene',
      molecule(
        [6, 6, 1, 1, 1, 1],
        [
          [0, 1, 2],
          [0, 2],
          [0, 3],
          [1, 4],
          [1, 5],
        ],
      ),
      0,
      'C',
      /not a single bond/,
    ],
    [
      'methyl',
      molecule(
        [6, 1, 1, 1],
        [
          [0, 1],
          [0, 2],
          [0, 3],
        ],
      ),
      0,
      'C',
      /four single bonds and has 3/,
    ],
    ['hydrogen gas', molecule([1, 1], [[0, 1]]), 0, 'H', /one bond, to a carbon/],
    [
      'cyclopropane',
      molecule(
        [6, 6, 6, 1, 1, 1, 1, 1, 1],
        [
          [0, 1],
          [1, 2],
          [2, 0],
          [0, 3],
          [0, 4],
          [1, 5],
          [1, 6],
          [2, 7],
          [2, 8],
        ],
      ),
      2,
      'C',
      /ring/,
    ],
    [
      'two methanes',
      molecule(
        [6, 1, 1, 1, 1, 6, 1, 1, 1, 1],
        [
          [0, 1],
          [0, 2],
          [0, 3],
          [0, 4],
          [5, 6],
          [5, 7],
          [5, 8],
          [5, 9],
        ],
      ),
      5,
      'C',
      /not connected/,
    ],
    ['a carbocation', { ...molecule([6], []), atoms: [atom(6, 1)] }, 0, 'C', /formal charge of 1/],
    [
      'deuterated methane',
      { ...graphOf(buildAlkane([-1])), atoms: [atom(6), atom(1), atom(1, 0, 2), atom(1), atom(1)] },
      2,
      'H',
      /isotope 2/,
    ],
  ];
  for (const [name, graph, atomIndex, element, why] of refused) {
    it(`refuses ${name} and names the atom`, () => {
      assert.throws(() => typeAlkane(graph), {
        code: 'UNTYPABLE_MOLECULE',
        atom: { atomIndex, element },
        message: why,
      });
    });
  }
  it('refuses a molecule without atoms and bonds to nowhere', () => {
    assert.throws(() => typeAlkane(molecule([], [])), { code: 'UNTYPABLE_MOLECULE' });
    assert.throws(() => typeAlkane(molecule([6], [[0, 3]])), {
      code: 'UNTYPABLE_MOLECULE',
      message: /joins atoms 0 and 3/,
    });
  });
});

describe('topology', () => {
  it('lists every bond, angle, dihedral and 1-4 pair once', () => {
    const counts = (carbons: readonly number[]): number[] => {
      const typed = typeAlkane(graphOf(buildAlkane(carbons)));
      return ([1, 2, 3] as const).map(bonds => {
        const paths = bondedPaths(typed, bonds);
        const unordered = new Set(paths.map(path => [path, path.toReversed()].map(String).sort()[0]));
        assert.equal(unordered.size, paths.length);
        return paths.length;
      });
    };
    // CₙH₂ₙ₊₂ has 3n + 1 bonds; each carbon makes 6 angles; each carbon-carbon bond 9 dihedrals.
    assert.deepEqual(counts(ALKANES.methane.carbons), [4, 6, 0]);
    assert.deepEqual(counts(ALKANES.ethane.carbons), [7, 12, 9]);
    assert.deepEqual(counts(ALKANES.butane.carbons), [13, 24, 27]);
    assert.deepEqual(counts(ALKANES.neopentane.carbons), [16, 30, 36]);
  });

  it('is text that a molecule’s name cannot break', () => {
    const structure = buildAlkane([-1]);
    const typed = typeAlkane(graphOf(structure));
    const name = 'evil\n[ molecules ]\nSOL 5 ; "';
    const topology = topologyText(typed, name);
    assert.match(topology, /\[ atoms \]\n1 opls_138 1 MOL C1 1 -0.2400 12.011\n/);
    assert.doesNotMatch(topology, /^SOL\s/m);
    assert.doesNotMatch(topology, /dihedrals|pairs/);
    const lines = coordinatesText(typed, structure.coordinates, 2.2, name).split('\n');
    assert.deepEqual(
      [lines.length, lines[1], lines[2]],
      [9, '5', '    1MOL     C1    1   1.100   1.100   1.100'],
    );
    assert.equal(lines[7], '   2.20000   2.20000   2.20000');
  });

  it('makes the box large enough for long molecules', () => {
    assert.equal(boxEdgeNm(buildAlkane(ALKANES.methane.carbons).coordinates, 2.2, 0.9), 2.2);
    // Extended hexane is 0.86 nm long, hydrogens included: 0.86 + 2 × 0.9 = 2.66.
    assert.equal(boxEdgeNm(buildAlkane(ALKANES.hexane.carbons).coordinates, 2.2, 0.9), 2.7);
  });
});
