// The scope rules of the wire table, as functions that handlers call on what they were given.
import { AlchemiscaleError } from '../domain/errors.ts';
import { intersectScopes, Scope, type ScopeDict } from '../domain/scope.ts';
import type { ScopedKey } from '../domain/scoped-key.ts';
import type { Caller } from './context.ts';

/** Rules `path` and `all`: throws unless a scope of the token covers this one. Clients match on the words. */
export function requireScope(caller: Caller, scope: Scope): void {
  if (caller.scopes.some(granted => granted.covers(scope))) return;
  const granted = caller.scopes.map(each => `'${each}'`).join(', ');
  throw new AlchemiscaleError(
    'SCOPE_NOT_ALLOWED',
    `Targeted scope '${scope}' not accessible via scopes for this identity: [${granted}].`,
    { facts: { scope: scope.toString() } },
  );
}

/** Rule `all`: throws unless every key is covered. */
export function requireAll(caller: Caller, keys: readonly ScopedKey[]): void {
  for (const key of keys) requireScope(caller, key.scope);
}

/**
 * Rule `each`: asks only about the keys that are covered, by their places in the list, and gives null for the others,
 * so that the answer says nothing about foreign objects.
 */
export async function askCovered<T>(
  caller: Caller,
  keys: readonly ScopedKey[],
  ask: (keys: readonly string[], places: readonly number[]) => Promise<readonly (T | null)[]>,
): Promise<readonly (T | null)[]> {
  const places: number[] = [];
  for (const [place, key] of keys.entries()) {
    if (caller.scopes.some(granted => granted.covers(key.scope))) places.push(place);
  }
  const answers = await ask(
    places.map(place => String(keys[place])),
    places,
  );
  if (places.length === keys.length) return answers;
  const aligned: (T | null)[] = keys.map(() => null);
  for (const [i, place] of places.entries()) aligned[place] = answers[i] ?? null;
  return aligned;
}

/** Rule `query`: what of the scope asked for the token covers, possibly nothing. */
export function coveredScopes(caller: Caller, asked: Scope): readonly ScopeDict[] {
  return intersectScopes(asked, caller.scopes).map(scope => scope.toDict());
}

/** Rule `query`, asked for by query parameters. A scope that cannot be is 400 here, unlike elsewhere. */
export function coveredQueryScopes(caller: Caller, query: Partial<ScopeDict>): readonly ScopeDict[] {
  let asked: Scope;
  try {
    asked = new Scope({
      org: query.org ?? null,
      campaign: query.campaign ?? null,
      project: query.project ?? null,
    });
  } catch (cause) {
    throw new AlchemiscaleError('BAD_REQUEST', BAD_QUERY_SCOPE, { cause });
  }
  return coveredScopes(caller, asked);
}

const BAD_QUERY_SCOPE =
  'Requested Scope cannot be processed as a 3-object tuple of form"X-Y-Z" and cast to string. Alpha numerical values (a-z A-Z 0-9) and "*" are accepted for parameter "scope"';
