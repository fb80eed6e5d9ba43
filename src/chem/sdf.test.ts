// SD files give the components that gufe gives: the same keys for its own records, its refusals for theirs.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fixtures, readGolden } from '../../test/support/golden.ts';
import { GufeError } from '../gufe/error.ts';
import { canonicalSmiles } from './molecule.ts';
import { readSdf } from './sdf.ts';

interface SdCase {
  readonly sdf: string;
  readonly key: string;
}

function readFixture(name: string): unknown {
  return JSON.parse(new TextDecoder().decode(readGolden(join(fixtures('molecules'), name))));
}

const CASES = readFixture('sd-records.json') as readonly SdCase[];
const REFUSED = readFixture('refused-sd-records.json') as readonly string[];

const METHANE = `methane
     RDKit          3D

  5  4  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0
    0.6291    0.6291    0.6291 H   0  0  0  0  0  0  0  0  0  0  0  0
   -0.6291   -0.6291    0.6291 H   0  0  0  0  0  0  0  0  0  0  0  0
   -0.6291    0.6291   -0.6291 H   0  0  0  0  0  0  0  0  0  0  0  0
    0.6291   -0.6291   -0.6291 H   0  0  0  0  0  0  0  0  0  0  0  0
  1  2  1  0
  1  3  1  0
  1  4  1  0
  1  5  1  0
M  END
`;

