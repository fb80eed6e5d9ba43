// The scope rules of the wire tables, asked of every row: keys in paths, every element of every list, scopes in queries. A row
// that is added without a request here fails.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { IdentityType } from '../../src/domain/identity.ts';
import { COMPUTE_ENDPOINTS } from '../../src/wire/compute.ts';
import { type Endpoint, pathOf } from '../../src/wire/endpoint.ts';
import { USER_ENDPOINTS } from '../../src/wire/user.ts';
import { claimBody, json, keyDict, SCOPE, type Server, startServer, submit } from './setup.ts';

const FOREIGN = 'org_three-campaign_c-project_4';
const key = (qualname: string, scope = SCOPE): string => `${qualname}-${'f'.repeat(32)}-${scope}`;
const SERVICE = `svc-${'0'.repeat(31)}1`;

/** The class of the key that a parameter takes. */
const QUALNAMES: Readonly<Record<string, string>> = {
  network: 'AlchemicalNetwork',
  transformation: 'Transformation',
  chemicalsystem: 'ChemicalSystem',
  task: 'Task',
  hub: 'TaskHub',
  ref: 'ProtocolDAGResultRef',
  key: 'Task',
};

/** Bodies of rows with rule `path`. */
const PATH_BODIES: Readonly<Record<string, unknown>> = {
  createTasks: { count: 0 },
  setTaskStatus: 'waiting',
  actionTasks: { tasks: [], weight: null },
  cancelTasks: { tasks: [] },
  getNetworkActionedTasks: { task_weights: false },
  getTaskActionedNetworks: { task_weights: false },
  setNetworkWeight: 0.5,
  addTaskRestartPatterns: { patterns: ['x'], num_allowed_restarts: 1 },
  removeTaskRestartPatterns: { patterns: ['x'] },
  setTaskRestartPatternsAllowedRestarts: { patterns: ['x'], max_retries: 1 },
  setNetworkStrategy: { strategy: null },
  setNetworkStrategyAwake: {},
  claimTaskHubTasks: { compute_service_id: SERVICE, count: 1 },
  setTaskResult: {},
};

/** Bodies of rows with rule `all` or `each`, around a list of keys. */
const LIST_BODIES: Readonly<Record<string, (keys: readonly string[]) => unknown>> = {
  setNetworksState: networks => ({ networks, states: networks.map(() => 'active') }),
  getNetworksState: networks => ({ networks }),
  getNetworksStatus: networks => ({ networks }),
  getNetworksWeight: networks => ({ networks }),
  setNetworksWeight: networks => ({ networks, weights: networks.map(() => 0.5) }),
  getNetworksActionedTasks: networks => ({ networks, task_weights: true }),
  getTaskRestartPatterns: networks => ({ networks }),
  createTransformationsTasks: transformations => ({ transformations }),
  getTasksStatus: tasks => ({ tasks: tasks.map(keyDict) }),
  setTasksStatus: tasks => ({ tasks: tasks.map(keyDict), status: 'waiting' }),
  getTasksPriority: tasks => ({ tasks: tasks.map(keyDict) }),
  setTasksPriority: tasks => ({ tasks: tasks.map(keyDict), priority: 3 }),
};

/** The class of the keys in those lists. */
const listQualname = (name: string): string =>
  name.includes('Tasks') && !name.includes('Network')
    ? name === 'createTransformationsTasks'
      ? 'Transformation'
      : 'Task'
    : 'AlchemicalNetwork';

const ROWS = (
  [
    ['user', USER_ENDPOINTS],
    ['compute', COMPUTE_ENDPOINTS],
  ] as const
).flatMap(([type, table]) =>
  Object.entries(table as Readonly<Record<string, Endpoint>>).map(([name, row]) => ({ type, name, row })),
);
const rowsOf = (rule: Endpoint['rule']): typeof ROWS => ROWS.filter(({ row }) => row.rule === rule);

function pathWith({ path }: Endpoint, keyOf: (qualname: string) => string): string {
  const names = [...path.matchAll(/:([a-z_]+)/g)].map(([, name = '']) => name);
  const values = names.map(name => [name, name === 'route' ? 'results' : keyOf(QUALNAMES[name] ?? '')]);
  return pathOf({ path } as Endpoint, Object.fromEntries(values));
}

