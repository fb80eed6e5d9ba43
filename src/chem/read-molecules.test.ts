// The ending says how a file is read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMolecules } from './read-molecules.ts';
import { readSmiles } from './smiles.ts';
import { toSdf } from './write-sdf.ts';

test('SD files and SMILES files, compressed or not', async () => {
  const sdf = await toSdf(await readSmiles('O', { name: 'water' }));
  for (const [path, text] of [
    ['a/b.sdf', sdf],
    ['B.SDF.gz', sdf],
    ['x.y.mol', sdf],
    ['l.smi.zst', 'O water\n'],
  ] as const) {
    const molecules = await readMolecules(path, text);
    assert.deepEqual(
      molecules.map(({ name }) => name),
      ['water'],
      path,
    );
  }
});

test('errors begin with the path', async () => {
  await assert.rejects(readMolecules('a.sdf', ''), {
    name: 'GufeError',
    message: 'a.sdf: an SD file without a molecule',
  });
  await assert.rejects(readMolecules('a.smi', 'O\n)\n'), { line: 2, message: /^a\.smi: line 2: / });
  for (const path of ['a.pdb', 'sdf', '', 'a.constructor']) {
    await assert.rejects(readMolecules(path, 'O'), {
      name: 'GufeError',
      message: /molecules are read from \.sdf/,
    });
  }
});
