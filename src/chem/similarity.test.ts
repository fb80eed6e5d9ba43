// Similarities are those of RDKit in Python.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fixtures } from '../../test/support/golden.ts';
import type { SmallMoleculeComponent } from '../gufe/components/small-molecule.ts';
import { toComponent } from './component.ts';
import { PICKLE_OPTIONS, readPickle } from './pickle-read.ts';
import { loadRdkit } from './rdkit.ts';
import { similarity, tanimoto } from './similarity.ts';

const CASES: readonly { readonly a: string; readonly b: string; readonly similarity: number }[] = JSON.parse(
  readFileSync(join(fixtures('molecules'), 'similarity.json'), 'utf8'),
);

/** Coordinates play no part in a fingerprint. */
async function withoutCoordinates(smiles: string): Promise<SmallMoleculeComponent> {
  using mol = (await loadRdkit()).get_mol(smiles) ?? assert.fail(smiles);
  mol.add_hs_in_place();
  const read = readPickle(mol.get_as_uint8array(PICKLE_OPTIONS));
  const coordinates = new Float64Array(3 * read.atoms.length);
  return toComponent({ ...read, coordinates, items: new Map(), name: smiles });
}

test(`${CASES.length} pairs`, async () => {
  const molecules = new Map<string, SmallMoleculeComponent>();
  for (const { a } of CASES) if (!molecules.has(a)) molecules.set(a, await withoutCoordinates(a));
  for (const { a, b, similarity: expected } of CASES) {
    const found = await similarity(molecules.get(a) ?? assert.fail(a), molecules.get(b) ?? assert.fail(b));
    assert.ok(Math.abs(found - expected) < 1e-12, `${a} and ${b}: ${found}, not ${expected}`);
  }
});

test('two empty fingerprints are equal', () => {
  assert.equal(tanimoto(new Uint8Array(4), new Uint8Array(4)), 1);
  assert.equal(tanimoto(Uint8Array.of(1), Uint8Array.of(2)), 0);
});
