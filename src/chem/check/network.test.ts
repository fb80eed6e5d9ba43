// Each thing that can be wrong with a network is found, and nothing else.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import {
  AlchemicalNetwork,
  absoluteSolvationProtocol,
  ChemicalSystem,
  type Components,
  type GufeObject,
  LigandAtomMapping,
  NonTransformation,
  ProteinComponent,
  rbfeNetwork,
  relativeHybridTopologyProtocol,
  SmallMoleculeComponent,
  SolventComponent,
  solvationNetwork,
  Transformation,
} from '../../gufe/index.ts';
import { planLigandNetwork } from '../plan/ligand-network.ts';
import { readSdf } from '../sdf.ts';
import { FINDING_CODES } from './finding.ts';
import { checkNetwork } from './network.ts';

const example = (file: string): string =>
  readFileSync(new URL(`../../../examples/${file}`, import.meta.url), 'utf8');
const solvent = new SolventComponent();
const protocol = relativeHybridTopologyProtocol();
let ligands: readonly SmallMoleculeComponent[];
let protein: ProteinComponent;
let good: AlchemicalNetwork;
/** An edge of the good network in solvent, from benzanilide to 4-fluoro. */
let edge: Transformation;

before(async () => {
  ligands = await readSdf(example('ligands.sdf'));
  protein = ProteinComponent.fromPdb(example('peptide.pdb'));
  const { network } = await planLigandNetwork(ligands.slice(0, 4), {
    plan: { kind: 'star', hub: 'benzanilide' },
  });
  good = rbfeNetwork(network, { solvent, protein, protocol });
  const found = good.edges.find(({ name }) => name === 'easy_rbfe_benzanilide_solvent_4-fluoro_solvent');
  edge = found instanceof Transformation ? found : assert.fail('no such edge');
});

const named = (name: string): SmallMoleculeComponent =>
  ligands.find(ligand => ligand.name === name) ?? assert.fail(name);
const system = (components: Components, name: string): ChemicalSystem => new ChemicalSystem(components, name);
const molecule = (
  base: SmallMoleculeComponent,
  change: Parameters<SmallMoleculeComponent['copyWithReplacements']>[0],
) => base.copyWithReplacements(change);

/** What is found in a network of these edges: `code` and what it is about. */
async function found(
  edges: readonly (Transformation | NonTransformation)[],
  nodes: readonly ChemicalSystem[] = [],
): Promise<readonly string[]> {
  const findings = await checkNetwork(new AlchemicalNetwork({ edges, nodes, name: 'network' }));
  const levels = findings.map(({ level }) => level);
  assert.deepEqual(levels, levels.toSorted(), 'errors come first');
  for (const { code } of findings) assert.ok(code in FINDING_CODES);
  return findings.map(({ level, code, about }) => `${level} ${code}: ${about}`);
}

function pair(
  a: SmallMoleculeComponent,
  b: SmallMoleculeComponent,
  more: Record<string, unknown> = {},
): Transformation {
  const atoms = new Map([
    [0, 0],
    [1, 1],
  ]);
  return new Transformation({
    stateA: system({ ligand: a, solvent }, 'a'),
    stateB: system({ ligand: b, solvent }, 'b'),
    protocol,
    mapping: new LigandAtomMapping({ componentA: a, componentB: b, atoms }),
    name: 'pair',
    ...more,
  });
}

describe('nothing', () => {
  test('in a network with both legs', async () => {
    assert.deepEqual(await checkNetwork(good), []);
  });

  test('in a network of solvation', async () => {
    const network = solvationNetwork({ solutes: ligands, solvent, protocol: absoluteSolvationProtocol() });
    assert.deepEqual(await checkNetwork(network), []);
  });
});

