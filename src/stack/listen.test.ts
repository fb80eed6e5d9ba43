import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import fastify, { type FastifyInstance } from 'fastify';
import { closeAtOnce, listen } from './listen.ts';

function app(t: { after(fn: () => Promise<void>): void }): FastifyInstance {
  const made = fastify();
  t.after(() => closeAtOnce(made));
  return made;
}

test('gives the address under which this machine reaches it', async t => {
  const [all, one] = [app(t), app(t)];
  assert.match(
    await listen(all, { host: '0.0.0.0', port: 0, portFlag: '--port' }),
    /^http:\/\/127\.0\.0\.1:\d+$/,
  );
  const url = await listen(one, { host: '127.0.0.1', port: 0, portFlag: '--port' });
  assert.equal((await fetch(url)).status, 404);
});

test('each way to fail has its sentence', async t => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  t.after(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const fails = (host: string, taken: number, message: RegExp) =>
    assert.rejects(listen(app(t), { host, port: taken, portFlag: '--user-port' }), {
      name: 'AlchemiscaleError',
      message,
    });
  await fails(
    '127.0.0.1',
    port,
    /^port \d+ on 127\.0\.0\.1 is in use: stop .*, or choose another with --user-port$/,
  );
  await fails('192.0.2.1', 0, /^192\.0\.2\.1 is no address of this machine: choose another with --host$/);
});
