// The two services as Fastify instances that do not listen: whoever starts them chooses ports, tests call them in
// process. What they share is here; what they serve is in user/ and compute/, by noun.
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { COMPUTE_ENDPOINTS } from '../wire/compute.ts';
import { USER_ENDPOINTS } from '../wire/user.ts';
import { computeHandlers } from './compute/compute.ts';
import { createExpiry } from './compute/expiry.ts';
import { claimHandlers } from './compute/hubs.ts';
import { managerHandlers } from './compute/managers.ts';
import { pushHandlers } from './compute/results.ts';
import { workHandlers } from './compute/tasks.ts';
import type { AppDeps } from './context.ts';
import { registerEndpoints } from './endpoints.ts';
import { handleErrors, pathOf, sendDetail } from './errors.ts';
import { addSecurityHeaders, protectAnswers } from './headers.ts';
import { registerDocs } from './openapi.ts';
import { NAMES, serviceHandlers } from './service.ts';
import { cutStalledTransfers } from './stalled-transfers.ts';
import { createTokens } from './tokens.ts';
import { hubHandlers } from './user/hubs.ts';
import { networkQueryHandlers } from './user/network-queries.ts';
import { networkStateHandlers } from './user/network-states.ts';
import { networkHandlers } from './user/networks.ts';
import { restartHandlers } from './user/restarts.ts';
import { resultHandlers } from './user/results.ts';
import { strategyHandlers } from './user/strategies.ts';
import { strategyRunHandlers } from './user/strategy-runs.ts';
import { taskStatusHandlers } from './user/task-statuses.ts';
import { taskHandlers } from './user/tasks.ts';

/** The service that users talk to. Closing it leaves the stores open. */
export function createUserApp(deps: AppDeps): FastifyInstance {
  const app = createApp(deps);
  const tokens = createTokens(deps.settings.jwt, 'user', deps.clock);
  const handlers = {
    ...serviceHandlers(deps, 'user', tokens),
    ...networkHandlers(deps),
    ...networkQueryHandlers(deps),
    ...networkStateHandlers(deps),
    ...taskHandlers(deps),
    ...taskStatusHandlers(deps),
    ...hubHandlers(deps),
    ...restartHandlers(deps),
    ...strategyHandlers(deps),
    ...strategyRunHandlers(deps),
    ...resultHandlers(deps),
  };
  registerEndpoints(app, USER_ENDPOINTS, handlers, { tokens, limits: deps.settings.limits });
  registerDocs(app, NAMES.user, USER_ENDPOINTS);
  return app;
}

/** The service that compute services talk to; from `ready` to `close` it also expires those that fell silent. */
export function createComputeApp(deps: AppDeps): FastifyInstance {
  const app = createApp(deps);
  const tokens = createTokens(deps.settings.jwt, 'compute', deps.clock);
  const expiry = createExpiry(deps);
  const handlers = {
    ...serviceHandlers(deps, 'compute', tokens),
    ...computeHandlers(deps, expiry),
    ...claimHandlers(deps),
    ...workHandlers(deps),
    ...pushHandlers(deps),
    ...managerHandlers(deps, expiry),
  };
  registerEndpoints(app, COMPUTE_ENDPOINTS, handlers, { tokens, limits: deps.settings.limits });
  registerDocs(app, NAMES.compute, COMPUTE_ENDPOINTS);
  app.addHook('onReady', async () => expiry.start());
  app.addHook('onClose', () => expiry.stop());
  return app;
}

/** A token lists the scopes of its identity, which may be hundreds. */
const MAX_HEADER_BYTES = 64 * 1024;
/** Keys are over 100 characters; the header's limit holds for the whole path. */
const MAX_PARAM_CHARACTERS = MAX_HEADER_BYTES;
/** Headers are sent in one piece; only who means harm takes longer. Bodies: see stalled-transfers.ts. */
const HEADERS_MS = 30_000;
/** Longer than the minute after which common proxies let go of a connection: the proxy must be first. */
const KEEP_ALIVE_MS = 72_000;

function createApp(deps: AppDeps): FastifyInstance {
  const app = Fastify({
    logger: false,
    http: { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_MS },
    requestTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    exposeHeadRoutes: false,
    trustProxy: deps.settings.trustProxy,
    routerOptions: { maxParamLength: MAX_PARAM_CHARACTERS, ignoreTrailingSlash: true },
    frameworkErrors: (error, _, reply) =>
      sendDetail(addSecurityHeaders(reply), error.statusCode ?? 400, error.message),
  });
  app.decorateRequest('identifier', null);
  handleErrors(app, deps.logger);
  protectAnswers(app);
  cutStalledTransfers(app, deps.logger);
  redirectTrailingSlashes(app);
  takeRestOfBodies(app);
  logRequests(app, deps);
  return app;
}

/** As in the original; the router would answer such a path as if the slash were not there. */
function redirectTrailingSlashes(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const path = pathOf(request);
    if (path.length === 1 || !path.endsWith('/') || request.is404) return;
    // Relative: behind a proxy the service does not know under which scheme and host it is reached.
    const target = path.replace(/\/+$/, '') + request.url.slice(path.length);
    return reply.code(307).header('location', target.replace(/^\/+/, '/')).send();
  });
}

/** How long the rest of a body that was refused is taken before the connection is cut. */
const REST_MS = 30_000;

/**
 * A client that is still sending reads its answer only afterwards; if the connection ended before, it would take the
 * refusal for a passing fault and send everything again.
 */
function takeRestOfBodies(app: FastifyInstance): void {
  app.addHook('onResponse', async ({ raw }) => {
    if (raw.complete !== false || raw.destroyed) return;
    const timer = setTimeout(() => raw.destroy(), REST_MS).unref();
    raw.once('close', () => clearTimeout(timer));
    raw.once('end', () => clearTimeout(timer));
    raw.resume();
  });
}

/** One line a request; those that failed are what one looks for. */
function logRequests(app: FastifyInstance, { logger }: AppDeps): void {
  app.addHook('onResponse', async (request: FastifyRequest, reply) => {
    const status = reply.statusCode;
    logger[status < 400 ? 'debug' : 'info'](
      {
        method: request.method,
        path: pathOf(request),
        status,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        identity: request.identifier,
      },
      'request',
    );
  });
}
