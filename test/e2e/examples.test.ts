// The examples, one after another, as a user runs them: programs of their own, against a stack with a compute service.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AlchemicalArchive, AlchemicalNetwork, decodeKeyedChainAs } from '../../src/gufe/index.ts';
import { exactFreeEnergy, HarmonicWell, harmonicNetwork } from '../../src/protocols/index.ts';
import { type Stack, startStack } from '../../src/stack/stack.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const MAX_LINES = 40;

/** The true free energies of the example's network by the name of the transformation, in kcal/mol. */
function exactAnswers(): Map<string, number> {
  const wellOf = (components: ReadonlyMap<string, unknown>): HarmonicWell => {
    const [well] = components.values();
    assert.ok(well instanceof HarmonicWell);
    return well;
  };
  return new Map(
    harmonicNetwork().edges.map(({ name, stateA, stateB }) => {
      const exact = exactFreeEnergy(wellOf(stateA.components), wellOf(stateB.components), 298.15);
      return [name ?? '', exact];
    }),
  );
}

describe('examples', { timeout: 120_000 }, () => {
  let folder = '';
  let stack: Stack;
  let network = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alchemiscale-examples-'));
    stack = await startStack({
      dataDir: folder,
      userPort: 0,
      computePort: 0,
      services: 1,
      slots: 2,
      strategist: { sleepIntervalSeconds: 1 },
    });
  });
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs an example to its end and gives what it printed; fails with what it complained about. */
  async function example(name: string, ...args: string[]): Promise<string> {
    const lines = (await readFile(join(EXAMPLES, name), 'utf8')).trimEnd().split('\n').length;
    assert.ok(lines < MAX_LINES, `${name} has ${lines} lines`);
    const { identifier, key } = stack.userIdentity;
    const child = spawn(
      process.execPath,
      ['--conditions=@alchemiscale/source', join(EXAMPLES, name), ...args],
      {
        env: {
          ...process.env,
          ALCHEMISCALE_URL: stack.userUrl,
          ALCHEMISCALE_ID: identifier,
          ALCHEMISCALE_KEY: key,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (part: Buffer) => (output.stdout += part.toString()));
    child.stderr.on('data', (part: Buffer) => (output.stderr += part.toString()));
    const code = await new Promise(resolve => child.on('close', resolve));
    assert.equal(code, 0, `${name}: ${output.stderr}`);
    return output.stdout.trimEnd();
  }

  test('01-submit prints the key of the network', async () => {
    network = await example('01-submit.ts');
    assert.match(network, /^AlchemicalNetwork-[0-9a-f]{32}-examples-harmonic-wells$/);
  });

  test('02-action makes tasks and offers them', async () => {
    assert.equal(await example('02-action.ts', network, '1'), '5 of 5 tasks wait to be claimed');
  });

  test('03-watch ends when all are done', async () => {
    const lines = (await example('03-watch.ts', network)).split('\n');
    assert.equal(lines.at(-1), 'waiting 0, running 0, complete 5, error 0');
  });

  test('04-results prints the free energies', async () => {
    const printed = (await example('04-results.ts', network)).split('\n');
    const exact = exactAnswers();
    assert.equal(printed.length, exact.size);
    for (const line of printed) {
      const [, name = '', estimate, uncertainty] = /^(.+): (-?[\d.]+) ± ([\d.]+) kcal\/mol$/.exec(line) ?? [];
      const difference = Math.abs(Number(estimate) - (exact.get(name) ?? Number.NaN));
      // Three repeats of 500 samples a window: their spread is some 0.03 kcal/mol.
      assert.ok(difference < 0.15, `${line}; the exact answer is ${exact.get(name)}`);
      assert.ok(Number(uncertainty) < 0.3, line);
    }
  });

  test('05-archive writes what can be read again', async () => {
    const file = join(folder, 'archive.json');
    assert.match(await example('05-archive.ts', network, file), /^AlchemicalArchive-[0-9a-f]{32}: 5 results/);
    const archive = decodeKeyedChainAs(AlchemicalArchive, await readFile(file));
    assert.equal(archive.transformationResults.length, 5);
  });

  test('06-build-network writes a network of two legs without a server', async () => {
    const file = join(folder, 'network.json');
    assert.match(
      await example('06-build-network.ts', file),
      /^AlchemicalNetwork-[0-9a-f]{32}: 14 transformations$/,
    );
    const network = decodeKeyedChainAs(AlchemicalNetwork, await readFile(file));
    assert.equal(network.edges.length, 14);
  });

  test('07-strategy runs a network to the end of its strategy', async () => {
    const all = (await example('07-strategy.ts')).split('\n');
    const isProgress = (line: string): boolean => /^strategy \w+; tasks: waiting \d+, running \d/.test(line);
    assert.equal(
      all.findLast(isProgress),
      'strategy dormant; tasks: waiting 0, running 0, complete 10',
      'it tells how far it is',
    );
    const printed = all.filter(line => !isProgress(line));
    const exact = exactAnswers();
    const estimates = printed.slice(0, exact.size);
    for (const line of estimates) {
      const [, name = '', estimate] = /^(.+): (-?[\d.]+) kcal\/mol, 2 runs$/.exec(line) ?? [];
      const difference = Math.abs(Number(estimate) - (exact.get(name) ?? Number.NaN));
      assert.ok(difference < 0.3, `${line}; the exact answer is ${exact.get(name)}`);
    }
    const history = printed.slice(exact.size);
    const runs = history.filter(line => line.startsWith('run '));
    assert.equal(runs[0], 'run 1: 0 results, then awake');
    assert.match(runs.at(-1) ?? '', /^run \d+: 10 results, then dormant$/);
    // A line for each transformation in each run, with the reason.
    const lines = history.filter(line => /^ {2}[A-D] to [A-D]: \d at a time; ./.test(line));
    assert.equal(lines.length, runs.length * exact.size);
    assert.equal(history.length, runs.length + lines.length);
    const last = lines.slice(-exact.size);
    for (const line of last) assert.match(line, /: 0 at a time; .*2 results, and at most 2 are wanted/);
  });
});
