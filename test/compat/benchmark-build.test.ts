// Networks of real systems built from their files: byte for byte what gufe made of them. Mappings made here beside those that
// were published with them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  countHeavy,
  DEFAULT_MAX_DISTANCE,
  loadRdkit,
  mapAtoms,
  mappingFaults,
  planLigandNetwork,
  prepareLigand,
} from '../../src/chem/index.ts';
import { type BuildOptions, buildNetwork } from '../../src/cli/network/build.ts';
import { checkNetworkFile } from '../../src/cli/network/check.ts';
import { decodeKeyedChainAs, LigandNetwork, SmallMoleculeComponent } from '../../src/gufe/index.ts';
import { benchmarkPath, NO_BENCHMARKS, readBenchmark } from '../support/benchmarks.ts';

const OPTIONS: Omit<BuildOptions, 'ligands' | 'protocol'> = {
  protein: null,
  proteinName: '',
  cofactors: [],
  settings: null,
  kind: 'auto',
  plan: [],
  hub: null,
  trees: 2,
  aligned: 'auto',
  solvent: { concentration: null, positiveIon: 'Na+', negativeIon: 'Cl-' },
  name: null,
};

const SYSTEMS: Readonly<Record<string, (system: string) => BuildOptions>> = {
  tyk2: binding,
  cdk2: binding,
  freesolv: system => ({
    ...OPTIONS,
    ligands: [benchmarkPath(system, 'ligands.sdf')],
    protocol: 'AbsoluteSolvationProtocol',
    name: 'freesolv_subset',
  }),
};

function binding(system: string): BuildOptions {
  return {
    ...OPTIONS,
    ligands: [benchmarkPath(system, 'ligands.sdf')],
    protein: benchmarkPath(system, 'protein.pdb'),
    proteinName: system,
    protocol: 'RelativeHybridTopologyProtocol',
    plan: ['graphml', benchmarkPath(system, 'industry_benchmarks_network.json')],
    name: `jacs_set_${system}`,
  };
}

for (const [system, optionsFor] of Object.entries(SYSTEMS)) {
  describe(system, { skip: NO_BENCHMARKS }, () => {
    test('built from its files it is gufe’s network, byte for byte', async () => {
      const { network } = await buildNetwork(optionsFor(system));
      const { chain_sha256: expected } = JSON.parse(readBenchmark(system, 'keys.json').toString());
      assert.equal(createHash('sha256').update(network.toJson()).digest('hex'), expected);
    });

    test('there is nothing to complain about', async () => {
      const { findings } = await checkNetworkFile(benchmarkPath(system, 'network.chain.json'));
      assert.deepEqual(findings, []);
    });
  });
}

for (const system of ['tyk2', 'cdk2']) {
  describe(`mappings of ${system}`, { skip: NO_BENCHMARKS }, () => {
    const published = (): LigandNetwork =>
      decodeKeyedChainAs(LigandNetwork, readBenchmark(system, 'industry_benchmarks_network.json'));

    test('map the same heavy atoms, and no fewer hydrogens', async () => {
      const rdkit = await loadRdkit();
      for (const edge of published().edges) {
        const { componentA, componentB, atoms } = edge;
        assert.ok(
          componentA instanceof SmallMoleculeComponent && componentB instanceof SmallMoleculeComponent,
        );
        using a = prepareLigand(rdkit, componentA);
        using b = prepareLigand(rdkit, componentB);
        const { pairs } = mapAtoms(rdkit, a, b, { maxDistance: DEFAULT_MAX_DISTANCE });
        assert.deepEqual(mappingFaults(a, b, pairs), []);
        const where = `${componentA.name} to ${componentB.name}`;
        for (const [i, j] of atoms) assert.equal(pairs.get(i), j, `${where}: atom ${i}`);
        const [ours, theirs] = [pairs, atoms].map(mapping => countHeavy(componentA, componentB, mapping));
        assert.deepEqual(ours, theirs, where);
      }
    });

    test('a tree of one’s own', async () => {
      const { network, aligned } = await planLigandNetwork(published().nodes, { plan: { kind: 'mst' } });
      assert.deepEqual([aligned, network.isConnected, network.edges.length], [true, true, 15]);
    });
  });
}
