// Each method sends what the Python client's method of that name sent, and reads the answer that it got.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type Reply, tinyService } from '../../test/support/tiny-service.ts';
import type { UserSettableStatus } from '../domain/task-status.ts';
import { AlchemiscaleComputeClient } from './compute.ts';
import { fromJson, toJson } from './encode.ts';
import { AlchemiscaleClient } from './user.ts';

interface RecordedCall {
  readonly client: 'AlchemiscaleClient' | 'AlchemiscaleComputeClient';
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
  get_info: client => client.getInfo(),
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
  return fromJson(toJson(value instanceof Map ? Object.fromEntries(value) : (value ?? null)));
}

async function send(call: RecordedCall, apiUrl: string, identifier: string): Promise<unknown> {
  const options = { apiUrl, identifier, key: 'k', maxRetries: 0 };
  const args = call.args as Args;
  if (call.client === 'AlchemiscaleClient') {
    const made = USER_CALLS[call.method];
    assert.ok(made, call.method);
    return await made(new AlchemiscaleClient(options), args, camelCase(call.kwargs));
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
      assert.deepEqual(withoutGufe(asJson(returned)), withoutGufe(fromJson(call.response)));
    });
  }

  test('all methods are there', () => {
    const methods = (client: string) => new Set(RECORDED.filter(c => c.client === client).map(c => c.method));
    assert.deepEqual([...methods('AlchemiscaleClient')].sort(), Object.keys(USER_CALLS).sort());
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
