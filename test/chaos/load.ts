// The clients of a chaos run: people who submit and change, services that claim and push. They speak to the real ports; every
// try is a call of its own in the history, and what went wrong is tried again as the real clients do: a result until it is
// delivered or refused, everything else when its turn comes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { AlchemiscaleComputeClient } from '../../src/client/compute.ts';
import { AlchemiscaleClientError } from '../../src/client/errors.ts';
import type { AlchemiscaleClient } from '../../src/client/user.ts';
import { AlchemicalNetwork } from '../../src/gufe/network.ts';
import type { Transformation } from '../../src/gufe/transformation.ts';
import type { Key } from '../../src/store/state-store.ts';
import { makeResult, quickTransformation } from '../support/results.ts';
import { type Answer, type CallName, type Calls, History } from './history.ts';

/** A task may be given up before another is made that extends it. */
const EXPECTED = /Cannot extend a `deleted` or `invalid` Task/;

/** What all clients of a run share. */
export class Load {
  readonly history = new History();
  /** Answers that no accident explains. */
  readonly surprises: string[] = [];
  readonly scopes: string[] = [];
  /** Transformations by their key in a scope, for making results. */
  readonly transformations = new Map<Key, Transformation>();
  /** What each task performs. */
  readonly performs = new Map<Key, Key>();
  readonly random: () => number;
  isOver = false;

  constructor(random: () => number) {
    this.random = random;
  }

  /** A call in the history; a refusal that this load never earns is a surprise. */
  async call<N extends CallName>(
    name: N,
    ask: Calls[N]['ask'],
    make: () => Promise<Calls[N]['value']>,
  ): Promise<Answer<Calls[N]['value']>> {
    const answer = await this.history.record(name, ask, make, error => {
      const status = error instanceof AlchemiscaleClientError ? error.status : null;
      if (status !== null && ![404, 502, 503, 504].includes(status) && !EXPECTED.test(String(error))) {
        this.surprises.push(`${name}: ${String(error).slice(0, 300)}`);
      }
      return status !== null && status >= 400 && status < 500 && status !== 404 ? 'refused' : 'unknown';
    });
    if (answer.kind !== 'acknowledged') await sleep(20 + 60 * this.random());
    return answer;
  }

  /** How many calls of a name have been acknowledged so far. */
  acknowledged(name: CallName): number {
    return this.history.calls.filter(call => call.name === name && call.answer.kind === 'acknowledged')
      .length;
  }

  integer(below: number): number {
    return Math.floor(below * this.random());
  }

  choose<T>(items: readonly T[]): T | undefined {
    return items[this.integer(items.length)];
  }
}

const texts = (keys: readonly ({ toString(): string } | null)[]): (Key | null)[] =>
  keys.map(key => (key === null ? null : String(key)));

/** Restarted at most twice. */
export const FLAKY = 'flaky node \\d+';

/** One person with two networks that share a transformation. */
export async function runPerson(load: Load, client: AlchemiscaleClient, number: number): Promise<void> {
  const scope = `chaos-load-person_${number}`;
  const edges = [quickTransformation(`${number} first`), quickTransformation(`${number} shared`)];
  const networks = [
    new AlchemicalNetwork({ edges, name: `${number} both` }),
    new AlchemicalNetwork({ edges: edges.slice(1), name: `${number} one` }),
  ];
  const keys = networks.map(network => `${network.key}-${scope}`);
  const [both = '', one = ''] = keys;
  const transformations = edges.map(edge => `${edge.key}-${scope}`);
  for (const [place, key] of transformations.entries())
    load.transformations.set(key, edges[place] as Transformation);
  const submit = (place: number): Promise<unknown> =>
    load.call('createNetwork', { network: keys[place] ?? '' }, async () =>
      String(await client.createNetwork(networks[place] as AlchemicalNetwork, scope)),
    );
  for (const place of [0, 1]) {
    while (((await submit(place)) as Answer<Key>).kind !== 'acknowledged') if (load.isOver) return;
  }
  const pattern = { network: both, pattern: FLAKY, maxRetries: 2 };
  const addPattern = () =>
    load.call('addPattern', pattern, async () => {
      await client.addTaskRestartPatterns(both, [FLAKY], 2);
      return null;
    });
  while ((await addPattern()).kind !== 'acknowledged') if (load.isOver) return;
  load.scopes.push(scope);

  const tasks: Key[] = [];
  const offer = async (): Promise<void> => {
    const transformation = load.choose(transformations) ?? '';
    const parent =
      load.random() < 0.25
        ? (tasks.findLast(task => load.performs.get(task) === transformation) ?? null)
        : null;
    const ask = { transformation, extends: parent, count: 1 + load.integer(4) };
    const made = await load.call('createTasks', ask, async () =>
      (await client.createTasks(transformation, { count: ask.count, extends: parent ?? undefined })).map(
        String,
      ),
    );
    if (made.kind !== 'acknowledged') return;
    for (const task of made.value) load.performs.set(task, transformation);
    if (load.random() < 0.5) await prioritize(made.value);
    const network = transformation === transformations[0] || load.random() < 0.5 ? both : one;
    await action(network, made.value);
    if (transformation !== transformations[0] && load.random() < 0.3) {
      await action(network === both ? one : both, made.value);
    }
    tasks.push(...made.value);
  };
  const action = (network: Key, some: readonly Key[]) => {
    const weight = load.choose([null, null, 0.7, 0.1, 0]) ?? null;
    return load.call('action', { network, tasks: some, weight }, async () =>
      texts(await client.actionTasks(some, network, { weight })),
    );
  };
  const prioritize = (some: readonly Key[]) => {
    const priority = 1 + load.integer(20);
    return load.call('setPriority', { tasks: some, priority }, async () =>
      texts(await client.setTasksPriority(some, priority)),
    );
  };
  const some = (): readonly Key[] => {
    const from = load.integer(Math.max(1, tasks.length));
    return tasks.slice(from, from + 1 + load.integer(3));
  };
  const change = async (): Promise<unknown> => {
    const chosen = some();
    if (chosen.length === 0) return;
    const network = load.random() < 0.5 ? both : one;
    switch (load.integer(7)) {
      case 0:
        return load.call('cancel', { network, tasks: chosen }, async () =>
          texts(await client.cancelTasks(chosen, network)),
        );
      case 1: {
        const status = load.choose(['waiting', 'waiting', 'invalid', 'deleted'] as const) ?? 'waiting';
        const ask = { tasks: chosen, status };
        return load.call('setStatus', ask, async () => texts(await client.setTasksStatus(chosen, status)));
      }
      case 2:
        return prioritize(chosen);
      case 3: {
        const weight = load.choose([0.25, 0.5, 1]) ?? 1;
        return load.call('setWeight', { network, weight }, async () => {
          await client.setNetworkWeight(network, weight);
          return null;
        });
      }
      case 4:
        return submit(load.integer(2));
      case 5: {
        const mine = chosen.filter(
          task => network === both || load.performs.get(task) === transformations[1],
        );
        if (mine.length > 0) await action(network, mine);
        return;
      }
      default:
        return load.call('look', { tasks: chosen }, () => client.getTasksStatus(chosen));
    }
  };
  while (!load.isOver) {
    await (load.random() < 0.4 ? offer() : change());
    await sleep(5 + 30 * load.random());
  }
  for (let at = 0; at < tasks.length; at += 50) {
    const chosen = tasks.slice(at, at + 50);
    await load.call('look', { tasks: chosen }, () => client.getTasksStatus(chosen));
  }
}

