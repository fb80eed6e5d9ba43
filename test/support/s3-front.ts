// An S3 server that answers some requests otherwise than the one behind it, to which all others go on.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, request as send } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** An error as S3 words it. */
export interface S3Refusal {
  readonly status: number;
  readonly code: string;
}

export interface S3Front extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
}

/** Forwards to `port` of 127.0.0.1 what `refuse` gives no answer for. With a certificate it speaks TLS. */
export async function startS3Front(
  port: number,
  refuse: (request: IncomingMessage) => S3Refusal | null,
  tls: { readonly cert: string; readonly key: string } | null = null,
): Promise<S3Front> {
  const listener: RequestListener = (request, response) => {
    const refusal = refuse(request);
    if (refusal !== null) {
      request.resume().on('end', () => {
        const body = `<?xml version="1.0"?><Error><Code>${refusal.code}</Code><Message>no</Message></Error>`;
        response.writeHead(refusal.status, { 'content-type': 'application/xml' }).end(body);
      });
      return;
    }
    // With the host that was asked for: it is signed.
    const { method, url: path, headers } = request;
    const onward = send({ host: '127.0.0.1', port, method, path, headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  };
  const server = tls === null ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
