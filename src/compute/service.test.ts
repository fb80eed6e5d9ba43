import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TaskWork } from '../client/compute.ts';
import { AlchemiscaleClientError, AlchemiscaleConnectionError } from '../client/errors.ts';
import { AlchemiscaleError } from '../domain/errors.ts';
import { ScopedKey } from '../domain/scoped-key.ts';
import { decodeKeyedChainAs } from '../gufe/keyed-chain.ts';
import { ProtocolDAG } from '../gufe/protocol/dag.ts';
import { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import type { AnyTransformation } from '../gufe/transformation.ts';
import { nodeZstd, type Zstd } from '../lib/zstd.ts';
import type { Clock } from './clock.ts';
import { type ComputeApi, ComputeService, type ServiceEnd } from './service.ts';
import { parseSettings } from './settings.ts';
import { Spool } from './spool.ts';

const ID = 'svc-00000000000000000000000000000000';
const REQUEST = { method: 'POST', url: 'http://server/x', attempts: 1 };
const away = (): Error => new AlchemiscaleConnectionError(REQUEST, new Error('ECONNREFUSED'));
const answered = (status: number): Error =>
  new AlchemiscaleClientError(REQUEST, { status, reason: '', detail: 'no' });

/** Lets everything that is ready run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(resolve => setImmediate(resolve));
}

/** Waits for what takes the disk a moment. */
async function until(condition: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + 5000;
  while (!condition()) {
    assert.ok(performance.now() < endMs, `waited in vain until ${what}`);
    await new Promise(resolve => setTimeout(resolve, 1));
  }
}

/** A clock that stands still until it is moved. */
class TestClock implements Clock {
  #nowMs = 0;
  readonly #sleepers = new Set<{ readonly atMs: number; readonly wake: () => void }>();
  readonly nowMs = (): number => this.#nowMs;
  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise(resolve => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        resolve();
      };
      const sleeper = { atMs: this.#nowMs + ms, wake };
      if (signal.aborted) return resolve();
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', wake, { once: true });
    });

  async pass(seconds: number): Promise<void> {
    await settle();
    this.#nowMs += seconds * 1000;
    for (const sleeper of this.#sleepers) if (sleeper.atMs <= this.#nowMs) sleeper.wake();
    await settle();
  }
}

/** A server with so many tasks, whose answers a test may replace; it writes down what it is told. */
class TestServer implements ComputeApi {
  readonly heard: string[] = [];
  readonly pushed: {
    readonly task: string;
    readonly service: string | null;
    readonly result: ProtocolDAGResult;
  }[] = [];
  tasks: number;
  /** Answers given before the usual ones, by method. */
  readonly next: Partial<Record<keyof ComputeApi, (Error | 'denied' | (() => void))[]>> = {};
  work: (task: string) => TaskWork = task => ({ transformation: transformation(task), extends: null });
  #count = 0;

  constructor(tasks: number) {
    this.tasks = tasks;
  }

  #hear(method: keyof ComputeApi, signal?: AbortSignal): 'denied' | null {
    this.heard.push(method);
    signal?.throwIfAborted();
    const answer = this.next[method]?.shift();
    if (answer instanceof Error) throw answer;
    if (typeof answer === 'function') answer();
    return answer === 'denied' ? 'denied' : null;
  }

  readonly register = async (id: string): Promise<string> => {
    this.#hear('register');
    return id;
  };
  readonly heartbeat = async (id: string): Promise<string> => {
    this.#hear('heartbeat');
    return id;
  };
  deregister: ComputeApi['deregister'] = async id => {
    this.#hear('deregister');
    return id;
  };
  claimTasks: ComputeApi['claimTasks'] = async (_, __, options = {}) => {
    if (this.#hear('claimTasks', options.signal) === 'denied') return null;
    return Array.from({ length: options.count ?? 1 }, () => {
      if (this.tasks === 0) return null;
      this.tasks -= 1;
      this.#count += 1;
      return ScopedKey.parse(`Task-${this.#count}-org-campaign-project`);
    });
  };
  readonly getTaskTransformation = async (): Promise<ScopedKey> => {
    this.#hear('getTaskTransformation');
    return ScopedKey.parse('Transformation-abc-org-campaign-project');
  };
  readonly retrieveTaskTransformation = async (task: unknown): Promise<TaskWork> => {
    this.#hear('retrieveTaskTransformation');
    return this.work(String(task));
  };
  readonly setTaskResult: ComputeApi['setTaskResult'] = async (task, frame, service, options = {}) => {
    this.#hear('setTaskResult', options.signal);
    assert.ok(frame instanceof Blob);
    const text = zstd.decompress(new Uint8Array(await frame.arrayBuffer()), 1e9);
    this.pushed.push({ task: String(task), service, result: decodeKeyedChainAs(ProtocolDAGResult, text) });
    return ScopedKey.parse('ProtocolDAGResultRef-00-org-campaign-project');
  };

  count(method: keyof ComputeApi): number {
    return this.heard.filter(each => each === method).length;
  }
}

const zstd = nodeZstd() as Zstd;

/** As far as a service looks into one. */
function transformation(task: string): AnyTransformation {
  const createDag = () =>
    new ProtocolDAG({ name: task, protocolUnits: [], transformationKey: 'Transformation-abc' });
  return { key: 'Transformation-abc', createDag } as unknown as AnyTransformation;
}

/** Runs a DAG until the test says so. */
class TestExecutor {
  readonly slots: number;
  readonly running = new Map<
    string,
    { readonly finish: () => void; readonly fail: (error: Error) => void }
  >();
  #onIdle: () => void = () => undefined;

  constructor(slots: number) {
    this.slots = slots;
  }

  get idle(): number {
    return this.slots - this.running.size;
  }

  onIdle(callback: () => void): void {
    this.#onIdle = callback;
  }

  execute(dag: ProtocolDAG, signal: AbortSignal): Promise<ProtocolDAGResult> {
    const { name } = dag;
    return new Promise<ProtocolDAGResult>((resolve, reject) => {
      const result = {
        protocolUnits: [],
        protocolUnitResults: [],
        name,
        transformationKey: dag.transformationKey,
      };
      this.running.set(String(name), { finish: () => resolve(new ProtocolDAGResult(result)), fail: reject });
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }).finally(() => {
      this.running.delete(String(name));
      this.#onIdle();
    });
  }

  finish(n: number): void {
    this.running.get(`Task-${n}-org-campaign-project`)?.finish();
  }
}

function make(t: { after(fn: () => void): void }, { tasks = 0, settings = '' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-service-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const yaml = `api_url: http://server\nidentifier: c\nkey: k\nname: svc\nshared_basedir: s\nscratch_basedir: s\n${settings}`;
  const parsed = parseSettings(yaml, 'test');
  const [clock, server, executor] = [new TestClock(), new TestServer(tasks), new TestExecutor(parsed.slots)];
  const said: string[] = [];
  const say = (facts: unknown, message?: string): number => {
    assert.ok(!Object.hasOwn(Object(facts), 'service'), `${message}: the log names the service already`);
    return said.push(String(message ?? facts));
  };
  const log = { debug: say, info: say, warn: say, error: say };
  const spool = new Spool(join(folder, 'spool'), log);
  const service = new ComputeService({
    id: ID,
    settings: parsed,
    protocols: ['Harmonic'],
    api: server,
    executor,
    spool,
    zstd,
    clock,
    log,
  });
  /** Starts, and waits until the disk has been read and the first claim is answered. */
  const begin = async (): Promise<{ readonly ended: Promise<ServiceEnd> }> => {
    const ended = service.start();
    ended.catch(() => undefined);
    await until(() => server.count('claimTasks') > 0, 'the first claim');
    await settle();
    return { ended };
  };
  const spooled = (): readonly string[] =>
    existsSync(join(folder, 'spool')) ? readdirSync(join(folder, 'spool')) : [];
  return { service, server, executor, clock, said, spool, spooled, begin };
}

describe('a life', () => {
  test('registers, beats, runs a task, pushes its result, drains and deregisters', async t => {
    const { service, server, executor, said, spooled, begin } = make(t, { tasks: 1 });
    assert.equal(service.state, 'new');
    const { ended } = await begin();
    assert.equal(service.state, 'running');
    assert.deepEqual([...executor.running.keys()], ['Task-1-org-campaign-project']);
    executor.finish(1);
    await until(() => spooled().length === 0 && server.pushed.length === 1, 'the result is delivered');
    assert.equal(server.pushed[0]?.task, 'Task-1-org-campaign-project');
    assert.equal(server.pushed[0]?.service, ID);
    assert.equal(server.pushed[0]?.result.name, 'Task-1-org-campaign-project');
    service.stop();
    assert.equal(await ended, 'stopped');
    assert.equal(service.state, 'deregistered');
    assert.equal(server.heard[0], 'register');
    assert.equal(server.heard[1], 'heartbeat');
    assert.equal(server.heard.at(-1), 'deregister');
    assert.deepEqual(spooled(), []);
    const told = ['registered', 'task claimed', 'task finished', 'deregistered'];
    assert.deepEqual(
      said.filter(line => told.includes(line)),
      told,
    );
    await assert.rejects(service.start(), /lives once/);
  });

  test('the first stop finishes what runs; the heartbeat goes on meanwhile', async t => {
    const { service, server, executor, clock, begin } = make(t, { tasks: 5 });
    const { ended } = await begin();
    service.stop();
    await clock.pass(300);
    await clock.pass(300);
    assert.equal(service.state, 'draining');
    assert.equal(server.count('heartbeat'), 3);
    executor.finish(1);
    assert.equal(await ended, 'stopped');
    assert.equal(server.pushed.length, 1);
    assert.equal(server.tasks, 4, 'no further claim');
  });

  test('the second stop aborts what runs and leaves: its tasks go back', async t => {
    const { service, server, executor, spooled, begin } = make(t, { tasks: 1 });
    const { ended } = await begin();
    service.stop();
    service.stop();
    assert.equal(await ended, 'aborted');
    assert.deepEqual([executor.running.size, server.pushed.length], [0, 0]);
    assert.equal(server.heard.at(-1), 'deregister');
    assert.deepEqual(spooled(), []);
  });

  test('a stop before the server has answered ends it all the same', async t => {
    const { service, server } = make(t);
    server.next.register = [away()];
    const ended = service.start();
    service.stop();
    assert.equal(await ended, 'stopped');
  });

  test('a server that refuses the registration ends the life before it began', async t => {
    const { service, server } = make(t);
    server.next.register = [answered(401)];
    await assert.rejects(service.start(), { status: 401 });
    assert.deepEqual(server.heard, ['register']);
  });

  test('a stop while the server is away ends a claim under way, unless tasks must be finished anyway', async t => {
    const { service, server } = make(t);
    const claim = Promise.withResolvers<never>();
    server.claimTasks = async (_, __, { signal } = {}) => {
      server.heard.push('claimTasks');
      signal?.addEventListener('abort', () => claim.reject(signal.reason), { once: true });
      return await claim.promise;
    };
    const ended = service.start();
    await until(() => server.count('claimTasks') === 1, 'the claim is under way');
    service.stop();
    assert.equal(await ended, 'stopped');
    assert.equal(server.heard.at(-1), 'deregister');
  });

  test('a good-bye that gets no answer is given up', async t => {
    const { service, server, clock, begin } = make(t);
    server.deregister = async (_, { signal } = {}) => {
      server.heard.push('deregister');
      return await new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason)),
      );
    };
    const { ended } = await begin();
    service.stop();
    await until(() => server.count('deregister') === 1, 'it says good-bye');
    await clock.pass(10);
    assert.equal(await ended, 'stopped');
    assert.equal(service.state, 'deregistered');
  });

  test('tasks that a claim brings after the stop are returned by the good-bye when nothing else runs', async t => {
    const { service, server, executor } = make(t, { tasks: 1 });
    server.next.claimTasks = [() => service.stop()];
    assert.equal(await service.start(), 'stopped');
    assert.equal(executor.running.size, 0);
    assert.equal(server.heard.at(-1), 'deregister');
  });
});

