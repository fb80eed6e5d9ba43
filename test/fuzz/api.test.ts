// Bad requests at random against every route of both services. FUZZ_INPUTS says how many (continuous integration:
// 100,000), FUZZ_SEED with which seed; a failure names both the input and the seed.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { Check } from 'typebox/value';
import { COMPUTE_ENDPOINTS } from '../../src/wire/compute.ts';
import type { Endpoint } from '../../src/wire/endpoint.ts';
import { describeApi } from '../../src/wire/openapi.ts';
import { USER_ENDPOINTS } from '../../src/wire/user.ts';
import { SCOPES, SECRET } from '../server/setup.ts';
import { flawed, type Input, type Route, requestFor, wild } from './inputs.ts';
import { createWorld, type World } from './world.ts';

const INPUTS = Number(process.env.FUZZ_INPUTS ?? 3000);
const SEED = Number(process.env.FUZZ_SEED ?? 20_260_102);
/** So often the stores are looked over. */
const CHUNK = 250;

const TABLES: Readonly<Record<'user' | 'compute', Readonly<Record<string, Endpoint>>>> = {
  user: USER_ENDPOINTS,
  compute: COMPUTE_ENDPOINTS,
};
const SERVICES = ['user', 'compute'] as const;

/** Statuses by service and row, as the documents have them. */
const DOCUMENTED = new Map(
  SERVICES.flatMap(service =>
    Object.values(describeApi(service, TABLES[service]).paths)
      .flatMap(methods => Object.values(methods))
      .map(operation => [`${service} ${operation.operationId}`, Object.keys(operation.responses)] as const),
  ),
);

async function routesOf({ server, bases }: World): Promise<readonly Route[]> {
  const tokens = { user: await server.token('user'), compute: await server.token('compute') };
  return SERVICES.flatMap(service =>
    Object.entries(TABLES[service]).map(([name, row]) => ({
      service,
      name,
      row,
      base: bases[service](name),
      bearer: `Bearer ${tokens[service]}`,
      wrongBearers: wrong[service].concat(`Bearer ${tokens[service === 'user' ? 'compute' : 'user']}`),
    })),
  );
}

const wrong: Record<'user' | 'compute', string[]> = { user: [], compute: [] };
for (const service of SERVICES) {
  const sign = (claims: object, secret = SECRET, alg = 'HS256'): Promise<string> =>
    new SignJWT({ sub: `${service}-all`, scopes: ['*-*-*'], aud: service, exp: 4e9, ...claims })
      .setProtectedHeader({ alg, typ: 'JWT' })
      .sign(new TextEncoder().encode(secret));
  const unsigned = [
    '{"alg":"none"}',
    `{"sub":"${service}-all","scopes":["*-*-*"],"aud":"${service}","exp":4e9}`,
  ]
    .map(part => Buffer.from(part).toString('base64url'))
    .join('.');
  const tokens = await Promise.all([
    sign({ exp: 1 }),
    sign({ aud: undefined }),
    sign({ scopes: 'x' }),
    sign({ scopes: [...SCOPES, "'"] }),
    sign({}, 'another secret'),
    sign({}, SECRET, 'HS512'),
  ]);
  wrong[service] = [
    '',
    'Bearer',
    'Basic dTpw',
    `Bearer ${unsigned}.`,
    ...tokens.map(each => `Bearer ${each}`),
  ];
}

function assertShape(row: Endpoint | undefined, body: string): void {
  assert.ok(
    row && Check(row.response, JSON.parse(body)),
    `another shape than documented: ${body.slice(0, 500)}`,
  );
}

describe('every route', () => {
  it('takes the right request from which the wrong ones are made', async () => {
    await using world = await createWorld();
    const from = await world.fingerprint();
    const routes = await routesOf(world);
    const isEnd = ({ name }: Route): boolean => name.startsWith('deregister');
    for (const route of [...routes.filter(each => !isEnd(each)), ...routes.filter(isEnd)]) {
      const { statusCode, body } = await world.server[route.service].inject(requestFor(route));
      // Nothing is in error here.
      const expected = route.name === 'clearManagerError' ? 400 : 200;
      assert.equal(statusCode, expected, `${route.service} ${route.name}: ${body}`);
      if (statusCode === 200) assertShape(route.row, body);
    }
    assert.notEqual(await world.fingerprint(), from, 'the fingerprint sees changes');
  });
});

describe('bad requests', () => {
  let world: World;
  let routes: readonly Route[];
  before(async () => {
    world = await createWorld();
    routes = await routesOf(world);
  });
  after(() => world[Symbol.asyncDispose]());

  async function send({ service, name, request }: Input): Promise<number> {
    const from = world.server.log.length;
    const { statusCode, body, headers } = await world.server[service].inject(request);
    const said = `${statusCode} ${body.slice(0, 300)} ${world.server.log.slice(from).join('').slice(0, 2000)}`;
    assert.ok(statusCode < 500, said);
    const isKnown = statusCode === 405 || DOCUMENTED.get(`${service} ${name}`)?.includes(String(statusCode));
    assert.ok(isKnown, `not documented: ${said}`);
    if (statusCode >= 400 && request.method !== 'HEAD') {
      // Routes of ours refuse by RFC 9457, those of the original as it does.
      const type = String(request.url).startsWith('/v1/') ? 'application/problem+json' : 'application/json';
      assert.equal(headers['content-type'], type, said);
      assert.ok('detail' in JSON.parse(body), said);
    }
    if (statusCode === 200 && headers['content-encoding'] === undefined) {
      assertShape(TABLES[service][name], body);
    }
    world.server.log.length = from;
    return statusCode;
  }

  /** Seeds differ by chunk, so that a chunk can be repeated alone. */
  async function inChunks(
    inputs: (route: Route) => fc.Arbitrary<Input>,
    check: (input: Input) => Promise<void>,
    afterwards: () => Promise<void>,
  ): Promise<void> {
    const all = fc.oneof(...routes.map(inputs));
    for (let done = 0; done < INPUTS / 2; done += CHUNK) {
      await fc.assert(fc.asyncProperty(all, check), {
        seed: SEED + done,
        numRuns: Math.min(CHUNK, INPUTS / 2 - done),
      });
      await afterwards();
    }
  }

  it('are refused with a documented status, and change nothing', async () => {
    const before = await world.fingerprint();
    const flaws = new Set<string>();
    await inChunks(
      flawed,
      async input => {
        flaws.add(input.flaw);
        const status = await send(input);
        assert.ok(status >= 400, `${input.flaw}: ${status}`);
        if (input.flaw === 'token' || input.flaw.startsWith('foreign')) assert.equal(status, 401);
        if (input.flaw === 'method') assert.equal(status, 405);
      },
      async () => assert.equal(await world.fingerprint(), before, 'a refused request changed something'),
    );
    assert.ok(flaws.size > 30, `${flaws.size} kinds of flaws`);
  });

  it('that may be right after all never end in a 5xx or an undocumented status', async () => {
    const statuses = new Map<number, number>();
    await inChunks(
      wild,
      async input => {
        const status = await send(input);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      },
      async () => assert.deepEqual(await world.server.store.check(), []),
    );
    assert.ok((statuses.get(200) ?? 0) > INPUTS / 50, 'some get through to the stores');
  });
});
