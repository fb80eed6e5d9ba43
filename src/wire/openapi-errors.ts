// The part of the OpenAPI document that says how a route refuses. Which statuses a route has follows from its row: a body
// can be too large, a token can be missing, what is written can find no room.
import { ERROR_CODES, type ErrorCode } from '../domain/errors.ts';
import type { Endpoint } from './endpoint.ts';

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/** The refusals of a route by status. */
export function errorResponses(endpoint: Endpoint): Record<string, JsonObject> {
  const byStatus = Map.groupBy(errorCodesOf(endpoint), code => ERROR_CODES[code].status);
  const responses: Record<string, JsonObject> = {};
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b)) {
    responses[String(status)] = {
      description: codes.map(code => ERROR_CODES[code].about).join('; or '),
      ...(HEADERS[status] === undefined ? {} : { headers: HEADERS[status] }),
      content: contentOf(status, isProblemPath(endpoint.path)),
    };
  }
  return responses;
}

function errorCodesOf({
  rule,
  method,
  path,
  params,
  query,
  body,
  accepts,
  refusals = [],
}: Endpoint): ErrorCode[] {
  const asks = path.includes(':') || params !== undefined || query !== undefined;
  const isLogin = accepts === 'form';
  // What asks nothing of a store cannot fail: it is how one learns that the service is there.
  if (rule === 'open' && !isLogin) return [];
  return [
    ...(rule === 'open' ? [] : (['NOT_AUTHENTICATED'] as const)),
    ...(['path', 'all'].includes(rule) ? (['SCOPE_NOT_ALLOWED'] as const) : []),
    ...(isLogin ? (['BAD_CREDENTIALS', 'TOO_MANY_FAILED_LOGINS'] as const) : []),
    ...(asks || body !== undefined ? (['BAD_REQUEST', 'INVALID_BODY'] as const) : []),
    ...(body !== undefined ? (['UNREADABLE_BODY', 'BODY_TOO_LARGE'] as const) : []),
    ...(path.includes(':') ? (['NO_SUCH_OBJECT'] as const) : []),
    ...(method === 'POST' && !isLogin ? (['STORAGE_FULL'] as const) : []),
    ...refusals,
    'STORE_UNAVAILABLE',
    'OBJECT_UNREADABLE',
  ];
}

const HEADERS: Readonly<Record<number, JsonObject>> = {
  401: { 'WWW-Authenticate': { schema: { type: 'string', const: 'Bearer' } } },
  429: {
    'Retry-After': { description: 'seconds', schema: { type: 'string', pattern: '^[0-9]+$' } },
  },
};

/** Routes of ours refuse by RFC 9457; those of the original as it does. */
export function isProblemPath(path: string): boolean {
  return path.startsWith('/v1/');
}

function contentOf(status: number, isProblem: boolean): JsonObject {
  if (isProblem) {
    return { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  }
  const name = status === 422 ? 'HTTPValidationError' : 'Refusal';
  const json = { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } };
  // A defect is answered without a word of it.
  return status === 500 ? { ...json, 'text/plain': { schema: { type: 'string' } } } : json;
}

/** The shapes of refusals. */
export function errorComponents(): Record<string, JsonObject> {
  return {
    Refusal: {
      type: 'object',
      required: ['detail'],
      properties: { detail: { type: 'string' } },
    },
    Problem: {
      type: 'object',
      description: 'RFC 9457',
      required: ['type', 'title', 'status'],
      properties: {
        type: { type: 'string' },
        title: { type: 'string' },
        status: { type: 'integer' },
        detail: { type: 'string' },
        errors: { type: 'array', items: { $ref: '#/components/schemas/ValidationError' } },
      },
    },
    HTTPValidationError: {
      type: 'object',
      required: ['detail'],
      properties: {
        detail: {
          anyOf: [
            { type: 'string' },
            { type: 'array', items: { $ref: '#/components/schemas/ValidationError' } },
          ],
        },
      },
    },
    ValidationError: {
      type: 'object',
      required: ['type', 'loc', 'msg'],
      properties: {
        type: { type: 'string' },
        loc: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'integer' }] } },
        msg: { type: 'string' },
        input: {},
        ctx: { type: 'object' },
      },
    },
  };
}