describe('how much is claimed', () => {
  test('one at a time by default, as many as there are slots at claim_limit', async t => {
    const { service, server, executor, begin } = make(t, { tasks: 9, settings: 'slots: 3\nclaim_limit: 2' });
    const { ended } = await begin();
    assert.equal(executor.running.size, 3);
    assert.equal(server.tasks, 6);
    assert.equal(server.count('claimTasks'), 2, 'two, then the one that still had room');
    executor.finish(2);
    await until(() => server.tasks === 5, 'the free slot has a task');
    assert.equal(executor.running.size, 3);
    service.stop();
    service.stop();
    await ended;
  });

  test('max_tasks ends the service when they are done', async t => {
    const { server, executor, begin } = make(t, {
      tasks: 9,
      settings: 'slots: 2\nclaim_limit: 5\nmax_tasks: 3',
    });
    const { ended } = await begin();
    executor.finish(1);
    executor.finish(2);
    await until(() => executor.running.has('Task-3-org-campaign-project'), 'the third has begun');
    assert.deepEqual([...executor.running.keys()], ['Task-3-org-campaign-project']);
    executor.finish(3);
    assert.equal(await ended, 'max_tasks');
    assert.deepEqual([server.pushed.length, server.tasks], [3, 6]);
  });

  test('max_time ends it, idle or busy, but what runs is finished', async t => {
    const { service, server, executor, clock, begin } = make(t, { tasks: 1, settings: 'max_time: 100' });
    const { ended } = await begin();
    await clock.pass(101);
    assert.equal(service.state, 'draining');
    executor.finish(1);
    assert.equal(await ended, 'max_time');
    assert.equal(server.pushed.length, 1);

    const idle = make(t, { settings: 'max_time: 100\nsleep_interval: 1000' });
    const { ended: idleEnded } = await idle.begin();
    await idle.clock.pass(101);
    assert.equal(await idleEnded, 'max_time');
  });
});

