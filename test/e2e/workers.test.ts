// `--workers`: several processes on one port. Every one of them answers, one that is killed is replaced and takes no claim with
// it that was acknowledged, and signals end all of them.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AlchemiscaleComputeClient } from '../../src/client/compute.ts';
import { hashKey } from '../../src/server/key-hash.ts';
import { openStateStore } from '../../src/store/open.ts';
import type { Key, StateStore } from '../../src/store/state-store.ts';
import { sampleNetwork, submit } from '../contract/state-store/samples.ts';
import { sorted, World } from '../contract/state-store/world.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { killPrograms, type Program, startProgram, until } from '../support/program.ts';
import { findPostgres } from '../support/services.ts';

const found = await findPostgres();
const ROOT = mkdtempSync(join(tmpdir(), 'alchemiscale-workers-'));
const IDENTIFIER = 'grace';
const KEY = 'a key of no consequence';

/** A line of the log; those of workers say which. */
interface Line {
  readonly msg: string;
  readonly path?: string;
  readonly worker?: string;
  readonly process?: string;
}

class Server {
  readonly program: Program;

  constructor(url: string, ...flags: readonly string[]) {
    const settings = {
      ALCHEMISCALE_DB: url,
      ALCHEMISCALE_OBJECTS: `file://${join(ROOT, 'objects')}`,
      JWT_SECRET_KEY: 'a secret of no consequence, but a long one',
    };
    const common = ['compute', 'api', '--port', '0', '--loglevel', 'debug'];
    this.program = startProgram([...common, ...flags], settings);
  }

  async url(): Promise<string> {
    const ready = /is ready: (\S+)/;
    await until(() => ready.test(this.program.stdout()), 'it serves');
    return ready.exec(this.program.stdout())?.[1] ?? '';
  }

  lines(): readonly Line[] {
    const complete = this.program.stderr().split('\n').slice(0, -1);
    return complete.filter(line => line.startsWith('{')).map(line => JSON.parse(line) as Line);
  }

