// A server that stands before another: it passes requests on and keeps the answers, or answers at once with what it has kept. Calls
// against the second kind cost what the client itself costs. Answers are kept by method, path and body, the last one of each.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ReplayServer extends AsyncDisposable {
  readonly url: string;
}

/** Starts one before `target`. `POST /.mode/record` and `/.mode/replay` switch it; it records at first. */
export async function startReplayServer(target: string): Promise<ReplayServer> {
  const agent = new Agent({ keepAlive: true });
  const kept = new Map<string, Answer>();
  let isReplaying = false;

  async function answer(incoming: IncomingMessage): Promise<Answer> {
    const body = await readAll(incoming);
    const { method = 'GET', url = '/', headers } = incoming;
    if (url.startsWith('/.mode/')) {
      isReplaying = url.endsWith('/replay');
      return { status: 200, headers: {}, body: Buffer.from('null') };
    }
    const key = `${method} ${url} ${createHash('sha1').update(body).digest('hex')}`;
    const known = isReplaying ? kept.get(key) : undefined;
    if (known !== undefined) return known;
    if (isReplaying) return { status: 500, headers: {}, body: Buffer.from(`not recorded: ${key}`) };
    const found = await passOn(new URL(url, target), { method, headers, body, agent });
    kept.set(key, found);
    return found;
  }

  const server = createServer((incoming, outgoing) => {
    answer(incoming).then(
      found => send(outgoing, found),
      error => send(outgoing, { status: 500, headers: {}, body: Buffer.from(String(error)) }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface PassedOn {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly agent: Agent;
}

async function passOn(url: URL, { method, headers, body, agent }: PassedOn): Promise<Answer> {
  const outgoing = request(url, { method, headers: { ...headers, host: url.host }, agent });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: incoming.statusCode ?? 500, headers: incoming.headers, body: await readAll(incoming) };
}

function send(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  const { connection: _c, 'transfer-encoding': _t, 'keep-alive': _k, ...rest } = headers;
  outgoing.writeHead(status, { ...rest, 'content-length': body.length }).end(body);
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
