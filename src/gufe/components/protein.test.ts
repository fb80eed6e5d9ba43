// Proteins read from files: the keys that gufe gives the same text, and what of a file is kept and what is refused.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fixtures } from '../../../test/support/golden.ts';
import {
  ComponentValidationError,
  decodeKeyedChain,
  GufeError,
  NdArray,
  ProteinComponent,
  ProteinMembraneComponent,
  Quantity,
  SolvatedPDBComponent,
} from '../index.ts';
import { boxOfCell } from './protein/box-vectors.ts';
import { cosine, sine } from './protein/trigonometry.ts';

interface Case {
  readonly format: 'pdb' | 'cif';
  readonly text: string;
  readonly protein: string | null;
  readonly solvated: string | null;
  readonly inferred: string | null;
  readonly written?: string;
}

const CASES = readFileSync(join(fixtures('proteins'), 'cases.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as Case);

/** The key, or null where the text is refused as it should be. */
function keyOf(make: () => ProteinComponent): string | null {
  try {
    return make().key;
  } catch (error) {
    assert.ok(error instanceof GufeError, String(error));
    return null;
  }
}

const name = 'x';

describe('files have the keys that gufe gives them', () => {
  test('as proteins, as solvated systems, with a box that is inferred', () => {
    assert.ok(CASES.filter(({ protein }) => protein !== null).length > 60);
    for (const [i, { format, text, protein, solvated, inferred }] of CASES.entries()) {
      const options = { name, inferBoxVectors: true };
      if (format === 'pdb') {
        assert.equal(
          keyOf(() => ProteinComponent.fromPdb(text, { name })),
          protein,
          `case ${i}`,
        );
        assert.equal(
          keyOf(() => SolvatedPDBComponent.fromPdb(text, { name })),
          solvated,
          `case ${i}`,
        );
        assert.equal(
          keyOf(() => SolvatedPDBComponent.fromPdb(text, options)),
          inferred,
          `case ${i}`,
        );
      } else {
        assert.equal(
          keyOf(() => ProteinComponent.fromMmcif(text, { name })),
          protein,
          `case ${i}`,
        );
        assert.equal(
          keyOf(() => SolvatedPDBComponent.fromMmcif(text, { name })),
          solvated,
          `case ${i}`,
        );
        assert.equal(
          keyOf(() => SolvatedPDBComponent.fromMmcif(text, options)),
          inferred,
          `case ${i}`,
        );
      }
    }
  });

  test('and so do unit cells their boxes, to the last digit', () => {
    const boxes = JSON.parse(readFileSync(join(fixtures('proteins'), 'boxes.json'), 'utf8')) as readonly [
      [number, number, number, number, number, number],
      number[][] | null,
    ][];
    for (const [[a, b, c, ...anglesDegrees], box] of boxes) {
      const make = () => boxOfCell({ lengthsNm: [a * 0.1, b * 0.1, c * 0.1], anglesDegrees });
      if (box === null)
        assert.throws(make, { name: 'GufeError', message: /no periodic box has the unit cell/ });
      else assert.deepEqual(make(), box, `${a} ${b} ${c} ${anglesDegrees}`);
    }
  });

  test('sine and cosine are those of the angle, to the last digit', () => {
    assert.equal(cosine(Math.PI / 3), 0.5000000000000001);
    assert.equal(sine(Math.PI / 6), 0.49999999999999994);
    assert.equal(cosine(Math.PI / 2), 6.123233995736766e-17);
    assert.equal(sine(0), 0);
    assert.equal(cosine(0), 1);
  });
});

/** An ATOM line with an element and a place; the rest is usual. */
function atom(
  serial: number,
  atomName: string,
  residue: string,
  at: { chain?: string; number?: number; altLoc?: string; x?: number; element?: string } = {},
): string {
  const { chain = 'A', number = 1, altLoc = ' ', x = serial, element = atomName.replace(/\d/g, '')[0] } = at;
  const place = `${altLoc}${residue.padEnd(3)} ${chain}${String(number).padStart(4)} `;
  const padded = atomName.length === 4 ? atomName : ` ${atomName.padEnd(3)}`;
  return `ATOM  ${String(serial).padStart(5)} ${padded}${place}   ${x.toFixed(3).padStart(8)}${'0.000'.padStart(8)}${'0.000'.padStart(8)}  1.00  0.00          ${(element ?? '').padStart(2)}`;
}

const water = (first: number, number = 1): string[] => [
  atom(first, 'O', 'HOH', { number }),
  atom(first + 1, 'H1', 'HOH', { number }),
  atom(first + 2, 'H2', 'HOH', { number }),
];

const read = (...lines: readonly string[]): ProteinComponent => ProteinComponent.fromPdb(lines.join('\n'));

describe('PDB text is written', () => {
  test('as gufe writes it', () => {
    const cases = CASES.filter(({ written }) => written !== undefined);
    assert.ok(cases.length > 10);
    for (const { text, written } of cases) {
      const [, ...lines] = ProteinComponent.fromPdb(text, { name }).toPdb().split('\n');
      assert.equal(lines.join('\n'), written);
    }
  });

  test('with the box, and all bonds of an atom that has many', () => {
    const boxVectors = new Quantity(NdArray.float64([4, 0, 0, 0, 5, 0, 0, 0, 6], [3, 3]), 'nanometer');
    const ends = Array.from({ length: 6 }, (_, i) => atom(2 + i, `H${i}`, 'LIG'));
    const centre = atom(1, 'S', 'LIG');
    const connections = ['CONECT    1    2    3    4    5', 'CONECT    1    6    7'];
    const protein = SolvatedPDBComponent.fromPdb([centre, ...ends, ...connections].join('\n'), {
      boxVectors,
    });
    const lines = protein.toPdb().split('\n');
    assert.ok(lines.includes('CRYST1   40.000   50.000   60.000  90.00  90.00  90.00 P 1           1 '));
    assert.ok(lines.includes('CONECT    1    2    3    4    5') && lines.includes('CONECT    1    6    7'));
    const again = SolvatedPDBComponent.fromPdb(lines.join('\n'));
    assert.equal(again.bonds.length, protein.bonds.length);
    assert.ok(again.boxVectors.magnitude instanceof NdArray);
    assert.deepEqual([...again.boxVectors.magnitude.toNumbers()], [4, 0, 0, 0, 5, 0, 0, 0, 6]);
  });

  test('unless it does not fit', () => {
    const far = read(...water(1));
    const moved = new ProteinComponent({ ...far, conformers: [new Array(9).fill(1e9)] });
    assert.throws(() => moved.toPdb(), { name: 'GufeError', message: /does not fit a line of a PDB file/ });
  });
});

describe('PDB text', () => {
  test('gives atoms with standard names, bonds of templates, and charges', () => {
    const protein = read(
      ...['OW', 'HW1', 'HW2'].map((atomName, i) =>
        atom(i + 1, atomName, 'SOL', { element: atomName[0] ?? '' }),
      ),
      atom(4, 'NA', 'NA', { number: 2, element: 'NA' }),
    );
    assert.deepEqual(
      protein.atoms.map(({ name: own, residueName, charge }) => `${residueName} ${own} ${charge}`),
      ['HOH O 0', 'HOH H1 0', 'HOH H2 0', 'NA NA 1'],
    );
    assert.deepEqual(
      protein.bonds.map(({ begin, end, type }) => `${begin} ${end} ${type}`),
      ['1 0 SINGLE', '2 0 SINGLE'],
    );
    assert.equal(protein.totalCharge, 1);
    assert.equal(protein.name, '');
    assert.equal(protein.conformers.length, 1);
  });

  test('keeps the first of alternate locations, and the first model', () => {
    const [oxygen, ...hydrogens] = water(1);
    const twice = read(
      atom(1, 'O', 'HOH', { altLoc: 'A', x: 5 }),
      atom(9, 'O', 'HOH', { altLoc: 'B', x: 6 }),
      ...hydrogens,
    );
    assert.equal(twice.atoms.length, 3);
    assert.equal(twice.conformers[0]?.[0], 5);
    const models = ['MODEL        1', ...water(1), 'ENDMDL', 'MODEL        2', ...water(1), 'ENDMDL'];
    assert.ok(read(...models).equals(read(oxygen ?? '', ...hydrogens)));
  });

  test('bonds sulfurs that are near, and what CONECT says', () => {
    const cysteine = (first: number, number: number, x: number): string[] => [
      atom(first, 'CB', 'CYS', { number, x: x + 30 * number }),
      atom(first + 1, 'SG', 'CYS', { number, x }),
    ];
    const near = read(...cysteine(1, 1, 0), ...cysteine(3, 2, 2.1));
    assert.deepEqual(
      near.bonds.map(({ begin, end }) => [begin, end]),
      [
        [0, 1],
        [2, 3],
        [3, 1],
      ],
    );
    const far = [...cysteine(1, 1, 0), ...cysteine(3, 2, 3.1)];
    assert.equal(read(...far).bonds.length, 2);
    const [, , connected] = read(...far, 'CONECT    2    4', 'CONECT    4    2').bonds;
    assert.deepEqual(connected, { begin: 1, end: 3, type: 'UNSPECIFIED', isAromatic: false });
  });

  test('begins a chain after TER, under the same id', () => {
    const protein = read(...water(1), 'TER', ...water(4, 2));
    assert.deepEqual(
      protein.atoms.map(({ chainId, segment }) => `${chainId}${segment}`),
      ['A0', 'A0', 'A0', 'A1', 'A1', 'A1'],
    );
  });

  test('that is wrong is refused at its line', () => {
    const refused = (message: RegExp | string, line: number | null, ...lines: readonly string[]): void =>
      assert.throws(() => read(...lines), { name: 'GufeError', message, line });
    refused('no atoms in the PDB file', null, 'REMARK nothing');
    refused(/^line 1: this comes before the first atom/, 1, 'END');
    refused(
      /^line 2: the coordinate x is 'abc', not a number$/,
      2,
      'HEADER',
      (water(1)[0] ?? '').replace('1.000', '  abc'),
    );
    refused(/^line 1: an atom that ends before its coordinates$/, 1, (water(1)[0] ?? '').slice(0, 30));
    refused(
      /^line 1: the residue name is not in its columns/,
      1,
      (water(1)[0] ?? '').replace('HOH ', 'OH A'),
    );
    refused(
      /^line 1: atom Q of LIG 1 has no bonds and is not an ion/,
      1,
      atom(1, 'Q', 'LIG', { element: 'C' }),
    );
    refused(
      /^line 1: the element of atom Q in LIG 1 cannot be told$/,
      1,
      atom(1, 'Q', 'LIG', { element: '' }),
    );
    refused(/^line 4: CONECT bonds atom 1 to itself$/, 4, ...water(1), 'CONECT    1    1');
    refused(/^line 1: .*unit cell has 'bad'/, 1, 'CRYST1   bad', ...water(1));
    refused(/^line 4: a MODEL without a number$/, 4, ...water(1), 'MODEL');
  });
});

describe('mmCIF text', () => {
  const header = [
    'data_x',
    'loop_',
    ...[
      'id',
      'type_symbol',
      'label_atom_id',
      'label_comp_id',
      'label_asym_id',
      'label_seq_id',
      'Cartn_x',
      'Cartn_y',
      'Cartn_z',
      'label_alt_id',
    ].map(item => `_atom_site.${item}`),
  ];
  const rows = ['1 O O HOH A 1 0 0 0 .', '2 H H1 HOH A 1 1 0 0 .', '3 H H2 HOH A 1 0 1 0 .'];
  const refused = (message: RegExp, ...lines: readonly string[]): void =>
    assert.throws(() => ProteinComponent.fromMmcif(lines.join('\n')), { name: 'GufeError', message });

  test('is read with quotes, comments and blocks between semicolons', () => {
    const protein = ProteinComponent.fromMmcif(
      [
        '# made by hand',
        'data_x',
        "_struct.title 'it''s'",
        '_struct.more',
        ';loop_ in a text',
        '; # end',
        ...header.slice(1),
        ...rows,
      ].join('\r\n'),
    );
    assert.equal(protein.atoms.length, 3);
    assert.equal(protein.atoms[0]?.insertionCode, '');
    assert.equal(protein.bonds.length, 2);
  });

  test('that is wrong is refused at its line', () => {
    refused(/no data block/, 'ATOM');
    refused(/no atoms in the mmCIF file/, 'data_x');
    refused(/^line 13: a row of 3 values where 10 are due$/, ...header, '1 O O');
    refused(/^line 13: 'x' is not the number of the atom$/, ...header, 'x O O HOH A 1 0 0 0 .');
    refused(/^line 13: '\?' is not a coordinate$/, ...header, '1 O O HOH A 1 ? 0 0 .');
    refused(/^line 4: the atoms have no _atom_site.label_atom_id$/, 'data_x', 'loop_', '_atom_site.id', '1');
    refused(/^line 2: no value for _cell.length_a$/, 'data_x', '_cell.length_a', ...header.slice(1), ...rows);
    refused(/^line 2: 'stray' is not expected here$/, 'data_x', 'stray');
  });
});

describe('objects', () => {
  const protein = read(...water(1));

  test('are read back from their chains, and copied', () => {
    const again = decodeKeyedChain(protein.toJson());
    assert.ok(again instanceof ProteinComponent);
    assert.equal(again.toJson(), protein.toJson());
    const named = protein.copyWithReplacements({ name: 'w' });
    assert.equal(named.name, 'w');
    assert.notEqual(named.key, protein.key);
    assert.equal(protein.name, '');
  });

  test('made of parts have the keys of the same ones in Python', () => {
    const parts = {
      name: 'w',
      atoms: [
        [8, ' O  '],
        [1, ' H1 '],
        [1, ' H2 '],
      ].map(([atomicNumber, atomName], i) => ({
        atomicNumber: Number(atomicNumber),
        chainId: 'A',
        serial: i + 1,
        segment: 0,
        insertionCode: ' ',
        name: String(atomName),
        residueName: 'HOH',
        residueNumber: 1,
        isHetero: false,
        charge: 0,
      })),
      bonds: [1, 2].map(end => ({ begin: 0, end, type: 'SINGLE', isAromatic: false })),
      conformers: [[0, 0, 0, 1, 0, 0, 0, 1, 0]],
    };
    assert.equal(new ProteinComponent(parts).key, 'ProteinComponent-23ad7adda0622242d9d9d4545de86cfe');
    const boxVectors = new Quantity(NdArray.float64([3, 0, 0, 0, 3, 0, 0, 0, 3], [3, 3]), 'nanometer');
    assert.equal(
      new SolvatedPDBComponent({ ...parts, name: '', boxVectors }).key,
      'SolvatedPDBComponent-92511090f4ea066b16a74ec776ec6e4f',
    );
  });

  test('refuse what does not go together', () => {
    const { atoms, bonds, conformers } = protein;
    const make = (parts: object) => () =>
      new ProteinComponent({ atoms, bonds, conformers, name: '', ...parts });
    assert.throws(make({ conformers: [] }), { message: /there is no conformer/ });
    assert.throws(make({ conformers: [[1, 2, 3]] }), { message: '3 atoms need 9 coordinates, not 3' });
    assert.throws(make({ bonds: [{ begin: 0, end: 3, type: 'SINGLE', isAromatic: false }] }), GufeError);
    assert.throws(make({ bonds: [{ begin: 0, end: 1, type: 'STRONG', isAromatic: false }] }), GufeError);
  });
});

describe('solvated systems', () => {
  const cubic = (length: number): Quantity =>
    new Quantity(NdArray.float64([length, 0, 0, 0, length, 0, 0, 0, length], [3, 3]), 'nanometer');
  const text = water(1).join('\n');

  test('take their box from where it is told', () => {
    const given = SolvatedPDBComponent.fromPdb(text, { boxVectors: cubic(3) });
    assert.equal(given.boxVectors.unit, 'nanometer');
    const inÅngström = SolvatedPDBComponent.fromPdb(text, {
      boxVectors: new Quantity(NdArray.float64([30, 0, 0, 0, 30, 0, 0, 0, 30], [3, 3]), 'angstrom'),
    });
    assert.equal(inÅngström.boxVectors.unit, 'nanometer');
    const cryst = `CRYST1   30.000   30.000   30.000  90.00  90.00  90.00 P 1           1\n${text}`;
    assert.ok(SolvatedPDBComponent.fromPdb(cryst).equals(given));
    assert.throws(() => SolvatedPDBComponent.fromPdb(text), { message: /no periodic box/ });
    assert.throws(() => SolvatedPDBComponent.fromPdb(cryst.replaceAll('30.000', ' 1.000')), {
      message: /no periodic box/,
    });
    assert.throws(() => SolvatedPDBComponent.fromPdb(text, { boxVectors: cubic(-3) }), {
      message: /reduced form/,
    });
    assert.throws(() => SolvatedPDBComponent.fromPdb(text, { boxVectors: new Quantity(1, 'nanometer') }), {
      message: /3 by 3/,
    });
    assert.throws(
      () =>
        SolvatedPDBComponent.fromPdb(text, {
          boxVectors: new Quantity(1, 'kelvin'),
        }),
      { message: /kelvin is a temperature/ },
    );
  });

  test('are told from each other by class, and checked', () => {
    const plain = SolvatedPDBComponent.fromPdb(text, { boxVectors: cubic(0.31) });
    const membrane = ProteinMembraneComponent.fromPdb(text, { boxVectors: cubic(0.31) });
    assert.notEqual(plain.key, membrane.key);
    assert.ok(decodeKeyedChain(membrane.toJson()) instanceof ProteinMembraneComponent);
    assert.ok(Math.abs(plain.densityGramsPerLiter - 1004) < 1);
    plain.validate();
    assert.equal(membrane.waterCount, 1);
    assert.throws(() => membrane.validate(), ComponentValidationError);
    assert.throws(() => SolvatedPDBComponent.fromPdb(text, { boxVectors: cubic(3) }).validate(), {
      message: /the density is only 1 g\/L where 700 are expected/,
    });
    membrane.validate({ minWaters: 1 });
  });
});
