// `alchemiscale network …` as a user runs it, from files of molecules to a network on a server.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { AlchemiscaleClient } from '../../src/client/user.ts';
import {
  AlchemicalNetwork,
  decodeGufe,
  decodeKeyedChainAs,
  LigandNetwork,
  SolventComponent,
  Transformation,
} from '../../src/gufe/index.ts';
import { startStack } from '../../src/stack/stack.ts';
import { killPrograms, runProgram } from '../support/program.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'alchemiscale-network-'));
after(() => {
  killPrograms();
  rmSync(ROOT, { recursive: true, force: true });
});

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const LIGANDS = join(EXAMPLES, 'ligands.sdf');
const PEPTIDE = join(EXAMPLES, 'peptide.pdb');
const file = (name: string): string => join(ROOT, name);
const write = (name: string, text: string): string => {
  writeFileSync(file(name), text);
  return file(name);
};

const RFE = ['--protocol', 'RelativeHybridTopologyProtocol'] as const;

async function network(...args: readonly string[]) {
  return await runProgram(['network', ...args]);
}

async function built(
  name: string,
  ...args: readonly string[]
): Promise<{ made: AlchemicalNetwork; stdout: string }> {
  const { exitCode, stdout, stderr } = await network('build', ...args, '-o', file(name));
  assert.equal(exitCode, 0, stderr);
  const bytes = readFileSync(file(name));
  const made = decodeGufe(name.endsWith('.gz') ? gunzipSync(bytes) : bytes);
  assert.ok(made instanceof AlchemicalNetwork);
  return { made, stdout };
}

const names = ({ edges }: AlchemicalNetwork): readonly (string | null)[] =>
  edges.map(edge => edge.name).sort();

describe('network build', { timeout: 120_000 }, () => {
  test('both legs of a tree, which a server takes and gives back with its key', async () => {
    const { made, stdout } = await built(
      'net.json.gz',
      ...[
        '--ligands',
        LIGANDS,
        '--protein',
        PEPTIDE,
        '--protein-name',
        'peptide',
        ...RFE,
        '--name',
        'example',
      ],
      ...['--save-ligand-network', file('plan.graphml')],
    );
    assert.equal(made.edges.length, 14);
    assert.match(
      stdout,
      /^example: 8 ligands, 7 edges, 14 transformations \(solvent and complex\) by RelativeHybridTopologyProtocol$/m,
    );
    assert.match(stdout, /^ {2}benzanilide {2}cyclohexyl {2}9 of 15 and 15 {6}0\.30$/m);
    assert.ok(stdout.endsWith(`${made.key} written to ${file('net.json.gz')}\n`));
    const plan = LigandNetwork.fromGraphml(readFileSync(file('plan.graphml'), 'utf8'));
    assert.equal(plan.edges.length, 7);

    const checked = await network('check', file('net.json.gz'));
    assert.deepEqual(checked, {
      exitCode: 0,
      stdout: `${file('net.json.gz')}: 14 transformations, nothing to complain about\n`,
      stderr: '',
    });

    await using stack = await startStack({ dataDir: file('data'), userPort: 0, computePort: 0 });
    const { identifier, key } = stack.userIdentity;
    const client = new AlchemiscaleClient({ apiUrl: stack.userUrl, identifier, key });
    const sent = decodeKeyedChainAs(AlchemicalNetwork, gunzipSync(readFileSync(file('net.json.gz'))));
    const scoped = await client.createNetwork(sent, 'org-campaign-project');
    assert.equal(scoped.gufeKey, made.key);
    const back = await client.getNetwork(scoped);
    assert.equal(back.key, made.key);
    assert.equal((await client.getNetworkTransformations(scoped)).length, 14);
  });

  test('given pairs from a table; settings; another solvent; the plan used again', async () => {
    const pairs = write('pairs.csv', 'ligand_a,ligand_b\nbenzanilide,4-fluoro\n4-fluoro,4-chloro\n');
    const settings = write(
      'settings.yaml',
      'protocol_repeats: 1\nthermo_settings:\n  temperature: 310 kelvin\n',
    );
    const { made } = await built(
      'pairs.json',
      ...['--ligands', LIGANDS, ...RFE, '--plan', 'edges', pairs, '--settings', settings],
      ...[
        '--solvent-ion-concentration',
        '0.1',
        '--positive-ion',
        'K',
        '--save-ligand-network',
        file('pairs.graphml'),
      ],
    );
    assert.deepEqual(names(made), ['rbfe_4-fluoro_4-chloro_solvent', 'rbfe_benzanilide_4-fluoro_solvent']);
    const [first] = made.edges;
    assert.ok(first instanceof Transformation);
    const solvent = first.stateA.components.get('solvent');
    assert.ok(solvent instanceof SolventComponent);
    assert.deepEqual([solvent.ionConcentration, solvent.positiveIon], ['0.1 molar', 'K+']);
    assert.match(first.protocol.keyedDictText(), /"protocol_repeats": 1,/);
    assert.match(first.protocol.keyedDictText(), /"magnitude": 310(\.0)?, "unit": "kelvin"/);

    const again = await built(
      'again.json',
      ...['--plan', 'graphml', file('pairs.graphml'), ...RFE, '--settings', settings],
      ...['--solvent-ion-concentration', '0.1 molar', '--positive-ion', 'K+'],
    );
    assert.equal(again.made.key, made.key);
  });

  test('a star as JSON', async () => {
    const { exitCode, stdout } = await network(
      ...[
        'build',
        '--ligands',
        LIGANDS,
        ...RFE,
        '--plan',
        'star',
        '--hub',
        '4-chloro',
        '--json',
        '-o',
        file('star.json'),
      ],
    );
    assert.equal(exitCode, 0);
    const facts = JSON.parse(stdout);
    assert.deepEqual(
      [facts.kind, facts.legs, facts.aligned, facts.edges.length, facts.transformations.length, facts.notes],
      ['relative', ['solvent'], true, 7, 7, []],
    );
    assert.ok(facts.edges.every((edge: { ligand_a: string }) => edge.ligand_a === '4-chloro'));
    const made = decodeGufe(readFileSync(file('star.json')));
    assert.equal(made.key, facts.key);
  });

  test('hydration of what is given by SMILES, for GROMACS', async () => {
    const solutes = write('solutes.smi', 'CCC propane\nCCCC butane\n');
    const { made } = await built(
      'hydration.json.zst',
      '--ligands',
      solutes,
      '--protocol',
      'GromacsHydrationProtocol-quick',
    );
    assert.deepEqual(names(made), ['ahfe_butane', 'ahfe_propane']);
    assert.deepEqual(made.nodes.map(node => node.name).sort(), ['butane_water', 'propane_water', 'solvent']);
    assert.equal((await network('check', file('hydration.json.zst'))).exitCode, 0);
  });
});

