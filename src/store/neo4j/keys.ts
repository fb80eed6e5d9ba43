// Keys and scopes. A node carries its whole key in `_scoped_key`, and the parts of its scope in `_org`, `_campaign` and
// `_project`. The only index that every graph has is the constraint on `GufeTokenizable(_scoped_key)`, so lookups name that
// label: `MATCH (t:GufeTokenizable {_scoped_key: $key}) WHERE t:Task`.
import { AlchemiscaleError } from '../../domain/errors.ts';
import { Scope, type ScopeDict } from '../../domain/scope.ts';
import type { Key } from '../state-store.ts';

/** A scope without wildcards. */
export interface SpecificScope {
  readonly org: string;
  readonly campaign: string;
  readonly project: string;
}

/** The fields of a key's text. */
export interface KeyParts extends SpecificScope {
  readonly qualname: string;
  readonly token: string;
}

/** Splits a key; null for text that is none, which is then simply not found. */
export function splitKey(key: Key): KeyParts | null {
  const fields = key.split('-');
  if (fields.length !== 5) return null;
  const [qualname, token, org, campaign, project] = fields as [string, string, string, string, string];
  return { qualname, token, org, campaign, project };
}

/** Puts a key together. */
export function keyOf(gufeKey: string, scope: SpecificScope): Key {
  return `${gufeKey}-${scope.org}-${scope.campaign}-${scope.project}`;
}

/** The scope that something is written to. Throws INVALID_BODY when it has wildcards. */
export function specificScope(dict: ScopeDict): SpecificScope {
  const { org, campaign, project } = new Scope(dict);
  if (org === null || campaign === null || project === null) {
    throw new AlchemiscaleError(
      'INVALID_BODY',
      `Invalid scope ${new Scope(dict)}: objects live in a scope without wildcards`,
    );
  }
  return { org, campaign, project };
}

/** The scope of a key. Throws INVALID_BODY for text that is none. */
export function specificScopeOf(key: Key): SpecificScope {
  const parts = splitKey(key);
  if (parts === null)
    throw new AlchemiscaleError('INVALID_BODY', `'${key}' is no key of an object in a scope`);
  const { org, campaign, project } = parts;
  return { org, campaign, project };
}

/** The parameter `$scopes` for `isIn`. */
export function scopeList(scopes: readonly ScopeDict[]): readonly (readonly (string | null)[])[] {
  return scopes.map(({ org, campaign, project }) => [org, campaign, project]);
}

/** Cypher that holds for a node whose scope one of the scopes in a parameter (scopeList) covers. */
export function isIn(node: string, parameter: 'scopes' | 'exclude' = 'scopes'): string {
  return `any(scope IN $${parameter} WHERE scope[0] IS NULL OR (${node}._org = scope[0]
    AND (scope[1] IS NULL OR (${node}._campaign = scope[1]
    AND (scope[2] IS NULL OR ${node}._project = scope[2])))))`;
}

/** Cypher for the order in which lists of keys are answered. */
export function byKey(node: string): string {
  return `${node}._org, ${node}._campaign, ${node}._project, ${node}._gufe_key`;
}

/** The properties that every node of a scope carries, and every relationship between two of them that has any. */
export function scopeProperties(scope: SpecificScope): {
  readonly _org: string;
  readonly _campaign: string;
  readonly _project: string;
} {
  return { _org: scope.org, _campaign: scope.campaign, _project: scope.project };
}

/** The properties that every node made from an object of Python's carries, besides its own. */
export function objectProperties(
  gufeKey: string,
  scope: SpecificScope,
  module: string,
): {
  readonly _scoped_key: Key;
  readonly _gufe_key: string;
  readonly _org: string;
  readonly _campaign: string;
  readonly _project: string;
  readonly _json_props: readonly string[];
  readonly __qualname__: string;
  readonly __module__: string;
  readonly ':version:': bigint;
} {
  return {
    _scoped_key: keyOf(gufeKey, scope),
    _gufe_key: gufeKey,
    ...scopeProperties(scope),
    _json_props: [],
    __qualname__: gufeKey.slice(0, gufeKey.indexOf('-')),
    __module__: module,
    ':version:': 1n,
  };
}

/** The module that the original's own classes (Task, TaskHub, …) are of. */
export const MODELS_MODULE = 'alchemiscale.storage.models';
