// A connection that breaks when a test says so: forwards bytes between its port and another, and cuts where it is told.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { finished } from 'node:stream';

export interface TcpProxy extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
  /** How many connections it has cut. */
  readonly cuts: number;
  /** Cuts the connection on which so many bytes from now have gone up (to the server) or down; once. */
  cutAfter(bytes: number, way: 'up' | 'down'): void;
  /** From now on cuts every connection that carries more bytes up than this. */
  cutLongUploads(bytes: number): void;
  /** Cuts all connections that are open. */
  cutAll(): void;
}

/** Forwards to `port` of 127.0.0.1. */
export async function startTcpProxy(port: number): Promise<TcpProxy> {
  const open = new Set<Socket>();
  const left = { up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY };
  let longestUp = Number.POSITIVE_INFINITY;
  let cuts = 0;

  const server = createServer(client => {
    const upstream = connect({ host: '127.0.0.1', port });
    const cut = (): void => {
      cuts += 1;
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    };
    // While nobody listens there, the system may give the connection that very port, and it meets itself.
    upstream.once('connect', () => {
      if (upstream.localPort === port) cut();
    });
    let up = 0;
    const forward = (from: Socket, to: Socket, way: 'up' | 'down'): void => {
      open.add(from);
      from.on('data', chunk => {
        left[way] -= chunk.length;
        if (way === 'up') up += chunk.length;
        if (up > longestUp) return cut();
        if (left[way] <= 0) {
          left[way] = Number.POSITIVE_INFINITY;
          return cut();
        }
        if (!to.destroyed && !to.write(chunk)) from.pause();
      });
      to.on('drain', () => from.resume());
      from.on('end', () => to.end());
      from.on('error', () => {});
      finished(from, () => {
        open.delete(from);
        to.destroy();
      });
    };
    forward(client, upstream, 'up');
    forward(upstream, client, 'down');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const cutAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get cuts() {
      return cuts;
    },
    cutAfter: (bytes, way) => {
      left[way] = bytes;
    },
    cutLongUploads: bytes => {
      longestUp = bytes;
    },
    cutAll,
    async [Symbol.asyncDispose]() {
      server.close();
      cutAll();
      await once(server, 'close');
    },
  };
}
