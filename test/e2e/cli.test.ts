// The command line: the original's words on our stores, what wrong input gets, and what `up` leaves behind.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readEnvironment, useCompileCache } from '../../src/cli/env.ts';
import { main } from '../../src/cli/program.ts';
import { AlchemiscaleComputeClient } from '../../src/client/compute.ts';
import { AlchemiscaleClient } from '../../src/client/user.ts';
import { ChemicalSystem } from '../../src/gufe/chemical-system.ts';
import { AlchemicalNetwork } from '../../src/gufe/network.ts';
import { Transformation } from '../../src/gufe/transformation.ts';
import { SlowProtocol, slowSettings } from '../../src/protocols/testing/protocols.ts';
import { fixtures } from '../support/golden.ts';
import {
  killPrograms,
  processesWith,
  runProgram,
  type Serving,
  startNode,
  startProgram,
  startUp,
  until,
} from '../support/program.ts';

// Every command opens the store on two threads; they are ready in half the time.
useCompileCache();

const ROOT = mkdtempSync(join(tmpdir(), 'alchemiscale-cli-'));
// Somebody else's process looks into it below.
chmodSync(ROOT, 0o755);
after(() => {
  killPrograms();
  rmSync(ROOT, { recursive: true, force: true });
});
let folders = 0;
const newFolder = (): string => join(ROOT, `folder${(folders += 1)}`);
const FREE_PORTS = ['--user-port', '0', '--compute-port', '0'];

/** Runs a command in this process. */
async function run(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const [out, notes]: [string[], string[]] = [[], []];
  const env = readEnvironment({ XDG_DATA_HOME: join(ROOT, 'home'), ...variables });
  const exitCode = await main(args, { env, out: line => out.push(line), note: line => notes.push(line) });
  return { exitCode, out, notes };
}

interface RecordedRun {
  readonly n: number;
  readonly argv: readonly string[];
  readonly exitCode: number;
  readonly stdout: string;
}

describe('database and identity, as recorded from the original', () => {
  const recorded = JSON.parse(
    readFileSync(join(fixtures('cli'), 'identity-story.json'), 'utf8'),
  ) as readonly RecordedRun[];
  /** Where we differ, and why. */
  const differences: Readonly<Record<number, { exitCode?: number; stdout?: string; why: string }>> = {
    42: { exitCode: 1, why: 'an unknown identity is an error' },
    43: { exitCode: 1, stdout: '', why: 'an unknown identity is an error' },
    53: { exitCode: 1, stdout: '', why: 'an unknown identity is an error' },
    55: { stdout: "['org_one-*-*', 'org_three-c-p', '*-*-*']\n", why: 'a new key keeps the scopes' },
  };
  const database = `sqlite://${join(ROOT, 'story.db')}`;
  // Ours win over the original's, which are those of the recording.
  const variables = { ALCHEMISCALE_DB: database, NEO4J_URL: 'bolt://127.0.0.1:7687', NEO4J_USER: 'neo4j' };

  for (const { n, argv, exitCode, stdout } of recorded) {
    test(`${n}: ${argv.join(' ').slice(0, 80)}`, async () => {
      const wanted = { exitCode, stdout, ...differences[n] };
      const done = await run(argv, variables);
      assert.equal(done.exitCode, wanted.exitCode, done.notes.join('\n'));
      const printed = done.out.map(line => `${line}\n`).join('');
      const isUnordered = argv[0] === 'identity' && argv[1] === 'list';
      if (isUnordered) assert.deepEqual(words(printed), words(wanted.stdout));
      else assert.equal(printed, wanted.stdout);
    });
  }

  test('lists as JSON', async () => {
    const done = await run(['identity', 'list', '--json'], variables);
    assert.deepEqual(JSON.parse(done.out.join('')), ['alice', 'long', 'utf8']);
  });

  test('reset asks, and without a terminal wants --yes; then nothing is left', async () => {
    const asked = await run(['database', 'reset'], variables);
    assert.equal(asked.exitCode, 2);
    assert.match(asked.notes.join(''), /Give --yes, since there is no terminal to ask on/);
    assert.equal((await run(['database', 'reset', '--yes'], variables)).exitCode, 0);
    assert.equal((await run(['database', 'check'], variables)).exitCode, 1);
  });
});

