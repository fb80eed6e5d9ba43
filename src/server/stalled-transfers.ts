// Clients that send their request, or take its answer, ever more slowly: each would hold a connection and memory for as
// long as it likes. A limit on the whole request would cut long uploads over slow lines, so what is asked for is a pace,
// and only while it is the client that is waited for.
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

/** Networks fail for a minute and come back; nobody is on a line that carries less than 0.5 KiB/s. */
const WINDOW_MS = 120_000;
const MIN_BYTES = 64 * 1024;
const LOOKS_PER_WINDOW = 4;

interface Transfer {
  readonly request: FastifyRequest;
  /** When its window began, and how many bytes had moved by then. */
  since: number;
  bytes: number;
}

/** Cuts connections on which less than `MIN_BYTES` moved in a window, though the client had to send or to take. */
export function cutStalledTransfers(app: FastifyInstance, logger: Logger, windowMs = WINDOW_MS): void {
  const transfers = new Map<string, Transfer>();
  app.addHook('onRequest', async request => {
    transfers.set(request.id, { request, since: performance.now(), bytes: moved(request.raw.socket) });
  });
  const forget = async (request: FastifyRequest): Promise<void> => void transfers.delete(request.id);
  app.addHook('onResponse', forget);

  const look = (): void => {
    const now = performance.now();
    for (const transfer of transfers.values()) {
      const { raw, ip } = transfer.request;
      const bytes = moved(raw.socket);
      const isOver = now - transfer.since >= windowMs;
      if (isWaitedFor(transfer.request) && isOver && bytes - transfer.bytes < MIN_BYTES) {
        // Not left to the answer's end: on a busy machine that comes after the next look, which would tell of it again.
        transfers.delete(transfer.request.id);
        logger.info({ address: ip }, 'cut a connection on which next to nothing moved');
        raw.socket.destroy();
      } else if (isOver || !isWaitedFor(transfer.request)) {
        transfer.since = now;
        transfer.bytes = bytes;
      }
    }
  };
  const timer = setInterval(look, windowMs / LOOKS_PER_WINDOW).unref();
  app.addHook('onClose', async () => clearInterval(timer));
}

/** False while the service itself is at work: what came has not been read yet, or there is nothing to take yet. */
function isWaitedFor({ raw }: FastifyRequest): boolean {
  const isSending = !raw.complete && raw.readableLength === 0;
  return isSending || raw.socket.writableLength > 0;
}

function moved(socket: Socket): number {
  return socket.bytesRead + socket.bytesWritten - socket.writableLength;
}