describe('scopes', () => {
  let server: Server;
  before(async () => {
    server = await startServer();
  });
  after(() => server[Symbol.asyncDispose]());

  async function detail(
    type: IdentityType,
    status: number,
    ...[method, url, body]: Parameters<typeof json>
  ): Promise<string> {
    const answer = await server.send(type, json(method, url, body));
    assert.equal(answer.statusCode, status, `${method} ${url}: ${answer.body}`);
    const { detail } = answer.json() as { detail: unknown };
    return typeof detail === 'string' ? detail : JSON.stringify(detail);
  }

  for (const { type, name, row } of rowsOf('path')) {
    it(`of the key in the path: ${type} ${name}`, async () => {
      const body = row.method === 'POST' ? PATH_BODIES[name] : undefined;
      assert.ok(row.method === 'GET' || body !== undefined, `no body for ${name}`);
      const ask = (status: number, keyOf: (qualname: string) => string): Promise<string> =>
        detail(type, status, row.method, pathWith(row, keyOf), body);
      assert.match(
        await ask(401, qualname => key(qualname, FOREIGN)),
        new RegExp(`^Targeted scope '${FOREIGN}' not accessible via scopes for this identity: \\['org_one`),
      );
      for (const bad of [
        'nonsense',
        'a-b-c-d',
        `Task-1-${SCOPE}-x`,
        'Task-1-1bad-c-p',
        'Ta sk-1-o-c-p',
        'Task-1-*-*-*',
      ]) {
        const words = await ask(422, () => bad);
        assert.ok(words.startsWith('input does not appear to be a `ScopedKey`: '), words);
      }
    });
  }

  for (const { type, name, row } of rowsOf('all').filter(({ name }) => name !== 'createNetwork')) {
    it(`of every key in the list: ${type} ${name}`, async () => {
      const bodyOf = LIST_BODIES[name];
      assert.ok(bodyOf !== undefined, `no body for ${name}`);
      const own = key(listQualname(name));
      const foreign = key(listQualname(name), FOREIGN);
      const ask = (status: number, keys: readonly string[]): Promise<string> =>
        detail(type, status, row.method, row.path, bodyOf(keys));
      assert.match(await ask(401, [own, foreign]), /^Targeted scope 'org_three/);
      assert.match(await ask(422, [own, 'x']), /^input does not appear to be a `ScopedKey`: 'x'$/);
      // Whatever is wrong beside it: what is in the scope stays unsaid.
      assert.match(await ask(401, [foreign, key('Foo')]), /^Targeted scope 'org_three/);
    });
  }

  it('of every task in the list: foreign ones are like missing ones', async () => {
    const network = await submit(server, 'one');
    const [transformation = ''] = await server.ask<string[]>(
      'user',
      'GET',
      `/networks/${network}/transformations`,
    );
    const [task = ''] = await server.ask<string[]>(
      'user',
      'POST',
      `/transformations/${transformation}/tasks`,
      {
        count: 1,
      },
    );
    const foreign = task.replace(SCOPE, FOREIGN);
    for (const { type, name, row } of rowsOf('each')) {
      const bodyOf = LIST_BODIES[name];
      assert.ok(bodyOf !== undefined, `no body for ${name}`);
      const url = row.path;
      const [first, own, missing] = await server.ask<unknown[]>(
        type,
        row.method,
        url,
        bodyOf([foreign, task, key('Task')]),
      );
      assert.ok(first === null && own !== null && missing === null, `${name}: ${own}`);
      assert.match(
        await detail(type, 422, row.method, url, bodyOf([task, 'Ta sk-1-o-c-p'])),
        /^input does not appear to be a `ScopedKey`/,
      );
    }
  });

  for (const { type, name, row } of rowsOf('query')) {
    it(`asked for: ${type} ${name}`, async () => {
      if (row.method === 'GET' && !row.path.includes(':')) {
        const answer = await server.ask(type, 'GET', `${row.path}?org=org_three&campaign=campaign_c`);
        assert.deepEqual(answer, []);
        assert.match(await detail(type, 400, 'GET', `${row.path}?campaign=c`), /^Requested Scope cannot/);
        assert.match(await detail(type, 400, 'GET', `${row.path}?org=o-p`), /^Requested Scope cannot/);
        return;
      }
      const query = QUERIES[name];
      assert.ok(query !== undefined, `no request for ${name}`);
      const { url, body } = query;
      const foreign = { org: 'org_three', campaign: 'campaign_c', project: null };
      const empty = await server.send(type, json(row.method, url('org_three-campaign_c-*'), body?.(foreign)));
      assert.equal(empty.statusCode, 200, empty.body);
      assert.match(empty.body, /^(\{\}|\[null\]|null|\{"instruction":"SHUTDOWN".*)$/);
      const bad = { org: null, campaign: 'c', project: null };
      assert.match(await detail(type, 422, row.method, url('*-c-*'), body?.(bad)), /^Invalid scope/);
    });
  }
});

/** The requests of rows with rule `query` that are no plain lists. */
const QUERIES: Readonly<
  Record<
    string,
    { readonly url: (scope: string) => string; readonly body: ((scope: object) => object) | null }
  >
> = {
  getScopeStatus: { url: scope => `/scopes/${scope}/status`, body: null },
  claimTasks: { url: () => '/claim', body: scope => claimBody(SERVICE, { scopes: [scope] }) },
  getManagerInstruction: {
    url: () => `/computemanager/manager-${'0'.repeat(32)}/instruction`,
    body: scope => ({ scopes: [scope], protocols: [] }),
  },
};
