// Both services in process, on a private SQLite database and objects in memory, with a clock that stands still unless
// a test moves it. Four identities, two of a kind: one for a few scopes, one for all.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { hash } from '@node-rs/bcrypt';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import type { IdentityType } from '../../src/domain/identity.ts';
import { Scope } from '../../src/domain/scope.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { createComputeApp, createUserApp } from '../../src/server/app.ts';
import { compileServerSettings, type ServerOptions } from '../../src/server/settings.ts';
import { openStateStore } from '../../src/store/open.ts';
import type { StateStore } from '../../src/store/state-store.ts';

export const SCOPE = 'org_one-campaign_a-project_1';
export const SECRET = '0000000000000000000000000000000000000000000000000000000000000001';
/** The scopes of `user-identity` and `compute-identity`, as the recorded refusals print them. */
export const SCOPES = [SCOPE, 'org_one-campaign_a-project_2', 'org_two-*-*'];

/** Both services and what they stand on. */
export interface Server extends AsyncDisposable {
  readonly user: FastifyInstance;
  readonly compute: FastifyInstance;
  readonly store: StateStore;
  readonly objects: ObjectStore;
  /** Lines that were logged, as text. */
  readonly log: string[];
  /** Moves the clock. */
  passes(seconds: number): void;
  now(): Date;
  /** Sends a request with the token of `{type}-identity`, or of another identity. */
  send(type: IdentityType, request: InjectOptions, identity?: string): Promise<LightMyRequestResponse>;
  /** As `send`; asserts 200 and gives the parsed answer. */
  ask<T = unknown>(type: IdentityType, method: 'GET' | 'POST', url: string, body?: unknown): Promise<T>;
  token(type: IdentityType, identity?: string): Promise<string>;
}

/** Opening a database starts threads, which costs more than most tests, so a file's servers pass theirs on. */
const idle: StateStore[] = [];
after(() => Promise.all(idle.map(store => store[Symbol.asyncDispose]())));

/** Starts both; close with `await using`. */
export async function startServer(options: Partial<ServerOptions> = {}): Promise<Server> {
  const kept = idle.pop() ?? (await openStateStore('sqlite::memory:', { seed: 1 }));
  await kept.initialize();
  // Tests put methods of their own in the place of the store's.
  const store = Object.fromEntries(
    Object.entries(kept).map(([name, slice]) => [name, typeof slice === 'object' ? { ...slice } : slice]),
  ) as unknown as StateStore;
  const objects = await openObjectStore('memory:');
  await addIdentities(store);
  let time = Date.parse('2026-01-02T03:04:05.678Z');
  const log: string[] = [];
  const deps = {
    store,
    objects,
    settings: compileServerSettings({ jwt: { secret: SECRET }, ...options }),
    clock: () => new Date(time),
    logger: pino({ level: 'debug' }, { write: line => log.push(line) }),
  };
  const [user, compute] = [createUserApp(deps), createComputeApp(deps)];
  const tokens = new Map<string, string>();

  async function token(type: IdentityType, identity = `${type}-identity`): Promise<string> {
    const app = type === 'user' ? user : compute;
    const key = identity.replace('identity', 'key');
    const answer = await app.inject(loginRequest(identity, key));
    assert.equal(answer.statusCode, 200, answer.body);
    return (answer.json() as { access_token: string }).access_token;
  }

  async function send(
    type: IdentityType,
    request: InjectOptions,
    identity?: string,
  ): Promise<LightMyRequestResponse> {
    const name = `${type} ${identity ?? ''}`;
    const bearer = tokens.get(name) ?? (await token(type, identity));
    tokens.set(name, bearer);
    const headers = { authorization: `Bearer ${bearer}`, ...request.headers };
    return (type === 'user' ? user : compute).inject({ ...request, headers });
  }

  return {
    user,
    compute,
    store,
    objects,
    log,
    now: () => new Date(time),
    passes: seconds => (time += seconds * 1000),
    token,
    send,
    ask: async <T>(type: IdentityType, method: 'GET' | 'POST', url: string, body?: unknown) => {
      const answer = await send(type, json(method, url, body));
      assert.equal(answer.statusCode, 200, `${method} ${url}: ${answer.body}`);
      assert.equal(answer.headers['content-type'], 'application/json');
      return answer.json() as T;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([user.close(), compute.close()]);
      await kept.reset();
      idle.push(kept);
    },
  };
}

