// The OpenAPI 3.1 document of a service, made from its rows of the wire table and from nothing else: what the server
// routes, what the document says and what the clients call cannot differ.
//
// TypeBox schemas are JSON Schema already. Three things are said otherwise here: shapes that several routes share get names;
// tuples and maps are spelled as the 2020-12 dialect, which OpenAPI 3.1 means, has them; and answers are without the limits
// on length and number, which are there to keep requests small.
import type { TSchema } from 'typebox';
import { Counts, KeyDict, KeyedChain, KeyText, Latin1Text, ScopeBody } from './bodies.ts';
import type { Endpoint, ScopeRule } from './endpoint.ts';
import { errorComponents, errorResponses, type Json, type JsonObject } from './openapi-errors.ts';
import { RestartPatternPair } from './user/restarts.ts';
import { StrategyStateBody } from './user/strategies.ts';
import { StrategyPreviewBody, StrategyRunBody } from './user/strategy-runs.ts';

/** An OpenAPI 3.1 document; plain JSON. */
export interface OpenApiDocument extends JsonObject {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: Readonly<Record<string, JsonObject>>;
}

/** One row. */
export interface OpenApiOperation extends JsonObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly JsonObject[];
  readonly responses: Readonly<Record<string, JsonObject>>;
}

/** The version of alchemiscale (Python) whose API this is. */
const API_VERSION = '0.8.0';

/** Describes a table of endpoints. */
export function describeApi(title: string, table: Readonly<Record<string, Endpoint>>): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  const tags = new Set<string>();
  for (const [name, endpoint] of Object.entries(table)) {
    const operation = operationOf(name, endpoint);
    for (const tag of operation.tags) tags.add(tag);
    const path = endpoint.path.replace(/:([a-z_]+)/g, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation };
  }
  return {
    openapi: '3.1.0',
    info: { title, version: API_VERSION, description: ABOUT },
    tags: [...tags].map(name => ({ name })),
    paths,
    components: {
      schemas: { ...namedSchemas(), ...errorComponents() },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        password: { type: 'oauth2', flows: { password: { tokenUrl: '/token', scopes: {} } } },
      },
    },
  };
}

const ABOUT =
  'Log in at `/token` with an identity and its key, and send the token as `Authorization: Bearer …`. ' +
  'Bodies may be compressed (`Content-Encoding: gzip` or `zstd`); answers are, for clients that accept gzip. ' +
  'JSON is as Python writes it: `NaN` and `Infinity` are numbers, and integers may be beyond 2^53.';

function operationOf(name: string, endpoint: Endpoint): OpenApiOperation {
  const body = requestBodyOf(endpoint);
  return {
    operationId: name,
    tags: [tagOf(endpoint.path)],
    summary: endpoint.summary,
    description: RULES[endpoint.rule],
    security: endpoint.rule === 'open' ? [] : [{ bearer: [] }, { password: [] }],
    parameters: [...pathParameters(endpoint), ...queryParameters(endpoint)],
    ...(body === null ? {} : { requestBody: body }),
    responses: {
      '200': {
        description: 'Done',
        content: { 'application/json': { schema: translate(endpoint.response, 'answer') } },
      },
      ...errorResponses(endpoint),
    },
  };
}

const RULES: Readonly<Record<ScopeRule, string>> = {
  open: 'No token is asked for.',
  token: 'Any valid token will do.',
  self: 'Answers only about the identity that the token is for.',
  path: 'The scope of the key in the path must be covered by the token, else 401.',
  all: 'The scope of every key in the body must be covered by the token, else 401 for the whole request.',
  each: 'Keys whose scope the token does not cover count as missing.',
  query: 'Looks only at what the token covers; asking for more is no error.',
};

/** The noun a path is about: `/bulk/tasks/status/get` → `tasks`. */
function tagOf(path: string): string {
  const [first = '', second = ''] = path.split('/').filter(part => part !== '' && part !== 'v1');
  const noun = first === 'bulk' ? second : first;
  return TAGS[noun] ?? noun;
}
const TAGS: Readonly<Record<string, string>> = {
  ping: 'service',
  token: 'service',
  info: 'service',
  check: 'service',
  identities: 'service',
  exists: 'networks',
  scopes: 'networks',
  claim: 'taskhubs',
  computeservice: 'compute services',
  computemanager: 'compute managers',
};

