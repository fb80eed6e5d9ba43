// Protein files of real systems: read here they have the keys that gufe gives them, and the proteins of the networks made of
// them are read back as they are.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeKeyedChain, ProteinComponent } from '../../src/gufe/index.ts';
import { NO_BENCHMARKS, readBenchmark } from '../support/benchmarks.ts';

interface Keys {
  readonly protein: Readonly<Record<string, string>>;
}

for (const system of ['tyk2', 'cdk2']) {
  describe(system, { skip: NO_BENCHMARKS }, () => {
    const keys = Object.entries((JSON.parse(readBenchmark(system, 'keys.json').toString()) as Keys).protein);

    test('the protein file', () => {
      const text = readBenchmark(system, 'protein.pdb').toString();
      assert.equal(keys.length, 1);
      for (const [name, key] of keys) {
        const protein = ProteinComponent.fromPdb(text, { name });
        assert.equal(protein.key, key);
        const again = decodeKeyedChain(protein.toJson());
        assert.ok(again instanceof ProteinComponent);
        assert.equal(again.key, key);
      }
    });
  });
}
