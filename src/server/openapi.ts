// What a service tells about itself, to anyone: its OpenAPI document at /openapi.json and, for people, a page at /docs.
// Both are made once, at start. The page is whole in itself: nothing is loaded, no script runs.
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Endpoint } from '../wire/endpoint.ts';
import { describeApi } from '../wire/openapi.ts';
import { docsPage } from './docs-page.ts';
import { refuseOtherMethods } from './endpoints.ts';
import { sendText } from './reply.ts';

/** Serves both for a table of endpoints. */
export function registerDocs(
  app: FastifyInstance,
  title: string,
  table: Readonly<Record<string, Endpoint>>,
): void {
  const document = describeApi(title, table);
  const json = Buffer.from(JSON.stringify(document));
  const { html, style } = docsPage(document);
  const page = Buffer.from(html);
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

  app.get('/openapi.json', async (request, reply) =>
    sendText(request, reply.header('cache-control', 'no-cache'), json),
  );
  app.get('/docs', async (_, reply) =>
    reply
      .header('cache-control', 'no-cache')
      .header('content-security-policy', policy)
      .type('text/html; charset=utf-8')
      .send(page),
  );
  refuseOtherMethods(app, [
    { method: 'GET', path: '/openapi.json' },
    { method: 'GET', path: '/docs' },
  ]);
}
