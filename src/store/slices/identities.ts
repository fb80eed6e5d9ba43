// Who may log in, and in which scopes.

import type { Identity, IdentityType } from '../../domain/identity.ts';
import type { ScopeDict } from '../../domain/scope.ts';

export interface IdentityStore {
  /** Creates an identity, or gives an existing one another key; its scopes stay. */
  put(params: PutIdentity): Promise<void>;
  get(params: IdentityName): Promise<Identity | null>;
  list(params: { readonly type: IdentityType }): Promise<readonly string[]>;
  /** False when there was none. */
  remove(params: IdentityName): Promise<boolean>;
  /** The scopes in the order they were added; null for an unknown identity. */
  listScopes(params: IdentityName): Promise<readonly ScopeDict[] | null>;
  /** Adding one that is there, or removing one that is not, is accepted. False for an unknown identity. */
  addScopes(params: IdentityName & { readonly scopes: readonly ScopeDict[] }): Promise<boolean>;
  removeScopes(params: IdentityName & { readonly scopes: readonly ScopeDict[] }): Promise<boolean>;
}

export interface IdentityName {
  readonly type: IdentityType;
  readonly identifier: string;
}

export interface PutIdentity extends IdentityName {
  /** A bcrypt hash, `$2b$…`. */
  readonly hashedKey: string;
}
