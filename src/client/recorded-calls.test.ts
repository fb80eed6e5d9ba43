// Each method sends what the Python client's method of that name sent, and reads the answer that it got.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type Reply, tinyService } from '../../test/support/tiny-service.ts';
import type { UserSettableStatus } from '../domain/task-status.ts';
import { AlchemiscaleComputeClient } from './compute.ts';
import { fromJson, toJson } from './encode.ts';
import { AlchemiscaleComputeManagerClient, type ManagerReport } from './manager.ts';
import { AlchemiscaleClient } from './user.ts';

interface RecordedCall {
  readonly client: 'AlchemiscaleClient' | 'AlchemiscaleComputeClient' | 'AlchemiscaleComputeManagerClient';
  readonly method: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query: string;
    readonly body: string;
  };
  readonly response: string;
}

const FIXTURE = new URL('../../test/fixtures/client/recorded-calls.jsonl', import.meta.url);
const RECORDED = readFileSync(FIXTURE, 'utf8')
  .trim()
  .split('\n')
  .map(line => fromJson(line) as RecordedCall);

type Args = readonly never[];
/** Python's keyword arguments under our names. */
type Options = Readonly<Record<string, never>>;

const USER_CALLS: Record<
  string,
  (client: AlchemiscaleClient, args: Args, options: Options) => Promise<unknown>
> = {
  check_exists: (client, [key]) => client.checkExists(key as never),
  get_network_transformations: (client, [key]) => client.getNetworkTransformations(key as never),
  create_tasks: (client, [key], options) => client.createTasks(key as never, options),
  create_transformations_tasks: (client, [keys], options) =>
    client.createTransformationsTasks(keys as never, options),
  query_tasks: (client, _, options) => client.queryTasks(options),
  get_network_tasks: (client, [key], options) => client.getNetworkTasks(key as never, options),
  get_transformation_tasks: (client, [key], options) =>
    client.getTransformationTasks(key as never, options as never),
  get_task_transformation: (client, [key]) => client.getTaskTransformation(key as never),
  get_tasks_status: (client, [keys], options) => client.getTasksStatus(keys as never, options),
  set_tasks_status: (client, [keys, status], options) =>
    client.setTasksStatus(keys as never, status as unknown as UserSettableStatus, options),
  get_tasks_priority: (client, [keys]) => client.getTasksPriority(keys as never),
  set_tasks_priority: (client, [keys, priority]) => client.setTasksPriority(keys as never, priority as never),
  get_scope_status: (client, [scope], options) => client.getScopeStatus(scope, options),
  get_network_status: (client, [key]) => client.getNetworkStatus(key as never),
  get_networks_status: (client, [keys]) => client.getNetworksStatus(keys as never),
  get_transformation_status: (client, [key]) => client.getTransformationStatus(key as never),
  action_tasks: (client, [keys, network], options) =>
    client.actionTasks(keys as never, network as never, options),
  cancel_tasks: (client, [keys, network]) => client.cancelTasks(keys as never, network as never),
  get_network_actioned_tasks: (client, [key], options) =>
    client.getNetworkActionedTasks(key as never, options as never),
  get_network_weight: (client, [key]) => client.getNetworkWeight(key as never),
  set_network_weight: (client, [key, weight]) => client.setNetworkWeight(key as never, weight as never),
  get_networks_weight: (client, [keys]) => client.getNetworksWeight(keys as never),
  set_networks_weight: (client, [keys, weights]) => client.setNetworksWeight(keys as never, weights as never),
  list_scopes: client => client.listScopes(),
  get_scopes: client => client.getScopes(),
  get_info: client => client.getInfo(),
  get_network_state: (client, [key]) => client.getNetworkState(key as never),
  get_networks_state: (client, [keys]) => client.getNetworksState(keys as never),
  set_network_state: (client, [key, state]) => client.setNetworkState(key as never, state as never),
  set_networks_state: (client, [keys, states]) => client.setNetworksState(keys as never, states as never),
  query_networks: (client, _, options) => client.queryNetworks(options),
  query_transformations: (client, _, options) => client.queryTransformations(options),
  query_chemicalsystems: (client, _, options) => client.queryChemicalSystems(options),
  get_network_chemicalsystems: (client, [key]) => client.getNetworkChemicalSystems(key as never),
  get_transformation_networks: (client, [key]) => client.getTransformationNetworks(key as never),
  get_transformation_chemicalsystems: (client, [key]) =>
    client.getTransformationChemicalSystems(key as never),
  get_chemicalsystem_networks: (client, [key]) => client.getChemicalSystemNetworks(key as never),
  get_chemicalsystem_transformations: (client, [key]) =>
    client.getChemicalSystemTransformations(key as never),
  get_task_networks: (client, [key]) => client.getTaskNetworks(key as never),
  get_networks_actioned_tasks: (client, [keys], options) =>
    client.getNetworksActionedTasks(keys as never, options as never),
  get_task_actioned_networks: (client, [key], options) =>
    client.getTaskActionedNetworks(key as never, options as never),
  add_task_restart_patterns: (client, [key, patterns, restarts]) =>
    client.addTaskRestartPatterns(key as never, patterns as never, restarts as never),
  get_task_restart_patterns: (client, [key]) => client.getTaskRestartPatterns(key as never),
  set_task_restart_patterns_allowed_restarts: (client, [key, patterns, restarts]) =>
    client.setTaskRestartPatternsAllowedRestarts(key as never, patterns as never, restarts as never),
  remove_task_restart_patterns: (client, [key, patterns]) =>
    client.removeTaskRestartPatterns(key as never, patterns as never),
  clear_task_restart_patterns: (client, [key]) => client.clearTaskRestartPatterns(key as never),
  set_network_strategy: (client, [key, chain], options) =>
    client.setNetworkStrategy(key as never, chain === null ? null : new TextEncoder().encode(chain), options),
  get_network_strategy: async (client, [key]) => {
    const strategy = await client.getNetworkStrategy(key as never);
    return strategy && fromJson(strategy.toJson());
  },
  get_network_strategy_state: (client, [key]) => client.getNetworkStrategyState(key as never),
  get_network_strategy_status: (client, [key]) => client.getNetworkStrategyStatus(key as never),
  set_network_strategy_awake: (client, [key]) => client.setNetworkStrategyAwake(key as never),
};

