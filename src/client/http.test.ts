// The transport against a service of a few lines: log-in, renewal, repeats, aborts, and what errors say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Reply, type TinyService, tinyService } from '../../test/support/tiny-service.ts';
import { AlchemiscaleError } from '../domain/errors.ts';
import { USER_ENDPOINTS } from '../wire/user.ts';
import { AlchemiscaleClientError, AlchemiscaleConnectionError } from './errors.ts';
import { Transport, type TransportOptions } from './http.ts';

const { getInfo, getNetworkStatus, setTasksPriority, getTasksPriority, queryTasks, ping } = USER_ENDPOINTS;
const NETWORK = 'AlchemicalNetwork-7d856d3dcfd3bf2286e9ad739a9359b6-org-campaign-project';

/** A transport that never really waits; the waits it asked for are in `sleptMs`. */
function transportTo(service: TinyService, options: Partial<TransportOptions> = {}) {
  const sleptMs: number[] = [];
  const transport = new Transport({
    apiUrl: service.url,
    identifier: 'ada',
    key: 'secret & long',
    random: () => 0.5,
    sleep: async ms => {
      sleptMs.push(ms);
    },
    ...options,
  });
  return { transport, sleptMs };
}

test('logs in on first use, with a form, and keeps the token', async () => {
  await using service = await tinyService(() => ({ json: { message: 'hello' } }));
  const { transport } = transportTo(service);
  assert.deepEqual(service.logIns, []);
  assert.deepEqual(await transport.call(getInfo, {}), { message: 'hello' });
  await transport.call(getInfo, {});
  assert.deepEqual(service.logIns, ['username=ada&password=secret+%26+long']);
  assert.equal(service.requests[0]?.headers.authorization, 'Bearer token-1');
});

test('whoever wants to know is told before each repeat why it comes', async () => {
  let left = 2;
  await using service = await tinyService(() => (left-- > 0 ? { status: 503 } : { json: {} }));
  const told: string[] = [];
  const { transport, sleptMs } = transportTo(service, {
    onRetry: ({ message }) => told.push(`${sleptMs.length}: ${message}`),
  });
  await transport.call(getInfo, {});
  assert.equal(told.length, 2);
  assert.match(told[0] ?? '', /^0: GET http:\S+ was answered 503/);
  assert.match(told[1] ?? '', /^1: .* \(2 attempts\)$/);
  const absent = await tinyService(() => ({}));
  await absent[Symbol.asyncDispose]();
  const gone = transportTo(absent, {
    maxRetries: 1,
    onRetry: ({ message }) => told.push(message),
  });
  await assert.rejects(gone.transport.call(getInfo, {}), AlchemiscaleConnectionError);
  assert.match(told[2] ?? '', /^POST http:\S+\/token got no answer: /);
  assert.equal(told.length, 3, 'not before it gives up');
});

test('an open route needs no log-in', async () => {
  await using service = await tinyService(() => ({}));
  const { transport } = transportTo(service, { maxRetries: 0 });
  await assert.rejects(transport.call(ping, {}), AlchemiscaleClientError);
  assert.equal(service.logIns.length, 0);
  assert.equal(service.requests[0]?.headers.authorization, undefined);
});

test('a hundred calls at once make one log-in, and one more when the token has expired', async () => {
  await using service = await tinyService(() => ({ json: { waiting: 1 } }));
  const { transport } = transportTo(service);
  const burst = () =>
    Promise.all(
      Array.from({ length: 100 }, () => transport.call(getNetworkStatus, { params: { network: NETWORK } })),
    );
  assert.equal((await burst()).length, 100);
  assert.equal(service.logIns.length, 1);
  service.expireTokens();
  assert.deepEqual((await burst())[99], { waiting: 1 });
  assert.equal(service.logIns.length, 2);
});

test('a second 401 is thrown, after one renewal', async () => {
  const detail = "Targeted scope 'a-b-c' not accessible via scopes for this identity: ['x-y-z'].";
  await using service = await tinyService(() => ({ status: 401, json: { detail } }));
  const { transport, sleptMs } = transportTo(service);
  await assert.rejects(transport.call(getInfo, {}), (error: AlchemiscaleClientError) => {
    assert.ok(error instanceof AlchemiscaleClientError);
    assert.equal(error.status, 401);
    assert.equal(error.detail, detail);
    assert.equal(error.message, `GET ${service.url}/info was answered 401 Unauthorized: ${detail}`);
    return true;
  });
  assert.equal(service.requests.length, 2);
  assert.equal(service.logIns.length, 2);
  assert.deepEqual(sleptMs, []);
});

