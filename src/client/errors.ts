// What a client throws when the service is the reason. Wrong arguments are found before anything is sent and are an
// AlchemiscaleError of the domain; an aborted call throws its signal's reason.

/** Where and how often a request was tried. */
export interface RequestFacts {
  readonly method: string;
  readonly url: string;
  /** How often it was sent, repeats included. */
  readonly attempts: number;
}

/** The service answered, but not with success. */
export class AlchemiscaleClientError extends Error {
  override readonly name: string = 'AlchemiscaleClientError';
  readonly status: number;
  /** The service's own words. */
  readonly detail: string;
  readonly method: string;
  readonly url: string;
  readonly attempts: number;

  constructor(request: RequestFacts, answer: { status: number; reason: string; detail: string }) {
    const words = [`${answer.status} ${answer.reason}`.trim(), answer.detail].filter(part => part !== '');
    super(`${request.method} ${request.url} was answered ${words.join(': ')}${afterAttempts(request)}`);
    this.status = answer.status;
    this.detail = answer.detail;
    this.method = request.method;
    this.url = request.url;
    this.attempts = request.attempts;
  }
}

/** No answer came: nothing listens there, the connection broke, or the time limit passed. `cause` is the last failure. */
export class AlchemiscaleConnectionError extends Error {
  override readonly name: string = 'AlchemiscaleConnectionError';
  readonly method: string;
  readonly url: string;
  readonly attempts: number;

  constructor(request: RequestFacts, cause: unknown) {
    super(`${request.method} ${request.url} got no answer: ${describe(cause)}${afterAttempts(request)}`, {
      cause,
    });
    this.method = request.method;
    this.url = request.url;
    this.attempts = request.attempts;
  }
}

/** The words in an error answer: `detail` as text, or FastAPI's list of what does not validate as one line. */
export function detailOf(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return text.trim().slice(0, 500);
  }
  const detail = isRecord(body) && 'detail' in body ? body.detail : body;
  if (typeof detail === 'string') return detail;
  if (!Array.isArray(detail)) return JSON.stringify(detail);
  return detail.map(problemText).join('; ');
}

function problemText(problem: unknown): string {
  if (!isRecord(problem)) return String(problem);
  const place = Array.isArray(problem.loc) ? problem.loc.join('.') : '';
  const message = typeof problem.msg === 'string' ? problem.msg : JSON.stringify(problem);
  return place === '' ? message : `${place}: ${message}`;
}

/** `fetch` hides the reason: it throws TypeError('fetch failed') whose cause, or one of its causes, says why. */
function lastCause(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof AggregateError && error.errors.length > 0) return lastCause(error.errors[0]);
  return error.cause instanceof Error ? lastCause(error.cause) : error;
}

function describe(error: unknown): string {
  if (isForbiddenPort(error)) return 'fetch connects to no port of this number, which is kept for other uses';
  const cause = lastCause(error);
  return cause instanceof Error ? cause.message : String(cause);
}

/** True when it will never be sent: browsers and Node's `fetch` leave out ports such as 22 and 6000. */
export function isForbiddenPort(error: unknown): boolean {
  const cause = lastCause(error);
  return cause instanceof Error && cause.message === 'bad port';
}

/** The system's word for why there was no answer, such as ECONNREFUSED; null when it has none. */
export function systemCodeOf({ cause }: AlchemiscaleConnectionError): string | null {
  const last = lastCause(cause);
  return last instanceof Error && 'code' in last && typeof last.code === 'string' ? last.code : null;
}

function afterAttempts(request: RequestFacts): string {
  return request.attempts > 1 ? ` (${request.attempts} attempts)` : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
