// Bearer tokens: JWTs signed with the shared secret, with the identity's scopes frozen in. One algorithm is accepted,
// and only tokens made for this service: the two services share the secret, but their identities are different ones.
import { type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { AlchemiscaleError } from '../domain/errors.ts';
import type { IdentityType } from '../domain/identity.ts';
import { Scope } from '../domain/scope.ts';
import type { Caller } from './context.ts';
import type { JwtSettings } from './settings.ts';

export interface Tokens {
  /** A token for an identity of this service. */
  issue(identifier: string, scopes: readonly string[]): Promise<string>;
  /** Who holds the token of an Authorization header. Throws NOT_AUTHENTICATED. */
  verify(authorization: string | undefined): Promise<Caller>;
}

/** Services beat, poll and push with one token for half an hour; checking it anew each time costs 0.1 ms. */
const MAX_REMEMBERED = 5000;

/** Tokens of one service: `audience` is the kind of identities it serves. */
export function createTokens(jwt: JwtSettings, audience: IdentityType, clock: () => Date): Tokens {
  const key = new TextEncoder().encode(jwt.secret);
  const remembered = new Map<string, { readonly caller: Caller; readonly expires: number }>();

  async function check(token: string): Promise<Caller> {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [jwt.algorithm],
      audience,
      currentDate: clock(),
      requiredClaims: ['sub', 'exp'],
    }).catch(cause => {
      throw invalid(cause);
    });
    const caller = callerOf(payload);
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(token, { caller, expires: (payload.exp ?? 0) * 1000 });
    return caller;
  }

  return {
    issue: (identifier, scopes) =>
      new SignJWT({ scopes: [...scopes] })
        .setProtectedHeader({ alg: jwt.algorithm, typ: 'JWT' })
        .setSubject(identifier)
        .setAudience(audience)
        // Rounded up: a token lives at least as long as the settings say.
        .setExpirationTime(Math.ceil(clock().getTime() / 1000) + jwt.expireSeconds)
        .sign(key),
    verify: async authorization => {
      const token = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      if (token === undefined) throw new AlchemiscaleError('NOT_AUTHENTICATED', 'Not authenticated');
      const known = remembered.get(token);
      if (known !== undefined && known.expires > clock().getTime()) return known.caller;
      return check(token);
    },
  };
}

function callerOf(payload: JWTPayload): Caller {
  const { sub, scopes } = payload;
  if (typeof sub !== 'string' || !Array.isArray(scopes)) throw invalid(null);
  try {
    return { identifier: sub, scopes: scopes.map(scope => Scope.parse(String(scope))) };
  } catch (cause) {
    throw invalid(cause);
  }
}

function invalid(cause: unknown): AlchemiscaleError {
  return new AlchemiscaleError('NOT_AUTHENTICATED', 'Could not validate credentials', { cause });
}
