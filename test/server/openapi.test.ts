// The documents at /openapi.json and the pages at /docs of both services.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { COMPUTE_ENDPOINTS } from '../../src/wire/compute.ts';
import type { Endpoint } from '../../src/wire/endpoint.ts';
import type { OpenApiDocument, OpenApiOperation } from '../../src/wire/openapi.ts';
import { USER_ENDPOINTS } from '../../src/wire/user.ts';
import { type Server, startServer } from './setup.ts';

const TABLES = { user: USER_ENDPOINTS, compute: COMPUTE_ENDPOINTS } as const;

for (const [type, table] of Object.entries(TABLES) as ['user' | 'compute', Record<string, Endpoint>][]) {
  describe(`the ${type} service`, () => {
    let server: Server;
    let document: OpenApiDocument;
    before(async () => {
      server = await startServer();
      document = (await server[type].inject('/openapi.json')).json();
    });
    after(() => server[Symbol.asyncDispose]());

    const operationOf = ({ path, method }: Endpoint): OpenApiOperation | undefined =>
      document.paths[path.replace(/:([a-z_]+)/g, '{$1}')]?.[method.toLowerCase()];

    it('has a valid OpenAPI 3.1 document', async () => {
      assert.equal(document.openapi, '3.1.0');
      const { valid, errors } = await new Validator().validate(structuredClone(document));
      assert.ok(valid, JSON.stringify(errors));
      const broken = { ...structuredClone(document), paths: { '/x': { get: { responses: 1 } } } };
      assert.equal((await new Validator().validate(broken)).valid, false, 'the validator looks at it');
    });

    it('describes every row, and nothing else', () => {
      const operations = Object.values(document.paths).flatMap(methods => Object.values(methods));
      assert.deepEqual(operations.map(each => each.operationId).sort(), Object.keys(table).sort());
      for (const [name, row] of Object.entries(table)) {
        const operation = operationOf(row);
        assert.equal(operation?.operationId, name);
        const names = operation?.parameters.map(({ name }) => name);
        const wanted = [...row.path.matchAll(/:([a-z_]+)/g)].map(match => match[1]);
        assert.deepEqual(names, [...wanted, ...Object.keys(row.query?.properties ?? {})], name);
        assert.equal(operation?.requestBody !== undefined, row.body !== undefined, name);
      }
    });

    it('has a shape for every reference', () => {
      const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g);
      const named = new Set([...references].map(match => match[1] ?? ''));
      assert.ok(named.has('ScopedKey') && named.has('Refusal'));
      for (const name of named) assert.ok(document.components.schemas?.[name], name);
    });

    it('says how each route refuses', () => {
      for (const [name, row] of Object.entries(table)) {
        const statuses = Object.keys(operationOf(row)?.responses ?? {});
        const has = (status: number): boolean => statuses.includes(String(status));
        assert.equal(has(401), row.rule !== 'open' || name === 'token', name);
        assert.equal(has(413), row.body !== undefined, name);
        assert.equal(has(429), name === 'token', name);
        assert.equal(has(404), false, `${name}: clients would repeat`);
      }
      assert.deepEqual(Object.keys(operationOf(TABLES.user.ping)?.responses ?? {}), ['200']);
      const security = operationOf(TABLES.user.getInfo)?.security;
      assert.deepEqual(security, [{ bearer: [] }, { password: [] }]);
      assert.deepEqual(operationOf(TABLES.user.token)?.security, []);
    });

    it('shows a page that loads nothing and runs nothing', async () => {
      const answer = await server[type].inject('/docs');
      assert.equal(answer.statusCode, 200);
      assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
      const style = /<style>(.*)<\/style>/s.exec(answer.body)?.[1] ?? '';
      const hash = createHash('sha256').update(style).digest('base64');
      const policy = String(answer.headers['content-security-policy']);
      assert.ok(policy.includes(`style-src 'sha256-${hash}'`), policy);
      assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/);
      assert.doesNotMatch(answer.body, /<script|<link|<img|\bon\w+=|https?:|style=/i);
      for (const name of Object.keys(table)) assert.ok(answer.body.includes(`id="${name}"`), name);
      const targets = [...answer.body.matchAll(/href="#([^"]+)"/g)].map(match => match[1]);
      for (const target of new Set(targets)) assert.ok(answer.body.includes(`id="${target}"`), target);
    });

    it('shows both without a token, to GET only', async () => {
      for (const url of ['/openapi.json', '/docs']) {
        assert.equal((await server[type].inject({ method: 'POST', url })).statusCode, 405, url);
        assert.equal((await server[type].inject({ url })).headers['cache-control'], 'no-cache', url);
      }
    });
  });
}
