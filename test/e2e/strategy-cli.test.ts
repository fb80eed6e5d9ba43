// `strategy propose` on files: stratocaster's own answers, every form of file, and what it refuses.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { readEnvironment } from '../../src/cli/env.ts';
import { main } from '../../src/cli/program.ts';
import {
  AlchemicalNetwork,
  ChemicalSystem,
  CONNECTIVITY_STRATEGY_SETTINGS,
  ConnectivityStrategy,
  RADIAL_GROWTH_STRATEGY_SETTINGS,
  RadialGrowthStrategy,
  SolventComponent,
  type Strategy,
  StrategyResult,
  Transformation,
} from '../../src/gufe/index.ts';
import { type JsonObject, type JsonValue, parseJson } from '../../src/lib/json-value.ts';
import { writeJson } from '../../src/lib/json-write.ts';
import { HarmonicProtocol } from '../../src/protocols/harmonic/protocol.ts';
import { fixtures, GOLDEN, NO_GOLDEN, readGolden } from '../support/golden.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'alchemiscale-strategy-'));
after(() => rmSync(ROOT, { recursive: true, force: true }));

async function run(...args: readonly string[]) {
  const [out, notes]: [string[], string[]] = [[], []];
  const env = readEnvironment({});
  const exitCode = await main(['strategy', ...args], {
    env,
    out: line => out.push(line),
    note: line => notes.push(line),
  });
  return { exitCode, out, notes: notes.join('\n') };
}

let files = 0;
function fileOf(content: string | Uint8Array): string {
  const path = join(ROOT, `file${(files += 1)}`);
  writeFileSync(path, content);
  return path;
}

/** So many repeats of each. */
function estimatesOf(counts: Readonly<Record<string, number>>): string {
  const repeat = { estimate: 1.5, uncertainty: null, unit: 'kilocalorie_per_mole' };
  const entries = Object.entries(counts).map(([key, count]) => [
    key,
    Array.from({ length: count }, () => repeat),
  ]);
  return JSON.stringify(Object.fromEntries(entries));
}

interface Given {
  readonly network?: string | Uint8Array;
  readonly estimates?: string | Uint8Array;
  readonly strategy?: string | Uint8Array;
}

/** Five systems in a row. */
function row(): AlchemicalNetwork {
  const systems = Array.from(
    { length: 5 },
    (_, i) => new ChemicalSystem({ w: new SolventComponent() }, `S${i}`),
  );
  const protocol = new HarmonicProtocol();
  const edges = systems.slice(1).map((stateB, i) => {
    const stateA = systems[i] as ChemicalSystem;
    return new Transformation({ stateA, stateB, protocol, name: `T${i}` });
  });
  return new AlchemicalNetwork({ edges, name: 'row' });
}

const NETWORK = row();
const [first = '', second = '', third = '', fourth = ''] = ['T0', 'T1', 'T2', 'T3'].map(
  wanted => NETWORK.edges.find(({ name }) => name === wanted)?.key ?? '',
);

function propose(given: Given, ...flags: readonly string[]) {
  const {
    network = NETWORK.toJson(),
    estimates = '{}',
    strategy = new ConnectivityStrategy().toJson(),
  } = given;
  const paths = [
    '--network',
    fileOf(network),
    '--estimates',
    fileOf(estimates),
    '--strategy',
    fileOf(strategy),
  ];
  return run('propose', ...paths, ...flags);
}

test('weights are exactly those of the StrategyResult', async () => {
  const { exitCode, out, notes } = await propose(
    { estimates: estimatesOf({ [first]: 3, [second]: 1 }) },
    '--json',
  );
  assert.deepEqual([exitCode, notes, out.length], [0, '', 1]);
  const weights = JSON.parse(out[0] ?? '') as unknown;
  assert.deepEqual(weights, { weights: { [first]: null, [second]: 1, [third]: 2, [fourth]: 1.5 } });
});

test('--resolved gives shares of one', async () => {
  const { out } = await propose(
    { estimates: estimatesOf({ [first]: 3, [second]: 1 }) },
    '--json',
    '--resolved',
  );
  const { weights } = JSON.parse(out[0] ?? '') as { weights: Record<string, number | null> };
  assert.deepEqual(weights, { [first]: null, [second]: 1 / 4.5, [third]: 2 / 4.5, [fourth]: 1.5 / 4.5 });
});

