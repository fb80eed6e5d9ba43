// What every answer tells the browser that may have asked for it, errors included.
import type { FastifyInstance, FastifyReply } from 'fastify';

const HEADERS: Readonly<Record<string, string>> = {
  // Answers hold what users wrote; none may be taken for a page or a script.
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  // Paths hold scopes and the names of compute services.
  'referrer-policy': 'no-referrer',
  // Answers depend on the token, and one GET deletes.
  'cache-control': 'no-store',
};

/** Makes every answer of the service carry them; a route may say otherwise. */
export function protectAnswers(app: FastifyInstance): void {
  app.addHook('onRequest', async (_, reply) => {
    addSecurityHeaders(reply);
  });
}

/** For answers that are given before any hook runs. */
export function addSecurityHeaders(reply: FastifyReply): FastifyReply {
  return reply.headers(HEADERS);
}
