// What only a real socket shows: bodies in many pieces, clients that leave, answers that come before the body is read.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { claimedTask, resultFixture, type Server, startServer, submit } from './setup.ts';

describe('over a socket', () => {
  let server: Server;
  let task: string;
  let port: number;
  let authorization: string;
  const ends: string[] = [];
  before(async () => {
    server = await startServer({ limits: { resultBytes: 1_000_000 } });
    ({ task } = await claimedTask(server, await submit(server, 'one')));
    await server.compute.listen({ port: 0, host: '127.0.0.1' });
    port = (server.compute.server.address() as AddressInfo).port;
    authorization = `Bearer ${await server.token('compute')}`;
    const create = server.objects.createUpload;
    Object.assign(server.objects, {
      createUpload: async () => {
        const upload = await create();
        return {
          ...upload,
          commit: (location: string) => upload.commit(location).then(() => void ends.push('commit')),
          abort: () => upload.abort().then(() => void ends.push('abort')),
        };
      },
    });
  });
  after(() => server[Symbol.asyncDispose]());

  /** Sends the pieces one after another; null when the client leaves after them. */
  function push(
    pieces: Iterable<Uint8Array | string>,
    leaves = false,
  ): Promise<{ status: number; body: string } | null> {
    return new Promise((resolve, reject) => {
      const options = {
        port,
        method: 'POST',
        path: `/tasks/${task}/results`,
        headers: { authorization, 'content-type': 'application/json' },
      };
      const sent = request(options, async answer => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of answer) chunks.push(chunk as Uint8Array);
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      });
      sent.on('error', error => (leaves ? resolve(null) : reject(error)));
      void (async () => {
        for (const piece of pieces) sent.write(piece);
        if (!leaves) sent.end();
        else await setTimeout(200).then(() => sent.destroy());
      })();
    });
  }

  it('a client that leaves in the middle of a push leaves nothing behind', async () => {
    const text = gunzipSync(resultFixture('dummy_ok.upload.json.gzip'));
    const from = server.log.length;
    assert.equal(await push([text.subarray(0, 8000)], true), null);
    for (let i = 0; i < 100 && ends.length === 0; i++) await setTimeout(20);
    assert.deepEqual(ends.splice(0), ['abort']);
    assert.deepEqual(await all(server), []);
    const levels = server.log.slice(from).map(line => (JSON.parse(line) as { level: number }).level);
    assert.ok(
      levels.every(level => level < 50),
      'no error in the log: it is not the server’s',
    );
  });

  it('a push may come in pieces of one byte', async () => {
    const text = gunzipSync(resultFixture('nodeps_ok.upload.json.gzip'));
    const answer = await push(Array.from(text, byte => Uint8Array.of(byte)));
    assert.equal(answer?.status, 200, answer?.body);
    assert.deepEqual(ends.splice(0), ['commit', 'abort']);
    assert.equal((await all(server)).length, 1);
  });

  it('a push that is too large is answered while it still comes in', async () => {
    const text = JSON.stringify(randomBytes(4_000_000).toString('base64'));
    function* pieces(): Generator<string> {
      yield '{"compute_service_id": null, "other": ';
      yield text;
      yield ', "protocoldagresult": {"latin-1": ""}}';
    }
    const answer = await push(pieces());
    assert.equal(answer?.status, 400, answer?.body);
    const large = await push([`{"protocoldagresult": {"latin-1": "(µ/ý`, 'x'.repeat(5_000_000), '"}}']);
    assert.ok(large !== null && large.status >= 400 && large.status < 500, JSON.stringify(large));
    const again = await push([gunzipSync(resultFixture('nodeps_ok.upload.json.gzip'))]);
    assert.equal(again?.status, 200, 'and the connection goes on');
    assert.equal((await all(server)).length, 1);
  });
});

async function all(server: Server): Promise<string[]> {
  const locations: string[] = [];
  for await (const location of server.objects.list('')) locations.push(location);
  return locations;
}