test('an empty list is a result gathered from nothing, which radial growth tells from a missing key', async () => {
  const strategy = new RadialGrowthStrategy().toJson();
  const weightsWith = async (counts: Readonly<Record<string, number>>): Promise<unknown> => {
    const { out } = await propose({ strategy, estimates: estimatesOf(counts) }, '--json');
    return (JSON.parse(out[0] ?? '') as { weights: unknown }).weights;
  };
  const empty = { [first]: 0, [second]: 0, [third]: 0, [fourth]: 0 };
  assert.deepEqual(await weightsWith({}), { [first]: 0, [second]: 1, [third]: 1, [fourth]: 0 });
  assert.deepEqual(await weightsWith(empty), { [first]: 1, [second]: 4, [third]: 4, [fourth]: 1 });
});

test('any form of any file, plain or compressed', async () => {
  const strategy = new RadialGrowthStrategy();
  const counts = estimatesOf({ [second]: 1, [third]: 2 });
  const expected = await propose({ strategy: strategy.toJson(), estimates: counts }, '--json');
  assert.equal(expected.exitCode, 0);
  const forms = (object: AlchemicalNetwork | Strategy): readonly (string | Uint8Array)[] => [
    object.toDictText(),
    object.toMsgpack({ compress: false }),
    object.toMsgpack(),
    gzipSync(object.toJson()),
    zstdCompressSync(object.toJson()),
  ];
  const networks = forms(NETWORK);
  for (const [i, packed] of forms(strategy).entries()) {
    const given = { network: networks[i] ?? '', strategy: packed, estimates: gzipSync(counts) };
    assert.deepEqual(await propose(given, '--json'), expected, `form ${i}`);
  }
});

test('a table with a reason a line, the most urgent first', async () => {
  const { exitCode, out } = await propose({ estimates: estimatesOf({ [first]: 3, [second]: 1 }) });
  assert.equal(exitCode, 0);
  const shown = (key: string): string => `${key.split('-')[1]?.slice(0, 8)}…`;
  assert.deepEqual(
    out.map(line => line.replaceAll(/ +/g, ' ').trim()),
    [
      'weight share results transformation reason',
      `2 44.44 % 0 ${shown(third)} no result; its states have 2 and 2 edges`,
      `1.5 33.33 % 0 ${shown(fourth)} no result; its states have 2 and 1 edges`,
      `1 22.22 % 1 ${shown(second)} 1 result; its states have 2 and 2 edges`,
      `never 3 ${shown(first)} 3 results, and at most 3 are wanted`,
      `${new ConnectivityStrategy().key} on ${NETWORK.key}: 3 to run, 0 not now, 1 never again`,
    ],
  );
});

test('on every network that gufe wrote, stratocaster’s weights', { skip: NO_GOLDEN }, async () => {
  const folder = join(GOLDEN as string, 'strategies');
  for (const number of [0, 2, 4, 6, 8, 10, 12, 14]) {
    const bytes = readGolden(join(folder, `case${number}.json`));
    const golden = parseJson(new TextDecoder().decode(bytes)) as JsonObject;
    const counts = golden.get('n_results') as JsonObject;
    const estimates = estimatesOf(
      Object.fromEntries([...counts].map(([key, count]) => [key, Number(count)])),
    );
    for (const item of golden.get('cases') as readonly JsonObject[]) {
      const strategy = writeJson(item.get('strategy') as JsonValue);
      const network = writeJson(golden.get('network') as JsonValue);
      const { out, notes } = await propose({ network, estimates, strategy }, '--json');
      assert.equal(notes, '');
      const { weights } = JSON.parse(out[0] ?? '') as { weights: unknown };
      const expected = JSON.parse(writeJson(item.get('weights') as JsonValue)) as unknown;
      assert.deepEqual(weights, expected, `case ${number}`);
    }
  }
});

