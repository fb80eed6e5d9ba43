// Requests with a flaw, made from right ones. A *flawed* request has one flaw for which it must be refused; a *wild* one has
// any number of oddities, and may even be right.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { compileReader } from '../../src/server/read-schema.ts';
import type { Endpoint } from '../../src/wire/endpoint.ts';
import { SCOPE } from '../server/setup.ts';
import { misusesOf } from './misuses.ts';
import { FOREIGN_SCOPE, hostileText, isNoKey, mutated, noJson, noKey, oddValue, replace } from './values.ts';
import { type Base, BODY_BYTES } from './world.ts';

/** A row of a table with a right request for it. */
export interface Route {
  readonly service: 'user' | 'compute';
  readonly name: string;
  readonly row: Endpoint;
  readonly base: Base;
  /** Authorization headers: one that is right and some that are not. */
  readonly bearer: string;
  readonly wrongBearers: readonly string[];
}

/** What is sent, and why it is wrong. */
export interface Input {
  readonly service: 'user' | 'compute';
  readonly name: string;
  readonly flaw: string;
  readonly request: InjectOptions;
}

type Change = Partial<Omit<Base, 'body'>> & {
  readonly method?: NonNullable<InjectOptions['method']>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: string | Buffer;
};

/** The right request for a route, changed in some way. */
export function requestFor({ row, base, bearer }: Route, change: Change = {}): InjectOptions {
  const { params = base.params, query = base.query, payload = payloadOf(row, base.body) } = change;
  const path = row.path.replace(/:([a-z_]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? 'x'));
  const search = new URLSearchParams(query).toString();
  const type = row.accepts === 'form' ? 'application/x-www-form-urlencoded' : 'application/json';
  return {
    method: change.method ?? row.method,
    url: search === '' ? path : `${path}?${search}`,
    headers: {
      'content-type': type,
      ...(row.rule === 'open' ? {} : { authorization: bearer }),
      ...change.headers,
    },
    ...(row.body === undefined ? {} : { payload }),
  };
}

function payloadOf(row: Endpoint, body: unknown): string {
  return row.accepts === 'form'
    ? new URLSearchParams(body as Record<string, string>).toString()
    : JSON.stringify(body);
}

/** Requests that must be refused. */
export function flawed(route: Route): fc.Arbitrary<Input> {
  const changes = { ...addressFlaws(route), ...queryFlaws(route), ...bodyFlaws(route) };
  const inputs = Object.entries(changes).map(([flaw, change]) =>
    change.map(each => inputOf(route, flaw, each)),
  );
  return fc.oneof(...inputs);
}

function inputOf(route: Route, flaw: string, change: Change): Input {
  return { service: route.service, name: route.name, flaw, request: requestFor(route, change) };
}

type Flaws = Record<string, fc.Arbitrary<Change>>;

/** They echo whatever they are called with, as in the original: a client that is refused here would stop. */
const ECHOES = new Set(['heartbeat', 'deregisterService']);

function addressFlaws({ name: route, row, base, wrongBearers }: Route): Flaws {
  const flaws: Flaws = {
    method: fc.constantFrom('PUT', 'DELETE', 'PATCH', 'OPTIONS').map(method => ({ method })),
  };
  if (row.rule !== 'open') {
    flaws.token = fc
      .oneof(
        fc.constantFrom(...wrongBearers),
        fc.base64String().map(text => `Bearer ${text}`),
      )
      .map(authorization => ({ headers: { authorization } }));
  }
  for (const [, name = ''] of row.path.matchAll(/:([a-z_]+)/g)) {
    const right = base.params[name] ?? '';
    const set = (value: string): Change => ({ params: { ...base.params, [name]: value } });
    if (row.params?.properties[name] === undefined) {
      flaws[`no key as ${name}`] = noKey(right).map(set);
      if (row.rule === 'path') flaws[`foreign ${name}`] = fc.constant(set(foreign(right)));
    } else if (name !== 'identifier' && !ECHOES.has(route)) {
      flaws[`no ${name}`] = hostileText.filter(text => !GOOD[name]?.test(text)).map(set);
    }
  }
  return flaws;
}

const COMPUTE_ID = /^[a-zA-Z][a-zA-Z0-9_.:]*-[0-9a-fA-F]{32}$/;
const GOOD: Readonly<Record<string, RegExp>> = {
  service: COMPUTE_ID,
  manager: COMPUTE_ID,
  route: /^(results|failures)$/,
  scope: /^([a-zA-Z][a-zA-Z0-9_]*|\*)(-([a-zA-Z][a-zA-Z0-9_]*|\*)){2}$/,
};

function foreign(key: string): string {
  return key.replace(SCOPE, FOREIGN_SCOPE);
}