describe('rests', () => {
  test('with no work sleep_interval, or until a task is done', async t => {
    const { service, server, executor, clock, begin } = make(t, {
      tasks: 1,
      settings: 'slots: 2\nsleep_interval: 30',
    });
    const { ended } = await begin();
    assert.equal(server.count('claimTasks'), 2);
    await clock.pass(29);
    assert.equal(server.count('claimTasks'), 2);
    await clock.pass(1);
    assert.equal(server.count('claimTasks'), 3);
    executor.finish(1);
    await until(() => server.count('claimTasks') === 4, 'it claims anew: followers may be waiting now');
    service.stop();
    await ended;
  });

  test('denied: registers again, asks once more, then deep_sleep_interval', async t => {
    const { service, server, clock, begin } = make(t, { settings: 'deep_sleep_interval: 300' });
    server.next.claimTasks = ['denied', 'denied'];
    const { ended } = await begin();
    await clock.pass(299);
    assert.deepEqual([server.count('register'), server.count('claimTasks')], [2, 2]);
    await clock.pass(1);
    assert.equal(server.count('claimTasks'), 3);
    service.stop();
    await ended;
  });

  test('a registration that expired is renewed without a rest', async t => {
    const { service, server, executor, begin } = make(t, { tasks: 1 });
    server.next.claimTasks = ['denied'];
    const { ended } = await begin();
    assert.equal(executor.running.size, 1);
    service.stop();
    executor.finish(1);
    await ended;
  });

  test('a task that comes back while it runs here is not run beside itself', async t => {
    const { service, server, executor, begin } = make(t, { settings: 'slots: 2' });
    const again = ScopedKey.parse('Task-1-org-campaign-project');
    const answers: (ScopedKey | null)[][] = [[again], [again]];
    const begun: string[] = [];
    const { execute } = executor;
    executor.execute = (dag, signal) => {
      begun.push(String(dag.name));
      return execute.call(executor, dag, signal);
    };
    server.claimTasks = async () => {
      server.heard.push('claimTasks');
      return answers.shift() ?? [null];
    };
    const { ended } = await begin();
    await until(() => server.count('claimTasks') === 3, 'the claims are over');
    assert.deepEqual([begun, service.tasksInHand], [[String(again)], 1]);
    service.stop();
    executor.finish(1);
    assert.equal(await ended, 'stopped');
    assert.deepEqual(
      server.pushed.map(({ task }) => task),
      [String(again)],
    );
  });

  test('while the server is away, longer each time; then as before', async t => {
    const { service, server, clock, executor, begin } = make(t, { tasks: 1 });
    server.next.claimTasks = [away(), answered(503), answered(500)];
    const { ended } = await begin();
    await clock.pass(2);
    assert.equal(server.count('claimTasks'), 2);
    await clock.pass(4);
    assert.equal(server.count('claimTasks'), 3);
    await clock.pass(8);
    assert.equal(executor.running.size, 1);
    service.stop();
    executor.finish(1);
    assert.equal(await ended, 'stopped');
  });

  test('what the server refuses for good ends the service, after what runs', async t => {
    const { service, server, executor, begin } = make(t, { tasks: 1, settings: 'slots: 2' });
    server.next.claimTasks = [() => undefined, answered(401)];
    const { ended } = await begin();
    const outcome = assert.rejects(ended, { status: 401 });
    assert.equal(service.state, 'draining');
    executor.finish(1);
    await outcome;
    assert.equal(server.pushed.length, 1);
    assert.equal(server.heard.at(-1), 'deregister');
  });
});

