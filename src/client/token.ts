// The bearer token of one client: fetched on first use, renewed when the service no longer takes it, and one log-in
// for all that wait. Logging in costs the service a bcrypt check (a quarter of a second), so a thousand calls
// that find their token expired at the same moment must make one request, not a thousand.

interface PendingLogIn {
  readonly token: Promise<string>;
  readonly abort: AbortController;
  waiters: number;
}

export class TokenSource {
  readonly #logIn: (signal: AbortSignal) => Promise<string>;
  #token: string | null = null;
  #pending: PendingLogIn | null = null;

  constructor(logIn: (signal: AbortSignal) => Promise<string>) {
    this.#logIn = logIn;
  }

  /** The token at hand, or a new one. */
  async get(signal?: AbortSignal): Promise<string> {
    return this.#token ?? (await this.#join(signal));
  }

  /** A token other than `stale`, which the service refused. */
  async renew(stale: string, signal?: AbortSignal): Promise<string> {
    if (this.#token === stale) this.#token = null;
    return await this.get(signal);
  }

  /** Waits for the log-in under way. It is not stopped because one waiter gives up, only when the last one does. */
  async #join(signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted();
    const pending = (this.#pending ??= this.#start());
    pending.waiters += 1;
    try {
      return await orAborted(pending.token, signal);
    } finally {
      pending.waiters -= 1;
      if (pending.waiters === 0) {
        if (this.#pending === pending) this.#pending = null;
        pending.abort.abort();
      }
    }
  }

  #start(): PendingLogIn {
    const abort = new AbortController();
    const token = this.#logIn(abort.signal).then(text => {
      this.#token = text;
      return text;
    });
    // Every waiter sees a failure itself; when all have left there is nobody to tell.
    token.catch(() => {});
    return { token, abort, waiters: 0 };
  }
}

function orAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