async function addIdentities(store: StateStore): Promise<void> {
  for (const type of ['user', 'compute'] as const) {
    for (const [kind, scopes] of [
      ['identity', SCOPES],
      ['narrow', [SCOPE]],
      ['all', ['*-*-*']],
    ] as const) {
      const identifier = `${type}-${kind}`;
      const key = identifier.replace('identity', 'key');
      await store.identities.put({ type, identifier, hashedKey: await hash(key, { cost: 4 }) });
      await store.identities.addScopes({
        type,
        identifier,
        scopes: scopes.map(text => Scope.parse(text).toDict()),
      });
    }
  }
}

export function loginRequest(username: string, password: string): InjectOptions {
  return {
    method: 'POST',
    url: '/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ username, password }).toString(),
  };
}

/** A request as Python clients make it: JSON, and that header even on a GET. */
export function json(method: 'GET' | 'POST', url: string, body?: unknown): InjectOptions {
  const headers = { 'content-type': 'application/json' };
  return body === undefined
    ? { method, url, headers }
    : { method, url, headers, payload: JSON.stringify(body) };
}

const HTTP = new URL('../fixtures/http/', import.meta.url);
const RESULTS = new URL('../fixtures/results/', import.meta.url);

/** A recorded body of `POST /networks`, gzip'ed, and what it holds. */
export function networkFixture(name: 'one' | 'twelve' | 'nontransformations'): {
  readonly gzip: Buffer;
  readonly text: string;
  readonly chain: readonly (readonly [key: string, dict: unknown])[];
} {
  const gzip = readFileSync(new URL(`${name}.post.json.gzip`, HTTP));
  const text = gunzipSync(gzip).toString();
  return { gzip, text, chain: JSON.parse(text).network };
}

/** Submits a recorded network; the answer is its key. */
export async function submit(server: Server, name: 'one' | 'twelve' | 'nontransformations'): Promise<string> {
  const answer = await server.send('user', {
    method: 'POST',
    url: '/networks',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    payload: networkFixture(name).gzip,
  });
  assert.equal(answer.statusCode, 200, answer.body);
  const { gufe_key, org, campaign, project } = answer.json() as Record<string, string>;
  return `${gufe_key}-${org}-${campaign}-${project}`;
}

/** A recorded file about results. */
export function resultFixture(file: string): Buffer {
  return readFileSync(new URL(file, RESULTS));
}

/** The body of a push of these bytes, as Python writes it. */
export function resultBody(bytes: Uint8Array, service = 'None'): string {
  const text = JSON.stringify(Buffer.from(bytes).toString('latin1')).replace(
    /[\u007f-\uffff]/g,
    c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `{"protocoldagresult": {"__class__": "bytes", "__module__": "builtins", ":is_custom:": true, "latin-1": ${text}}, "compute_service_id": "${service}"}`;
}

/** One task of the first transformation of a network, actioned, claimed by a registered service. */
export async function claimedTask(
  server: Server,
  network: string,
  service = `svc-${'0'.repeat(31)}1`,
): Promise<{ readonly task: string; readonly service: string; readonly transformation: string }> {
  const [transformation = ''] = await server.ask<string[]>(
    'user',
    'GET',
    `/networks/${network}/transformations`,
  );
  const [task = ''] = await server.ask<string[]>('user', 'POST', `/transformations/${transformation}/tasks`, {
    count: 1,
  });
  await server.ask('user', 'POST', `/networks/${network}/tasks/action`, {
    tasks: [keyDict(task)],
    weight: null,
  });
  await server.ask('compute', 'POST', `/computeservice/${service}/register`, { compute_manager_id: null });
  const claimed = await server.ask('compute', 'POST', '/claim', claimBody(service));
  assert.deepEqual(claimed, [task]);
  return { task, service, transformation };
}

export function claimBody(service: string, more: object = {}): object {
  const [org, campaign, project] = SCOPE.split('-');
  return {
    scopes: [{ org, campaign, project }],
    scopes_exclude: null,
    compute_service_id: service,
    count: 1,
    protocols: null,
    ...more,
  };
}

/** A scoped key as an object. */
export function keyDict(text: string): object {
  const [qualname, token, org, campaign, project] = text.split('-');
  return { gufe_key: `${qualname}-${token}`, org, campaign, project };
}