function queryFlaws({ name, row, base }: Route): Flaws {
  const flaws: Flaws = {};
  const set = (member: string) => (value: string) => ({ query: { ...base.query, [member]: value } });
  const {
    org,
    name: hasName,
    state,
    status,
    return_as,
    return_gufe,
    network_state,
  } = row.query?.properties ?? {};
  const noPart = hostileText.filter(text => text !== '*' && !/^[a-zA-Z][a-zA-Z0-9_]*$/.test(text));
  const noPattern = fc.constantFrom('(', '[', '(?P<', '*', 'a{2,1}', '\\', '(?<=a)b', '(a)\\1');
  if (org !== undefined) {
    for (const part of ['org', 'campaign', 'project']) flaws[`no ${part}`] = noPart.map(set(part));
    flaws['scope with a hole'] = fc.constant({ query: { project: 'x' } });
  }
  if (hasName !== undefined) flaws['long name'] = fc.constant('n'.repeat(1025)).map(set('name'));
  if (state !== undefined) {
    flaws['no pattern as name'] = noPattern.map(set('name'));
    flaws['no pattern as state'] = noPattern.map(set('state'));
  }
  if (network_state !== undefined) flaws['no pattern'] = noPattern.map(set('network_state'));
  if (status !== undefined && name !== 'queryTasks') flaws['no status'] = hostileText.map(set('status'));
  if (return_as !== undefined) flaws['no form'] = hostileText.map(set('return_as'));
  if (return_gufe !== undefined) flaws['no flag'] = fc.constantFrom('maybe', '2', '').map(set('return_gufe'));
  return flaws;
}

const BOMB = Buffer.from(`{"x":"${' '.repeat(2 * BODY_BYTES)}"}`);
const BOMBS = [
  { payload: gzipSync(BOMB), headers: { 'content-encoding': 'gzip' } },
  { payload: zstdCompressSync(BOMB), headers: { 'content-encoding': 'zstd' } },
  { payload: Buffer.alloc(BODY_BYTES + 1, ' ') },
];

function bodyFlaws(route: Route): Flaws {
  const { row, base } = route;
  if (row.body === undefined) return {};
  const right = payloadOf(row, base.body);
  const zipped = gzipSync(right);
  const flaws: Flaws = {
    encoding: fc
      .constantFrom('br', 'deflate', 'gzip, gzip', 'compress', 'x'.repeat(100))
      .map(encoding => ({ headers: { 'content-encoding': encoding } })),
    'not what it is said to be': fc
      .tuple(fc.constantFrom('gzip', 'zstd'), fc.uint8Array({ minLength: 1, maxLength: 40 }))
      .map(([encoding, bytes]) => ({
        headers: { 'content-encoding': encoding },
        payload: Buffer.from(bytes),
      })),
    'cut short': fc.nat(zipped.length - 9).map(length => ({
      headers: { 'content-encoding': 'gzip' },
      payload: zipped.subarray(0, Math.max(1, length)),
    })),
    bomb: fc.constantFrom(...BOMBS),
  };
  return { ...flaws, ...(row.accepts === 'form' ? formFlaws(base) : jsonFlaws(route)) };
}

function formFlaws({ body }: Base): Flaws {
  const set = (members: object): Change => ({
    payload: new URLSearchParams({ ...(body as object), ...members }).toString(),
  });
  return {
    // Each name costs a quarter of a second until it is over the limit, so they are few.
    'no identity': fc.constantFrom("' OR 1=1 --", 'nobody', '\0').map(username => set({ username })),
    'wrong key': hostileText.filter(key => !key.endsWith('-key')).map(password => set({ password })),
    'long identity': fc.constant(set({ username: 'x'.repeat(513) })),
    grant: fc.constantFrom('refresh_token', '').map(grant_type => set({ grant_type })),
    'no form': fc.constantFrom('application/json', 'text/plain', '').map(type => ({
      headers: { 'content-type': type },
    })),
    'nothing in it': fc.constantFrom('', 'username=x', '=', '&&&').map(payload => ({ payload })),
  };
}

