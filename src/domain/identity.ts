// Who may use the two APIs. Users and compute identities are separate name spaces.
import type { ScopeDict } from './scope.ts';

export const IDENTITY_TYPES = ['user', 'compute'] as const;
export type IdentityType = (typeof IDENTITY_TYPES)[number];

/** A credential as the store keeps it; the key is only there as a bcrypt hash (`$2b$`). */
export interface Identity {
  readonly type: IdentityType;
  readonly identifier: string;
  readonly hashedKey: string;
  readonly disabled: boolean;
  readonly expires: Date | null;
  readonly scopes: readonly ScopeDict[];
}
