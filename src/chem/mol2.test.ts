// MOL2 files give the components of RDKit's own reader.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fixtures, readGolden } from '../../test/support/golden.ts';
import { readMol2 } from './mol2.ts';
import { canonicalSmiles } from './molecule.ts';

const CASES: readonly { readonly mol2: string; readonly key: string }[] = JSON.parse(
  new TextDecoder().decode(readGolden(join(fixtures('molecules'), 'mol2.json'))),
);

const ACETATE = `# a comment
@<TRIPOS>MOLECULE
acetate
 7 6 1 0 0
SMALL
USER_CHARGES

@<TRIPOS>ATOM
      1 C1  0.0 0.0 0.0 C.3 1 ACT -0.2
      2 C2  1.5 0.0 0.0 C.2 1 ACT 0.9
      3 O1  2.1 1.1 0.0 O.co2 1 ACT -0.85
      4 O2  2.1 -1.1 0.0 O.co2 1 ACT -0.85
      5 H1 -0.4 1.0 0.0 H 1 ACT 0.0
      6 H2 -0.4 -0.5 0.9 H 1 ACT 0.0
      7 H3 -0.4 -0.5 -0.9 H 1 ACT 0.0
@<TRIPOS>BOND
 1 1 2 1
 2 2 3 ar
 3 2 4 ar
 4 1 5 1
 5 1 6 1
 6 1 7 1
@<TRIPOS>SUBSTRUCTURE
 1 ACT 1
`;

test(`${CASES.length} files have the keys of RDKit's reader`, async () => {
  for (const { mol2, key } of CASES) {
    const [molecule] = await readMol2(mol2);
    assert.equal(molecule?.key, key, mol2);
  }
});

test('several molecules in a file, in order', async () => {
  const some = CASES.slice(0, 10);
  const molecules = await readMol2(some.map(({ mol2 }) => mol2).join('\n'));
  assert.deepEqual(
    molecules.map(({ key }) => key),
    some.map(({ key }) => key),
  );
});

test('a carboxylate with two aromatic bonds has one charge', async () => {
  const [acetate] = await readMol2(ACETATE);
  assert.ok(acetate !== undefined);
  assert.equal(acetate.totalCharge, -1);
  assert.equal(acetate.name, 'acetate');
  assert.equal(await canonicalSmiles(acetate), 'CC(=O)[O-]');
});

test('partial charges are kept where asked for', async () => {
  const [without] = await readMol2(ACETATE);
  const [kept] = await readMol2(ACETATE, { partialCharges: true });
  assert.equal(without?.atoms[1]?.properties.size, 0);
  assert.equal(kept?.atoms[1]?.properties.get('PartialCharge'), 0.9);
  assert.equal(kept?.properties.get('atom.dprop.PartialCharge'), '-0.2 0.9 -0.85 -0.85 0.0 0.0 0.0');
});

describe('what cannot be read', () => {
  for (const [what, text, message] of [
    ['no molecule', 'hello\n', /^a MOL2 file without a molecule$/],
    ['a bad count', ACETATE.replace(' 7 6 1 0 0', ' x'), /^line 4 is 'x' where the counts/],
    [
      'too few atoms',
      ACETATE.replace(' 7 6 1 0 0', ' 9 6'),
      /^line 2: a molecule with 7 lines in ATOM, its counts say 9$/,
    ],
    ['an atom without z', ACETATE.replace('1.5 0.0 0.0 C.2', '1.5 0.0 C.2'), /^line 10 is .* where an atom/],
    ['a GAFF type', ACETATE.replace('C.2', 'c3'), /^line 10 is .*GAFF/],
    ['a bond to nowhere', ACETATE.replace(' 6 1 7 1', ' 6 1 8 1'), /^line 22 is '6 1 8 1' where a bond/],
    [
      'an unknown bond',
      ACETATE.replace(' 1 1 2 1', ' 1 1 2 xy'),
      /^molecule 1 \(line 2, 'acetate'\): a bond of type 'xy'$/,
    ],
    ['a carbon of five bonds', ACETATE.replace(' 1 1 2 1', ' 1 1 2 3'), /^molecule 1 .*more bonds/],
  ] as const) {
    test(what, async () => {
      await assert.rejects(readMol2(text), { name: 'GufeError', message });
    });
  }

  test('partial charges that are not there', async () => {
    const bare = ACETATE.replace('O.co2 1 ACT -0.85', 'O.co2');
    await assert.rejects(readMol2(bare, { partialCharges: true }), {
      message: /atom 3 has no partial charge/,
    });
  });
});