function jsonFlaws({ name, row, base }: Route): Flaws {
  const { body } = base;
  const flaws: Flaws = { 'no JSON': noJson(JSON.stringify(body)).map(payload => ({ payload })) };
  const send = (value: unknown): Change => ({ payload: JSON.stringify(value) });
  const misuses = misusesOf(name, body);
  if (misuses.length > 0) flaws.misuse = fc.constantFrom(...misuses).map(send);
  const required = (row.body as { required?: readonly string[] }).required ?? [];
  if (row.accepts === 'raw' || row.accepts === 'stream') {
    const needed = required.filter(name => name !== 'compute_service_id');
    flaws['a member less'] = fc.constantFrom(...needed).map(name => send(replace(body, [name], undefined)));
    flaws['another member'] = fc
      .tuple(fc.constantFrom(...needed), fc.constantFrom<unknown>(0, true, 'x', [], {}, [[]], [1, 2]))
      .map(([name, value]) => send(replace(body, [name], value)));
    flaws['no object'] = fc.constantFrom('[]', '0', '"x"', 'null').map(payload => ({ payload }));
    return flaws;
  }
  if (required.length > 0) {
    flaws['not said to be JSON'] = fc
      .constantFrom('text/plain', '', 'application/x-www-form-urlencoded')
      .map(type => ({ headers: { 'content-type': type } }));
  }
  if (typeof body !== 'object' || Object.keys(body ?? {}).length > 0) {
    const read = compileReader(row.body ?? {}, 'body');
    const fits = (value: unknown): boolean => {
      try {
        read(value);
        return true;
      } catch {
        return false;
      }
    };
    flaws['another shape'] = mutated(body)
      .map(value => (value === undefined ? 0 : value))
      .filter(value => !fits(value))
      .map(send);
  }
  return { ...flaws, ...keyFlaws(row, body) };
}

/** Keys in lists: those that are none, and where one spoils all those that are not covered. */
function keyFlaws(row: Endpoint, body: unknown): Flaws {
  const flaws: Flaws = {};
  const send = (value: unknown): Change => ({ payload: JSON.stringify(value) });
  for (const [name, list] of Object.entries(Object(body) as Record<string, unknown>)) {
    const [first] = Array.isArray(list) ? (list as unknown[]) : [];
    if (typeof first === 'string' && first.endsWith(SCOPE)) {
      flaws[`no key in ${name}`] = noKey(first).map(key => send(replace(body, [name], [first, key])));
      if (row.rule === 'all')
        flaws[`foreign in ${name}`] = fc.constant(send(replace(body, [name, 0], foreign(first))));
    } else if (typeof first === 'object' && first !== null && 'gufe_key' in first) {
      flaws[`no key in ${name}`] = noKey('Task-1')
        .filter(part => isNoKey(`${part}-${SCOPE}`))
        .map(gufe_key => send(replace(body, [name], [first, { ...first, gufe_key }])));
    }
  }
  return flaws;
}

/** Requests with any oddities. */
export function wild(route: Route): fc.Arbitrary<Input> {
  const { row, base, bearer, wrongBearers } = route;
  const right = Object.values(base.params);
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...right, ...right.map(foreign), `Task-none-${SCOPE}`) },
    { weight: 1, arbitrary: hostileText },
  );
  const params = fc.dictionary(fc.constantFrom(...Object.keys(base.params)), value, { maxKeys: 4 });
  const names = Object.keys(row.query?.properties ?? { x: 0 });
  const query = fc.dictionary(
    fc.constantFrom(...names),
    fc.oneof(value, fc.constantFrom('', '*', 'True', '.*')),
  );
  const body = payloadArbitrary(route);
  const headers = fc.record(
    {
      authorization: fc.oneof(
        { weight: 9, arbitrary: fc.constant(bearer) },
        { weight: 1, arbitrary: fc.constantFrom(...wrongBearers) },
      ),
      'content-type': fc.constantFrom('application/json', 'application/ld+json', 'text/plain', 'a/b; c'),
      'accept-encoding': fc.constantFrom('gzip', '', 'br, *;q=0', 'gzip;q=0.0001', '*'),
      'content-encoding': fc.constantFrom('identity', 'gzip', ' '),
      'x-forwarded-for': fc.constantFrom('127.0.0.1', "'"),
    },
    { requiredKeys: ['authorization'] },
  );
  return fc
    .tuple(params, query, body, headers)
    .map(([some, query, payload, headers]) =>
      inputOf(route, 'wild', { params: { ...base.params, ...some }, query, payload, headers }),
    );
}

function payloadArbitrary({ row, base }: Route): fc.Arbitrary<string | Buffer> {
  if (row.accepts === 'form') {
    // The name stays: each new one costs a quarter of a second.
    const member = fc.constantFrom('password', 'grant_type', 'scope', 'client_id', 'x');
    return fc
      .dictionary(member, hostileText)
      .map(more => new URLSearchParams({ ...(base.body as object), ...more }).toString());
  }
  const text = JSON.stringify(base.body ?? {});
  const changed = mutated(base.body ?? {})
    .chain(value => fc.oneof(fc.constant(value), mutated(value)))
    .map(value => JSON.stringify(value) ?? '');
  return fc.oneof(
    { weight: 8, arbitrary: changed },
    {
      weight: 1,
      arbitrary: fc.oneof(
        fc.constant(text),
        oddValue.map(each => JSON.stringify(each)),
      ),
    },
    { weight: 1, arbitrary: noJson(text) },
  );
}
