// What the user API answers to everything that can be asked of an instance by GET, and a few lists by POST: two instances that
// answer the same are the same to users.
import assert from 'node:assert/strict';
import { pino } from 'pino';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { createUserApp } from '../../src/server/app.ts';
import { compileServerSettings } from '../../src/server/settings.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import { json, loginRequest } from '../server/setup.ts';
import { READER } from './rich-instance.ts';

type Ask = (method: 'GET' | 'POST', url: string, body?: unknown) => Promise<unknown>;

/** Answers by what was asked; lists are sorted, members that are null or empty left out. */
export async function answersOf(
  store: StateStore,
  objects: ObjectStore,
): Promise<ReadonlyMap<string, unknown>> {
  const app = createUserApp({
    store,
    objects,
    settings: compileServerSettings({ jwt: { secret: '0'.repeat(64) } }),
    clock: () => new Date('2026-12-01T00:00:00Z'),
    logger: pino({ level: 'silent' }),
  });
  try {
    const login = await app.inject(loginRequest(READER.identifier, READER.key));
    assert.equal(login.statusCode, 200, login.body);
    const { access_token: token } = login.json() as { access_token: string };
    const answers = new Map<string, unknown>();
    const ask: Ask = async (method, url, body) => {
      const request = json(method, url, body);
      const headers = { ...request.headers, authorization: `Bearer ${token}` };
      const answer = await app.inject({ ...request, headers });
      assert.ok(answer.statusCode < 500, `${method} ${url}: ${answer.body}`);
      const value = answer.statusCode === 200 ? plain(answer.json()) : answer.statusCode;
      answers.set(`${method} ${url} ${JSON.stringify(body) ?? ''}`, value);
      return answer.statusCode === 200 ? answer.json() : [];
    };
    await askAll(ask);
    return answers;
  } finally {
    await app.close();
  }
}

async function askAll(ask: Ask): Promise<void> {
  const keysAt = async (url: string): Promise<readonly string[]> => {
    const answer = await ask('GET', url);
    return Array.isArray(answer) ? answer.map(String) : Object.keys(answer as object);
  };
  await ask('GET', `/identities/${READER.identifier}/scopes`);
  await ask('GET', '/scopes/*-*-*/status');
  await ask('GET', '/scopes/*-*-*/status?network_state=active');
  const networks = await keysAt('/networks');
  assert.ok(networks.length > 2);
  for (const network of networks) {
    for (const what of [
      '',
      '/weight',
      '/status',
      '/transformations',
      '/chemicalsystems',
      '/tasks',
      '/tasks/actioned',
    ]) {
      await ask('GET', `/networks/${network}${what}`);
    }
    for (const what of ['', '/state', '/status']) await ask('GET', `/networks/${network}/strategy${what}`);
  }
  await ask('POST', '/bulk/networks/weight/get', { networks });
  await ask('POST', '/bulk/networks/state/get', { networks });
  await ask('POST', '/bulk/networks/status', { networks });
  await ask('POST', '/bulk/networks/restartpatterns/get', { networks });
  await ask('POST', '/bulk/networks/tasks/actioned', { networks, task_weights: true });
  for (const transformation of await keysAt('/transformations')) {
    for (const what of ['', '/networks', '/chemicalsystems', '/tasks', '/tasks?return_as=graph', '/status']) {
      await ask('GET', `/transformations/${transformation}${what}`);
    }
    for (const kind of ['results', 'failures']) {
      for (const ref of await keysAt(`/transformations/${transformation}/${kind}`)) {
        await ask('GET', `/transformations/${transformation}/${kind}/${ref}`);
      }
    }
  }
  for (const system of await keysAt('/chemicalsystems')) {
    for (const what of ['', '/networks', '/transformations'])
      await ask('GET', `/chemicalsystems/${system}${what}`);
  }
  const tasks = await keysAt('/tasks');
  assert.ok(tasks.length > 10);
  for (const task of tasks) {
    for (const what of [
      '/transformation',
      '/status',
      '/networks',
      '/networks/actioned',
      '/results',
      '/failures',
    ]) {
      await ask('GET', `/tasks/${task}${what}`);
    }
  }
  await ask('POST', '/bulk/tasks/priority/get', { tasks });
  await ask('POST', '/bulk/tasks/status/get', { tasks });
}

/** Lists of texts are sets to users; of an object's members the graph keeps no order, and none that are null or empty. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    const elements = value.map(plain);
    if (elements.every(element => typeof element === 'string')) return elements.sort();
    // A keyed chain is in any order that puts dependencies first.
    const nameOf = (element: unknown): unknown => (Array.isArray(element) ? element[0] : null);
    if (!elements.every(element => typeof nameOf(element) === 'string')) return elements;
    return elements.sort((a, b) => (String(nameOf(a)) < String(nameOf(b)) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value)
    .map(([name, member]): [string, unknown] => [name, plain(member)])
    .filter(([, member]) => member !== null && !isEmpty(member))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members);
}

function isEmpty(member: unknown): boolean {
  return (
    typeof member === 'object' &&
    member !== null &&
    !Array.isArray(member) &&
    Object.keys(member).length === 0
  );
}
