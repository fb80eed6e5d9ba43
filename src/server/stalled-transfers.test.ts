import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { cutStalledTransfers } from './stalled-transfers.ts';

const WINDOW_MS = 200;
const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n';

/** A service that reads whole bodies, thinks for three windows at /slow, and answers much at /large. */
async function start(t: TestContext, log: string[] = []): Promise<FastifyInstance> {
  // Whatever fails, nothing may keep this process alive: not the service, nor a connection to it.
  const app = Fastify({ forceCloseConnections: true });
  t.after(() => app.close());
  app.addContentTypeParser('*', (_, payload, done) => done(null, payload));
  cutStalledTransfers(app, pino({ level: 'info' }, { write: line => log.push(line) }), WINDOW_MS);
  app.post('/', async ({ raw }) => {
    let bytes = 0;
    for await (const chunk of raw) bytes += (chunk as Buffer).length;
    return { bytes };
  });
  app.get('/slow', () => setTimeout(3 * WINDOW_MS, { slow: true }));
  app.get('/large', async () => Buffer.alloc(64 * 1024 * 1024));
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app;
}

async function open(app: FastifyInstance): Promise<Socket> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Unlike `once(socket, 'close')` no failure where the socket learns of its end by an error. */
function closed(socket: Socket): Promise<void> {
  return new Promise(resolve => socket.once('close', () => resolve()));
}

describe('a connection is cut', () => {
  it('when a body stops, or only drips', async t => {
    const log: string[] = [];
    const app = await start(t, log);
    const [stopped, dripping] = [await open(app), await open(app)];
    for (const socket of [stopped, dripping]) socket.resume().write(HEAD);
    const drip = setInterval(() => dripping.write('x'), 20);
    t.after(() => clearInterval(drip));
    const begin = performance.now();
    await Promise.all([closed(stopped), closed(dripping)]);
    assert.ok(performance.now() - begin >= WINDOW_MS);
    assert.equal(log.length, 2, log.join(''));
  });

  it('when an answer is not taken', async t => {
    const log: string[] = [];
    const app = await start(t, log);
    const socket = await open(app);
    socket.pause().write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n');
    for (let i = 0; i < 200 && log.length === 0; i++) await setTimeout(20);
    assert.match(log.join(''), /next to nothing moved/);
  });
});

describe('a connection is kept', () => {
  it('while the body comes at a fair pace, for longer than a window', async t => {
    const app = await start(t);
    const socket = await open(app);
    socket.write(HEAD);
    for (let i = 0; i < 10; i++) {
      socket.write('x'.repeat(100_000));
      await setTimeout(WINDOW_MS / 4);
    }
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /\{"bytes":1000000\}/);
  });

  it('while the service thinks, and between requests', async t => {
    const log: string[] = [];
    const app = await start(t, log);
    const socket = await open(app);
    for (let i = 0; i < 2; i++) {
      socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
      const [answer] = await once(socket, 'data');
      assert.match(String(answer), /200 OK/);
      await setTimeout(2 * WINDOW_MS);
    }
    assert.deepEqual(log, []);
  });
});
