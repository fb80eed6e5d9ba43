// Connections on their way to a worker. Node's cluster hands each over and forgets it until the worker says that it has it: of
// a worker that dies in between, a connection would stay open and unanswered for as long as its client waits, which may be for
// ever. Here such connections are closed when the worker ends, so that clients try again.
//
// Nothing public tells of them, so the messages by which they are handed over are looked at: act 'newconn' with a number, and
// the answer with that number (https://github.com/nodejs/node/tree/main/lib/internal/cluster). Were they to change, connections
// would be lost as before, and test/e2e/workers.test.ts would tell.
import type { ChildProcess } from 'node:child_process';
import type { Worker } from 'node:cluster';

/** What is handed over: a socket of Node's inside. */
interface Handle {
  close(): void;
}

interface ClusterMessage {
  readonly act?: string;
  readonly seq?: number;
  readonly ack?: number;
}

/** Closes, when the worker ends, what was handed to it and never taken. */
export function closeUntaken(worker: Worker): void {
  const { process } = worker;
  const underway = new Map<number, Handle>();
  const send: (...args: readonly unknown[]) => boolean = process.send.bind(process) as never;
  const watched = (message: ClusterMessage, handle?: Handle, ...rest: readonly unknown[]): boolean => {
    if (message.act === 'newconn' && message.seq !== undefined && handle) underway.set(message.seq, handle);
    return send(message, handle, ...rest);
  };
  Object.assign(process, { send: watched } as unknown as Pick<ChildProcess, 'send'>);
  process.on('internalMessage', ({ ack }: ClusterMessage) => {
    if (ack !== undefined) underway.delete(ack);
  });
  worker.on('exit', () => {
    for (const handle of underway.values()) handle.close();
    underway.clear();
  });
}
