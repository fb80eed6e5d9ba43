// A service on a port: the sentence for each way that can fail, and an end that comes even if a client holds on.
import type { FastifyInstance } from 'fastify';
import { AlchemiscaleError } from '../domain/errors.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The flag that chooses another port, for the refusal. */
  readonly portFlag: string;
}

/** Listens; gives the address under which this machine reaches the service. */
export async function listen(app: FastifyInstance, options: ListenOptions): Promise<string> {
  const { host, port } = options;
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw refusal(error, options) ?? error;
  }
  const address = app.server.address();
  return urlOf(host, typeof address === 'object' && address !== null ? address.port : port);
}

/** Ends at once: whoever is being answered is cut off. */
export async function closeAtOnce(app: FastifyInstance): Promise<void> {
  const closed = app.close();
  app.server.closeAllConnections();
  await closed;
}

/** An address that means every interface cannot be called; this machine's own can. */
function urlOf(host: string, port: number): string {
  const callable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${callable.includes(':') ? `[${callable}]` : callable}:${port}`;
}

function refusal(error: unknown, { host, port, portFlag }: ListenOptions): AlchemiscaleError | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} on ${host} is in use: stop the other program, or choose another with ${portFlag}`,
    EACCES: `port ${port} may be opened by an administrator only: choose one above 1023 with ${portFlag}`,
    EADDRNOTAVAIL: `${host} is no address of this machine: choose another with --host`,
    ENOTFOUND: `there is no host named ${host}: choose another with --host`,
  };
  const sentence = typeof code === 'string' ? why[code] : undefined;
  return sentence === undefined
    ? null
    : new AlchemiscaleError('STORE_UNAVAILABLE', sentence, { cause: error });
}
