// A service of a few lines for the clients' unit tests: it keeps what it was sent and answers what the test says.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface Received {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The bytes on the wire. */
  readonly raw: Buffer;
  /** The body as text, after decompression. */
  readonly text: string;
}

export interface Reply {
  readonly status?: number;
  /** Sent as JSON text; absent means `null`. */
  readonly json?: unknown;
  /** Sent as it is, in place of `json`. */
  readonly body?: string | Uint8Array;
  /** Ends the connection without an answer. */
  readonly hangUp?: boolean;
}

export interface TinyService extends AsyncDisposable {
  readonly url: string;
  /** Everything that came but log-ins. */
  readonly requests: readonly Received[];
  /** The bodies of the log-ins. */
  readonly logIns: readonly string[];
  /** Makes all tokens given so far invalid. */
  expireTokens(): void;
}

/** Starts on a free port. A request without the newest token gets 401; `answer` is asked about all others. */
export async function tinyService(
  answer: (request: Received, count: number) => Reply | Promise<Reply>,
  onLogIn: (count: number) => Reply | null | Promise<Reply | null> = () => null,
): Promise<TinyService> {
  const requests: Received[] = [];
  const logIns: string[] = [];
  let token: string | null = null;
  let tokens = 0;

  async function reply(request: Received): Promise<Reply> {
    if (request.url === '/token') {
      logIns.push(request.text);
      const refusal = await onLogIn(logIns.length);
      if (refusal !== null) return refusal;
      token ??= `token-${(tokens += 1)}`;
      return { json: { access_token: token, token_type: 'bearer' } };
    }
    requests.push(request);
    if (request.headers.authorization !== `Bearer ${token}`) {
      return { status: 401, json: { detail: 'Could not validate credentials' } };
    }
    return await answer(request, requests.length);
  }

  const server = createServer(async (incoming, outgoing) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const raw = Buffer.concat(parts);
    const { method = '', url = '', headers } = incoming;
    const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString('utf8');
    const { status = 200, json = null, body, hangUp } = await reply({ method, url, headers, raw, text });
    if (hangUp) return incoming.socket.destroy();
    outgoing.writeHead(status, { 'Content-Type': 'application/json' }).end(body ?? JSON.stringify(json));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    logIns,
    expireTokens: () => {
      token = null;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