const words = (list: string): readonly string[] => (list.match(/'[^']*'/g) ?? []).sort();

describe('wrong input is one clear line and the right exit code', () => {
  const settings = join(ROOT, 'settings.yaml');
  writeFileSync(settings, 'init:\n  api_url: http://127.0.0.1:1/\nstart:\n  max_tasks: 1\n');
  const absent = { ALCHEMISCALE_DB: `sqlite://${join(ROOT, 'absent.db')}` };
  const cases: readonly (readonly [
    args: string,
    exitCode: number,
    line: RegExp,
    env?: Record<string, string>,
  ])[] = [
    ['nonsense', 2, /No such command 'nonsense'\. Try 'alchemiscale --help'/],
    ['identity nonsense', 2, /No such command 'nonsense'\. Try 'alchemiscale identity --help'/],
    ['identity add', 2, /Missing option '--identifier' \/ '-i'\. Try 'alchemiscale identity add --help'/],
    ['identity add -i x', 2, /Missing option '--key' \/ '-k'\./],
    ['identity add -i', 2, /Option '--identifier' requires an argument\./],
    [
      'identity add -t robot -i x -k y',
      2,
      /'--identity-type' \/ '-t': 'robot' is not one of 'user', 'compute'\./,
    ],
    ['identity add-scope -i alice', 2, /Missing option '--scope' \/ '-s'\./],
    ['identity list extra', 2, /Got unexpected extra argument/],
    [
      'identity list',
      1,
      /there is no database .*absent\.db: make one with 'alchemiscale database init'/,
      absent,
    ],
    ['database check', 1, /there is no database .*absent\.db/, absent],
    ['database check', 2, /Missing option '--user' \(env var: 'NEO4J_USER'\)/, { NEO4J_URL: 'bolt://x' }],
    ['database check --url bolt://x --user u', 2, /Missing option '--password' \(env var: 'NEO4J_PASS'\)/],
    ['database migrate v03-to-v04 --url sqlite:///x', 2, /'sqlite:\/\/\/x' is no Neo4j database/],
    ['database check --url nonsense', 1, /no URL of a state store/],
    ['up', 2, /Missing option '--s3-bucket' \(env var: 'AWS_S3_BUCKET'\)/, { AWS_S3_PREFIX: 'p' }],
    ['up --objects s3://', 1, /this is no URL of a bucket: the form is s3:\/\/bucket\/prefix/],
    ['up --services -1', 2, /'--services': -1 is not in the range/],
    ['up --user-port many', 2, /'--user-port': 'many' is not a valid integer\./],
    ['up --loglevel loud', 2, /'--loglevel': 'loud' is not one of/],
    ['up --prot 1', 2, /No such option: --prot\. Try/],
    ['up --port 1', 2, /No such option: --port\. Did you mean --user-port or --compute-port\? Try/],
    ['up --port=1', 2, /No such option: --port\. Did you mean --user-port or --compute-port\? Try/],
    ['api', 2, /no secret to sign tokens with: give --jwt-secret or JWT_SECRET_KEY/],
    ['api --jwt-secret s', 1, /there is no database/],
    ['api -j {nope --jwt-secret s', 2, /'--config-json' \/ '-j': /],
    ['api --jwt-algorithm RS256', 2, /'--jwt-algorithm': 'RS256' is not one of 'hs256'|'HS256'/],
    ['compute synchronous', 2, /Missing option '--config-file' \/ '-c'\./],
    ['compute synchronous -c absent.yaml', 2, /'absent\.yaml': No such file or directory/],
    [
      `compute synchronous -c ${settings}`,
      1,
      /settings\.yaml: the old form with 'init:' and 'start:' groups/,
    ],
  ];
  for (const [args, exitCode, line, env] of cases) {
    test(args.replace(ROOT, '…') + (env === undefined ? '' : ` with ${Object.keys(env)[0]}`), async () => {
      const done = await run(args.split(' '), env);
      assert.deepEqual([done.exitCode, done.out], [exitCode, []], done.notes.join('\n'));
      assert.equal(done.notes.length, 1, done.notes.join('\n'));
      assert.match(done.notes[0] ?? '', /^Error: [^\n]*$/);
      assert.match(done.notes[0] ?? '', line);
    });
  }
});

describe('processes', { concurrency: 2 }, () => {
  test('help shows examples first, the version is the package’s', async () => {
    const [help, group, version, nothing] = await Promise.all(
      [['--help'], ['identity', 'add', '--help'], ['--version'], []].map(args => runProgram(args)),
    );
    assert.match(help?.stdout ?? '', /^Examples:\n {2}alchemiscale up /);
    assert.match(group?.stdout ?? '', /^Examples:\n {2}alchemiscale identity add /);
    assert.deepEqual([help?.exitCode, group?.exitCode, version?.exitCode], [0, 0, 0]);
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    assert.equal(version?.stdout, `${manifest.version}\n`);
    assert.deepEqual([nothing?.exitCode, nothing?.stdout], [2, '']);
    assert.match(nothing?.stderr ?? '', /Usage: alchemiscale/);
  });

  test('a secret that can be guessed is warned of, once, and used', async () => {
    const done = await runProgram(['api', '--jwt-secret', 'x', '--data', join(ROOT, 'nowhere')]);
    assert.match(done.stderr, /there is no database/, 'what comes after');
    assert.equal(done.stderr.match(/the JWT secret is so short/g)?.length, 1, done.stderr);
    const long = await runProgram(['api', '--jwt-secret', 'x'.repeat(32), '--data', join(ROOT, 'nowhere')]);
    assert.doesNotMatch(long.stderr, /the JWT secret is so short/);
  });

  test('a compute service that gets no answer, or the wrong one, ends with a line', async () => {
    const file = join(ROOT, 'nobody.yaml');
    const basedirs = `shared_basedir: ${ROOT}/s\nscratch_basedir: ${ROOT}/s\nclient_max_retries: 0\n`;
    writeFileSync(file, `api_url: http://127.0.0.1:1/\nidentifier: c\nkey: k\nname: svc\n${basedirs}`);
    const done = await runProgram(['compute', 'synchronous', '-c', file, '-n', 'renamed']);
    assert.equal(done.exitCode, 1);
    const [start = '', refusal = ''] = done.stderr.split('\n');
    assert.match(start, /"server":"http:\/\/127\.0\.0\.1:1","identity":"c",.*"compute service starts"/);
    assert.match(refusal, /^Error: POST http:\/\/127\.0\.0\.1:1\/token got no answer: /);
  });
});

/** One unit that takes its time. */
function slowNetwork(seconds: number): AlchemicalNetwork {
  const [stateA, stateB] = [new ChemicalSystem({}, 'A'), new ChemicalSystem({}, 'B')];
  const protocol = new SlowProtocol(slowSettings({ seconds }));
  return new AlchemicalNetwork({ edges: [new Transformation({ stateA, stateB, protocol })] });
}

function keysOf(text: string): { readonly user: string; readonly compute: string } {
  const [user, compute] = [...text.matchAll(/export ALCHEMISCALE_KEY=(\S+)/g)].map(match => match[1]);
  return { user: user ?? '', compute: compute ?? '' };
}

/** Offers one slow task and waits until it runs; gives a way to ask after it. */
async function runSlowTask(
  up: Serving,
  key: string,
  seconds: number,
): Promise<() => Promise<string | null | undefined>> {
  const client = new AlchemiscaleClient({ apiUrl: up.userUrl, identifier: 'local-user', key });
  const network = await client.createNetwork(slowNetwork(seconds), 'test-cli-first');
  const [transformation] = await client.getNetworkTransformations(network);
  assert.ok(transformation);
  const tasks = await client.createTasks(transformation);
  await client.actionTasks(tasks, network);
  const status = async () => (await client.getTasksStatus(tasks))[0];
  await until(async () => (await status()) === 'running', 'the task runs');
  return status;
}

describe('up', { timeout: 300_000 }, () => {
  test('the first start makes keys that work, prints them once, and keeps its folder to itself', async () => {
    const folder = newFolder();
    const args = ['--data', folder, '--services', '0', ...FREE_PORTS];
    const first = await startUp(args);
    const keys = keysOf(first.stdout());
    const user = new AlchemiscaleClient({ apiUrl: first.userUrl, identifier: 'local-user', key: keys.user });
    const compute = new AlchemiscaleComputeClient({
      apiUrl: first.computeUrl,
      identifier: 'local-compute',
      key: keys.compute,
    });
    assert.deepEqual((await user.listScopes()).map(String), ['*-*-*']);
    assert.deepEqual((await compute.listScopes()).map(String), ['*-*-*']);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of ['jwt-secret', 'user-identity', 'compute-identity']) {
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
    }

    const second = await runProgram(['up', ...args]);
    assert.equal(second.exitCode, 1);
    assert.match(
      second.stderr,
      new RegExp(`^Error: ${folder} is in use by process ${first.pid} on [^\\n]*\\n$`),
    );
    assert.equal(second.stdout, '');

    const reset = await run(['database', 'reset', '--yes', '--data', folder]);
    assert.match(reset.notes.join(''), /is in use by process/);
    const added = await run(['identity', 'add', '-i', 'carol', '-k', 'secret', '--data', folder]);
    assert.equal(added.exitCode, 0, added.notes.join(''));
    await run(['identity', 'add-scope', '-i', 'carol', '-s', 'a-b-*', '--data', folder]);
    const carol = new AlchemiscaleClient({ apiUrl: first.userUrl, identifier: 'carol', key: 'secret' });
    assert.deepEqual((await carol.listScopes()).map(String), ['a-b-*']);

    first.child.kill('SIGTERM');
    assert.equal(await first.ended, 0);

    const again = await startUp(args);
    assert.deepEqual(keysOf(again.stdout()), { user: '', compute: '' });
    const same = new AlchemiscaleClient({ apiUrl: again.userUrl, identifier: 'local-user', key: keys.user });
    assert.equal((await same.listScopes()).length, 1);
    again.child.kill('SIGINT');
    assert.equal(await again.ended, 0);
    assert.deepEqual(processesWith(folder), []);
  });

  test('the first signal lets a task finish, echoes do not count, and nothing is left running', async () => {
    const folder = newFolder();
    const up = await startUp(['--data', folder, '--services', '1', ...FREE_PORTS]);
    await runSlowTask(up, keysOf(up.stdout()).user, 2);
    await until(() => processesWith(folder).length === 3, 'there are up, a service and a unit');
    for (let echo = 0; echo < 3; echo += 1) up.child.kill('SIGINT');
    assert.equal(await up.ended, 0);
    assert.match(
      up.stderr(),
      /SIGINT: 1 compute service finishes what it runs; once more stops it at once\n/,
    );
    assert.deepEqual(processesWith(folder), []);
    const left = await run(['database', 'check', '--data', folder]);
    assert.deepEqual(left.out, ['No inconsistencies found in database.']);
    const db = new DatabaseSync(join(folder, 'state.db'), { readOnly: true });
    assert.deepEqual(
      db
        .prepare('SELECT status FROM task')
        .all()
        .map(({ status }) => status),
      ['complete'],
    );
    db.close();
  });

  test('the second signal ends everything at once; the task waits for another start', async () => {
    const folder = newFolder();
    const up = await startUp(['--data', folder, '--services', '1', ...FREE_PORTS]);
    const status = await runSlowTask(up, keysOf(up.stdout()).user, 600);
    up.child.kill('SIGTERM');
    await sleep(600);
    assert.equal(await status(), 'running', 'still serving');
    const beganMs = performance.now();
    up.child.kill('SIGTERM');
    assert.equal(await up.ended, 1);
    assert.ok(performance.now() - beganMs < 10_000);
    assert.deepEqual(processesWith(folder), []);
    const db = new DatabaseSync(join(folder, 'state.db'), { readOnly: true });
    assert.deepEqual(
      db
        .prepare('SELECT status FROM task')
        .all()
        .map(({ status }) => status),
      ['waiting'],
    );
    db.close();
  });

  test('killed, it takes its services with it; the next start gives their tasks back at once', async () => {
    const folder = newFolder();
    const args = ['--data', folder, ...FREE_PORTS];
    const up = await startUp([...args, '--services', '1']);
    const { user } = keysOf(up.stdout());
    await runSlowTask(up, user, 600);
    up.child.kill('SIGKILL');
    assert.equal(await up.ended, 'SIGKILL');
    await until(() => processesWith(folder).length === 0, 'services and units are gone');
    const next = await startUp([...args, '--services', '0']);
    const client = new AlchemiscaleClient({ apiUrl: next.userUrl, identifier: 'local-user', key: user });
    const tasks = await client.queryTasks({ scope: 'test-cli-first' });
    assert.deepEqual(await client.getTasksStatus(tasks), ['waiting']);
    next.child.kill('SIGTERM');
    assert.equal(await next.ended, 0);
  });

  test('a port in use, a folder that is none, a newer database: a line each, and no process left', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await until(() => server.listening, 'the port is taken');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const folder = newFolder();
    const busy = await runProgram(['up', '--data', folder, '--user-port', port, '--compute-port', '0']);
    server.close();
    assert.equal(busy.exitCode, 1);
    assert.match(
      busy.stderr,
      new RegExp(
        `^Error: port ${port} on 127\\.0\\.0\\.1 is in use: stop the other program, or choose another with --user-port\n$`,
      ),
    );
    assert.deepEqual(processesWith(folder), []);
    const retried = await startUp(['--data', folder, '--services', '0', ...FREE_PORTS]);
    assert.notEqual(keysOf(retried.stdout()).user, '', 'the first start that serves shows the keys');
    retried.child.kill('SIGTERM');
    await retried.ended;

    const db = new DatabaseSync(join(folder, 'state.db'));
    db.exec("INSERT INTO schema_migration (version, name, sha256) VALUES (9999, '9999_future.sql', '')");
    db.close();
    const newer = await run(['up', '--data', folder, ...FREE_PORTS]);
    assert.equal(newer.exitCode, 1);
    assert.match(newer.notes.join('\n'), /^Error: [^\n]*newer than this program[^\n]*$/);

    const file = join(ROOT, 'a-file');
    writeFileSync(file, '');
    const none = await run(['up', '--data', join(file, 'x'), ...FREE_PORTS]);
    assert.equal(none.exitCode, 1);
    assert.match(none.notes.join('\n'), /^Error: .*a-file\/x cannot be made: a part of the path is a file$/);
  });

  test('a read-only folder', async () => {
    const folder = newFolder();
    // Nothing is forbidden to an administrator, so a process of theirs first becomes nobody, once its code is loaded.
    const script = `
      import { mkdirSync } from 'node:fs';
      const { main } = await import(${JSON.stringify(new URL('../../src/cli/program.ts', import.meta.url))});
      await import(${JSON.stringify(new URL('../../src/stack/stack.ts', import.meta.url))});
      mkdirSync(${JSON.stringify(folder)}, { mode: 0o555 });
      if (process.getuid() === 0) { process.setegid(65534); process.seteuid(65534); }
      const env = { get: () => undefined };
      const write = line => process.stderr.write(line + '\\n');
      process.exitCode = await main(['up', '--data', ${JSON.stringify(folder)}], { env, out: write, note: write });`;
    const program = startNode(['--input-type=module', '-e', script]);
    assert.equal(await program.ended, 1);
    assert.match(
      program.stderr(),
      /^Error: .*\/lock cannot be written: is the folder read-only, or somebody else's\?\n$/,
    );
  });
});

