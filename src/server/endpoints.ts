// Turns the rows of the wire table into routes: authenticate, read the path, check its scope, read query and body, call
// the handler, send what it returns. Handlers see values that have been read; what they throw, errors.ts answers.
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { ScopedKey } from '../domain/scoped-key.ts';
import type { BodyOf, Endpoint, ParamNames, QueryOf, ResponseOf } from '../wire/endpoint.ts';
import { requireScope } from './auth.ts';
import { isJson, parseBody, parseForm, readBytes, readStream } from './body.ts';
import type { Caller } from './context.ts';
import { sendDetail } from './errors.ts';
import { compileReader } from './read-schema.ts';
import { acceptsGzip, type JsonText, sendJson, sendText, writerFor } from './reply.ts';
import type { LimitSettings } from './settings.ts';
import type { Tokens } from './tokens.ts';

/** What a handler is given. */
interface Call<E extends Endpoint> {
  /** Null only where no token is asked for. */
  readonly caller: E['rule'] extends 'open' ? null : Caller;
  readonly params: ParamValues<E>;
  readonly query: QueryOf<E>;
  readonly body: BodyValue<E>;
  readonly client: Client;
}

/** What is known of the client beside its token. */
interface Client {
  readonly address: string;
  readonly acceptsGzip: boolean;
  /** True once its connection is closed. */
  readonly hasLeft: () => boolean;
}

/** Scoped keys, but for the parameters that the row describes: those are text. */
type ParamValues<E extends Endpoint> = {
  readonly [N in ParamNames<E['path']>]: N extends keyof Described<E> ? string : ScopedKey;
};
type Described<E extends Endpoint> = E extends { readonly params: { readonly properties: infer P } }
  ? P
  : Record<never, never>;

/** The body as the row's `accepts` says. */
type BodyValue<E extends Endpoint> = E['accepts'] extends 'raw'
  ? Uint8Array
  : E['accepts'] extends 'stream'
    ? AsyncIterable<Uint8Array>
    : BodyOf<E>;

/** Stores answer with readonly lists; what is only printed may stay so. */
type Printable<T> = T extends readonly (infer U)[]
  ? readonly Printable<U>[]
  : T extends object
    ? { readonly [K in keyof T]: Printable<T[K]> }
    : T;

/** Answers one route. */
type Handler<E extends Endpoint> = (
  call: Call<E>,
) => Promise<E['writesJson'] extends true ? JsonText : Printable<ResponseOf<E>>>;

/** A handler for each row, or for the rows named. */
export type Handlers<T extends Readonly<Record<string, Endpoint>>, K extends keyof T = keyof T> = {
  readonly [N in K]: Handler<T[N]>;
};

interface RouteDeps {
  readonly tokens: Tokens;
  readonly limits: LimitSettings;
}

type AnyHandler = (call: unknown) => Promise<unknown>;

/** Registers a table, whole: a row without handler does not compile. */
export function registerEndpoints<T extends Readonly<Record<string, Endpoint>>>(
  app: FastifyInstance,
  table: T,
  handlers: Handlers<T>,
  deps: RouteDeps,
): void {
  handOverBodies(app);
  for (const [name, endpoint] of Object.entries(table)) {
    app.route({
      method: endpoint.method,
      url: endpoint.path,
      handler: routeOf(endpoint, handlers[name] as AnyHandler, deps),
    });
  }
  refuseOtherMethods(app, Object.values(table));
}

/**
 * Bodies are read here, by the row, so Fastify hands them over as they come; and it does not get to see their type, for
 * it would answer 415 where the original answers 422.
 */
function handOverBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.decorateRequest('bodyType', '');
  app.addHook('onRequest', async request => {
    request.bodyType = request.headers['content-type'] ?? '';
    delete request.raw.headers['content-type'];
  });
}

/** Anyone may send a form, and none needs more: a log-in. */
const MAX_FORM_BYTES = 64 * 1024;

type Route = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