test('the page for users lists every finding, and no other', () => {
  const page = readFileSync(new URL('../../../docs/how-to/build-a-network.md', import.meta.url), 'utf8');
  const section = page.slice(page.indexOf('## Check'), page.indexOf('## In TypeScript'));
  const listed = [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
  assert.deepEqual(listed.sort(), Object.keys(FINDING_CODES).sort());
});

describe('errors', () => {
  test('nothing to run', async () => {
    assert.deepEqual(await found([]), ['error no-transformations: network']);
  });

  test('a transformation to itself', async () => {
    const { stateA } = edge;
    const self = new Transformation({ stateA, stateB: stateA, protocol, name: 'self' });
    assert.deepEqual(await found([self]), ['error self-transformation: self']);
    assert.deepEqual(await found([new NonTransformation({ system: stateA, protocol, name: 'plain' })]), []);
  });

  test('no mapping', async () => {
    assert.deepEqual(await found([edge.copyWithReplacements({ mapping: null })]), [
      `error no-mapping: ${edge.name}`,
    ]);
  });

  test('the mapping of other molecules, of two atoms to one, of none', async () => {
    const [, , third] = ligands as readonly [GufeObject, GufeObject, SmallMoleculeComponent];
    const { componentA, componentB } = edge.mapping as LigandAtomMapping;
    const mapped = (to: GufeObject, atoms: ReadonlyMap<number, number>) =>
      edge.copyWithReplacements({ mapping: new LigandAtomMapping({ componentA, componentB: to, atoms }) });
    for (const wrong of [
      mapped(third, new Map([[0, 0]])),
      mapped(
        componentB,
        new Map([
          [0, 0],
          [1, 0],
        ]),
      ),
      mapped(componentB, new Map()),
    ]) {
      assert.deepEqual(await found([wrong]), [`error wrong-mapping: ${edge.name}`]);
    }
  });

  test('states that differ in more, or in less', async () => {
    const { stateA, stateB } = edge;
    const salty = stateB.copyWithReplacements({
      components: { ...components(stateB), solvent: new SolventComponent({ ionConcentration: '1.0 molar' }) },
    });
    assert.deepEqual(await found([edge.copyWithReplacements({ stateB: salty })]), [
      `error states-differ: ${edge.name}`,
    ]);
    const renamed = stateA.copyWithReplacements({ name: 'the same' });
    assert.deepEqual(
      await found([
        new Transformation({ stateA, stateB: renamed, protocol, mapping: edge.mapping, name: 'same' }),
      ]),
      ['error states-differ: same', 'error wrong-mapping: same'],
    );
    const afe = absoluteSolvationProtocol();
    assert.deepEqual(await found([new Transformation({ stateA, stateB, protocol: afe, name: 'pair' })]), [
      'error states-differ: pair',
    ]);
  });

  test('molecules without their hydrogens', async () => {
    const [bare] = await readSdf(
      'bare\n\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    0.0000    0.0000    1.0000 C   0  0\nM  END\n',
    );
    assert.ok(bare);
    const network = solvationNetwork({ solutes: [bare], solvent, protocol: absoluteSolvationProtocol() });
    const [finding] = await checkNetwork(network);
    assert.deepEqual(
      [finding?.code, finding?.text],
      ['no-hydrogens', 'the molecule lacks 4 hydrogens; simulations need all'],
    );
  });
});

const components = (state: ChemicalSystem): Record<string, GufeObject> =>
  Object.fromEntries(state.components);

describe('warnings', () => {
  test('names that are missing or taken twice', async () => {
    const [a, b] = [named('benzanilide'), named('4-fluoro')];
    const nameless = molecule(b, { molprops: { 'ofe-name': '' } });
    const twin = molecule(b, { molprops: { 'ofe-name': 'benzanilide' } });
    assert.deepEqual(await found([pair(a, nameless)]), [`warning no-name: ${nameless.key}`]);
    assert.deepEqual(await found([pair(a, twin)]), ['warning same-name: benzanilide']);
    assert.deepEqual(await found([edge.copyWithReplacements({ name: '' })]), [
      'warning no-name: transformations',
    ]);
    const again = edge.copyWithReplacements({ metadata: { again: true } });
    assert.deepEqual(await found([edge, again]), [`warning same-name: ${edge.name}`]);
  });

  test('one molecule under two names', async () => {
    const a = named('benzanilide');
    const b = molecule(a, { molprops: { 'ofe-name': 'other' } });
    assert.deepEqual(await found([pair(a, b)]), ['warning same-molecule: benzanilide']);
  });

  test('a charge that changes', async () => {
    const [acid, ion] = await readSdf(`${mol('acid', 'H', 0)}$$$$\n${mol('ion', null, -1)}`);
    assert.ok(acid && ion);
    assert.deepEqual(await found([pair(acid, ion)]), ['warning charge-changes: pair']);
  });

  test('mappings that make no sense', async () => {
    const [a, b] = [named('benzanilide'), named('4-fluoro')];
    const findings = await checkNetwork(
      new AlchemicalNetwork({
        edges: [
          pair(a, b, {
            mapping: new LigandAtomMapping({
              componentA: a,
              componentB: b,
              atoms: new Map([
                [3, 3],
                [4, 4],
              ]),
            }),
          }),
        ],
      }),
    );
    assert.ok(findings.every(({ code }) => code === 'insane-mapping'));
    assert.match(findings[0]?.text ?? '', /^2 of 6 atoms of ring /);
  });

  test('parts that are not connected, legs that are missing, systems left over', async () => {
    const leg = good.edges.filter(({ name }) => name?.endsWith('_complex'));
    const [first, ...others] = leg;
    assert.ok(first && others.length === 2);
    const isolated = pair(named('3-chloro'), named('4-methoxy'));
    const sane = isolated.copyWithReplacements({
      mapping:
        (
          await planLigandNetwork([named('3-chloro'), named('4-methoxy')], {
            plan: { kind: 'mst' },
            aligned: true,
          })
        ).network.edges[0] ?? null,
    });
    assert.deepEqual(await found([edge, sane]), ['warning disconnected: with solvent']);
    assert.deepEqual(await found([...good.edges.filter(one => one !== first)]), [
      `warning leg-missing: ${pairNames(first)}`,
    ]);
    assert.deepEqual(await found([...good.edges], [system({ solvent }, 'water')]), [
      'warning lone-system: water',
    ]);
  });

  test('ligands that lie elsewhere, or in the protein', async () => {
    const at = ([x, y, z]: readonly [number, number, number]): NonTransformation => {
      const h = [
        [1, 1, 1],
        [-1, -1, 1],
        [-1, 1, -1],
        [1, -1, -1],
      ] as const;
      const methane = SmallMoleculeComponent.fromAtoms({
        name: 'methane',
        atoms: [{ element: 'C' }, ...h.map(() => ({ element: 'H' }))],
        bonds: h.map((_, i) => ({ begin: 0, end: i + 1 })),
        coordinates: [
          [x, y, z],
          ...h.map(([u, v, w]) => [x + 0.63 * u, y + 0.63 * v, z + 0.63 * w] as const),
        ],
      });
      return new NonTransformation({
        system: system({ ligand: methane, protein, solvent }, 'complex'),
        protocol,
        name: 'plain',
      });
    };
    const [flat] = protein.conformers;
    const [x, y, z] = flat ?? assert.fail();
    assert.deepEqual(await found([at([100, 0, 0])]), ['warning out-of-place: methane']);
    assert.deepEqual(await found([at([(x ?? 0) + 0.5, y ?? 0, z ?? 0])]), ['warning out-of-place: methane']);
  });

  test('coordinates of a drawing', async () => {
    const flat = named('benzanilide');
    const drawn = SmallMoleculeComponent.fromAtoms({
      name: 'flat',
      atoms: flat.atoms.map(({ atomicNumber, aromatic, hybridization }) => ({
        element: atomicNumber,
        aromatic,
        hybridization,
      })),
      bonds: flat.bonds.map(({ begin, end, type }) => ({ begin, end, type })),
      coordinates: flat.coordinates.map(([x, y]) => [x, y, 0] as const),
    });
    const network = solvationNetwork({ solutes: [drawn], solvent, protocol: absoluteSolvationProtocol() });
    assert.deepEqual(
      (await checkNetwork(network)).map(({ code }) => code),
      ['flat-molecule'],
    );
  });
});

function pairNames(transformation: Transformation | NonTransformation): string {
  const [a, b] = [transformation.stateA, transformation.stateB].map(state => state.components.get('ligand'));
  assert.ok(a instanceof SmallMoleculeComponent && b instanceof SmallMoleculeComponent);
  return `${a.name} and ${b.name}`;
}

/** Formic acid or its ion. */
function mol(name: string, hydrogen: 'H' | null, charge: number): string {
  const atoms = [
    ['C', 0, 0, 0],
    ['O', 1.2, 0, 0],
    ['O', -0.7, 1.1, 0.1],
    ['H', -0.5, -0.9, 0],
    ...(hydrogen === null ? [] : [['H', -1.6, 0.9, 0.2]]),
  ];
  const bonds = [[1, 2, 2], [1, 3, 1], [1, 4, 1], ...(hydrogen === null ? [] : [[3, 5, 1]])];
  const pad = (value: unknown, width: number): string => String(value).padStart(width);
  return [
    name,
    '',
    '',
    `${pad(atoms.length, 3)}${pad(bonds.length, 3)}  0  0  0  0  0  0  0  0999 V2000`,
    ...atoms.map(
      ([element, ...xyz]) =>
        `${xyz.map(value => pad(Number(value).toFixed(4), 10)).join('')} ${element}   0  0`,
    ),
    ...bonds.map(row => row.map(value => pad(value, 3)).join('')),
    ...(charge === 0 ? [] : [`M  CHG  1   3  ${pad(charge, 2)}`]),
    'M  END\n',
  ].join('\n');
}