const MANAGER_CALLS: Record<
  string,
  (client: AlchemiscaleComputeManagerClient, args: Args, options: Options) => Promise<unknown>
> = {
  get_info: client => client.getInfo(),
  register: (client, [id], options) => client.register(id as never, options as never),
  deregister: (client, [id]) => client.deregister(id as never),
  get_instruction: (client, [scopes, protocols, id]) =>
    client.getInstruction(id as never, { scopes: scopes as never, protocols: protocols as never }),
  update_status: (client, [id, status], options) =>
    client.updateStatus(id as never, { status, ...options } as unknown as ManagerReport),
  clear_error: (client, [name]) => client.clearError(name as never),
};

/** Where a method gives less than the answer holds, or says more: what it makes of it. */
const READ: Record<string, (answer: never, args: Args) => unknown> = {
  get_network_state: ([state]: string[]) => state,
  set_network_state: ([key]: string[]) => key,
  add_task_restart_patterns: (_, [key]) => key,
  get_task_restart_patterns: (patterns: Record<string, [string, number][]>, [key]) =>
    Object.fromEntries(patterns[key as unknown as string] ?? []),
  clear_task_restart_patterns: () => null,
  get_network_strategy_state: (state: object | null) => state && camelCase(state as never),
  get_instruction: (instruction: object) => camelCase(instruction as never),
};

const COMPUTE_CALLS: Record<
  string,
  (client: AlchemiscaleComputeClient, args: Args, options: Options) => Promise<unknown>
