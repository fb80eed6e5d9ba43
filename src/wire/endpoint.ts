// One row a route. The server's routes, the OpenAPI document and both clients are made from these rows; nothing else
// knows a path, a method or the shape of a body.
import type { Static, TObject, TSchema } from 'typebox';
import type { ErrorCode } from '../domain/errors.ts';

/**
 * Who may call, and what happens to keys the caller's token does not cover (spec notation of the original's routes):
 * `open` no token · `token` any valid one · `self` only about the identity of the token · `path` the scope of the key
 * in the path must be covered, else 401 · `all` every key in the list must be covered, else 401 for the whole request ·
 * `each` keys not covered count as missing · `query` the scope asked for is cut to what the token covers, never an error.
 */
export type ScopeRule = 'open' | 'token' | 'self' | 'path' | 'all' | 'each' | 'query';

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** Parameters as `:name`; they are scoped keys unless `params` says otherwise. */
  readonly path: `/${string}`;
  readonly rule: ScopeRule;
  readonly summary: string;
  readonly params?: TObject;
  readonly query?: TObject;
  readonly body?: TSchema;
  /** The body of the one success status, 200. */
  readonly response: TSchema;
  /**
   * `json` is parsed and validated; `form` is a URL-encoded form; `raw` is handed to the handler as the bytes that
   * came, after decompression; `stream` as they come. The schema of a raw or streamed body is documentation.
   */
  readonly accepts?: 'json' | 'form' | 'raw' | 'stream';
  /** Refusals beside those that follow from the row. */
  readonly refusals?: readonly ErrorCode[];
  /** True when the handler writes JSON text itself, so that bytes stay as they are stored. */
  readonly writesJson?: boolean;
}

export type BodyOf<E extends Endpoint> = E['body'] extends TSchema ? Static<E['body']> : undefined;
export type QueryOf<E extends Endpoint> = E['query'] extends TObject
  ? Static<E['query']>
  : Record<string, never>;
export type ResponseOf<E extends Endpoint> = Static<E['response']>;

/** The parameter names in a path: `'/transformations/:transformation/results/:ref'` → `'transformation' | 'ref'`. */
export type ParamNames<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamNames<`/${Rest}`>
  : P extends `${string}:${infer Name}`
    ? Name
    : never;
export type ParamsOf<E extends Endpoint> = Readonly<Record<ParamNames<E['path']>, string>>;

/** Checks a table of endpoints while keeping the literal types of its rows. */
export function endpoints<const T extends Readonly<Record<string, Endpoint>>>(table: T): T {
  return table;
}

/** Fills in a path. Scoped keys and scopes go in unescaped, asterisks included, as the Python clients write them. */
export function pathOf(endpoint: Endpoint, params: Readonly<Record<string, string>>): string {
  return endpoint.path.replace(/:([a-z_]+)/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`${endpoint.path}: no value for :${name}`);
    return encodeURIComponent(value).replaceAll('%2A', '*');
  });
}