describe('what goes wrong with a task is told to its user', () => {
  const cases: readonly (readonly [string, (server: TestServer) => void, RegExp])[] = [
    [
      'units cannot be made',
      server => {
        const createDag = (): never => {
          throw new TypeError('unknown protocol');
        };
        const broken = { key: 'Transformation-abc', createDag } as unknown as AnyTransformation;
        server.work = () => ({ transformation: broken, extends: null });
      },
      /TypeError: unknown protocol/,
    ],
    [
      'what is stored cannot be read',
      server => {
        server.work = () => {
          throw new AlchemiscaleError('OBJECT_UNREADABLE', 'not a keyed chain');
        };
      },
      /not a keyed chain/,
    ],
    [
      'the server cannot read what it stores',
      server => {
        server.next.retrieveTaskTransformation = [answered(500)];
      },
      /was answered 500: no/,
    ],
  ];
  for (const [label, arrange, traceback] of cases) {
    test(label, async t => {
      const { service, server, begin } = make(t, { tasks: 1 });
      arrange(server);
      const { ended } = await begin();
      await until(() => server.pushed.length === 1, 'the failure is pushed');
      const [push] = server.pushed;
      assert.equal(push?.result.ok, false);
      assert.equal(push?.result.transformationKey, 'Transformation-abc');
      assert.equal(push?.result.name, 'Task-1-org-campaign-project');
      assert.match(push?.result.failures[0]?.traceback ?? '', traceback);
      service.stop();
      assert.equal(await ended, 'stopped');
    });
  }

  test('units that cannot be started', async t => {
    const { service, server, executor, begin } = make(t, { tasks: 1 });
    const { ended } = await begin();
    executor.running.get('Task-1-org-campaign-project')?.fail(new Error('EACCES: scratch'));
    await until(() => server.pushed.length === 1, 'the failure is pushed');
    assert.match(server.pushed[0]?.result.failures[0]?.traceback ?? '', /EACCES: scratch/);
    service.stop();
    assert.equal(await ended, 'stopped');
  });

  test('a task of which nothing can be said is logged, and the service goes on', async t => {
    const { service, server, executor, said, begin } = make(t, { tasks: 2 });
    server.next.retrieveTaskTransformation = [answered(400)];
    server.next.getTaskTransformation = [answered(400)];
    const { ended } = await begin();
    assert.ok(said.includes('the task could not be run, nor its failure recorded'));
    assert.deepEqual([...executor.running.keys()], ['Task-2-org-campaign-project']);
    service.stop();
    executor.finish(2);
    await ended;
  });

  test('a server that is away while a task is fetched is waited for', async t => {
    const { service, server, executor, clock, begin } = make(t, { tasks: 1 });
    server.next.retrieveTaskTransformation = [away(), answered(502)];
    const { ended } = await begin();
    await clock.pass(2);
    await clock.pass(4);
    assert.equal(executor.running.size, 1);
    service.stop();
    executor.finish(1);
    await ended;
  });
});

