// Keys and scopes as users may write them, objects or text, and as answers bring them.
import { Scope } from '../domain/scope.ts';
import { ScopedKey, type ScopedKeyDict } from '../domain/scoped-key.ts';

/** A scoped key, or its text. */
export type KeyLike = ScopedKey | string;

/** A scope, or its text: `org-campaign-project`, `*` for any. */
export type ScopeLike = Scope | string;

/** Throws INVALID_BODY for text that is no key: nothing is sent then. */
export function toKey(key: KeyLike): ScopedKey {
  return typeof key === 'string' ? ScopedKey.parse(key) : key;
}

export function keyText(key: KeyLike): string {
  return toKey(key).toString();
}

export function keyDict(key: KeyLike): ScopedKeyDict {
  return toKey(key).toDict();
}

export function toScope(scope: ScopeLike): Scope {
  return typeof scope === 'string' ? Scope.parse(scope) : scope;
}

/** The query parameters that ask for a scope. */
export function scopeQuery(scope: ScopeLike | undefined): {
  org?: string;
  campaign?: string;
  project?: string;
} {
  const { org, campaign, project } = toScope(scope ?? Scope.ALL);
  return { ...(org && { org }), ...(campaign && { campaign }), ...(project && { project }) };
}

export function readKeys(texts: readonly string[]): ScopedKey[] {
  return texts.map(text => ScopedKey.parse(text));
}

export function readKeyOrNull(text: string | null): ScopedKey | null {
  return text === null ? null : ScopedKey.parse(text);
}

export function readKeysOrNull(texts: readonly (string | null)[]): (ScopedKey | null)[] {
  return texts.map(readKeyOrNull);
}
