// Strategies as a user has them: `up` runs them, `strategist` runs them alone, `strategy preview` tells what would be done.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readEnvironment } from '../../src/cli/env.ts';
import { main } from '../../src/cli/program.ts';
import {
  AlchemicalNetwork,
  ChemicalSystem,
  ConnectivityStrategy,
  Transformation,
} from '../../src/gufe/index.ts';
import { AlchemiscaleClient } from '../../src/index.ts';
import { SlowProtocol, slowSettings } from '../../src/protocols/testing/protocols.ts';
import { killPrograms, runProgram, type Serving, startProgram, startUp, until } from '../support/program.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'alchemiscale-strategist-'));
after(() => {
  killPrograms();
  rmSync(ROOT, { recursive: true, force: true });
});

function variablesOf(program: Serving): Record<string, string> {
  const found = program.stdout().matchAll(/^ {2}export (ALCHEMISCALE_\w+)=(\S+)$/gm);
  const variables: Record<string, string> = {};
  // The user's come before the compute service's.
  for (const [, name = '', value = ''] of found) variables[name] ??= value;
  return variables;
}

async function run(args: readonly string[], variables: Readonly<Record<string, string>>) {
  const [out, notes]: [string[], string[]] = [[], []];
  const context = {
    env: readEnvironment(variables),
    out: (line: string) => void out.push(line),
    note: (line: string) => void notes.push(line),
  };
  return { exitCode: await main(args, context), out, notes };
}

function threeEdges(): AlchemicalNetwork {
  const systems = [0, 1, 2, 3].map(n => new ChemicalSystem({}, `system ${n}`));
  const protocol = new SlowProtocol(slowSettings({ seconds: 0 }));
  const edges = [0, 1, 2].map(
    n =>
      new Transformation({
        stateA: systems[n] as ChemicalSystem,
        stateB: systems[n + 1] as ChemicalSystem,
        protocol,
        mapping: null,
        name: `edge ${n}`,
      }),
  );
  return new AlchemicalNetwork({ edges, name: 'three' });
}

test('up runs strategies; a preview says what is next; a strategist beside it makes nothing twice', async () => {
  const data = join(ROOT, 'data');
  const ports = ['--user-port', '0', '--compute-port', '0'];
  const server = await startUp(['--data', data, ...ports, '--services', '0', '--strategist-interval', '1']);
  const variables = variablesOf(server);
  const client = AlchemiscaleClient.fromEnvironment(variables);
  const network = await client.createNetwork(threeEdges(), 'org-campaign-project');
  const none = await run(['strategy', 'preview', String(network)], variables);
  assert.deepEqual(
    [none.exitCode, none.out, none.notes],
    [1, [], [`Error: the network ${network} has no strategy`]],
  );
  const nothing = await run(['strategy', 'history', String(network)], variables);
  assert.deepEqual([nothing.exitCode, nothing.out], [0, [`no strategy of ${network} has run yet`]]);

  await client.setNetworkStrategy(network, new ConnectivityStrategy(), {
    mode: 'disabled',
    sleepInterval: 1,
  });
  const table = await run(['strategy', 'preview', String(network)], variables);
  assert.equal(table.exitCode, 0, table.notes.join('\n'));
  assert.equal(table.out.length, 5);
  assert.match(
    table.out[0] ?? '',
    /^results\s+weight\s+share\s+target\s+actioned\s+would\s+transformation\s+reason$/,
  );
  assert.match(
    table.out[1] ?? '',
    /^\s+0\s+[12.5]+\s+\d+ %\s+1\s+0\s+create 1\s+[0-9a-f]{8}… edge \d\s+no result; its states have \d and \d edges$/,
  );
  assert.equal(
    table.out[4],
    'ConnectivityStrategy, mode disabled, awake, 0 results: would create 3, action 0 more, cancel 0 tasks; it is disabled, and nothing is done',
  );
  const json = await run(['strategy', 'preview', String(network), '--json'], variables);
  assert.equal((JSON.parse(json.out.join('')) as { transformations: unknown[] }).transformations.length, 3);

  await client.setNetworkStrategy(network, new ConnectivityStrategy(), { sleepInterval: 1 });
  await until(
    async () => (await client.getNetworkActionedTasks(network)).length === 3,
    'its tasks are there',
  );
  const config = join(ROOT, 'strategist.yaml');
  writeFileSync(config, 'sleep_interval: 1\nmax_workers: 2\nuse_local_cache: false\nloglevel: INFO\n');
  const beside = startProgram(['strategist', '-c', config, '--data', data]);
  const iterations = async () => (await client.getNetworkStrategyState(network))?.iterations ?? 0;
  await until(() => beside.stdout().includes('alchemiscale strategist is ready'), 'the second is there');
  const before = await iterations();
  await until(async () => (await iterations()) >= before + 3, 'both go on');
  assert.equal((await client.getNetworkTasks(network)).length, 3);
  beside.child.kill('SIGTERM');
  assert.equal(await beside.ended, 0, beside.stderr());
  assert.match(beside.stderr(), /"store":"sqlite:\/\/\/.*"scopes":\["\*-\*-\*"\].*"strategist starts"/);
  assert.doesNotMatch(beside.stderr(), /a strategy was run/, 'of runs that change nothing nothing is said');

  const { runs } = await client.getNetworkStrategyHistory(network, { limit: 100 });
  const first = runs.at(-1);
  assert.deepEqual([first?.iteration, first?.created, first?.transformations.length], [1, 3, 3]);

  const lines = await run(['strategy', 'history', String(network)], variables);
  assert.equal(lines.exitCode, 0, lines.notes.join());
  assert.match(lines.out[0] ?? '', /^\s*run\s+began\s+took\s+mode\s+status\s+results\s+created/);
  assert.match(lines.out.at(-1) ?? '', /^\s*1\s+2\S+Z\s+\d+\.\d s\s+partial\s+awake\s+0\s+3\s+3\s+0$/);
  const newest = await run(['strategy', 'history', String(network), '--limit', '1', '--json'], variables);
  const document = JSON.parse(newest.out.join('')) as { runs: { transformations: object[] }[] };
  assert.deepEqual(
    document.runs.map(({ transformations }) => transformations.length),
    [3],
  );
  server.child.kill('SIGTERM');
  assert.equal(await server.ended, 0, server.stderr());
});

test('a settings file that cannot be used is refused, and so is an unknown store', async () => {
  const config = join(ROOT, 'wrong.yaml');
  writeFileSync(config, 'sleep_intervals: 1\n');
  const wrong = await runProgram(['strategist', '-c', config, '--data', ROOT]);
  assert.equal(wrong.exitCode, 1);
  assert.match(wrong.stderr, /wrong\.yaml: unknown setting 'sleep_intervals'/);
  writeFileSync(config, '');
  const nowhere = await runProgram(['strategist', '-c', config, '--data', join(ROOT, 'nowhere')]);
  assert.equal(nowhere.exitCode, 1);
  assert.match(nowhere.stderr, /there is no database/);
  const none = await runProgram(['strategist']);
  assert.equal(none.exitCode, 2);
  assert.match(none.stderr, /Missing option '--config-file' \/ '-c'/);
});
