// Plans over a small series, and what a plan is refused for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import type { LigandNetwork } from '../../gufe/ligand-network.ts';
import type { LigandAtomMapping } from '../../gufe/mapping.ts';
import { mappingFaults } from '../mapping/faults.ts';
import { prepareShape } from '../mapping/ligand.ts';
import { loadRdkit } from '../rdkit.ts';
import { readSdf } from '../sdf.ts';
import { type GivenEdge, type Plan, planLigandNetwork } from './ligand-network.ts';

let series: readonly SmallMoleculeComponent[];
before(async () => {
  series = await readSdf(readFileSync(new URL('../../../examples/ligands.sdf', import.meta.url), 'utf8'));
});

function ends({
  componentA,
  componentB,
}: LigandAtomMapping): readonly [SmallMoleculeComponent, SmallMoleculeComponent] {
  assert.ok(componentA instanceof SmallMoleculeComponent && componentB instanceof SmallMoleculeComponent);
  return [componentA, componentB];
}

const namesOf = ({ edges }: LigandNetwork): readonly string[] =>
  edges
    .map(edge =>
      ends(edge)
        .map(({ name }) => name)
        .join(' > '),
    )
    .sort();

const given = (a: string, b: string, pairs: GivenEdge['pairs'] = null, where = 'edge 1'): GivenEdge => ({
  a,
  b,
  pairs,
  where,
});

async function plan(how: Plan, molecules = series): Promise<LigandNetwork> {
  const { network, aligned, canceled } = await planLigandNetwork(molecules, { plan: how });
  assert.equal(aligned, true);
  assert.deepEqual(canceled, []);
  const rdkit = await loadRdkit();
  for (const edge of network.edges) {
    const { atoms, annotations } = edge;
    const [a, b] = ends(edge);
    assert.deepEqual(mappingFaults(prepareShape(rdkit, a), prepareShape(rdkit, b), atoms), []);
    const score = annotations.get('score');
    assert.ok(typeof score === 'number' && score > 0 && score <= 1);
  }
  return network;
}

describe('plans', () => {
  test('a star around the best hub', async () => {
    const network = await plan({ kind: 'star', hub: null });
    assert.equal(network.nodes.length, 8);
    assert.equal(network.isConnected, true);
    assert.ok(
      namesOf(network).every(name => name.startsWith('benzanilide > ')),
      namesOf(network).join(),
    );
  });

  test('a star around a hub of one’s own', async () => {
    const network = await plan({ kind: 'star', hub: '4-chloro' });
    assert.equal(network.edges.length, 7);
    assert.ok(namesOf(network).every(name => name.startsWith('4-chloro > ')));
  });

  test('a minimal spanning tree, the same every time', async () => {
    const network = await plan({ kind: 'mst' });
    assert.deepEqual(
      namesOf(network),
      [
        '4-fluoro > 4-methyl',
        '4-fluoro > 4-methoxy',
        '4-fluoro > 4-chloro',
        'benzanilide > 3-chloro',
        'benzanilide > 3-pyridyl',
        'benzanilide > 4-fluoro',
        'benzanilide > cyclohexyl',
      ].sort(),
    );
    assert.equal((await plan({ kind: 'mst' })).key, network.key);
  });

  test('two trees', async () => {
    const network = await plan({ kind: 'redundant', trees: 2 });
    assert.equal(network.edges.length, 14);
    const tree = namesOf(await plan({ kind: 'mst' }));
    assert.ok(tree.every(name => namesOf(network).includes(name)));
  });

  test('given pairs, one with a mapping', async () => {
    const pairs = new Map(Array.from({ length: 15 }, (_, i) => [i, i] as const));
    const network = await plan({
      kind: 'edges',
      edges: [given('benzanilide', '4-fluoro'), given('4-methyl', '3-pyridyl')],
    });
    assert.deepEqual(namesOf(network), ['4-methyl > 3-pyridyl', 'benzanilide > 4-fluoro']);
    // Molecules without a pair are nodes all the same.
    assert.equal(network.nodes.length, 8);
    const { network: mapped } = await planLigandNetwork(series, {
      plan: { kind: 'edges', edges: [given('benzanilide', 'cyclohexyl', pairs)] },
    });
    assert.equal(mapped.edges[0]?.atoms.size, 15);
  });

  test('molecules that lie anyhow', async () => {
    const { network, aligned } = await planLigandNetwork(series, { plan: { kind: 'mst' }, aligned: false });
    assert.equal(aligned, false);
    assert.equal(network.edges.length, 7);
    assert.equal(network.isConnected, true);
  });
});

