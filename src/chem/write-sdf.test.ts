// SD files as gufe writes them, and keys that survive them.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fixtures, readGolden } from '../../test/support/golden.ts';
import { SmallMoleculeComponent } from '../gufe/components/small-molecule.ts';
import { decodeKeyedChain } from '../gufe/keyed-chain.ts';
import type { GufeDictInput } from '../gufe/values.ts';
import { canonicalSmiles } from './molecule.ts';
import { readSdf } from './sdf.ts';
import { toSdf } from './write-sdf.ts';

interface WrittenCase {
  readonly json: string;
  readonly sdf: string;
  readonly smiles: string;
}

const CASES: readonly WrittenCase[] = JSON.parse(
  new TextDecoder().decode(readGolden(join(fixtures('molecules'), 'written.json'))),
);

function componentOf(json: string): SmallMoleculeComponent {
  const object = decodeKeyedChain(json);
  assert.ok(object instanceof SmallMoleculeComponent);
  return object;
}

/** The molfile without its title, and without the dimension of a flat one (gufe calls every molecule 3D). */
function molfileOf(sdf: string): string {
  const lines = sdf.slice(0, sdf.indexOf('M  END')).split('\n').slice(1);
  return lines.join('\n').replace('RDKit          2D', 'RDKit          3D');
}

function methane(properties: GufeDictInput = {}): SmallMoleculeComponent {
  return SmallMoleculeComponent.fromAtoms({
    name: 'methane',
    atoms: [{ element: 'C', hybridization: 4 }],
    bonds: [],
    coordinates: [[0, 0, 0]],
    properties,
  });
}

describe('as gufe', () => {
  test(`the molfiles of ${CASES.length} components`, async () => {
    for (const { json, sdf } of CASES) {
      const molecule = componentOf(json);
      assert.equal(molfileOf(await toSdf(molecule)), molfileOf(sdf));
    }
  });
});

describe('there and back', () => {
  test('the name is the title, properties keep value and type', async () => {
    const properties = { a: 1n, b: 1, c: 0.1, d: 'text', e: '', f: ' 2 x', g: Number.NaN, h: -0, i: 1e22 };
    const text = await toSdf(methane(properties));
    assert.ok(text.startsWith('methane\n'));
    const [read] = await readSdf(text);
    assert.deepEqual(read?.properties, methane(properties).properties);
  });

  test('a list of molecules is one file', async () => {
    const all = await readSdf(await toSdf([methane(), methane({ x: 2n })]));
    assert.deepEqual(
      all.map(({ properties }) => properties.get('x')),
      [undefined, 2n],
    );
    assert.equal(await toSdf([]), '');
  });

  test('what RDKit refuses is a GufeError that names the molecule', async () => {
    const ring = SmallMoleculeComponent.fromAtoms({
      name: 'odd ring',
      atoms: Array.from({ length: 5 }, () => ({ element: 'C', aromatic: true, hybridization: 3 })),
      bonds: Array.from({ length: 5 }, (_, i) => ({ begin: i, end: (i + 1) % 5, type: 12 })),
      coordinates: Array.from({ length: 5 }, (_, i) => [i, i * i, 1] as const),
    });
    await assert.rejects(toSdf(ring), {
      name: 'GufeError',
      message: /^molecule 'odd ring' as SD file: RDKit/,
    });
    await assert.rejects(canonicalSmiles(ring), {
      name: 'GufeError',
      message: /^molecule 'odd ring': RDKit/,
    });
  });

  test('an empty line in a property cannot be written', async () => {
    for (const text of ['a\n\nb', '\na', 'a\n']) {
      await assert.rejects(toSdf(methane({ x: text })), { name: 'GufeError', message: /'x' of 'methane'/ });
    }
  });
});

test('SMILES are those of gufe', async () => {
  let same = 0;
  for (const { json, smiles } of CASES) {
    // Radicals and hydrogen counts of the file are not in a component.
    if (/\[H\]|\[C\]|\[CH\d?\]|\[O\]|\[N\]|\[c\]/.test(smiles)) continue;
    assert.equal(await canonicalSmiles(componentOf(json)), smiles);
    same++;
  }
  assert.ok(same > CASES.length / 2);
});