function pathParameters(endpoint: Endpoint): JsonObject[] {
  return [...endpoint.path.matchAll(/:([a-z_]+)/g)].map(([, name = '']) => {
    const own = endpoint.params?.properties[name];
    const schema = own === undefined ? ref('ScopedKey') : { minLength: 1, ...translate(own, 'request') };
    return { name, in: 'path', required: true, schema };
  });
}

function queryParameters(endpoint: Endpoint): JsonObject[] {
  const { properties = {}, required = [] } = endpoint.query ?? {};
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: (required as readonly string[]).includes(name),
    schema: translate(schema, 'request'),
  }));
}

function requestBodyOf(endpoint: Endpoint): JsonObject | null {
  const { body, accepts } = endpoint;
  if (body === undefined) return null;
  const type = accepts === 'form' ? 'application/x-www-form-urlencoded' : 'application/json';
  const { type: kind, required = [] } = body as { type?: string; required?: readonly string[] };
  return {
    required: kind !== 'object' || required.length > 0,
    description: 'May be compressed, with `Content-Encoding: gzip` or `zstd`.',
    content: { [type]: { schema: translate(body, 'request') } },
  };
}

/** Shapes with a name of their own, recognized by identity. */
const NAMES: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [KeyText, 'ScopedKey'],
  [KeyDict, 'ScopedKeyDict'],
  [ScopeBody, 'Scope'],
  [KeyedChain, 'KeyedChain'],
  [Latin1Text, 'Latin1Text'],
  [Counts, 'StatusCounts'],
  [RestartPatternPair, 'RestartPattern'],
  [StrategyStateBody, 'StrategyState'],
  [StrategyRunBody, 'StrategyRun'],
  [StrategyPreviewBody, 'StrategyPreview'],
]);

function namedSchemas(): Record<string, JsonObject> {
  const entries = [...NAMES].map(([schema, name]) => [name, spell(schema as TSchema, 'answer')] as const);
  // The routes parse keys themselves, for the sake of the refusal's words; the document can say what they look like.
  const ScopedKey = {
    ...spell(KeyText, 'answer'),
    description: 'class-token-org-campaign-project',
    pattern: KEY,
  };
  return { ...Object.fromEntries(entries), ScopedKey };
}

const KEY = '^[A-Za-z0-9_]+-[A-Za-z0-9_]+(-[A-Za-z][A-Za-z0-9_]*){3}$';

type Direction = 'request' | 'answer';

function translate(schema: TSchema, direction: Direction): JsonObject {
  const name = NAMES.get(schema);
  return name === undefined ? spell(schema, direction) : ref(name);
}

function ref(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

const LIMITS = new Set(['maxLength', 'maxItems', 'maximum']);

/** The schema as it is written in the document, its parts translated. */
function spell(schema: TSchema, direction: Direction): JsonObject {
  const written: Record<string, Json> = {};
  for (const [word, value] of Object.entries(schema as object)) {
    if (direction === 'answer' && LIMITS.has(word)) continue;
    Object.assign(written, spellWord(word, value, direction));
  }
  return written;
}

function spellWord(word: string, value: unknown, direction: Direction): Record<string, Json> {
  switch (word) {
    case 'properties':
      return { properties: translateMembers(value, direction) };
    case 'patternProperties':
      // A map: TypeBox spells "any name" as a pattern.
      return { additionalProperties: Object.values(translateMembers(value, direction))[0] ?? true };
    case 'anyOf':
      return { anyOf: (value as TSchema[]).map(option => translate(option, direction)) };
    case 'items':
      return Array.isArray(value)
        ? { prefixItems: value.map(item => translate(item, direction)), items: false }
        : { items: translate(value as TSchema, direction) };
    case 'additionalItems':
      return {};
    default:
      return { [word]: value as Json };
  }
}

function translateMembers(members: unknown, direction: Direction): Record<string, JsonObject> {
  return Object.fromEntries(
    Object.entries(members as Record<string, TSchema>).map(([name, member]) => [
      name,
      translate(member, direction),
    ]),
  );
}
