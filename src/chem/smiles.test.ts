// SMILES give the atoms and bonds of RDKit with hydrogens added, and coordinates that show their stereochemistry.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fixtures, readGolden } from '../../test/support/golden.ts';
import { encodeDict } from '../gufe/serialization/json.ts';
import { writeJson } from '../lib/json-write.ts';
import { toComponent } from './component.ts';
import { canonicalSmiles } from './molecule.ts';
import { PICKLE_OPTIONS, readPickle } from './pickle-read.ts';
import { loadRdkit } from './rdkit.ts';
import { readSdf } from './sdf.ts';
import { readSmiles, readSmilesFile } from './smiles.ts';
import { toSdf } from './write-sdf.ts';

const CASES: readonly { readonly smiles: string; readonly rows: unknown }[] = JSON.parse(
  new TextDecoder().decode(readGolden(join(fixtures('molecules'), 'smiles.json'))),
);

test(`${CASES.length} SMILES have the atoms and bonds of RDKit in Python`, async () => {
  const rdkit = await loadRdkit();
  for (const { smiles, rows } of CASES) {
    using mol = rdkit.get_mol(smiles) ?? assert.fail(smiles);
    mol.add_hs_in_place();
    const read = readPickle(mol.get_as_uint8array(PICKLE_OPTIONS));
    const coordinates = new Float64Array(3 * read.atoms.length);
    const component = toComponent({ ...read, coordinates, items: new Map(), name: '' });
    const { atoms, bonds } = JSON.parse(writeJson(encodeDict(component.fields())));
    assert.deepEqual([atoms, bonds], rows, smiles);
  }
});

describe('coordinates', () => {
  for (const smiles of [
    'CO',
    'C[C@H](N)C(=O)O',
    'C[C@@H](N)C(=O)O',
    'C/C=C/C',
    'C/C=C\\C',
    '[Na+]',
    '[2H]CO',
  ]) {
    test(`${smiles}: what RDKit finds in them is what was asked for`, async () => {
      const molecule = await readSmiles(smiles, { name: 'x' });
      const rdkit = await loadRdkit();
      using asked = rdkit.get_mol(smiles) ?? assert.fail(smiles);
      assert.equal(await canonicalSmiles(molecule), asked.get_smiles());
      assert.equal(molecule.name, 'x');
    });
  }

  test('are the same each time, and others for another seed', async () => {
    const [first, again, other] = await Promise.all(
      [1, 1, 2].map(seed => readSmiles('OCCC(N)CCC=O', { seed })),
    );
    assert.equal(first?.key, again?.key);
    assert.notEqual(first?.key, other?.key);
  });

  test('bonded atoms lie where a force field puts them', async () => {
    const { bonds, coordinates, atoms } = await readSmiles('CCO');
    for (const { begin, end } of bonds) {
      const [a, b] = [coordinates[begin] ?? assert.fail(), coordinates[end] ?? assert.fail()];
      const length = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
      const isHydrogen = atoms[begin]?.atomicNumber === 1 || atoms[end]?.atomicNumber === 1;
      const [least, most] = isHydrogen ? [0.9, 1.15] : [1.38, 1.56];
      assert.ok(length > least && length < most, `${begin} to ${end}: ${length} Å`);
    }
  });

  test('stand in an SD file exactly', async () => {
    const molecule = await readSmiles('CCO');
    const [read] = await readSdf(await toSdf(molecule));
    assert.deepEqual(read?.coordinates, molecule.coordinates);
  });
});

describe('a file', () => {
  test('a molecule a line, with its name', async () => {
    const molecules = await readSmilesFile('# solvents\nCO  methanol\n\nO\r\n[Na+]\tsodium ion\n');
    assert.deepEqual(
      molecules.map(({ name, totalCharge }) => [name, totalCharge]),
      [
        ['methanol', 0],
        ['O', 0],
        ['sodium ion', 1],
      ],
    );
  });

  test('errors name the line', async () => {
    await assert.rejects(readSmilesFile('CO\nC(x y\n'), {
      name: 'GufeError',
      line: 2,
      message: /^line 2: SMILES 'C\(x'/,
    });
    await assert.rejects(readSmilesFile('\n# none\n'), { message: 'a SMILES file without a molecule' });
  });
});

describe('what cannot be read', () => {
  for (const [smiles, message] of [
    ['', /not a SMILES$/],
    ['not a smiles', /^SMILES 'not a smiles': not a SMILES$/],
    ['C1CC', /not a SMILES$/],
    ['C(C)(C)(C)(C)C', /cannot sanitize/],
    ['c1cccc1', /cannot sanitize/],
    ['CCO.[Na+]', /no 3D coordinates/],
    ['[CH2]C', /no 3D coordinates/],
  ] as const) {
    test(`'${smiles}'`, async () => {
      await assert.rejects(readSmiles(smiles), { name: 'GufeError', message });
    });
  }
});

test('what breaks RDKit’s module is an error of that molecule alone', async () => {
  await assert.rejects(readSmiles('C'.repeat(3000)), { name: 'GufeError', message: /too large for RDKit/ });
  assert.equal((await readSmiles('CO')).atoms.length, 6);
});
