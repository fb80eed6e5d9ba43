// One call to a service: a row of the wire table with its parameters in, the parsed answer out. In between: log in on
// first use and once more on 401, repeat what may pass by itself, encode and decode.
//
//     call ── token ──> send ──┬─ 2xx ────────────> answer
//              ^               ├─ 401, first ─────> new token, send once more
//              └── log in      ├─ 404 502 503 504 ─> wait, send again (also: no answer at all)
//                              └─ all else ────────> AlchemiscaleClientError
//
// Repeats reach the service as new requests: a POST whose answer was lost may act twice, as in the original.
import { AlchemiscaleError } from '../domain/errors.ts';
import {
  type BodyOf,
  type Endpoint,
  type ParamsOf,
  pathOf,
  type QueryOf,
  type ResponseOf,
} from '../wire/endpoint.ts';
import { SERVICE_ENDPOINTS } from '../wire/service.ts';
import { type EncodedBody, fromJson, toJson } from './encode.ts';
import {
  AlchemiscaleClientError,
  AlchemiscaleConnectionError,
  detailOf,
  isForbiddenPort,
  type RequestFacts,
} from './errors.ts';
import {
  checkRetryPolicy,
  DEFAULT_RETRY_POLICY,
  isPassing,
  mayRetry,
  type RetryPolicy,
  retryDelaySeconds,
  sleep,
} from './retry.ts';
import { TokenSource } from './token.ts';

export interface TransportOptions extends Partial<RetryPolicy> {
  /** Where the service listens. As in the original any path in it is ignored: services answer at the root. */
  readonly apiUrl: string;
  readonly identifier: string;
  readonly key: string;
  /**
   * How long one request may take; a request that takes longer counts as unanswered. No limit by default, but Node's own
   * `fetch` gives up after five minutes without a byte.
   */
  readonly timeoutMs?: number;
  /** How many requests one method has under way at most; 16 by default. */
  readonly concurrency?: number;
  /** In place of the global `fetch`: for proxies, own certificates, tests. */
  readonly fetch?: typeof globalThis.fetch;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random?: () => number;
  /** Told, before each wait, why a request is going to be repeated. */
  readonly onRetry?: (error: AlchemiscaleClientError | AlchemiscaleConnectionError) => void;
}

/** What every method of a client takes in its options. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** What a call to `E` needs: parameters if its path has any, a body if it takes one. */
export type CallRequest<E extends Endpoint> = CallOptions &
  (keyof ParamsOf<E> extends never ? unknown : { readonly params: ParamsOf<E> }) &
  (E extends { readonly query: object } ? { readonly query?: Optional<QueryOf<E>> } : unknown) &
  (E extends { readonly body: object }
    ? { readonly body: BodyOf<E> } | { readonly encoded: EncodedBody }
    : unknown) & {
    /** Ask for an answer that is not compressed. Browsers ignore it. */
    readonly uncompressed?: boolean | undefined;
  };

/** The union of what a call may hold, as the untyped inside of the transport sees it. */
interface AnyRequest extends CallOptions {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly encoded?: EncodedBody;
  readonly uncompressed?: boolean | undefined;
}

interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly content?: EncodedBody['content'];
  readonly signal: AbortSignal | undefined;
}

interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** No answer came; a value, not a throw, so that it cannot be taken for the failure of a log-in within. */
interface Silence {
  readonly status: null;
  readonly cause: unknown;
}

/** The connection of one identity to one service. */
export class Transport {
  readonly identifier: string;
  readonly concurrency: number;
  /** The address of the service, without a path. */
  readonly origin: string;
  readonly #key: string;
  readonly #policy: RetryPolicy;
  readonly #timeoutMs: number | null;
  readonly #fetch: typeof globalThis.fetch;
  readonly #sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly #random: () => number;
  readonly #onRetry: NonNullable<TransportOptions['onRetry']>;
  readonly #tokens: TokenSource;

  /** Nothing is sent until the first call. Throws BAD_REQUEST for options that cannot work. */
  constructor(options: TransportOptions) {
    this.origin = checkedUrl(options.apiUrl);
    this.identifier = options.identifier;
    this.concurrency = options.concurrency ?? 16;
    this.#key = options.key;
    this.#policy = {
      maxRetries: options.maxRetries ?? DEFAULT_RETRY_POLICY.maxRetries,
      retryBaseSeconds: options.retryBaseSeconds ?? DEFAULT_RETRY_POLICY.retryBaseSeconds,
      retryMaxSeconds: options.retryMaxSeconds ?? DEFAULT_RETRY_POLICY.retryMaxSeconds,
    };
    checkRetryPolicy(this.#policy);
    this.#timeoutMs = options.timeoutMs ?? null;
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#sleep = options.sleep ?? sleep;
    this.#random = options.random ?? Math.random;
    this.#onRetry = options.onRetry ?? (() => {});
    this.#tokens = new TokenSource(signal => this.#logIn(signal));
  }