/** A generator of numbers from 0 to below 1 that gives the same ones each time. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

async function faultOf(text: string): Promise<GufeError> {
  try {
    await readSdf(text);
  } catch (error) {
    assert.ok(error instanceof GufeError, String(error));
    return error;
  }
  return assert.fail('nothing was refused');
}

describe('keys', () => {
  test(`${CASES.length} records have gufe's keys`, async () => {
    for (const { sdf, key } of CASES) {
      const [molecule] = await readSdf(sdf);
      assert.equal(molecule?.key, key, sdf);
    }
  });

  test('what gufe refuses is refused, with the record and its line', async () => {
    for (const sdf of REFUSED) {
      const { message, line } = await faultOf(sdf);
      assert.match(message, /^record 1 \(line 1, '/);
      assert.notEqual(line, null);
    }
  });

  test('a file of many records gives their molecules in order, whatever the order', async () => {
    // Only records that close their last item: an open one would take the next record for its text.
    const records = CASES.filter(({ sdf }) => sdf.endsWith('\n$$$$\n') && !sdf.includes('\r')).slice(0, 60);
    const random = seededRandom(3);
    for (let round = 0; round < 3; round++) {
      const shuffled = records
        .map(record => ({ record, at: random() }))
        .sort((a, b) => a.at - b.at)
        .map(({ record }) => record);
      const molecules = await readSdf(shuffled.map(({ sdf }) => sdf).join(''));
      assert.deepEqual(
        molecules.map(({ key }) => key),
        shuffled.map(({ key }) => key),
      );
    }
  });

  test('line ends of either kind and a missing separator change nothing', async () => {
    const [plain] = await readSdf(`${METHANE}> <a>\nb\n\n$$$$\n`);
    for (const text of [
      `${METHANE}> <a>\nb\n\n$$$$\n`.replaceAll('\n', '\r\n'),
      `${METHANE}> <a>\nb\n`,
      `${METHANE}>  <a>  (1)\nb\n\n$$$$\n\n\n\n\n`,
    ]) {
      const molecules = await readSdf(text);
      assert.deepEqual(
        molecules.map(({ key }) => key),
        [plain?.key],
      );
    }
  });
});

describe('names', () => {
  test('the title, or the item ofe-name', async () => {
    assert.equal((await readSdf(METHANE))[0]?.name, 'methane');
    assert.equal((await readSdf(`${METHANE}> <ofe-name>\nCH4\n`))[0]?.name, 'CH4');
  });

  test('a name that reads as a number is one in the properties', async () => {
    const [molecule] = await readSdf(METHANE.replace('methane', '17'));
    assert.equal(molecule?.properties.get('ofe-name'), 17n);
    assert.equal(molecule?.name, '17');
  });
});

describe('what cannot be read', () => {
  test('nothing at all', async () => {
    for (const text of ['', '\n\n\n\n\n', '   \n']) {
      await assert.rejects(readSdf(text), { name: 'GufeError', message: 'an SD file without a molecule' });
    }
  });

  test('the line of the fault, counted in the file', async () => {
    const broken = METHANE.replace('   -0.6291    0.6291   -0.6291 H', '   -0.6291    0.6x91   -0.6291 H');
    const fault = await faultOf(`${METHANE}$$$$\n${broken}$$$$\n`);
    assert.match(fault.message, /^record 2 \(line 16, 'methane'\): line 23 is /);
    assert.equal(fault.line, 23);
  });

  test('a bond to an atom that is not there', async () => {
    const fault = await faultOf(METHANE.replace('  1  5  1  0', '  1  6  1  0'));
    assert.match(
      fault.message,
      /line 13 is '.*1 {2}6 {2}1 {2}0' where two of 5 atoms and a bond type were due/,
    );
  });

  test('a carbon of five bonds', async () => {
    const text = METHANE.replace('  1  5  1  0', '  1  5  2  0');
    const fault = await faultOf(text);
    assert.match(fault.message, /more bonds than its element and charge allow/);
  });

  test('an aromatic ring without a Kekulé form', async () => {
    const ring = [1, 2, 3, 4, 5].map(i => `${i}`.padStart(3) + `${(i % 5) + 1}`.padStart(3) + '  4  0');
    const atoms = ring.map(
      (_, i) => `    ${i}.0000    0.0000    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0`,
    );
    const text = ['x', '', '', '  5  5  0  0  0  0  0  0  0  0999 V2000', ...atoms, ...ring, 'M  END', ''];
    assert.match((await faultOf(text.join('\n'))).message, /no double bonds can be placed/);
  });

  test('partial charges that do not fit', async () => {
    for (const [charges, message] of [
      ['0 0 0 0', '4 partial charges for 5 atoms'],
      ['1 0 0 0 0', 'the partial charges sum to 1, the formal charge is 0'],
      ['0 0 0 0 x', "'x' is not a partial charge"],
    ] as const) {
      const fault = await faultOf(`${METHANE}> <atom.dprop.PartialCharge>\n${charges}\n\n$$$$\n`);
      assert.equal(fault.message, `record 1 (line 1, 'methane'): ${message}`);
    }
  });

  test('changed characters anywhere: a molecule or a GufeError', async () => {
    const random = seededRandom(7);
    const letters = ' 0123456789-.CNHM\nV$#<>';
    for (let i = 0; i < 250; i++) {
      const { sdf } = CASES[Math.floor(random() * CASES.length)] ?? { sdf: METHANE };
      const at = Math.floor(random() * sdf.length);
      const letter = letters[Math.floor(random() * letters.length)] ?? ' ';
      const text = sdf.slice(0, at) + letter + sdf.slice(at + Math.floor(random() * 3));
      try {
        assert.ok((await readSdf(text)).length > 0);
      } catch (error) {
        assert.ok(error instanceof GufeError, `${String(error)}\n${text}`);
        assert.notEqual(error.line ?? error.message.match(/without a molecule/), null);
      }
    }
  });
});

describe('molecules without 3D coordinates', () => {
  const DRAWING = `alanine
     RDKit          2D

  6  5  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.2990    0.7500    0.0000 C   0  0
    2.5981   -0.0000    0.0000 C   0  0
    2.5981   -1.5000    0.0000 O   0  0
    3.8971    0.7500    0.0000 O   0  0
    1.2990    2.2500    0.0000 N   0  0
  2  1  1  1
  2  3  1  0
  3  4  2  0
  3  5  1  0
  2  6  1  0
M  END
`;

  test('are kept as they are unless asked for', async () => {
    const [molecule] = await readSdf(DRAWING);
    assert.equal(molecule?.atoms.length, 6);
  });

  test('get hydrogens and coordinates where asked for, and keep their stereochemistry', async () => {
    const [drawn] = await readSdf(DRAWING);
    const [molecule] = await readSdf(DRAWING, { coordinates: 'generate' });
    assert.ok(drawn !== undefined && molecule !== undefined);
    assert.equal(molecule.atoms.length, 13);
    assert.equal(molecule.name, 'alanine');
    assert.ok(molecule.coordinates.some(([, , z]) => z !== 0));
    const smiles = await canonicalSmiles(molecule);
    assert.match(smiles, /@/);
    assert.equal(smiles, await canonicalSmiles(drawn));
  });

  test('those that have them keep them', async () => {
    const [kept] = await readSdf(METHANE, { coordinates: 'generate' });
    assert.equal(kept?.key, (await readSdf(METHANE))[0]?.key);
  });
});