/** One compute service after another under different ids, as a manager would start them. */
export async function runWorker(
  load: Load,
  client: AlchemiscaleComputeClient,
  number: number,
): Promise<void> {
  for (let life = 0; !load.isOver; life++) {
    const service = `chaos-${(1000 * number + life).toString(16).padStart(32, '0')}`;
    const register = () =>
      load.call('register', { service }, async () => {
        await client.register(service);
        return null;
      });
    while ((await register()).kind !== 'acknowledged') if (load.isOver) return;
    const until = 4 + load.integer(12);
    for (let rounds = 0; rounds < until && !load.isOver; rounds++) {
      if (!(await work(load, client, service))) break;
    }
    // A tenth of them die without a word and keep what they hold.
    if (load.random() < 0.1) continue;
    const leave = () =>
      load.call('deregister', { service }, async () => {
        await client.deregister(service);
        return null;
      });
    for (let tries = 0; tries < 40 && (await leave()).kind !== 'acknowledged'; tries++);
  }
}

/** False when the service is denied. */
async function work(load: Load, client: AlchemiscaleComputeClient, service: string): Promise<boolean> {
  if (load.random() < 0.2) {
    await load.call('heartbeat', { service }, async () => {
      await client.heartbeat(service);
      return null;
    });
  }
  const scopes = load.scopes.filter(() => load.random() < 0.8);
  if (scopes.length === 0) return await sleep(20, true);
  const exclude = load.random() < 0.2 ? scopes.slice(0, 1) : [];
  const protocols =
    load.choose([null, ['SlowProtocol'], ['SlowProtocol', 'OtherProtocol'], ['OtherProtocol']]) ?? null;
  const ask = { service, scopes, exclude, protocols, count: 1 + load.integer(4) };
  const claimed = await load.call('claim', ask, async () => {
    const options = { count: ask.count, protocols, scopesExclude: exclude };
    const tasks = await client.claimTasks(scopes, service, options);
    return tasks === null ? null : texts(tasks);
  });
  if (claimed.kind !== 'acknowledged') return true;
  if (claimed.value === null) return false;
  const mine = claimed.value.filter(task => task !== null);
  if (mine.length === 0) await sleep(20);
  for (const task of mine) if (load.random() < 0.95) await deliver(load, client, service, task);
  return true;
}

async function deliver(
  load: Load,
  client: AlchemiscaleComputeClient,
  service: string,
  task: Key,
): Promise<void> {
  // A task of which the creator's answer was lost is on nobody's list, and performs what its scope's others do.
  const transformation = load.transformations.get(load.performs.get(task) ?? '');
  if (transformation === undefined) return;
  const luck = load.random();
  const traceback = luck < 0.7 ? null : luck < 0.88 ? `flaky node ${load.integer(9)}` : 'ValueError: wrong';
  const result = makeResult(transformation, `${task} ${service} ${load.integer(1e9)}`, traceback);
  const ask = { service, task, objKey: result.key, ok: traceback === null, traceback };
  const push = () =>
    load.call('push', ask, async () => String(await client.setTaskResult(task, result, service)));
  for (let tries = 0; tries < (load.isOver ? 100 : 1000); tries++) {
    const answer = await push();
    if (answer.kind !== 'unknown') break;
  }
  // Whether a delivered result is sent again makes no difference.
  if (load.random() < 0.1) await push();
}