function routeOf(endpoint: Endpoint, handler: AnyHandler, deps: RouteDeps): Route {
  const readQuery = endpoint.query === undefined ? () => ({}) : compileReader(endpoint.query, 'query');
  const readParams = endpoint.params === undefined ? () => ({}) : compileReader(endpoint.params, 'path');
  const readBody = bodyReaderOf(endpoint, deps.limits);
  const keyNames = keyParamsOf(endpoint);
  const write = endpoint.writesJson === true ? null : writerFor(endpoint.response);
  return async (request, reply) => {
    const caller = endpoint.rule === 'open' ? null : await deps.tokens.verify(request.headers.authorization);
    request.identifier = caller?.identifier ?? null;
    const params: Record<string, unknown> = {
      ...(request.params as object),
      ...(readParams(request.params) as object),
    };
    for (const name of keyNames) {
      const key = ScopedKey.parse(String(params[name]));
      if (endpoint.rule === 'path' && caller !== null) requireScope(caller, key.scope);
      params[name] = key;
    }
    const query = readQuery(lastOfEach(request.query));
    const body = await readBody(request);
    const hasLeft = (): boolean => request.raw.socket.destroyed;
    const client = { address: request.ip, acceptsGzip: acceptsGzip(request), hasLeft };
    const answer = await handler({ caller, params, query, body, client });
    return write === null
      ? sendText(request, reply, answer as JsonText)
      : sendJson(request, reply, write(answer ?? null));
  };
}

/** The parameters that are scoped keys: those that the row does not describe. */
function keyParamsOf(endpoint: Endpoint): readonly string[] {
  const names = [...endpoint.path.matchAll(/:([a-z_]+)/g)].map(match => match[1] ?? '');
  return names.filter(name => endpoint.params?.properties[name] === undefined);
}

/** Of a query parameter given twice the last counts, as in the original. */
function lastOfEach(query: unknown): Record<string, unknown> {
  const entries = Object.entries(query as Record<string, unknown>);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value]),
  );
}

function bodyReaderOf(
  endpoint: Endpoint,
  limits: LimitSettings,
): (request: FastifyRequest) => Promise<unknown> {
  const { accepts = 'json', body } = endpoint;
  if (body === undefined) return async () => undefined;
  if (accepts === 'raw') return request => bytesOf(request, limits.networkBytes);
  if (accepts === 'stream') return async request => readStream(streamOf(request), request.headers);
  const read = compileReader(body, 'body');
  if (accepts === 'form') {
    return async request => read(parseForm(await bytesOf(request, MAX_FORM_BYTES), request.bodyType));
  }
  const limit = hasLongList(body) ? limits.bodyBytes : Math.min(MAX_PLAIN_BODY_BYTES, limits.bodyBytes);
  return async request => {
    const bytes = await bytesOf(request, limit);
    if (bytes.length === 0) return read(undefined);
    // As in FastAPI: what is not said to be JSON is not looked at.
    return read(isJson(request.bodyType) ? parseBody(bytes) : null);
  };
}

/** Where no list is long, nothing needs more. */
const MAX_PLAIN_BODY_BYTES = 1024 * 1024;
const LONG_LIST = 1000;

/** True when the schema has a list of more than a thousand elements, or of any number. */
function hasLongList(schema: object): boolean {
  if ('type' in schema && schema.type === 'array') {
    const most = 'maxItems' in schema ? Number(schema.maxItems) : Number.POSITIVE_INFINITY;
    if (most > LONG_LIST) return true;
  }
  return Object.values(schema).some(part => typeof part === 'object' && part !== null && hasLongList(part));
}

function bytesOf(request: FastifyRequest, limit: number): Promise<Uint8Array> {
  return readBytes(streamOf(request), request.headers, limit);
}

/** Fastify leaves the body out when there is none. */
function streamOf(request: FastifyRequest): Readable {
  return (request.body as Readable | null | undefined) ?? request.raw;
}

/** Clients take 404 for a passing fault and repeat for a minute, so a wrong method is 405 with the right ones named. */
export function refuseOtherMethods(
  app: FastifyInstance,
  table: readonly Pick<Endpoint, 'method' | 'path'>[],
): void {
  const allowed = Map.groupBy(table, endpoint => shapeOf(endpoint.path));
  for (const rows of allowed.values()) {
    const right = new Set<string>(rows.map(row => row.method));
    const wrong = app.supportedMethods.filter(method => !right.has(method)) as HTTPMethods[];
    const [{ path } = { path: '/' }] = rows;
    app.route({
      method: wrong,
      url: path,
      handler: async (_, reply) =>
        sendDetail(reply.header('allow', [...right].join(', ')), 405, 'Method Not Allowed'),
    });
  }
}

/** Two paths that differ only in the names of their parameters are one. */
function shapeOf(path: string): string {
  return path.replace(/:[a-z_]+/g, ':');
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who holds the token, for the log. */
    identifier: string | null;
    /** The content type of the body as the client gave it. */
    bodyType: string;
  }
}