describe('results are not lost', () => {
  test('one that cannot be pushed is kept while the service works on, and pushed later', async t => {
    const { service, server, executor, clock, spooled, said, begin } = make(t, { tasks: 2 });
    server.next.setTaskResult = [away()];
    const { ended } = await begin();
    executor.finish(1);
    await until(() => said.includes('result not delivered; trying again'), 'the push has failed');
    assert.deepEqual([server.pushed.length, spooled().length], [0, 2]);
    await until(() => executor.running.has('Task-2-org-campaign-project'), 'the next task runs');
    await clock.pass(2);
    await until(() => spooled().length === 0, 'the result is delivered');
    assert.equal(server.pushed.length, 1);
    service.stop();
    executor.finish(2);
    await ended;
    assert.equal(server.pushed.length, 2);
  });

  test('what an earlier service left is pushed in its name', async t => {
    const { service, server, spool, spooled, begin } = make(t);
    const task = 'Task-7-org-campaign-project';
    const left = new ProtocolDAGResult({ name: task, protocolUnits: [], protocolUnitResults: [] });
    const frame = zstd.compress(new TextEncoder().encode(left.toJson()));
    const earlier = 'svc-77777777777777777777777777777777';
    await spool.keep({ task, service: earlier, apiUrl: 'http://server', identifier: 'c' }, frame);
    const { ended } = await begin();
    await until(() => spooled().length === 0, 'it is delivered');
    assert.deepEqual([server.pushed[0]?.task, server.pushed[0]?.service], [task, earlier]);
    service.stop();
    await ended;
  });
});