  /** Calls an endpoint and reads the answer. */
  async call<E extends Endpoint>(endpoint: E, request: CallRequest<E>): Promise<ResponseOf<E>> {
    const outgoing = this.#outgoing(endpoint, request);
    return readJson(outgoing, await this.#exchange(outgoing, endpoint.rule !== 'open')) as ResponseOf<E>;
  }

  /** Calls an endpoint and gives the answer as the bytes that came: gufe's numbers must keep their spelling. */
  async bytes<E extends Endpoint>(endpoint: E, request: CallRequest<E>): Promise<Uint8Array<ArrayBuffer>> {
    const outgoing = this.#outgoing(endpoint, request);
    return (await this.#exchange(outgoing, endpoint.rule !== 'open')).bytes;
  }

  async #logIn(signal: AbortSignal): Promise<string> {
    const { method, path } = SERVICE_ENDPOINTS.token;
    const form = new URLSearchParams({ username: this.identifier, password: this.#key });
    const outgoing: Outgoing = {
      method,
      url: this.origin + path,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      content: new TextEncoder().encode(form.toString()),
      signal,
    };
    const answer = readJson(outgoing, await this.#exchange(outgoing, false));
    const token = (answer as { access_token?: unknown } | null)?.access_token;
    if (typeof token === 'string') return token;
    throw unreadable(outgoing, 'a token was expected');
  }

  #outgoing(endpoint: Endpoint, request: AnyRequest): Outgoing {
    const headers: Record<string, string> = {};
    let content = request.encoded?.content;
    if (endpoint.body !== undefined) {
      headers['Content-Type'] = 'application/json';
      content ??= new TextEncoder().encode(toJson(request.body));
    }
    if (request.encoded?.contentEncoding) headers['Content-Encoding'] = request.encoded.contentEncoding;
    if (request.uncompressed) headers['Accept-Encoding'] = 'identity';
    const url = this.origin + pathOf(endpoint, request.params ?? {}) + queryText(request.query ?? {});
    const { signal } = request;
    return content === undefined
      ? { method: endpoint.method, url, headers, signal }
      : { method: endpoint.method, url, headers, content, signal };
  }

  /** Sends until there is an answer that will stay; throws unless it is a success. */
  async #exchange(outgoing: Outgoing, authorized: boolean): Promise<Answer> {
    for (let attempts = 1; ; attempts += 1) {
      const answer = await (authorized ? this.#sendAuthorized(outgoing) : this.#send(outgoing));
      if (answer.status !== null && answer.status >= 200 && answer.status < 300) return answer;
      const passing = answer.status === null ? !isForbiddenPort(answer.cause) : isPassing(answer.status);
      const error = failure({ method: outgoing.method, url: outgoing.url, attempts }, answer);
      if (!passing || !mayRetry(this.#policy, attempts)) throw error;
      this.#onRetry(error);
      const waitSeconds = retryDelaySeconds(this.#policy, attempts, this.#random());
      await this.#sleep(waitSeconds * 1000, outgoing.signal);
    }
  }

  async #sendAuthorized(outgoing: Outgoing): Promise<Answer | Silence> {
    const token = await this.#tokens.get(outgoing.signal);
    const answer = await this.#send(outgoing, token);
    if (answer.status !== 401) return answer;
    return await this.#send(outgoing, await this.#tokens.renew(token, outgoing.signal));
  }

  async #send(outgoing: Outgoing, token?: string): Promise<Answer | Silence> {
    outgoing.signal?.throwIfAborted();
    const init: RequestInit & { duplex?: 'half' } = {
      method: outgoing.method,
      headers: { ...outgoing.headers },
    };
    if (token !== undefined) init.headers = { ...outgoing.headers, Authorization: `Bearer ${token}` };
    if (typeof outgoing.content === 'function')
      Object.assign(init, { body: outgoing.content(), duplex: 'half' });
    else if (outgoing.content !== undefined) init.body = outgoing.content;
    const signal = withTimeout(outgoing.signal, this.#timeoutMs);
    if (signal !== undefined) init.signal = signal;
    try {
      const response = await this.#fetch(outgoing.url, init);
      const bytes = new Uint8Array(await response.arrayBuffer());
      return { status: response.status, reason: response.statusText, bytes };
    } catch (cause) {
      outgoing.signal?.throwIfAborted();
      return { status: null, cause };
    }
  }
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new AlchemiscaleError('BAD_REQUEST', `apiUrl must be like http://host:8000; got '${text}'`);
  }
  return url.origin;
}

/** Absent values are left out; booleans are written as the original's clients write them. */
function queryText(query: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]): [string, string] => [
      name,
      value === true ? 'True' : value === false ? 'False' : String(value),
    ]);
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

function withTimeout(signal: AbortSignal | undefined, timeoutMs: number | null): AbortSignal | undefined {
  if (timeoutMs === null) return signal;
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}

function failure(
  request: RequestFacts,
  answer: Answer | Silence,
): AlchemiscaleClientError | AlchemiscaleConnectionError {
  if (answer.status === null) return new AlchemiscaleConnectionError(request, answer.cause);
  return new AlchemiscaleClientError(request, { ...answer, detail: detailOf(text(answer)) });
}

function text(answer: Answer): string {
  return new TextDecoder().decode(answer.bytes);
}

function readJson(outgoing: Outgoing, answer: Answer): unknown {
  try {
    return fromJson(text(answer));
  } catch {
    throw unreadable(outgoing, text(answer).slice(0, 80));
  }
}

function unreadable(outgoing: Outgoing, what: string): AlchemiscaleClientError {
  const detail = `the answer is not what an alchemiscale service sends (${what})`;
  return new AlchemiscaleClientError(
    { method: outgoing.method, url: outgoing.url, attempts: 1 },
    { status: 200, reason: 'OK', detail },
  );
}
