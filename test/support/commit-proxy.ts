// A connection that breaks at a commit: before the server hears of it, or before the client hears of its success.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What a proxy does with the first commit that it sees once it is armed. */
export type Accident = 'lose the question' | 'lose the answer';

export interface CommitProxy extends AsyncDisposable {
  readonly url: string;
  readonly arm: () => void;
  readonly hasHappened: () => boolean;
}

/** Passes bytes on to the server that the URL names, until the accident; a message with `commit` in it asks for the commit. */
export async function startCommitProxy(
  url: string,
  accident: Accident,
  commit: string | Buffer,
): Promise<CommitProxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let isArmed = false;
  const server = createServer(client => {
    const upstream = connect({ host: hostname, port: Number(port) });
    const both = [client, upstream];
    for (const socket of both) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        for (const other of both) other.destroy();
      });
    }
    upstream.pipe(client);
    client.on('data', (bytes: Buffer) => {
      if (!isArmed || !bytes.includes(commit)) return void upstream.write(bytes);
      isArmed = false;
      upstream.unpipe(client);
      if (accident === 'lose the question') client.destroy();
      else
        upstream
          .on('data', () => client.destroy())
          .resume()
          .write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxied = new URL(url);
  proxied.port = String((server.address() as AddressInfo).port);
  return {
    url: proxied.href,
    arm() {
      isArmed = true;
    },
    hasHappened: () => !isArmed,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