describe('the two services alone', { timeout: 300_000 }, () => {
  test('serve one database; a signal ends them', async () => {
    const folder = newFolder();
    const env = {
      ALCHEMISCALE_DB: `sqlite://${join(folder, 'state.db')}`,
      ALCHEMISCALE_OBJECTS: `file://${join(folder, 'objects')}`,
    };
    assert.equal((await run(['database', 'init', '--data', folder])).exitCode, 0);
    for (const type of ['user', 'compute']) {
      await run(['identity', 'add', '-t', type, '-i', type, '-k', 'key', '--data', folder]);
      await run(['identity', 'add-scope', '-t', type, '-i', type, '-s', '*-*-*', '--data', folder]);
    }
    const settings = {
      ...env,
      JWT_SECRET_KEY: 'a secret of no consequence, but a long one',
      ALCHEMISCALE_API_PORT: '0',
      ALCHEMISCALE_COMPUTE_API_PORT: '0',
    };
    const [user, compute] = [
      startProgram(['api'], settings),
      startProgram(['compute', 'api', '-j', '{"timeout": 77}'], settings),
    ];
    const url = /is ready: (\S+)/;
    await until(() => url.test(user.stdout()) && url.test(compute.stdout()), 'both serve');
    const [userUrl = '', computeUrl = ''] = [user, compute].map(program => url.exec(program.stdout())?.[1]);
    assert.deepEqual(await (await fetch(`${userUrl}/ping`)).json(), { api: 'AlchemiscaleAPI' });
    assert.deepEqual(await (await fetch(`${computeUrl}/ping`)).json(), { api: 'AlchemiscaleComputeAPI' });
    assert.match(compute.stderr(), /"ignored":\["timeout"\]/);

    const wrong = join(ROOT, 'wrong-key.yaml');
    const basedirs = `shared_basedir: ${ROOT}/s\nscratch_basedir: ${ROOT}/s\n`;
    writeFileSync(wrong, `api_url: ${computeUrl}\nidentifier: compute\nkey: wrong\nname: svc\n${basedirs}`);
    const refused = await runProgram(['compute', 'synchronous', '-c', wrong]);
    assert.equal(refused.exitCode, 1);
    assert.match(
      refused.stderr,
      /^Error: POST .*\/token was answered 401 Unauthorized: Incorrect identity or key\n$/m,
    );

    const workers = await runProgram(['api', '--workers', '2'], settings);
    assert.deepEqual([workers.exitCode, workers.stdout], [2, '']);
    assert.match(workers.stderr, /^Error: --workers 2: SQLite serves one process; leave --workers out\./);

    user.child.kill('SIGTERM');
    compute.child.kill('SIGINT');
    assert.deepEqual(await Promise.all([user.ended, compute.ended]), [0, 0]);
  });
});
