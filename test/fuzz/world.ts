// Both services with something of everything stored, a request for every route that is right, and a fingerprint of all that
// is stored: what a request that must be refused may not change.
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { Scope } from '../../src/domain/scope.ts';
import type { ManagerName } from '../../src/store/state-store.ts';
import {
  claimBody,
  claimedTask,
  keyDict,
  networkFixture,
  resultFixture,
  SCOPE,
  type Server,
  startServer,
  submit,
} from '../server/setup.ts';

/** A request without what every request has: method, path and token. */
export interface Base {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface World extends AsyncDisposable {
  readonly server: Server;
  readonly bases: Readonly<Record<'user' | 'compute', (name: string) => Base>>;
  /** A text that is the same as long as the stores are. */
  fingerprint(): Promise<string>;
}

/** Small limits, so that bombs are cheap. */
export const BODY_BYTES = 200_000;

const SERVICE = `svc-${'0'.repeat(31)}1`;
const MANAGER: ManagerName = { name: 'mgr', uuid: '0'.repeat(32) };
const STRATEGY =
  '[["ConnectivityStrategy-0123456789abcdef0123456789abcdef", {"__module__": "stratocaster.strategies", "__qualname__": "ConnectivityStrategy", "_settings": {"decay_rate": 0.5}}]]';

/** Starts and fills it. */
export async function createWorld(): Promise<World> {
  const server = await startServer({
    logins: { maxFailures: 2 },
    limits: { bodyBytes: BODY_BYTES, networkBytes: BODY_BYTES, resultTextBytes: BODY_BYTES },
  });
  const network = await submit(server, 'one');
  const claimed = await claimedTask(server, network, SERVICE);
  const result = JSON.parse(gunzipSync(resultFixture('nodeps_ok.upload.json.gzip')).toString());
  await server.ask('compute', 'POST', `/tasks/${claimed.task}/results`, {
    ...result,
    compute_service_id: SERVICE,
  });
  const [ref = ''] = await server.ask<string[]>('user', 'GET', `/tasks/${claimed.task}/results`);
  const path = `/transformations/${claimed.transformation}/tasks`;
  const [task = '', running = ''] = await server.ask<string[]>('user', 'POST', path, { count: 2 });
  const tasks = [keyDict(running), keyDict(task)];
  await server.ask('user', 'POST', `/networks/${network}/tasks/action`, { tasks, weight: [1, 0.25] });
  await server.ask('compute', 'POST', '/claim', claimBody(SERVICE));
  const patterns = { patterns: ['Error: .*disk'], num_allowed_restarts: 2 };
  await server.ask('user', 'POST', `/networks/${network}/restartpatterns/add`, patterns);
  await server.ask('user', 'POST', `/networks/${network}/strategy`, { strategy: JSON.parse(STRATEGY) });
  const manager = `${MANAGER.name}-${MANAGER.uuid}`;
  await server.ask('compute', 'POST', `/computemanager/${manager}/register`, { steal: false });
  const [chemicalsystem = ''] = await server.ask<string[]>(
    'user',
    'GET',
    `/networks/${network}/chemicalsystems`,
  );
  const [hub = ''] = await server.ask<string[]>('compute', 'GET', '/taskhubs');

  const params = {
    network,
    transformation: claimed.transformation,
    chemicalsystem,
    task,
    hub,
    ref,
    key: network,
    route: 'results',
    scope: SCOPE,
    service: SERVICE,
    manager,
  };
  const bodies = { ...userBodies(network, claimed.transformation, task), ...computeBodies(result) };
  const base = (type: 'user' | 'compute', name: string): Base => ({
    params: { ...params, identifier: `${type}-identity` },
    query: QUERIES[name] ?? {},
    body: name === 'token' ? { username: `${type}-identity`, password: `${type}-key` } : bodies[name],
  });
  return {
    server,
    bases: { user: name => base('user', name), compute: name => base('compute', name) },
    fingerprint: () => fingerprint(server, [network, claimed.transformation, chemicalsystem]),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const PLACE = { org: 'org_one', campaign: 'campaign_a' };
const QUERIES: Readonly<Record<string, Base['query']>> = {
  queryNetworks: { ...PLACE, name: '.*', state: 'active' },
  queryTransformations: { ...PLACE, name: 'x' },
  queryChemicalSystems: { ...PLACE, name: 'x' },
  queryTasks: { ...PLACE, status: 'waiting' },
  queryTaskHubs: { ...PLACE, return_gufe: 'True' },
  getNetworkTasks: { status: 'waiting' },
  getTransformationTasks: { return_as: 'graph' },
  getScopeStatus: { network_state: 'active|inactive' },
};

function userBodies(network: string, transformation: string, task: string): Record<string, unknown> {
  const [org, campaign, project] = SCOPE.split('-');
  const [networks, tasks] = [[network], [keyDict(task)]];
  const chain = networkFixture('one').chain;
  return {
    createNetwork: { network: chain, scope: { org, campaign, project }, state: 'active' },
    setNetworksState: { networks, states: ['inactive'] },
    getNetworksState: { networks },
    getNetworksStatus: { networks },
    createTasks: { count: 1, extends: null },
    createTransformationsTasks: { transformations: [transformation], extends: [null] },
    setTaskStatus: 'waiting',
    getTasksStatus: { tasks },
    setTasksStatus: { tasks, status: 'invalid' },
    getTasksPriority: { tasks },
    setTasksPriority: { tasks, priority: 5 },
    actionTasks: { tasks, weight: [0.75] },
    cancelTasks: { tasks },
    getNetworkActionedTasks: { task_weights: true },
    getNetworksActionedTasks: { networks, task_weights: false },
    getTaskActionedNetworks: { task_weights: true },
    setNetworkWeight: 0.75,
    getNetworksWeight: { networks },
    setNetworksWeight: { networks, weights: [0.75] },
    addTaskRestartPatterns: { patterns: ['a+'], num_allowed_restarts: 3 },
    removeTaskRestartPatterns: { patterns: ['Error: .*disk'] },
    setTaskRestartPatternsAllowedRestarts: { patterns: ['Error: .*disk'], max_retries: 7 },
    getTaskRestartPatterns: { networks },
    setNetworkStrategy: { strategy: JSON.parse(STRATEGY), mode: 'full' },
    setNetworkStrategyAwake: {},
  };
}

function computeBodies(result: object): Record<string, unknown> {
  return {
    registerService: { compute_manager_id: null },
    heartbeat: {},
    deregisterService: {},
    claimTaskHubTasks: { compute_service_id: SERVICE, count: 1, protocols: null },
    claimTasks: claimBody(SERVICE),
    setTaskResult: { ...result, compute_service_id: SERVICE },
    registerManager: { steal: true },
    deregisterManager: {},
    getManagerInstruction: { scopes: [], protocols: [] },
    updateManagerStatus: { status: 'OK', detail: null, saturation: 0.5 },
    clearManagerError: {},
  };
}

async function fingerprint(server: Server, keys: readonly string[]): Promise<string> {
  const { store, objects } = server;
  const scopes = [Scope.ALL.toDict()];
  const listed = await store.networks.list({ scopes });
  const networks = listed.map(({ network }) => network);
  const tasks = await store.tasks.query({ scopes, status: null });
  const locations: string[] = [];
  for await (const location of objects.list('')) locations.push(location);
  const facts = await Promise.all([
    store.networks.query({ scopes, kind: 'transformation', name: null }),
    store.networks.query({ scopes, kind: 'chemicalSystem', name: null }),
    ...keys.map(key => store.networks.getChain({ key }).then(digest)),
    store.tasks.getStatuses({ tasks }),
    store.tasks.getPriorities({ tasks }),
    store.hubs.getWeights({ networks }),
    store.hubs.listActioned({ networks }),
    store.restarts.list({ networks }),
    ...networks.map(network => store.strategies.getChain({ network }).then(digest)),
    ...networks.map(network => store.strategies.getState({ network })),
    ...keys.map(transformation => store.results.list({ of: { transformation }, ok: true })),
    store.compute.list(),
    store.managers.survey({
      manager: MANAGER,
      scopes,
      protocols: null,
      maxFailures: 3,
      failuresSince: new Date(0),
    }),
    ...(['user', 'compute'] as const).map(type => store.identities.list({ type })),
    ...(['identity', 'narrow', 'all'] as const).flatMap(kind =>
      (['user', 'compute'] as const).map(type =>
        store.identities.listScopes({ type, identifier: `${type}-${kind}` }),
      ),
    ),
  ]);
  return JSON.stringify([listed, tasks, locations.sort(), facts], (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

function digest(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : createHash('sha256').update(bytes).digest('base64');
}
