// Ligand networks of real systems, and the alchemical networks that gufe made of them: the same keys.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canonicalSmiles } from '../../src/chem/index.ts';
import {
  AlchemicalNetwork,
  decodeKeyedChainAs,
  type GufeObject,
  LigandNetwork,
  networkOfLegs,
} from '../../src/gufe/index.ts';
import { NO_BENCHMARKS, readBenchmark } from '../support/benchmarks.ts';

interface Keys {
  readonly ligand_network: { readonly key: string; readonly nodes: Readonly<Record<string, string>> };
  readonly mappings: Readonly<Record<string, string>>;
  readonly transformations: Readonly<Record<string, string>>;
  readonly chemical_systems: Readonly<Record<string, string>>;
  readonly network: Readonly<Record<string, string>>;
}

for (const system of ['tyk2', 'cdk2']) {
  describe(system, { skip: NO_BENCHMARKS }, () => {
    const readKeys = (): Keys => JSON.parse(readBenchmark(system, 'keys.json').toString()) as Keys;
    const readLigands = (): LigandNetwork =>
      decodeKeyedChainAs(LigandNetwork, readBenchmark(system, 'industry_benchmarks_network.json'));

    test('the ligand network', async () => {
      const [keys, ligands] = [readKeys(), readLigands()];
      assert.equal(ligands.key, keys.ligand_network.key);
      assert.equal(ligands.isConnected, true);
      assert.deepEqual(
        ligands.nodes.map(({ key }) => key).sort(),
        Object.values(keys.ligand_network.nodes).sort(),
      );
      assert.deepEqual(ligands.edges.map(({ key }) => key).sort(), Object.values(keys.mappings).sort());
      // Written anew, with RDKit's SMILES to put the molecules in order.
      const smiles = new Map<string, string>();
      for (const node of ligands.nodes) smiles.set(node.key, await canonicalSmiles(node));
      const { edges, nodes } = ligands;
      assert.equal(
        new LigandNetwork({ edges, nodes, smilesOf: ({ key }) => smiles.get(key) ?? '' }).key,
        ligands.key,
      );
    });

    test('the alchemical network made of it', () => {
      const keys = readKeys();
      const expected = decodeKeyedChainAs(AlchemicalNetwork, readBenchmark(system, 'network.chain.json'));
      const complex = expected.nodes.find(({ name }) => name?.endsWith('_complex'));
      const part = (label: string): GufeObject => complex?.components.get(label) as GufeObject;
      const { protocol } = expected.edges[0] as { readonly protocol: GufeObject };
      const made = networkOfLegs(readLigands(), {
        legs: [
          { name: 'solvent', components: { solvent: part('solvent') } },
          { name: 'complex', components: { solvent: part('solvent'), protein: part('protein') } },
        ],
        protocol,
        transformationName: (a, b, leg) => `rbfe_${a}_${b}_${leg}`,
        name: expected.name,
      });
      const byName = (objects: readonly { readonly name: string | null; readonly key: string }[]) =>
        Object.fromEntries(objects.map(({ name, key }) => [name, key]));
      assert.deepEqual(byName(made.edges), keys.transformations);
      assert.deepEqual(byName(made.nodes), keys.chemical_systems);
      assert.deepEqual(byName([made]), keys.network);
    });
  });
}