> = {
  list_scopes: client => client.listScopes(),
  get_info: client => client.getInfo(),
  register: (client, [id, manager]) => client.register(id as never, { computeManagerId: manager }),
  heartbeat: (client, [id]) => client.heartbeat(id as never),
  deregister: (client, [id]) => client.deregister(id as never),
  query_taskhubs: (client, [scopes], options) => client.queryTaskHubs(scopes as never, options as never),
  claim_taskhub_tasks: (client, [hub, id], options) =>
    client.claimTaskHubTasks(hub as never, id as never, options),
  claim_tasks: (client, [scopes, id], options) => client.claimTasks(scopes as never, id as never, options),
  get_task_transformation: (client, [key]) => client.getTaskTransformation(key as never),
};

/** `return_as` → `returnAs`. */
function camelCase(options: Readonly<Record<string, unknown>>): Options {
  const entries = Object.entries(options).map(([name, value]) => [
    name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(entries);
}

/** Maps as objects, keys and scopes as text: what an answer looks like again. */
function asJson(value: unknown): unknown {
  const plain = (one: unknown): unknown => (one instanceof Map ? Object.fromEntries(one) : (one ?? null));
  return fromJson(toJson(Array.isArray(value) ? value.map(plain) : plain(value)));
}

async function send(call: RecordedCall, apiUrl: string, identifier: string): Promise<unknown> {
  const options = { apiUrl, identifier, key: 'k', maxRetries: 0 };
  const args = call.args as Args;
  if (call.client === 'AlchemiscaleClient') {
    const made = USER_CALLS[call.method];
    assert.ok(made, call.method);
    return await made(new AlchemiscaleClient(options), args, camelCase(call.kwargs));
  }
  if (call.client === 'AlchemiscaleComputeManagerClient') {
    const made = MANAGER_CALLS[call.method];
    assert.ok(made, call.method);
    return await made(new AlchemiscaleComputeManagerClient(options), args, camelCase(call.kwargs));
  }
  const made = COMPUTE_CALLS[call.method];
  assert.ok(made, call.method);
  return await made(new AlchemiscaleComputeClient(options), args, camelCase(call.kwargs));
}

describe('recorded calls', () => {
  for (const [index, call] of RECORDED.entries()) {
    const options = Object.keys(call.kwargs).join(', ');
    test(`${index + 1}. ${call.client}.${call.method}(${options})`, async () => {
      const reply: Reply = { body: call.response };
      await using service = await tinyService(() => reply);
      const identifier = /identities\/([^/]+)/.exec(call.request.path)?.[1] ?? 'ada';
      const returned = await send(call, service.url, identifier);
      const sent = service.requests.at(-1);
      assert.ok(sent);
      const [path = '', query = ''] = sent.url.split('?');
      assert.equal(sent.method, call.request.method);
      assert.equal(path, call.request.path);
      assert.deepEqual(
        Object.fromEntries(new URLSearchParams(query)),
        Object.fromEntries(new URLSearchParams(call.request.query)),
      );
      assert.equal(sent.headers['content-type'], call.request.body === '' ? undefined : 'application/json');
      assert.deepEqual(sent.text && fromJson(sent.text), call.request.body && fromJson(call.request.body));
      const answer = fromJson(call.response);
      const read = READ[call.method] ?? ((same: unknown) => same);
      assert.deepEqual(asJson(returned), withoutGufe(read(answer as never, call.args as Args)));
    });
  }

  test('all methods are there', () => {
    const methods = (client: string) => new Set(RECORDED.filter(c => c.client === client).map(c => c.method));
    assert.deepEqual([...methods('AlchemiscaleClient')].sort(), Object.keys(USER_CALLS).sort());
    assert.deepEqual(
      [...methods('AlchemiscaleComputeManagerClient')].sort(),
      Object.keys(MANAGER_CALLS).sort(),
    );
    assert.deepEqual([...methods('AlchemiscaleComputeClient')].sort(), Object.keys(COMPUTE_CALLS).sort());
  });
});

/** Hubs come as text in text, of which the client keeps what a hub is. */
function withoutGufe(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return answer;
  return Object.fromEntries(
    Object.entries(answer).map(([name, value]) => {
      if (!name.startsWith('TaskHub-')) return [name, value];
      const { network, weight } = typeof value === 'string' ? JSON.parse(value) : value;
      return [name, { network, weight }];
    }),
  );
}