describe('one clear line and the right exit code', { timeout: 120_000 }, () => {
  const out = ['-o', join(ROOT, 'never.json')] as const;
  const cases: readonly (readonly [
    name: string,
    args: () => readonly string[],
    exitCode: number,
    error: RegExp,
  ])[] = [
    ['no protocol', () => ['build', '--ligands', LIGANDS, ...out], 2, /Missing option '--protocol'/],
    ['no ligands', () => ['build', ...RFE, ...out], 2, /Missing option '--ligands'/],
    [
      'an unknown protocol',
      () => ['build', '--ligands', LIGANDS, '--protocol', 'Magic', ...out],
      1,
      /no protocol is called 'Magic'; known are Relative/,
    ],
    [
      'a file that is not there',
      () => ['build', '--ligands', 'none.sdf', ...RFE, ...out],
      2,
      /There is no file 'none\.sdf'/,
    ],
    [
      'a file of another kind',
      () => ['build', '--ligands', PEPTIDE, ...RFE, ...out],
      1,
      /peptide\.pdb: molecules are read from \.sdf/,
    ],
    [
      'a broken SD file',
      () => ['build', '--ligands', write('cut.sdf', 'a\n\n\n  3  2'), ...RFE, ...out],
      1,
      /cut\.sdf: record 1 \(line 1/,
    ],
    [
      'a plan that is none',
      () => ['build', '--ligands', LIGANDS, ...RFE, '--plan', 'web', ...out],
      2,
      /'--plan' is star, mst, redundant, edges FILE or graphml FILE, not 'web'/,
    ],
    [
      'edges without a file',
      () => ['build', '--ligands', LIGANDS, ...RFE, '--plan', 'edges', ...out],
      2,
      /'edges' takes one file/,
    ],
    [
      'a hub without a star',
      () => ['build', '--ligands', LIGANDS, ...RFE, '--hub', '4-fluoro', ...out],
      2,
      /'--hub' goes with '--plan star'/,
    ],
    [
      'edges of somebody else',
      () => [
        'build',
        '--ligands',
        LIGANDS,
        ...RFE,
        '--plan',
        'edges',
        write('x.csv', 'ligand_a,ligand_b\na,b\n'),
        ...out,
      ],
      1,
      /x\.csv, line 2: no molecule is named 'a'/,
    ],
    [
      'settings that are unknown',
      () => ['build', '--ligands', LIGANDS, ...RFE, '--settings', write('s.yaml', 'repeats: 3\n'), ...out],
      1,
      /s\.yaml: .*repeats/,
    ],
    [
      'a solvation protocol and a plan',
      () => [
        'build',
        '--ligands',
        LIGANDS,
        '--protocol',
        'AbsoluteSolvationProtocol',
        '--plan',
        'star',
        ...out,
      ],
      2,
      /takes solutes one by one/,
    ],
    [
      'molecules that the protocol cannot run',
      () => ['build', '--ligands', LIGANDS, '--protocol', 'GromacsHydrationProtocol', ...out],
      1,
      /GromacsHydrationProtocol cannot run 'ahfe_\w+.: .*only alkanes/,
    ],
    [
      'cofactors without a protein',
      () => ['build', '--ligands', LIGANDS, ...RFE, '--cofactors', LIGANDS, ...out],
      2,
      /go with '--protein'/,
    ],
    [
      'an ion that is none',
      () => ['build', '--ligands', LIGANDS, ...RFE, '--positive-ion', 'Xe', ...out],
      1,
      /'Xe' is not an ion/,
    ],
    [
      'a folder that is not there',
      () => ['build', '--ligands', LIGANDS, ...RFE, '-o', join(ROOT, 'no', 'net.json')],
      1,
      /net\.json' cannot be written/,
    ],
    ['check: no network', () => ['check', LIGANDS], 1, /ligands\.sdf: /],
    [
      'check: another object',
      () => ['check', write('solvent.json', new SolventComponent().toJson())],
      1,
      /SolventComponent-\w+ is not an AlchemicalNetwork/,
    ],
  ];
  // Starting the program takes longer than what it does.
  const half = Math.ceil(cases.length / 2);
  for (const part of [cases.slice(0, half), cases.slice(half)]) {
    test(part.map(([name]) => name).join('; '), async () => {
      for (const [name, args, exitCode, error] of part) {
        const done = await network(...args());
        assert.equal(done.exitCode, exitCode, `${name}: ${done.stderr}`);
        assert.match(done.stderr, error, name);
        assert.equal(done.stderr.trimEnd().split('\n').length, 1, done.stderr);
        assert.equal(done.stdout, '', name);
      }
    });
  }

  test('check: what would fail, as lines and as JSON', async () => {
    const { made } = await built('small.json', '--ligands', LIGANDS, ...RFE, '--plan', 'star');
    const [first, ...others] = made.edges;
    assert.ok(first instanceof Transformation);
    const broken = new AlchemicalNetwork({
      edges: [...others, first.copyWithReplacements({ mapping: null })],
    });
    const path = write('broken.json', broken.toJson());
    const lines = await network('check', path);
    assert.equal(lines.exitCode, 1);
    assert.equal(
      lines.stdout,
      `error    no-mapping  ${first.name}: RelativeHybridTopologyProtocol needs an atom mapping and there is none\n${path}: 7 transformations, 1 error, 0 warnings\n`,
    );
    const json = await network('check', '--json', path);
    assert.equal(json.exitCode, 1);
    const { ok, key, findings } = JSON.parse(json.stdout);
    assert.deepEqual([ok, key, findings.length, findings[0].code], [false, broken.key, 1, 'no-mapping']);
  });

  test('check: keys of another gufe are told, and fail nothing', async () => {
    const { made } = await built('old.json', '--ligands', LIGANDS, ...RFE, '--plan', 'star');
    const key = made.nodes[0]?.key ?? '';
    const other = `${key.slice(0, -4)}0000`;
    const path = write('stated.json', made.toJson().replaceAll(key, other));
    const { exitCode, stdout } = await network('check', path);
    assert.equal(exitCode, 0, stdout);
    assert.match(
      stdout,
      new RegExp(`^warning {2}key-differs {2}${other}: the content has the key ${key} today`, 'm'),
    );
  });
});