describe('what is refused: one line, exit code 1', () => {
  const repeat = '{"estimate": 1, "uncertainty": null, "unit": "kilocalorie_per_mole"}';
  const unknown = '[["Foo-1", {"settings": {}, "__qualname__": "Foo", "__module__": "my.strategies"}]]';
  const newer = new ConnectivityStrategy().toJson().replace('":version:": 1', '":version:": 9');
  const wrongSettings = new ConnectivityStrategy().toJson().replace('"max_runs": 3', '"max_runs": 0');
  const one = readFileSync(join(fixtures('gufe'), 'chains', 'one.json'), 'utf8');
  const cases: readonly (readonly [string, Given, RegExp])[] = [
    [
      'estimates of strangers',
      { estimates: `{"Transformation-x": [${repeat}], "Transformation-y": []}` },
      /^Error: .*file\d+: 'Transformation-x' is no transformation of AlchemicalNetwork-\w+, and 1 more like it$/,
    ],
    [
      'scoped keys',
      { estimates: `{"${first}-org-campaign-project": [${repeat}]}` },
      /a scoped key, which must be given as 'Transformation-\w+'$/,
    ],
    [
      'another unit',
      { estimates: `{"${first}": [${repeat.replace('kilocalorie_per_mole', 'meter')}]}` },
      /no unit of/,
    ],
    [
      'a negative uncertainty',
      { estimates: `{"${first}": [${repeat.replace('null', '-1')}]}` },
      /is negative: -1$/,
    ],
    [
      'NaN',
      { estimates: `{"${first}": [${repeat.replace('1', 'NaN')}]}` },
      /must be a finite number, not NaN$/,
    ],
    ['an entry that is no list', { estimates: `{"${first}": 3}` }, /must be a list of estimates, not 3$/],
    ['estimates that are no JSON', { estimates: 'key: 1' }, /file\d+: expected '\{' at byte 0$/],
    ['a network without edges', { network: new AlchemicalNetwork().toJson() }, /has no transformations/],
    [
      'another object for the network',
      { network: new ConnectivityStrategy().toJson() },
      /expected AlchemicalNetwork/,
    ],
    [
      'another object as a full dict',
      { network: new ConnectivityStrategy().toDictText() },
      /expected AlchemicalNet/,
    ],
    ['a cut network', { network: NETWORK.toJson().slice(0, 500) }, /file\d+: .* at byte \d+/],
    ['a damaged frame', { network: zstdCompressSync(NETWORK.toJson()).subarray(0, 200) }, /damaged or cut/],
    [
      'an unknown class',
      { strategy: unknown },
      /file\d+: the class my\.strategies\.Foo cannot be read here \(unknown class\); strategies known here are/,
    ],
    [
      'a strategy of a newer version',
      { strategy: newer },
      /ConnectivityStrategy cannot be read here \(version 9\)/,
    ],
    ['wrong settings', { strategy: wrongSettings }, /'max_runs' must be at least 1/],
    ['another object for the strategy', { strategy: one }, /expected a strategy, got AlchemicalNetwork-/],
    ['nothing', { strategy: '' }, /file\d+: /],
    [
      'a weight beyond all numbers',
      {
        strategy: new RadialGrowthStrategy(
          RADIAL_GROWTH_STRATEGY_SETTINGS.make({ decay_distance_rate: 1e-200 }),
        ).toJson(),
        estimates: estimatesOf({ [first]: 0, [second]: 0, [third]: 0, [fourth]: 0 }),
      },
      /the weight of Transformation-\w+ is Infinity: it is too large, or none$/,
    ],
  ];
  for (const [what, given, message] of cases) {
    test(what, async () => {
      const { exitCode, out, notes } = await propose(given, '--json');
      assert.deepEqual([exitCode, out], [1, []]);
      assert.match(notes, message);
      assert.ok(notes.startsWith('Error: ') && !notes.includes('\n'), notes);
    });
  }

  test('weights that sum to 0, where shares are wanted', () => {
    const result = new StrategyResult(new Map([[first, 0n]]));
    assert.throws(() => result.resolve(), { name: 'ZeroWeightsError' });
  });
});

test('misuse is exit code 2', async () => {
  const { exitCode, notes } = await run('propose', '--network', 'a');
  assert.equal(exitCode, 2);
  assert.match(notes, /Missing option '--estimates'/);
  const two = await run('propose', '--network', '-', '--estimates', '-', '--strategy', 'x');
  assert.deepEqual([two.exitCode, two.out], [2, []]);
  assert.match(
    two.notes,
    /^Error: Only one file can be standard input\. Try 'alchemiscale strategy propose --help'/,
  );
  const missing = await run('propose', '--network', join(ROOT, 'no'), '--estimates', 'x', '--strategy', 'y');
  assert.equal(missing.exitCode, 2);
  const folder = await run(
    'propose',
    '--network',
    ROOT,
    '--estimates',
    'x',
    '--strategy',
    fileOf(new ConnectivityStrategy().toJson()),
  );
  assert.equal(folder.exitCode, 2);
  assert.match(folder.notes, /^Error: '\S+' is a folder; a file is wanted\./);
  const shares = await propose({}, '--resolved');
  assert.equal(shares.exitCode, 2);
  assert.match(shares.notes, /'--resolved' is for '--json'/);
});

test('a cutoff of its own', async () => {
  const strategy = new ConnectivityStrategy(CONNECTIVITY_STRATEGY_SETTINGS.make({ cutoff: 1.75 })).toJson();
  const { out } = await propose({ strategy }, '--json');
  const { weights } = JSON.parse(out[0] ?? '') as { weights: unknown };
  assert.deepEqual(weights, { [first]: null, [second]: 2, [third]: 2, [fourth]: null });
});
