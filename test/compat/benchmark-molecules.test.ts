// Ligands and solutes of real systems: every SD file gives the keys that gufe gives.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canonicalSmiles, readSdf, toSdf } from '../../src/chem/index.ts';
import { NO_BENCHMARKS, readBenchmark } from '../support/benchmarks.ts';

const FILES = [
  ['tyk2', 'ligands.sdf', 'ligands', 16],
  ['tyk2', 'ligands_antechamber_am1bcc.sdf', 'ligands_antechamber_am1bcc', 16],
  ['cdk2', 'ligands.sdf', 'ligands', 16],
  ['cdk2', 'ligands_antechamber_am1bcc.sdf', 'ligands_antechamber_am1bcc', 16],
  ['freesolv', 'ligands.sdf', 'ligands', 209],
] as const;

describe('ligands of the benchmarks', { skip: NO_BENCHMARKS }, () => {
  for (const [system, file, entry, count] of FILES) {
    test(`${system} ${file}: all ${count} keys`, async () => {
      const keys: unknown = JSON.parse(readBenchmark(system, 'keys.json').toString())[entry];
      const molecules = await readSdf(readBenchmark(system, file).toString());
      // Two molecules with one name get ` #2` in the list.
      const found = new Map<string, string>();
      for (const { name, key } of molecules) found.set(found.has(name) ? `${name} #2` : name, key);
      assert.deepEqual(Object.fromEntries(found), keys);
      assert.equal(molecules.length, count);
    });
  }

  test('a file that is written again has the keys of the first', async () => {
    const molecules = await readSdf(readBenchmark('tyk2', 'ligands_antechamber_am1bcc.sdf').toString());
    const again = await readSdf(await toSdf(molecules));
    assert.deepEqual(
      again.map(({ key }) => key),
      molecules.map(({ key }) => key),
    );
  });

  test('files of one system that differ in charges hold the same molecules', async () => {
    const [plain, charged] = await Promise.all(
      ['ligands.sdf', 'ligands_antechamber_am1bcc.sdf'].map(async file => {
        const molecules = await readSdf(readBenchmark('cdk2', file).toString());
        return await Promise.all(molecules.map(molecule => canonicalSmiles(molecule)));
      }),
    );
    assert.deepEqual(plain, charged);
  });
});
