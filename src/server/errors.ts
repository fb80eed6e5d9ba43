// How errors leave: a typed error as its status with `{"detail": …}`, anything else as a bare 500 whose cause is in the
// log under the id that the answer carries in a header.
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { AlchemiscaleError, ERROR_CODES } from '../domain/errors.ts';
import { isProblemPath } from '../wire/openapi-errors.ts';

/** One thing wrong with a body or query, in the shape that FastAPI gives it. */
export interface Problem {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

/** A refusal that lists what is wrong, place by place. */
export class InvalidInput extends AlchemiscaleError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], options: { cause?: unknown } = {}) {
    const [first] = problems;
    super('INVALID_BODY', first === undefined ? 'invalid' : `${first.loc.join('.')}: ${first.msg}`, options);
    this.problems = problems;
  }
}

/** Makes every error of the service leave this way. */
export function handleErrors(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply, logger));
  app.setNotFoundHandler((_, reply) => sendDetail(reply, 404, 'Not Found'));
}

/** Answers with `{"detail": …}`, or for a route of ours with a problem (RFC 9457). */
export function sendDetail(reply: FastifyReply, status: number, detail: unknown): FastifyReply {
  if (isProblemPath(reply.request.url)) return sendProblem(reply, status, detail);
  return reply
    .code(status)
    .header('content-type', 'application/json')
    .send(Buffer.from(JSON.stringify({ detail })));
}

function sendProblem(reply: FastifyReply, status: number, detail: unknown): FastifyReply {
  const errors = Array.isArray(detail) ? (detail as readonly Problem[]) : null;
  const text = errors === null ? detail : errors.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; ');
  const problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Refused',
    status,
    ...(text === null ? {} : { detail: text }),
    ...(errors === null ? {} : { errors }),
  };
  return reply
    .code(status)
    .header('content-type', 'application/problem+json')
    .send(Buffer.from(JSON.stringify(problem)));
}

function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): FastifyReply {
  if (error instanceof AlchemiscaleError) {
    if (error.status >= 500) logger.error({ err: error, path: pathOf(request) }, error.message);
    if (error.status === 401) reply.header('www-authenticate', 'Bearer');
    if (error.status === 429) reply.header('retry-after', String(error.facts.retryAfterSeconds ?? 60));
    return sendDetail(reply, error.status, detailOf(error));
  }
  // What Fastify itself refuses, a URL that is no URL for one, is the client's fault and safe to say.
  if (error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500) {
    return sendDetail(reply, Number(error.statusCode), error.message);
  }
  if (request.raw.destroyed && !request.raw.complete) {
    logger.info({ err: error, path: pathOf(request) }, 'the client went away in the middle of its request');
  } else {
    const id = randomUUID();
    reply.header('x-error-id', id);
    logger.error({ err: error, id, method: request.method, path: pathOf(request) }, 'unexpected error');
  }
  if (isProblemPath(request.url)) return sendProblem(reply, 500, null);
  return reply.code(500).header('content-type', 'text/plain; charset=utf-8').send('Internal Server Error');
}

/** What names a file of the server's own (`facts.file`) is for the log. */
function detailOf(error: AlchemiscaleError): unknown {
  if (error instanceof InvalidInput) return error.problems;
  return 'file' in error.facts ? sentence(ERROR_CODES[error.code].about) : error.message;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Without the query, which may be long. */
export function pathOf(request: FastifyRequest): string {
  const query = request.url.indexOf('?');
  return query < 0 ? request.url : request.url.slice(0, query);
}
