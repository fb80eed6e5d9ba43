// Requests that want the same thing are served together: those that come while one batch is under way make up the next.
// Nobody waits for others to come, and what serving costs is paid once a batch.

/** Serves requests in batches of one name, each answered in its place; an error is everybody's in the batch. */
export type Batches<Request, Answer> = (name: string, request: Request) => Promise<Answer>;

/** How much goes into a batch. */
export interface BatchLimit<Request> {
  readonly most: number;
  /** What a request counts; one that is larger than all a batch may hold has a batch of its own. */
  readonly sizeOf: (request: Request) => number;
}

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** `serve` gets requests of one name, one batch after another, in the order in which they came. */
export function inBatches<Request, Answer>(
  limit: BatchLimit<Request>,
  serve: (requests: readonly Request[]) => Promise<readonly Answer[]>,
): Batches<Request, Answer> {
  // A name is here while its requests are being served.
  const queues = new Map<string, Waiting<Request, Answer>[]>();

  const serveAll = async (name: string, queue: Waiting<Request, Answer>[]): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.splice(0, fitting(queue, limit));
      try {
        const answers = await serve(batch.map(({ request }) => request));
        for (const [place, { resolve }] of batch.entries()) resolve(answers[place] as Answer);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    queues.delete(name);
  };

  return (name, request) =>
    new Promise((resolve, reject) => {
      const waiting = { request, resolve, reject };
      const queue = queues.get(name);
      if (queue !== undefined) {
        queue.push(waiting);
        return;
      }
      const fresh = [waiting];
      queues.set(name, fresh);
      void serveAll(name, fresh);
    });
}

/** How many of those that wait make up a batch; at least one. */
function fitting<Request>(
  queue: readonly { readonly request: Request }[],
  { most, sizeOf }: BatchLimit<Request>,
): number {
  let size = 0;
  const first = queue.findIndex(({ request }) => {
    size += sizeOf(request);
    return size > most;
  });
  return first === -1 ? queue.length : Math.max(1, first);
}