test('a wrong key is told at once, to everyone who waits, and the next call tries again', async () => {
  let wrong = true;
  const refusal: Reply = { status: 401, json: { detail: 'Incorrect identity or key' } };
  await using service = await tinyService(
    () => ({ json: { message: 'in' } }),
    () => (wrong ? refusal : null),
  );
  const { transport } = transportTo(service);
  const both = await Promise.allSettled([transport.call(getInfo, {}), transport.call(getInfo, {})]);
  for (const one of both) {
    assert.equal(one.status, 'rejected');
    assert.equal(
      one.reason.message,
      `POST ${service.url}/token was answered 401 Unauthorized: Incorrect identity or key`,
    );
  }
  assert.equal(service.logIns.length, 1);
  assert.equal(service.requests.length, 0);
  wrong = false;
  assert.deepEqual(await transport.call(getInfo, {}), { message: 'in' });
});

test('404, 502, 503, 504 and a broken connection are waited out', async () => {
  const replies: Reply[] = [
    { status: 404 },
    { status: 502, body: '<html>bad gateway</html>' },
    { hangUp: true },
    { status: 503 },
    { status: 504 },
  ];
  await using service = await tinyService((_, count) => replies[count - 1] ?? { json: { message: 'back' } });
  const { transport, sleptMs } = transportTo(service);
  assert.deepEqual(await transport.call(getInfo, {}), { message: 'back' });
  assert.deepEqual(sleptMs, [3000, 5000, 9000, 17000, 33000]);
  assert.equal(service.logIns.length, 1);
});

test('an outage that lasts is the client error after the last repeat', async () => {
  await using service = await tinyService(() => ({ status: 503, json: { detail: 'state store' } }));
  const { transport, sleptMs } = transportTo(service, { maxRetries: 2, retryMaxSeconds: 3 });
  await assert.rejects(transport.call(getInfo, {}), {
    name: 'AlchemiscaleClientError',
    status: 503,
    attempts: 3,
    message: `GET ${service.url}/info was answered 503 Service Unavailable: state store (3 attempts)`,
  });
  assert.deepEqual(sleptMs, [3000, 4000]);
});

test('maxRetries -1 goes on for ever', async () => {
  await using service = await tinyService((_, count) =>
    count <= 30 ? { status: 503 } : { json: { message: '!' } },
  );
  const { transport, sleptMs } = transportTo(service, { maxRetries: -1 });
  assert.deepEqual(await transport.call(getInfo, {}), { message: '!' });
  assert.equal(sleptMs.length, 30);
  assert.equal(sleptMs.at(-1), 61_000);
});

test('all other statuses are thrown at once, with the words of the service', async () => {
  const unvalidated = [{ type: 'missing', loc: ['body', 'tasks'], msg: 'Field required', input: {} }];
  const replies: Reply[] = [
    { status: 400, json: { detail: "'No such object in database'" } },
    { status: 422, json: { detail: unvalidated } },
    { status: 429, json: { detail: 'later' } },
    { status: 500, body: 'Internal Server Error' },
  ];
  await using service = await tinyService((_, count) => replies[count - 1] ?? {});
  const { transport, sleptMs } = transportTo(service);
  const messages: string[] = [];
  for (const _ of replies) {
    await transport.call(getInfo, {}).catch((error: AlchemiscaleClientError) => messages.push(error.detail));
  }
  assert.deepEqual(messages, [
    "'No such object in database'",
    'body.tasks: Field required',
    'later',
    'Internal Server Error',
  ]);
  assert.deepEqual(sleptMs, []);
});

test('a port that fetch leaves out is not tried again', async () => {
  await using service = await tinyService(() => ({}));
  const { transport, sleptMs } = transportTo({ ...service, url: 'http://127.0.0.1:6000' });
  await assert.rejects(transport.call(getInfo, {}), {
    name: 'AlchemiscaleConnectionError',
    message: /got no answer: fetch connects to no port of this number, which is kept for other uses$/,
  });
  assert.deepEqual(sleptMs, []);
});