  /** The processes that have answered requests. */
  answering(): ReadonlyMap<number, string> {
    const requests = this.lines().filter(({ msg, worker }) => msg === 'request' && worker !== undefined);
    return new Map(requests.map(({ process, worker = '' }) => [Number(process), worker]));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('--workers', { skip: 'skip' in found && found.skip, timeout: 180_000 }, () => {
  const undo = new AsyncDisposableStack();
  let database: TestDatabase;
  let store: StateStore;

  before(async () => {
    assert.ok('service' in found);
    database = undo.use(await createTestDatabase(found.service));
    store = undo.use(await openStateStore(database.url));
    await store.initialize();
    const name = { type: 'compute', identifier: IDENTIFIER } as const;
    await store.identities.put({ ...name, hashedKey: await hashKey(KEY) });
    await store.identities.addScopes({ ...name, scopes: [{ org: null, campaign: null, project: null }] });
  });
  after(async () => {
    killPrograms();
    await undo.disposeAsync();
    rmSync(ROOT, { recursive: true, force: true });
  });

  /** Tasks that wait on one hub. */
  async function work(count: number): Promise<{ readonly hub: Key; readonly tasks: readonly Key[] }> {
    const world = new World(store);
    const network = await submit(store, world.scope(), sampleNetwork('n', [{ name: 'e', protocol: 'P' }]));
    const tasks = await world.tasks(network.transformations[0] ?? '', count);
    await store.hubs.action({ network: network.network, tasks, weights: null });
    return { hub: network.hub, tasks };
  }

  let services = 0;

  /** What a new service is told that it got, until nothing is left; calls that fail are made again. */
  async function claimAll(apiUrl: string, hub: Key, got: Map<Key, string[]>): Promise<void> {
    const client = new AlchemiscaleComputeClient({ apiUrl, identifier: IDENTIFIER, key: KEY, maxRetries: 5 });
    const service = `workers-${(++services).toString(16).padStart(32, '0')}`;
    await client.register(service);
    const impatient = new AlchemiscaleComputeClient({
      apiUrl,
      identifier: IDENTIFIER,
      key: KEY,
      maxRetries: 0,
    });
    for (;;) {
      const claimed = await impatient.claimTaskHubTasks(hub, service, { count: 2 }).catch(() => null);
      if (claimed?.every(task => task === null)) return;
      for (const task of claimed ?? []) {
        if (task !== null) got.set(String(task), [...(got.get(String(task)) ?? []), service]);
      }
    }
  }

  test('a connection that a worker has not taken when it is killed is closed, and its client tries again', async () => {
    const server = new Server(database.url, '--workers', '2');
    const url = await server.url();
    const ping = async (): Promise<number | null> => {
      const answer = await fetch(`${url}/ping`, {
        headers: { Connection: 'close' },
        signal: AbortSignal.timeout(20_000),
      });
      await answer.arrayBuffer();
      return answer.status;
    };
    await until(async () => {
      await ping();
      return server.answering().size === 2;
    }, 'both have answered');
    const [victim] = [...server.answering().keys()];
    assert.ok(victim !== undefined);
    // It is handed connections as long as it lives, and takes none.
    process.kill(victim, 'SIGSTOP');
    let answered = 0;
    const pings = Array.from({ length: 6 }, () =>
      ping()
        .catch((error: Error) => error.name)
        .finally(() => {
          answered += 1;
        }),
    );
    // It gets one and no more, as it does not say that it has taken it.
    await until(() => answered === pings.length - 1, 'the other has answered the rest');
    process.kill(victim, 'SIGKILL');
    const answers = await Promise.all(pings);
    assert.ok(answers.includes(200), 'the other worker goes on');
    assert.ok(answers.includes('TypeError'), 'closed');
    assert.ok(!answers.includes('TimeoutError'), 'left open');
    server.program.child.kill('SIGTERM');
    assert.equal(await server.program.ended, 0, server.program.stderr());
  });

  test('all answer; one that is killed under load loses and doubles no claim, and is replaced', async () => {
    const { hub, tasks } = await work(600);
    const server = new Server(database.url, '--workers', '3');
    const url = await server.url();
    const got = new Map<Key, string[]>();
    const claiming = Promise.all(Array.from({ length: 6 }, () => claimAll(url, hub, got)));
    await until(() => got.size > 60, 'many are claimed');
    const [victim] = [...server.answering().keys()];
    assert.ok(victim !== undefined);
    process.kill(victim, 'SIGKILL');
    const claimedBefore = got.size;
    await claiming;
    assert.ok(claimedBefore < tasks.length, 'it was killed when all was done');

    assert.deepEqual(
      [...got].filter(([, holders]) => holders.length > 1),
      [],
      'given out twice',
    );
    const rows = await database.query<{ task: string; status: string; service: string }>(
      `SELECT t.token AS task, t.status, s.identifier AS service
      FROM task t
      LEFT JOIN service s ON s.id = t.claimed_by`,
    );
    const holders = new Map(rows.map(({ task, status, service }) => [task, `${status} ${service}`]));
    for (const [task, [service]] of got) {
      assert.equal(
        holders.get(task.split('-')[1] ?? ''),
        `running ${service}`,
        'an acknowledged claim is lost',
      );
    }
    // Of those in the hands of the killed process nobody may have heard; all others were.
    assert.ok(tasks.length - got.size <= 12, `${tasks.length - got.size} claims were not acknowledged`);
    assert.deepEqual(new Set(rows.map(({ status }) => status)), new Set(['running']));
    assert.deepEqual(await store.check(), []);

    const killed = server.answering().get(victim);
    await until(async () => {
      await (await fetch(`${url}/ping`, { headers: { connection: 'close' } })).text();
      return [...server.answering()].some(([pid, worker]) => worker === killed && pid !== victim);
    }, 'its successor answers');
    assert.deepEqual(sorted(new Set(server.answering().values())), ['1', '2', '3']);
    assert.ok(server.lines().some(({ msg, worker }) => /started again/.test(msg) && worker === killed));

    const pids = [...server.answering().keys()];
    server.program.child.kill('SIGTERM');
    assert.equal(await server.program.ended, 0);
    assert.deepEqual(pids.filter(isAlive), []);
    await assert.rejects(fetch(`${url}/ping`));
  });

  test('the second signal ends them at once, with exit code 1', async () => {
    const server = new Server(database.url, '--workers', '2');
    const { hostname, port } = new URL(await server.url());
    // A request whose body does not come keeps its worker waiting.
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write('POST /token HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n1');
    await fetch(`http://${hostname}:${port}/ping`);
    server.program.child.kill('SIGTERM');
    const said = (part: string) => server.lines().filter(({ msg }) => msg.includes(part)).length;
    await until(() => said('finishing what is being answered') === 2, 'both finish');
    // Repeats within half a second are taken for echoes.
    await new Promise(resolve => setTimeout(resolve, 600));
    server.program.child.kill('SIGTERM');
    assert.equal(await server.program.ended, 1);
    socket.destroy();
  });

  test('when nothing can be served, there is one error and its exit code', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => blocker.once('listening', resolve));
    const { port } = blocker.address() as { readonly port: number };
    const server = new Server(database.url, '--workers', '2', '--port', String(port));
    assert.equal(await server.program.ended, 1);
    assert.equal(server.program.stderr().match(/^Error: /gm)?.length, 1, server.program.stderr());
    assert.match(server.program.stderr(), /--port/);
    blocker.close();
  });

  test('no worker outlives the process that started it', async () => {
    const server = new Server(database.url, '--workers', '2');
    const url = await server.url();
    await until(async () => {
      await (await fetch(`${url}/ping`, { headers: { connection: 'close' } })).text();
      return server.answering().size === 2;
    }, 'both have answered');
    const pids = [...server.answering().keys()];
    server.program.child.kill('SIGKILL');
    await until(() => !pids.some(isAlive), 'they are gone');
  });
});