describe('refused', () => {
  const cases: readonly (readonly [string, Plan, RegExp])[] = [
    [
      'a hub that is not there',
      { kind: 'star', hub: 'nobody' },
      /no molecule is named 'nobody'; there are 'benzanilide', '4-fluoro'/,
    ],
    ['no pairs', { kind: 'edges', edges: [] }, /no edges are given/],
    [
      'a pair of one',
      { kind: 'edges', edges: [given('4-fluoro', '4-fluoro')] },
      /^edge 1: an edge from '4-fluoro' to itself/,
    ],
    [
      'a pair of somebody else',
      { kind: 'edges', edges: [given('4-fluoro', 'x')] },
      /^edge 1: no molecule is named 'x'/,
    ],
    [
      'a pair twice',
      {
        kind: 'edges',
        edges: [given('4-fluoro', '4-chloro'), given('4-chloro', '4-fluoro', null, 'edge 2')],
      },
      /^edge 2: '4-chloro' and '4-fluoro' are already joined \(edge 1\)/,
    ],
    [
      'a mapping of atoms that are not there',
      { kind: 'edges', edges: [given('4-fluoro', '4-chloro', new Map([[0, 99]]))] },
      /^edge 1: '4-chloro' has no atom 99, it has 26/,
    ],
    [
      'an empty mapping',
      { kind: 'edges', edges: [given('4-fluoro', '4-chloro', new Map())] },
      /have nothing in common/,
    ],
  ];
  for (const [name, how, error] of cases) {
    test(name, () =>
      assert.rejects(planLigandNetwork(series, { plan: how }), { name: 'GufeError', message: error }),
    );
  }

  test('names that are missing or taken twice, and one molecule alone', async () => {
    const [first, second] = series as readonly [SmallMoleculeComponent, SmallMoleculeComponent];
    const unnamed = first.copyWithReplacements({ molprops: { 'ofe-name': '' } });
    const how: Plan = { kind: 'mst' };
    await assert.rejects(planLigandNetwork([second, unnamed], { plan: how }), /molecule 2 has no name/);
    await assert.rejects(
      planLigandNetwork([first, second, first], { plan: how }),
      /molecules 1 and 3 are both named 'benzanilide'/,
    );
    await assert.rejects(planLigandNetwork([first], { plan: how }), /two molecules at least/);
  });

  test('molecules that nothing connects', async () => {
    const rings = series.filter(({ name }) => name === 'benzanilide' || name === '4-fluoro');
    const far = await readSdf(
      `far\n\n\n  2  1  0  0  0  0  0  0  0  0999 V2000\n${[90, 91.5].map(x => `${x.toFixed(4).padStart(10)}    0.0000    0.0000 C   0  0\n`).join('')}  1  2  1  0\nM  END\n`,
    );
    await assert.rejects(
      planLigandNetwork([...rings, ...far], { plan: { kind: 'mst' }, aligned: true }),
      /no mapping connects these molecules: 'benzanilide', '4-fluoro'; and 'far'/,
    );
    await assert.rejects(
      planLigandNetwork([...rings, ...far], { plan: { kind: 'star', hub: null }, aligned: true }),
      /the hub '.*' has nothing in common with 'far'/,
    );
  });
});