test('nobody listening is a connection error that says so', async () => {
  const service = await tinyService(() => ({}));
  await service[Symbol.asyncDispose]();
  const { transport, sleptMs } = transportTo(service, { maxRetries: 1 });
  await assert.rejects(transport.call(getInfo, {}), (error: AlchemiscaleConnectionError) => {
    assert.ok(error instanceof AlchemiscaleConnectionError);
    assert.equal(error.attempts, 2);
    assert.match(
      error.message,
      /^POST http:\S+\/token got no answer: connect ECONNREFUSED \S+ \(2 attempts\)$/,
    );
    return true;
  });
  // The log-in has its own repeats; the call around it does not multiply them.
  assert.deepEqual(sleptMs, [3000]);
});

test('an answer that is no JSON is told as such', async () => {
  await using service = await tinyService(() => ({ body: '<html>hello</html>' }));
  const { transport } = transportTo(service);
  await assert.rejects(
    transport.call(getInfo, {}),
    /not what an alchemiscale service sends \(<html>hello<\/html>\)/,
  );
});

test('aborting stops a request under way, a wait, and what has not begun', async () => {
  const release = Promise.withResolvers<Reply>();
  await using service = await tinyService(() => release.promise);
  const { transport } = transportTo(service);
  const during = new AbortController();
  const pending = transport.call(getInfo, { signal: during.signal });
  setTimeout(() => during.abort(new Error('enough')), 20);
  await assert.rejects(pending, /^Error: enough$/);
  release.resolve({ status: 503 });

  const waiting = new AbortController();
  const { transport: patient } = transportTo(service, {
    sleep: async (_, signal) => {
      waiting.abort(new Error('too long'));
      signal?.throwIfAborted();
    },
  });
  await assert.rejects(patient.call(getInfo, { signal: waiting.signal }), /^Error: too long$/);

  const before = service.requests.length;
  await assert.rejects(
    transport.call(getInfo, { signal: AbortSignal.abort(new Error('never')) }),
    /^Error: never$/,
  );
  assert.equal(service.requests.length, before);
});

test('one caller that gives up does not stop the log-in of the others', async () => {
  const opened = Promise.withResolvers<void>();
  await using service = await tinyService(
    () => ({ json: { message: 'in' } }),
    async () => {
      await opened.promise;
      return null;
    },
  );
  const { transport } = transportTo(service);
  const controller = new AbortController();
  const impatient = transport.call(getInfo, { signal: controller.signal });
  const patient = transport.call(getInfo, {});
  controller.abort(new Error('bye'));
  await assert.rejects(impatient, /bye/);
  opened.resolve();
  assert.deepEqual(await patient, { message: 'in' });
  assert.equal(service.logIns.length, 1);
});

test('a time limit counts as no answer', async () => {
  const release = Promise.withResolvers<Reply>();
  await using service = await tinyService((_, count) =>
    count === 1 ? release.promise : { json: { message: 'ok' } },
  );
  const { transport, sleptMs } = transportTo(service, { timeoutMs: 50 });
  assert.deepEqual(await transport.call(getInfo, {}), { message: 'ok' });
  assert.deepEqual(sleptMs, [3000]);
  release.resolve({});
});

test('integers beyond 2^53 keep their value both ways', async () => {
  await using service = await tinyService(() => ({
    body: '[9223372036854775807, 10, null, 9007199254740993]',
  }));
  const { transport } = transportTo(service);
  const priorities = await transport.call(getTasksPriority, { body: { tasks: [] } });
  assert.deepEqual(priorities, [9223372036854775807n, 10, null, 9007199254740993n]);
  await transport.call(setTasksPriority, { body: { tasks: [], priority: 2n ** 63n - 1n } });
  assert.equal(service.requests[1]?.text, '{"tasks":[],"priority":9223372036854775807}');
  assert.equal(service.requests[1]?.headers['content-type'], 'application/json');
});

test('absent query parameters are left out, and a path in the URL is ignored', async () => {
  await using service = await tinyService(() => ({ json: [] }));
  const { transport } = transportTo(service, { apiUrl: `${service.url}/some/where/` });
  await transport.call(queryTasks, { query: { org: 'a', campaign: undefined, status: 'waiting' } });
  assert.equal(service.requests[0]?.url, '/tasks?org=a&status=waiting');
});

test('options that cannot work are refused before anything is sent', () => {
  const options = { apiUrl: 'http://localhost:1840', identifier: 'ada', key: 'k' };
  for (const wrong of [
    { apiUrl: 'localhost:1840' },
    { apiUrl: 'ftp://host' },
    { maxRetries: -2 },
    { retryBaseSeconds: 1 },
    { retryMaxSeconds: Number.NaN },
  ]) {
    assert.throws(() => new Transport({ ...options, ...wrong }), AlchemiscaleError, JSON.stringify(wrong));
  }
});
